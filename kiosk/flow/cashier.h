// SPDX-License-Identifier: Apache-2.0
// Cashier: what happens at the screen beside the till, as a value and one pure function, like flow.h's for customers.
// A member is named by a code, or by a number that was typed, which earns and shows nothing; somebody's PIN shows more.
// A sale comes from the till, or by hand: paid at the till, with the number on its receipt, never charged here. Goods
// that come back are recorded with a manager's PIN; the money is given back at the till. A
// consent is never given here: a customer joins on a screen of their own side. One thread per model; time is an
// argument.
#pragma once

#include "kiosk/flow/flow.h"

namespace millpond::flow {

// What the digits are for.
enum class Typing : std::uint8_t { amount, receipt, phone, staff, pin, refund_receipt, refund_day, refund_amount };

enum class Desk : std::uint8_t { sell, join, shift, service, refund };

// Goods that come back: one page after the other. Nothing of it is anybody's on the screen.
struct Returning {
  std::string receipt;
  std::string day;  // as typed
  std::optional<PastSale> sale;
  bool elsewhere{};  // somebody says that another terminal recorded it
  bool whole{};
  std::int64_t total_minor{};
  std::optional<Refunded> done;
};

struct CashierModel : Surroundings {
  Desk desk{Desk::sell};
  Typing typing{Typing::amount};
  std::string typed;
  std::optional<base::Code> problem;

  // Who stands there. A card where it may be shown; otherwise only that points go to whoever it is.
  std::optional<MemberCard> card;
  base::MemberId member;  // 0: nobody
  model::Strength strength{};
  std::string phone;  // typed for them, until the sale; wiped with the session

  // The sale by hand.
  std::int64_t amount_minor{};  // of the goods, once it was confirmed
  std::optional<Weighed> weighed;
  bool without_coupons{};
  bool asked_to_keep{};  // whatever may be kept for basket_name() is to be let go
  bool kept{};           // coupons are kept for it
  bool approving{};      // number and PIN are for coupons that wait for somebody's word
  base::StaffId staff;

  std::optional<BasketTold> till;  // the till's basket, until it is paid
  std::optional<SaleResult> sale;  // what was recorded
  std::optional<CustomerAnswered> answer;
  std::optional<ServiceStanding> service;
  std::optional<std::vector<model::ShiftRow>> shift;
  std::int64_t shift_since_ms{};  // as ShiftTold has it
  Returning returning;            // at Desk::refund
  std::uint64_t session{1};       // grows with every customer; names their basket
};

inline constexpr std::int64_t cashier_idle_ms = 180'000;  // a queue at a till, not a shift
inline constexpr std::size_t amount_digits_max = 9;
inline constexpr std::size_t receipt_digits_max = 12;
inline constexpr std::size_t receipt_letters_max = 32;  // of a number that is scanned off the receipt
inline constexpr std::size_t day_digits = 4;

// Month and day as they are typed: "1120" is the last 20 November up to today, nothing typed is today. Nothing for no
// such day in the past year.
[[nodiscard]] std::optional<base::LocalDate> typed_day(const std::string& typed, base::LocalDate today);

// Whether a coupon would be taken if somebody behind the counter said so.
[[nodiscard]] bool waits_for_word(const WeighedCoupon& coupon);

// Applies one message. Presses of targets that the screen does not offer change nothing.
[[nodiscard]] std::vector<Cmd> update(CashierModel& model, const Msg& msg, std::int64_t now_ms);

// The screen for this model. wall_ms only for dates and hours shown to people.
[[nodiscard]] ViewModel present(const CashierModel& model, std::int64_t now_ms, std::int64_t wall_ms);

}  // namespace millpond::flow
