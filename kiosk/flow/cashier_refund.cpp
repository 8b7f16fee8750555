// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/cashier_refund.h"

#include <charconv>
#include <utility>

namespace millpond::flow {
namespace {

using text::Key;

std::int64_t number_of(const std::string& digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

void type(CashierModel& model, Typing typing, std::string typed = {}) {
  model.typing = typing;
  model.typed = std::move(typed);
  model.problem.reset();
}

std::string money(const Words& words, std::int64_t minor) { return words.money(minor, text::Fraction::always); }

// "11-20": month and day, whatever the language.
std::string shown_day(const std::string& typed) {
  return typed.size() <= 2 ? typed : typed.substr(0, 2) + "-" + typed.substr(2);
}

Button off(Button button, std::string why) {
  if (!button.enabled) return button;  // waits for an answer
  button.enabled = false;
  button.why_not = std::move(why);
  return button;
}

Button whole_button(const CashierModel& model, const Words& words, const MakeButton& button) {
  const auto& sale = *model.returning.sale;
  auto whole = button(Target::whole, Key::desk_refund_whole_unknown, Icon::receipt, "F5");
  if (!sale.known) return whole;
  whole.label = words(Key::desk_refund_whole, money(words, left_minor(sale)));
  return left_minor(sale) > 0 ? whole : off(std::move(whole), words.get(Key::desk_refund_nothing_left));
}

void describe_amount(Pad& pad, const CashierModel& model, const Words& words, const MakeButton& button) {
  const auto minor = number_of(model.typed);
  pad.label = words.get(Key::desk_pad_refund_amount);
  if (!model.typed.empty()) pad.typed = money(words, minor);
  pad.placeholder = money(words, 0);
  pad.note = words.get(Key::desk_pad_refund_amount_note);
  pad.submit = button(Target::submit, Key::button_submit, Icon::none, "Enter");
  const auto& sale = model.returning.sale;
  if (!may_choose(model)) {
    pad.submit = off(std::move(pad.submit), words.get(Key::desk_refund_need_sale));
  } else if (sale->known && minor > left_minor(*sale)) {
    pad.submit = off(std::move(pad.submit), left_minor(*sale) > 0
                                                ? words(Key::desk_refund_too_much, money(words, left_minor(*sale)))
                                                : words.get(Key::desk_refund_nothing_left));
  } else if (minor == 0) {
    pad.submit = off(std::move(pad.submit), words.get(Key::desk_need_amount));
  }
}

}  // namespace

std::optional<base::LocalDate> typed_day(const std::string& typed, base::LocalDate today) {
  if (typed.empty()) return today;
  if (typed.size() != day_digits) return std::nullopt;
  const auto month = static_cast<int>(number_of(typed.substr(0, 2)));
  const auto day = static_cast<int>(number_of(typed.substr(2)));
  const auto this_year = base::to_civil(today).year;
  for (const int year : {this_year, this_year - 1}) {
    const base::CivilDate wanted{year, month, day};
    if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
    const auto date = base::to_local_date(wanted);
    const auto back = base::to_civil(date);
    if (back.month == month && back.day == day && date <= today) return date;
  }
  return std::nullopt;
}

bool serves_somebody(const CashierModel& model) {
  const bool types = model.desk != Desk::refund && (!model.typed.empty() || model.typing != Typing::amount);
  return model.member || model.sale || types || !model.phone.empty() || model.amount_minor > 0 || model.answer;
}

bool may_choose(const CashierModel& model) {
  return model.returning.sale && (model.returning.sale->known || model.returning.elsewhere);
}

std::int64_t left_minor(const PastSale& sale) {
  return sale.known ? std::max<std::int64_t>(sale.total_minor - sale.returned_minor, 0) : 0;
}

std::optional<std::variant<FindSale, RefundSale>> take_refund_step(CashierModel& model) {
  auto& returning = model.returning;
  switch (model.typing) {
    case Typing::refund_receipt:
      returning.receipt = model.typed;
      type(model, Typing::refund_day);
      return std::nullopt;
    case Typing::refund_day:
      returning.day = model.typed;
      return FindSale{returning.receipt, returning.day, 0};
    case Typing::refund_amount:
      returning.total_minor = number_of(model.typed);
      returning.whole = false;
      type(model, Typing::staff);
      return std::nullopt;
    case Typing::staff:
      model.staff = base::StaffId{static_cast<std::uint32_t>(number_of(model.typed))};
      type(model, Typing::pin);
      return std::nullopt;
    case Typing::pin:
      return RefundSale{*returning.sale,
                        returning.whole ? 0 : returning.total_minor,
                        returning.whole,
                        model.staff,
                        std::exchange(model.typed, {}),
                        0};
    case Typing::amount:
    case Typing::receipt:
    case Typing::phone:
      break;
  }
  return std::nullopt;
}

void take_whole(CashierModel& model) {
  model.returning.whole = true;
  model.returning.total_minor = 0;
  type(model, Typing::staff);
}

bool step_back(CashierModel& model) {
  auto& returning = model.returning;
  switch (model.typing) {
    case Typing::refund_day:
      type(model, Typing::refund_receipt, std::exchange(returning.receipt, {}));
      return true;
    case Typing::refund_amount:
      // Another sale perhaps: nothing of this one is kept, its number least of all.
      type(model, Typing::refund_day, std::exchange(returning.day, {}));
      returning.sale.reset();
      returning.elsewhere = false;
      return true;
    case Typing::staff:
      type(model, Typing::refund_amount);
      return true;
    case Typing::pin:
      type(model, Typing::staff);
      return true;
    default:
      return false;
  }
}

DeskPrompt refund_prompt(const CashierModel& model, const Words& words, const MakeButton& button) {
  DeskPrompt prompt{Icon::receipt, {}, {}, {}, {}};
  const auto say = [&](Key title, Key text) {
    prompt.title = words.get(title);
    prompt.text = words.get(text);
  };
  switch (model.typing) {
    case Typing::refund_day:
      say(model.busy ? Key::scan_looking : Key::desk_refund_day_title, Key::desk_refund_day_text);
      break;
    case Typing::refund_amount:
      if (!may_choose(model)) {
        say(Key::desk_refund_unknown, Key::desk_refund_unknown_text);
        prompt.icon = Icon::warning;
        prompt.ways = {button(Target::elsewhere, Key::desk_refund_elsewhere, Icon::display, "F5")};
        break;
      }
      if (model.returning.elsewhere) {
        say(Key::desk_refund_elsewhere, Key::desk_refund_elsewhere_text);
      } else {
        say(Key::desk_refund_found, Key::desk_refund_found_text);
      }
      prompt.ways = {whole_button(model, words, button)};
      break;
    case Typing::staff:
    case Typing::pin:
      prompt.icon = Icon::lock;
      say(Key::desk_refund_manager, Key::desk_refund_manager_text);
      break;
    default:
      say(Key::desk_refund_which, Key::desk_refund_which_text);
      break;
  }
  if (model.returning.done) {
    prompt.icon = Icon::check;
    say(Key::desk_refund_done, Key::desk_refund_done_text);
    prompt.ways.clear();
  }
  return prompt;
}

std::optional<Bill> refund_bill(const CashierModel& model, const Words& words) {
  const auto& returning = model.returning;
  if (!returning.sale || returning.done) return std::nullopt;
  const auto& sale = *returning.sale;
  Bill bill;
  bill.title = sale.till + " · " + sale.receipt + " · " + words.date(sale.day);
  if (sale.known) {
    bill.sums.push_back({words.get(Key::desk_goods), money(words, sale.total_minor), {}, Tone::neutral});
    if (sale.returned_minor > 0) {
      bill.sums.push_back(
          {words.get(Key::desk_refund_before), "−" + money(words, sale.returned_minor), {}, Tone::neutral});
    }
  }
  const bool chosen = model.typing == Typing::staff || model.typing == Typing::pin;
  if (!chosen) {
    if (!sale.known) return std::nullopt;
    bill.total = {words.get(Key::desk_refund_left), money(words, left_minor(sale)), {}, Tone::brand};
    return bill;
  }
  const bool unknown_whole = returning.whole && !sale.known;
  const auto now_minor = returning.whole ? left_minor(sale) : returning.total_minor;
  bill.total = {words.get(Key::desk_refund_now),
                unknown_whole ? words.get(Key::desk_refund_all) : money(words, now_minor),
                {},
                Tone::brand};
  return bill;
}

void describe_refund(Pad& pad, const CashierModel& model, const Words& words, const MakeButton& button) {
  const auto next = [&] { return button(Target::submit, Key::button_submit, Icon::none, "Enter"); };
  if (model.typing == Typing::refund_amount) return describe_amount(pad, model, words, button);
  if (model.typing == Typing::refund_receipt) {
    pad.label = words.get(Key::desk_pad_receipt);
    pad.typed = model.typed;
    pad.placeholder = words.get(Key::desk_pad_receipt_hint);
    pad.note = words.get(Key::desk_pad_refund_receipt_note);
    pad.submit = next();
    if (model.typed.empty()) pad.submit = off(pad.submit, words.get(Key::desk_need_receipt));
    return;
  }
  pad.label = words.get(Key::desk_pad_refund_day);
  pad.typed = shown_day(model.typed);
  pad.placeholder = words.get(Key::desk_pad_refund_day_hint);
  pad.note = words.get(Key::desk_pad_refund_day_note);
  pad.submit = next();
  // Of a year that has every day: which year it was, is found out with the clock at hand.
  const auto leap_year = base::to_local_date({2024, 12, 31});
  if (!typed_day(model.typed, leap_year)) pad.submit = off(pad.submit, words.get(Key::desk_pad_refund_day_note));
}

Outcome refund_outcome(const Refunded& refunded, const CashierModel& model, const Words& words,
                       const MakeButton& button) {
  Outcome outcome;
  outcome.icon = Icon::receipt;
  outcome.title = words.get(Key::desk_refund_done);
  if (refunded.total_minor > 0) outcome.points = money(words, refunded.total_minor);
  const auto say = [&](Key key, const std::string& value) { outcome.lines.push_back(words(key, value)); };
  if (refunded.paid_minor && *refunded.paid_minor != refunded.total_minor) {
    say(Key::desk_refund_done_paid, money(words, *refunded.paid_minor));
  }
  if (refunded.points_taken > 0) say(Key::desk_refund_done_taken, text::count(refunded.points_taken));
  if (refunded.points_returned > 0) say(Key::desk_refund_done_points, text::count(refunded.points_returned));
  if (refunded.coupons_voided > 0) say(Key::desk_refund_done_voided, text::count(refunded.coupons_voided));
  if (refunded.coupons_returned > 0) say(Key::desk_refund_done_coupons, text::count(refunded.coupons_returned));
  if (!refunded.sale_known) outcome.lines.push_back(words.get(Key::desk_refund_done_later));
  if (model.line_known && !model.online) outcome.lines.push_back(words.get(Key::desk_done_offline));
  outcome.done = button(Target::done, Key::desk_next, Icon::none, "Enter");
  return outcome;
}

}  // namespace millpond::flow
