// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/cashier_refund.h"
#include "kiosk/flow/surroundings.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace millpond::flow {
namespace {

constexpr std::size_t staff_digits_max = 6;
constexpr std::size_t pin_digits_max = 12;  // as crypto/pin.h takes them

std::size_t digits_max(const CashierModel& model) {
  switch (model.typing) {
    case Typing::amount:
    case Typing::refund_amount:
      return amount_digits_max;
    case Typing::receipt:
    case Typing::refund_receipt:
      return receipt_digits_max;
    case Typing::refund_day:
      return day_digits;
    case Typing::phone:
      return model::typed_digits_max(country_of(model).phone);
    case Typing::staff:
      return staff_digits_max;
    case Typing::pin:
      break;
  }
  return pin_digits_max;
}

std::int64_t number_of(const std::string& digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// The bar code on a receipt, whose number may have letters that the pad has not; never a code of ours or a member's
// number.
bool is_receipt_number(const std::string& text) {
  if (text.empty() || text.size() > receipt_letters_max || text.starts_with("K1:") || text.starts_with("M-"))
    return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
           c == '/' || c == '_';
  });
}

bool has_customer(const CashierModel& model) {
  return model.member || model.sale || !model.typed.empty() || !model.phone.empty() || model.amount_minor > 0 ||
         model.answer || model.till || model.problem || model.desk == Desk::refund;
}

class Update {
 public:
  Update(CashierModel& model, std::int64_t now_ms) : model_{model}, now_ms_{now_ms} {}

  std::vector<Cmd> run(const Msg& msg) {
    const bool is_over = model_.idle_at_ms > 0 && now_ms_ >= model_.idle_at_ms;
    if (is_over) next_customer();
    const bool is_late = give_up_waiting(model_, now_ms_);
    if (is_late) tell_failure(base::Code::timeout);
    std::visit(*this, msg);
    const bool looks_up = !model_.busy && !model_.code_waiting.empty();
    if (looks_up) identify(std::exchange(model_.code_waiting, {}));
    if (!has_customer(model_)) model_.idle_at_ms = 0;
    model_.next_tick_ms = tick_at(model_, now_ms_);
    if (is_over || is_late || looks_up || changed_) ++model_.revision;
    return std::move(cmds_);
  }

  void operator()(const Tapped& tapped) {
    const auto offered = offered_targets(present(model_, now_ms_, 0));
    if (std::ranges::find(offered, tapped.target) == offered.end()) return ignore();
    press(tapped.target);
    stay();
  }

  // A camera does not tell a code again that still lies in front of it, so one that comes too early waits.
  void operator()(const CodeRead& read) {
    const bool wants_number = (model_.desk == Desk::sell && model_.typing == Typing::receipt) ||
                              (model_.desk == Desk::refund && model_.typing == Typing::refund_receipt);
    if (wants_number && !model_.returning.done && is_receipt_number(read.text)) {
      model_.problem.reset();
      model_.typed = read.text;
      return stay();
    }
    if (!model_.busy) return identify(read.text);
    model_.code_waiting = read.text;
    ignore();
  }
  void operator()(const PaymentCodeSeen&) { show_problem(base::Code::code_payment); }

  void operator()(const CameraChanged& camera) {
    changed_ = std::exchange(model_.camera, camera.state) != camera.state;
  }
  void operator()(const PrinterChanged& printer) {
    changed_ = std::exchange(model_.printer, printer.state) != printer.state;
  }
  void operator()(const PrintDone& done) { changed_ = std::exchange(model_.printer, done.state) != done.state; }
  void operator()(const LineChanged& line) { changed_ = take_line(model_, line); }
  void operator()(const ProgrammeChanged& changed) {
    model_.programme = changed.programme;
    model_.store = changed.store;
  }
  void operator()(const Ticked&) {}

  void operator()(const MemberFound& found) {
    if (!is_mine(found.ticket)) return ignore();
    name(found.card.member, found.card.strength);
    model_.card = found.card;
    model_.phone.clear();
    // The amount was typed before the card was shown.
    if (model_.amount_minor > 0 && !model_.weighed) weigh();
  }
  void operator()(const CardChanged& changed) {
    if (!model_.card || model_.card->member != changed.card.member) return ignore();
    const auto before = present(model_, now_ms_, 0);
    model_.card = changed.card;
    changed_ = present(model_, now_ms_, 0) != before;
  }
  void operator()(const IdentifyFailed& failed) { fail(failed.code, failed.ticket); }

  // A number that was typed: it earns, and shows nothing.
  void operator()(const Enrolled& enrolled) {
    if (!is_mine(enrolled.ticket)) return ignore();
    auto phone = std::move(model_.phone);
    name(enrolled.member, model::Strength::phone_typed);
    if (!model_.card) model_.phone = std::move(phone);
  }
  void operator()(const EnrolFailed& failed) { fail(failed.code, failed.ticket); }

  void operator()(const BasketTold& told) {
    if (model_.sale) next_customer();
    model_.till = told;
    stay();
  }
  void operator()(const BasketWeighed& weighed) {
    if (!is_mine(weighed.ticket)) return ignore();
    model_.busy = false;
    if (!awaits_coupons()) return;  // the amount was taken back meanwhile
    model_.weighed = weighed.weighed;
    model_.kept = true;
    if (weighed.weighed.approval_problem) {
      tell_failure(*weighed.weighed.approval_problem);
    } else if (model_.approving) {
      stop_approving();
    }
    stay();
  }
  // The sale goes on without coupons; the sentence says why.
  void operator()(const WeighFailed& failed) {
    if (!is_mine(failed.ticket)) return ignore();
    model_.busy = false;
    if (!awaits_coupons()) return;
    tell_failure(failed.code);
  }

  void operator()(const BasketGone& gone) {
    const bool is_it =
        model_.till && model_.till->till == gone.till && (gone.name.empty() || model_.till->name == gone.name);
    if (!is_it) return ignore();
    model_.till.reset();
  }

  // Of somebody else it says only that the till's basket is paid.
  void operator()(const SaleCommitted& committed) {
    const bool had_basket = model_.till && (committed.till.empty() || model_.till->till == committed.till);
    if (had_basket) model_.till.reset();
    if (!model_.member || committed.sale.member != model_.member) {
      changed_ = had_basket;
      return;
    }
    // What was kept for this very sale is used; for one that the till told instead it is let go.
    if (committed.ticket != 0 && model_.kept) forget_basket();
    drop_basket();
    if (committed.card) model_.card = *committed.card;
    model_.busy = false;
    model_.desk = Desk::sell;
    model_.problem.reset();
    model_.typed.clear();
    model_.sale = committed.sale;
    stay();
  }
  void operator()(const RecordFailed& failed) { fail(failed.code, failed.ticket); }

  void operator()(const CustomerAnswered& answered) {
    if (answered.ticket == 0 || answered.ticket != invitation_of(model_)) return ignore();
    model_.answer = answered;
    if (answered.how == CustomerAnswered::How::joined) {
      name(answered.member, model::Strength::phone_typed);
      model_.answer = answered;
    }
    stay();
  }
  void operator()(const ServiceTold& told) {
    if (!is_mine(told.ticket)) return ignore();
    model_.busy = false;
    model_.service = told.standing;
  }
  void operator()(const ShiftTold& told) {
    if (!is_mine(told.ticket)) return ignore();
    model_.busy = false;
    model_.shift = told.rows;
    model_.shift_since_ms = told.since_ms;
  }
  void operator()(const LookFailed& failed) { fail(failed.code, failed.ticket); }

  void operator()(const SaleFound& found) {
    if (!is_mine(found.ticket)) return ignore();
    model_.busy = false;
    model_.returning.sale = found.sale;
    type(Typing::refund_amount);
    stay();
  }
  void operator()(const Refunded& refunded) {
    if (!is_mine(refunded.ticket)) return ignore();
    model_.busy = false;
    model_.returning.done = refunded;
    type(Typing::refund_receipt);
    stay();
  }

  // A customer's business.
  template <class Other>
  void operator()(const Other&) {
    ignore();
  }

 private:
  void ignore() { changed_ = false; }
  [[nodiscard]] bool is_mine(std::uint64_t ticket) const { return model_.busy && ticket == model_.ticket; }
  [[nodiscard]] bool awaits_coupons() const { return model_.member && model_.amount_minor > 0; }
  [[nodiscard]] static std::uint64_t invitation_of(const CashierModel& model) {
    return model.answer ? model.answer->ticket : 0;
  }

  void stay() {
    if (has_customer(model_)) model_.idle_at_ms = now_ms_ + cashier_idle_ms;
  }

  template <class Question>
  void ask(Question question) {
    begin_waiting(model_, now_ms_);
    question.ticket = model_.ticket;
    cmds_.emplace_back(std::move(question));
    stay();
  }

  void identify(std::string code_text) {
    if (model_.sale) next_customer();
    leave_refund();
    model_.desk = Desk::sell;
    model_.problem.reset();
    ask(Identify{std::move(code_text), 0});
  }

  void leave_refund() {
    if (model_.desk != Desk::refund) return;
    model_.returning = {};
    model_.staff = {};
    type(Typing::amount);
  }

  void fail(base::Code code, std::uint64_t ticket) {
    if (!is_mine(ticket)) return ignore();
    model_.busy = false;
    tell_failure(code);
  }
  void stop_approving() {
    model_.approving = false;
    model_.staff = {};
    type(Typing::receipt);
  }
  void tell_failure(base::Code code) {
    if (model_.typing == Typing::pin) type(Typing::staff);
    show_problem(code);
  }
  void show_problem(base::Code code) {
    model_.problem = code;
    stay();
  }

  void type(Typing typing) {
    model_.typing = typing;
    model_.typed.clear();
    model_.problem.reset();
  }

  // Somebody else's code ends what was begun for the customer before. The same person is as certain as they were shown
  // to be at best.
  void name(base::MemberId member, model::Strength strength) {
    const bool is_same = model_.member == member;
    auto waiting = std::exchange(model_.code_waiting, {});  // of whoever comes after both
    if (model_.member && !is_same) next_customer();
    model_.code_waiting = std::move(waiting);
    cancel_invite();
    model_.busy = false;
    model_.problem.reset();
    const bool is_certain = is_same && strength <= model_.strength;
    if (model_.typing != Typing::amount && model_.typing != Typing::receipt) {
      model_.approving = false;
      type(model_.amount_minor > 0 ? Typing::receipt : Typing::amount);
    }
    if (!is_certain) {
      model_.member = member;
      model_.strength = strength;
      cmds_.emplace_back(StartSession{member, strength});
    }
    stay();
  }

  // Whoever was asked to join is not whom this sale is for: their points are their own.
  void cancel_invite() {
    using How = CustomerAnswered::How;
    if (!model_.answer || (model_.answer->how != How::typing && model_.answer->how != How::consenting)) return;
    model_.answer.reset();
    cmds_.emplace_back(CancelInvite{});
  }

  void forget_basket() {
    model_.asked_to_keep = false;
    model_.kept = false;
    model_.weighed.reset();
  }
  // Also when the answer is still to come: work is done in the order in which it was asked for.
  void drop_basket() {
    if (model_.asked_to_keep) cmds_.emplace_back(DropBasket{basket_name()});
    forget_basket();
  }

  void next_customer() {
    drop_basket();
    cancel_invite();
    if (model_.member || model_.sale) cmds_.emplace_back(EndSession{});
    model_.typing = Typing::amount;
    model_.typed.clear();
    model_.problem.reset();
    model_.card.reset();
    model_.member = {};
    model_.strength = {};
    model_.phone.clear();
    model_.amount_minor = 0;
    model_.without_coupons = false;
    model_.approving = false;
    model_.staff = {};
    model_.till.reset();
    model_.sale.reset();
    model_.answer.reset();
    model_.shift.reset();
    model_.shift_since_ms = 0;
    model_.returning = {};
    model_.busy = false;
    model_.code_waiting.clear();
    ++model_.ticket;  // what is on its way belongs to nobody now
    ++model_.session;
    model_.desk = Desk::sell;
    model_.idle_at_ms = 0;
  }

  [[nodiscard]] std::string basket_name() const { return "desk-" + std::to_string(model_.session); }

  void press(Target target) {
    if (target >= Target::digit_0 && target <= Target::digit_9) {
      return add(static_cast<char>('0' + (static_cast<int>(target) - static_cast<int>(Target::digit_0))));
    }
    switch (target) {
      case Target::digit_00:
        if (model_.typed.size() + 2 > digits_max(model_)) return;  // one of them would be another amount
        add('0');
        return add('0');
      case Target::backspace:
        if (!model_.typed.empty()) model_.typed.pop_back();
        model_.problem.reset();
        return;
      case Target::submit:
        return submit();
      case Target::clear:
        return clear();
      case Target::sell:
        return go(Desk::sell);
      case Target::join:
        return go(Desk::join);
      case Target::invite:
        return invite();
      case Target::type_number:
        go(Desk::sell);
        return type(Typing::phone);
      case Target::look_up:
        return type(Typing::staff);
      case Target::approve:
        model_.approving = true;
        return type(Typing::staff);
      case Target::coupons_off:
        return switch_coupons();
      case Target::refund:
        go(Desk::refund);
        model_.returning = {};
        return type(Typing::refund_receipt);
      case Target::whole:
        return take_whole(model_);
      case Target::elsewhere:
        model_.returning.elsewhere = true;
        return;
      case Target::service:
        go(Desk::service);
        return ask(LookAtService{0});
      case Target::shift:
        go(Desk::shift);
        return ask(LookAtShift{0});
      case Target::done:
        return next_customer();
      case Target::language:
        model_.locale = model_.locale == Locale::zh_cn ? Locale::en : Locale::zh_cn;
        return;
      case Target::appearance:
        model_.appearance = next_appearance(model_.appearance);
        return;
      default:
        return;  // more_time: being pressed is all it does
    }
  }

  void go(Desk desk) {
    leave_refund();
    model_.desk = desk;
    model_.problem.reset();
    if (model_.typing != Typing::staff && model_.typing != Typing::pin) return;
    model_.approving ? stop_approving() : type(Typing::amount);
  }

  // One touch: from here on the customer's side goes on by itself.
  void invite() {
    const auto ticket = ++model_.ticket;
    model_.answer = CustomerAnswered{CustomerAnswered::How::typing, {}, ticket};
    cmds_.emplace_back(Invite{ticket});
  }

  void add(char digit) {
    model_.problem.reset();
    if (model_.typed.size() >= digits_max(model_)) return;
    const bool is_sum = model_.typing == Typing::amount || model_.typing == Typing::refund_amount;
    if (is_sum && model_.typed.empty() && digit == '0') return;
    model_.typed += digit;
  }

  void submit() {
    if (model_.desk == Desk::refund) {
      if (auto question = take_refund_step(model_))
        std::visit([this](auto& asked) { ask(std::move(asked)); }, *question);
      return;
    }
    switch (model_.typing) {
      case Typing::amount:
        return confirm_amount();
      case Typing::receipt:
        return record();
      case Typing::phone:
        model_.phone = model_.typed;
        return ask(NameByPhone{model_.typed, 0});
      case Typing::staff:
        model_.staff = base::StaffId{static_cast<std::uint32_t>(number_of(model_.typed))};
        return type(Typing::pin);
      case Typing::pin:
        return model_.approving ? weigh() : look_up();
      case Typing::refund_receipt:
      case Typing::refund_day:
      case Typing::refund_amount:
        return;  // at Desk::refund alone
    }
  }

  void confirm_amount() {
    model_.amount_minor = number_of(model_.typed);
    weigh();
  }

  void weigh() {
    const bool may_use = model_.card && !model_.card->coupons.empty() && !model_.without_coupons;
    // The receipt's number can be typed meanwhile.
    if (model_.typing == Typing::amount) type(Typing::receipt);
    if (!may_use) return;
    model_.asked_to_keep = true;
    WeighBasket basket{basket_name(), model_.member, model_.strength, model_.amount_minor, 0};
    if (model_.typing == Typing::pin) {
      basket.staff = model_.staff;
      basket.pin = std::exchange(model_.typed, {});
    }
    ask(std::move(basket));
  }

  void switch_coupons() {
    model_.without_coupons = !model_.without_coupons;
    if (model_.approving) stop_approving();
    if (model_.amount_minor == 0) return;
    if (model_.without_coupons) return drop_basket();
    weigh();
  }

  void record() {
    const auto discount_minor = model_.weighed ? model_.weighed->discount_minor : 0;
    ask(RecordSale{model_.kept ? basket_name() : std::string{}, model_.member, model_.strength, model_.amount_minor,
                   discount_minor, model_.typed, 0});
  }

  void look_up() {
    auto pin = std::exchange(model_.typed, {});
    ask(LookUp{model_.phone, model_.staff, std::move(pin), 0});
  }

  // One step back; at the first one the customer is let go.
  void clear() {
    if (!model_.typed.empty()) return type(model_.typing);
    if (model_.desk == Desk::refund) {
      if (!step_back(model_)) next_customer();
      return;
    }
    switch (model_.typing) {
      case Typing::receipt: {
        drop_basket();
        model_.amount_minor = 0;
        return type(Typing::amount);
      }
      case Typing::pin:
        return type(Typing::staff);
      case Typing::staff:
        return model_.approving ? stop_approving() : type(Typing::amount);
      case Typing::phone:
        return type(Typing::amount);
      default:
        return next_customer();
    }
  }

  CashierModel& model_;
  const std::int64_t now_ms_;
  bool changed_ = true;  // false when a message leaves everything as it was
  std::vector<Cmd> cmds_;
};

}  // namespace

bool waits_for_word(const WeighedCoupon& coupon) {
  return !coupon.taken &&
         (coupon.code == base::Code::approval_required || coupon.code == base::Code::identity_too_weak);
}

std::vector<Cmd> update(CashierModel& model, const Msg& msg, std::int64_t now_ms) {
  return Update{model, now_ms}.run(msg);
}

}  // namespace millpond::flow
