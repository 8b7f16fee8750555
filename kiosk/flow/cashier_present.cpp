// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/cashier_refund.h"
#include "kiosk/flow/coupon_words.h"
#include "kiosk/flow/desk_words.h"
#include "kiosk/flow/surroundings.h"

#include <algorithm>

namespace millpond::flow {
namespace {

using text::Key;

constexpr std::size_t pin_digits_min = 6;  // as crypto/pin.h takes them
constexpr std::size_t bill_rows_max = 7;   // lines and sums above the total; the card below a member has room for them

class Present {
 public:
  Present(const CashierModel& model, std::int64_t now_ms, std::int64_t wall_ms)
      : model_{model},
        now_ms_{now_ms},
        words_{model.locale, model.programme ? &*model.programme : nullptr, model.utc_offset_min, wall_ms} {}

  [[nodiscard]] ViewModel view() const {
    ViewModel view;
    view.revision = model_.revision;
    view.locale = model_.locale;
    view.appearance = model_.appearance;
    view.personal = model_.member || model_.sale || !model_.phone.empty() || model_.typing == Typing::pin ||
                    (model_.typing == Typing::phone && !model_.typed.empty());
    view.chrome.brand = words_.brand();
    view.chrome.language = button(Target::language, Key::language_other, Icon::language);
    view.chrome.appearance = appearance_button(model_, words_);
    view.chrome.banner = line_banner(model_, words_);
    if (view.chrome.banner) view.chrome.banner->detail = words_.get(Key::desk_offline_detail);
    view.chrome.countdown = idle_countdown(model_, words_, now_ms_);
    if (model_.desk == Desk::service || model_.desk == Desk::shift) {
      view.screen = report();
    } else {
      view.screen = desk();
    }
    return view;
  }

 private:
  [[nodiscard]] Button button(Target target, Key label, Icon icon = Icon::none, const char* key = "") const {
    Button made{target, words_.get(label), icon, true, {}, key};
    const bool is_key = target == Target::backspace || (target >= Target::digit_0 && target <= Target::digit_9);
    const bool leaves = target == Target::clear || target == Target::done || target == Target::sell;
    const bool waits = target != Target::language && !leaves && !(is_key && model_.typing == Typing::receipt);
    return model_.busy && waits ? disabled(std::move(made), Key::button_busy) : made;
  }
  [[nodiscard]] Button disabled(Button made, Key why) const {
    made.enabled = false;
    made.why_not = words_.get(why);
    return made;
  }
  [[nodiscard]] std::string money(std::int64_t minor) const { return words_.money(minor, text::Fraction::always); }

  [[nodiscard]] Rail rail() const {
    Rail rail;
    rail.items = {button(Target::sell, Key::desk_rail_sell, Icon::cart, "F1"),
                  button(Target::join, Key::desk_rail_join, Icon::person_add, "F2"),
                  button(Target::type_number, Key::desk_rail_type, Icon::phone, "F3"),
                  refund_item(),
                  button(Target::shift, Key::desk_rail_shift, Icon::report, "F6"),
                  button(Target::service, Key::desk_rail_service, Icon::build, "F7")};
    rail.current = model_.desk == Desk::service     ? Target::service
                   : model_.desk == Desk::refund    ? Target::refund
                   : model_.desk == Desk::shift     ? Target::shift
                   : model_.desk == Desk::join      ? Target::join
                   : model_.typing == Typing::phone ? Target::type_number
                                                    : Target::sell;
    return rail;
  }

  [[nodiscard]] Button refund_item() const {
    auto item = button(Target::refund, Key::desk_rail_refund, Icon::receipt, "F9");
    return item.enabled && serves_somebody(model_) ? disabled(std::move(item), Key::desk_refund_busy) : item;
  }
  [[nodiscard]] MakeButton maker() const {
    return [this](Target target, Key label, Icon icon, const char* key) { return button(target, label, icon, key); };
  }

  [[nodiscard]] DeskView refund_desk() const {
    DeskView view;
    view.title = words_.get(Key::desk_title_refund);
    view.rail = rail();
    view.prompt = refund_prompt(model_, words_, maker());
    view.bill = refund_bill(model_, words_);
    if (model_.returning.done) {
      view.outcome = refund_outcome(*model_.returning.done, model_, words_, maker());
    } else {
      view.pad = pad();
    }
    return view;
  }

  [[nodiscard]] DeskView desk() const {
    if (model_.desk == Desk::refund) return refund_desk();
    DeskView view;
    view.title = words_.get(model_.desk == Desk::join ? Key::desk_title_join : Key::desk_title);
    view.rail = rail();
    if (model_.desk == Desk::join) {
      view.prompt = join_prompt();
    } else if (model_.member) {
      view.member = member();
    } else {
      view.prompt = scan_prompt();
    }
    if (model_.card && model_.desk == Desk::sell) show_coupons(view);
    view.bill = bill();
    if (model_.sale) {
      view.outcome = outcome(*model_.sale);
    } else {
      view.pad = pad();
    }
    return view;
  }

  [[nodiscard]] DeskPrompt scan_prompt() const {
    DeskPrompt prompt;
    prompt.icon = Icon::scan;
    prompt.title = words_.get(model_.busy ? Key::scan_looking : Key::desk_scan_title);
    prompt.text = words_.get(Key::desk_scan_text);
    if (model_.problem && model_.typing == Typing::amount) prompt.problem = problem_banner(*model_.problem, words_);
    return prompt;
  }

  [[nodiscard]] DeskPrompt join_prompt() const {
    using How = CustomerAnswered::How;
    DeskPrompt prompt;
    prompt.icon = Icon::display;
    prompt.title = words_.get(Key::desk_join_title);
    prompt.text = words_.get(Key::desk_join_text);
    if (!model_.answer) {
      auto invite = button(Target::invite, Key::desk_join_invite, Icon::person_add, "F5");
      if (!model_.programme) invite = disabled(std::move(invite), Key::phone_no_programme);
      prompt.ways = {std::move(invite)};
      return prompt;
    }
    switch (model_.answer->how) {
      case How::typing:
        prompt.title = words_.get(Key::desk_join_typing);
        break;
      case How::consenting:
        prompt.title = words_.get(Key::desk_join_consenting);
        break;
      case How::joined:
        prompt.icon = Icon::check;
        prompt.title = words_.get(Key::desk_join_joined);
        prompt.text = words_.get(Key::desk_join_joined_text);
        prompt.ways = {button(Target::sell, Key::desk_join_sell, Icon::cart, "F1")};
        return prompt;
      case How::no_screen:
      case How::left:
        prompt.problem = Banner{Icon::warning, Tone::warning,
                                words_.get(model_.answer->how == How::left ? Key::desk_join_left : Key::desk_join_none),
                                words_.get(Key::desk_join_else)};
        prompt.ways = {button(Target::invite, Key::desk_join_again, Icon::person_add, "F5")};
        break;
    }
    return prompt;
  }

  [[nodiscard]] DeskMember member() const {
    if (model_.card) return desk_member(*model_.card, model_, words_);
    DeskMember member;
    member.name = model_.phone.empty() ? words_.get(Key::desk_unnamed) : masked_phone(model_.phone);
    const bool joined = model_.answer && model_.answer->how == CustomerAnswered::How::joined;
    member.number = words_.get(joined ? Key::desk_unnamed_joined : Key::desk_unnamed_text);
    member.note = words_.get(Key::desk_unnamed_hidden);
    const bool may_ask = model_.typing == Typing::amount && model_.typed.empty() && !model_.sale;
    if (may_ask && !model_.phone.empty()) {
      member.look_up = button(Target::look_up, Key::desk_look_up, Icon::lock, "F5");
      member.note = words_.get(Key::desk_unnamed_note);
    }
    return member;
  }

  void show_coupons(DeskView& view) const {
    view.coupons_title = words_.get(Key::desk_coupons);
    view.no_coupons = words_.get(Key::desk_no_coupons);
    if (model_.weighed) {
      // What there is something to do about stands where there is room for it.
      auto coupons = model_.weighed->coupons;
      std::ranges::stable_sort(coupons, {}, [](const WeighedCoupon& each) {
        if (each.taken) return 0;
        return waits_for_word(each) ? 1 : 2;
      });
      for (const auto& each : coupons) view.coupons.push_back(weighed_coupon(each));
    } else if (model_.till && model_.till->member == model_.member) {
      for (const auto& each : model_.till->weighed.coupons) view.coupons.push_back(weighed_coupon(each));
    } else {
      for (const auto& card : model_.card->coupons) {
        view.coupons.push_back({words_.coupon(card), false, words_.coupon(card).validity});
      }
    }
    const bool by_hand = !model_.till && !model_.sale && !view.coupons.empty();
    if (by_hand) {
      view.coupons_off =
          button(Target::coupons_off, model_.without_coupons ? Key::desk_coupons_on : Key::desk_coupons_off,
                 Icon::ticket, "F4");
    }
    const bool is_asked = model_.typing == Typing::staff || model_.typing == Typing::pin;
    if (by_hand && model_.weighed && !is_asked && std::ranges::any_of(model_.weighed->coupons, waits_for_word)) {
      view.approve = button(Target::approve, Key::desk_approve, Icon::lock, "F8");
    }
  }

  [[nodiscard]] DeskCoupon weighed_coupon(const WeighedCoupon& each) const {
    DeskCoupon coupon{words_.coupon(each.card), each.taken, {}};
    if (each.taken) {
      coupon.says = words_(Key::desk_coupon_taken, money(each.card.discount_minor));
    } else if (each.hurdle && each.card.offer && model_.programme) {
      coupon.says = hurdle_words(*each.hurdle, *each.card.offer, *model_.programme, words_.language());
    } else {
      coupon.says = std::string{words_.sentence(each.code).what};
    }
    return coupon;
  }

  [[nodiscard]] std::optional<Bill> bill() const {
    if (model_.sale) return std::nullopt;
    // Whoever types an amount sees that one, and no other sum beside it.
    if (model_.till && model_.amount_minor == 0) return till_bill(*model_.till);
    if (model_.amount_minor == 0) return std::nullopt;
    Bill bill;
    bill.title = words_.get(Key::desk_bill_by_hand);
    const auto discount_minor = model_.weighed ? model_.weighed->discount_minor : 0;
    bill.sums = {{words_.get(Key::desk_goods), money(model_.amount_minor), {}, Tone::neutral}};
    if (discount_minor > 0) {
      bill.sums.push_back({words_.get(Key::desk_discount), "−" + money(discount_minor), {}, Tone::positive});
    }
    bill.total = {words_.get(Key::desk_to_pay), money(model_.amount_minor - discount_minor), {}, Tone::brand};
    return bill;
  }

  [[nodiscard]] Bill till_bill(const BasketTold& told) const {
    Bill bill;
    const bool of_another = told.member && model_.member && told.member != model_.member;
    bill.title = words_(of_another ? Key::desk_bill_till_other : Key::desk_bill_till, told.till);
    const auto rows = bill_rows_max - (told.weighed.discount_minor > 0 ? 2 : 1);
    const auto shown = told.lines.size() <= rows ? told.lines.size() : rows - 1;
    for (std::size_t i = 0; i < shown; ++i) {
      const auto& line = told.lines[i];
      bill.lines.push_back({line.sku.empty() ? line.id : line.sku, "×" + line.quantity, money(line.net_minor)});
    }
    if (shown < told.lines.size()) {
      bill.more = words_(Key::desk_bill_more, text::count(static_cast<std::int64_t>(told.lines.size() - shown)));
    }
    bill.sums = {{words_.get(Key::desk_goods), money(told.weighed.total_minor), {}, Tone::neutral}};
    if (told.weighed.discount_minor > 0) {
      bill.sums.push_back(
          {words_.get(Key::desk_discount), "−" + money(told.weighed.discount_minor), {}, Tone::positive});
    }
    bill.total = {
        words_.get(Key::desk_to_pay), money(told.weighed.total_minor - told.weighed.discount_minor), {}, Tone::brand};
    return bill;
  }

  [[nodiscard]] Pad pad() const {
    Pad pad;
    for (int digit = 1; digit <= 9; ++digit) pad.keys.push_back(digit_key(digit));
    const bool of_sale = model_.typing == Typing::amount;
    if (of_sale || model_.typing == Typing::refund_amount) {
      auto hundred = digit_key(0);
      hundred.target = Target::digit_00;
      hundred.label = "00";
      pad.keys.push_back(std::move(hundred));
    }
    pad.keys.push_back(digit_key(0));
    auto erase = button(Target::backspace, Key::button_backspace, Icon::backspace);
    pad.keys.push_back(std::move(erase));
    if (model_.problem && (!of_sale || model_.member)) pad.problem = problem_banner(*model_.problem, words_);
    pad.clear = button(Target::clear, clear_label(), Icon::none, "Esc");
    describe(pad);
    return pad;
  }

  [[nodiscard]] Key clear_label() const {
    if (!model_.typed.empty()) return Key::desk_clear;
    if (model_.typing != Typing::amount) return Key::button_back;
    return Key::desk_next;
  }

  [[nodiscard]] Button digit_key(int digit) const {
    auto key = button(static_cast<Target>(static_cast<int>(Target::digit_0) + digit), Key::button_submit);
    key.label = std::to_string(digit);
    return key;
  }

  void describe(Pad& pad) const {
    switch (model_.typing) {
      case Typing::amount:
        return describe_amount(pad);
      case Typing::receipt:
        pad.label = words_.get(Key::desk_pad_receipt);
        pad.typed = model_.typed;
        pad.placeholder = words_.get(Key::desk_pad_receipt_hint);
        pad.note = words_.get(Key::desk_pad_receipt_note);
        pad.submit = paid_button();
        return;
      case Typing::phone:
        pad.label = words_.get(Key::desk_pad_phone);
        pad.typed = text::grouped_phone(model_.typed);
        pad.placeholder = words_.get(Key::phone_placeholder);
        pad.note = words_.get(Key::desk_pad_phone_note);
        pad.submit = button(Target::submit, Key::desk_pad_phone_ok, Icon::none, "Enter");
        if (model_.typed.size() < model::typed_digits_min(country_of(model_).phone)) {
          pad.submit.enabled = false;
          pad.submit.why_not = words_(Key::phone_incomplete, phone_digits(country_of(model_)));
        }
        return;
      case Typing::staff:
        pad.label = words_.get(Key::desk_pad_staff);
        pad.typed = model_.typed;
        pad.placeholder = words_.get(Key::desk_pad_staff_hint);
        pad.note = pin_note();
        pad.submit = button(Target::submit, Key::button_submit, Icon::none, "Enter");
        if (model_.typed.empty()) pad.submit = disabled(pad.submit, Key::desk_pad_staff_hint);
        return;
      case Typing::pin:
        pad.label = words_.get(Key::desk_pad_pin);
        for (std::size_t i = 0; i < model_.typed.size(); ++i) pad.typed += "●";
        pad.placeholder = words_.get(Key::desk_pad_pin_hint);
        pad.note = pin_note();
        pad.submit = button(Target::submit, pin_label(), Icon::lock, "Enter");
        if (model_.typed.size() < pin_digits_min) pad.submit = disabled(pad.submit, Key::desk_pad_pin_hint);
        return;
      case Typing::refund_receipt:
      case Typing::refund_day:
      case Typing::refund_amount:
        return describe_refund(pad, model_, words_, maker());
    }
  }

  [[nodiscard]] Key pin_label() const {
    if (model_.desk == Desk::refund) return Key::desk_pad_refund_pin_ok;
    return model_.approving ? Key::desk_pad_approve_ok : Key::desk_pad_pin_ok;
  }
  [[nodiscard]] std::string pin_note() const {
    if (model_.desk == Desk::refund) return words_.get(Key::desk_pad_refund_pin_note);
    return std::string{words_.get(model_.approving ? Key::desk_pad_approve_note : Key::desk_pad_pin_note)};
  }

  void describe_amount(Pad& pad) const {
    pad.label = words_.get(Key::desk_pad_amount);
    std::int64_t minor = 0;
    for (const char digit : model_.typed) minor = minor * 10 + (digit - '0');
    if (!model_.typed.empty()) pad.typed = money(minor);
    pad.placeholder = money(0);
    pad.note = words_.get(Key::desk_pad_amount_note);
    pad.submit = button(Target::submit, Key::button_submit, Icon::none, "Enter");
    if (!model_.member) {
      pad.submit = disabled(pad.submit, Key::desk_need_member);
    } else if (minor == 0 && model_.till) {
      pad.submit = disabled(pad.submit, Key::desk_till_records);
    } else if (minor == 0) {
      pad.submit = disabled(pad.submit, Key::desk_need_amount);
    }
  }

  [[nodiscard]] Button paid_button() const {
    const auto discount_minor = model_.weighed ? model_.weighed->discount_minor : 0;
    auto paid = button(Target::submit, Key::desk_paid, Icon::check, "Enter");
    paid.label = words_(Key::desk_paid, money(model_.amount_minor - discount_minor));
    if (!model_.busy && model_.typed.empty()) paid = disabled(std::move(paid), Key::desk_need_receipt);
    return paid;
  }

  [[nodiscard]] Outcome outcome(const SaleResult& sale) const {
    Outcome outcome;
    const bool earned = sale.points_earned > 0;
    outcome.icon = sale.issued.empty() ? Icon::check : Icon::gift;
    outcome.title = words_.get(earned ? Key::desk_done_points : Key::desk_done);
    if (earned) outcome.points = "+" + text::count(sale.points_earned);
    std::int64_t discount_minor = 0;
    for (const auto& coupon : sale.redeemed) discount_minor += coupon.discount_minor;
    outcome.lines.push_back(words_(Key::issued_sale_subtitle, money(sale.total_minor - discount_minor)));
    if (discount_minor > 0) outcome.lines.push_back(words_(Key::issued_sale_redeemed, money(discount_minor)));
    for (const auto& issued : sale.issued) {
      outcome.lines.push_back(words_(Key::desk_done_coupon, words_.said_of(issued.coupon).noun));
    }
    for (const auto code : sale.refused) outcome.lines.emplace_back(words_.sentence(code).what);
    if (model_.line_known && !model_.online) outcome.lines.push_back(words_.get(Key::desk_done_offline));
    outcome.done = button(Target::done, Key::desk_next, Icon::none, "Enter");
    return outcome;
  }

  [[nodiscard]] ReportView report() const {
    ReportView view;
    view.rail = rail();
    if (model_.desk == Desk::service) {
      view.title = words_.get(Key::service_title);
      if (model_.service) {
        describe_service(view, *model_.service, model_, words_);
      } else {
        view.subtitle = words_.get(Key::button_busy);
      }
    } else {
      view.title = words_.get(Key::shift_title);
      if (model_.shift) {
        describe_shift(view, *model_.shift, model_.shift_since_ms, words_);
      } else {
        view.subtitle = words_.get(Key::button_busy);
      }
    }
    if (model_.problem) {
      const auto sentence = words_.sentence(*model_.problem);
      view.subtitle = sentence.what;
      view.note = sentence.next;
    }
    return view;
  }

  const CashierModel& model_;
  const std::int64_t now_ms_;
  const Words words_;
};

}  // namespace

ViewModel present(const CashierModel& model, std::int64_t now_ms, std::int64_t wall_ms) {
  return Present{model, now_ms, wall_ms}.view();
}

}  // namespace millpond::flow
