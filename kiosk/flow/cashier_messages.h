// SPDX-License-Identifier: Apache-2.0
// What happens at a cashier's screen and what it asks for, beside what flow.h has for every screen. WeighBasket brings
// BasketWeighed or WeighFailed, RecordSale SaleCommitted or RecordFailed, NameByPhone Enrolled or EnrolFailed, LookUp
// MemberFound or IdentifyFailed, Invite CustomerAnswered, LookAtService ServiceTold and LookAtShift ShiftTold; each
// with its ticket. LookFailed is instead of the last two. FindSale brings SaleFound, RefundSale Refunded, and
// RecordFailed is instead of either. Values only.
#pragma once

#include "hardware/ports/device_state.h"
#include "kiosk/flow/values.h"
#include "sync/model/shift_report.h"

namespace millpond::flow {

// --- what happened
// The till asked about a basket: it is shown until it is paid, whoever it is for.
struct BasketTold {
  std::string till;
  std::vector<model::SaleLine> lines;
  Weighed weighed;
  base::MemberId member;  // 0: nobody
  std::string name{};     // the till's own for its basket; may be empty
};
// The till lets its basket go: nobody will pay it.
struct BasketGone {
  std::string till;
  std::string name{};  // empty: whichever it was
};
struct BasketWeighed {
  Weighed weighed;
  std::uint64_t ticket{};
};
struct WeighFailed {
  base::Code code{};
  std::uint64_t ticket{};
};
struct RecordFailed {
  base::Code code{};
  std::uint64_t ticket{};
};
// The sale that goods come back of.
struct PastSale {
  std::string till;
  std::string receipt;
  base::LocalDate day;
  bool known{};  // this terminal recorded it and still has it; of any other the sums are not told
  std::int64_t total_minor{};
  std::int64_t returned_minor{};  // of it, before
  std::string number;             // of the refund that comes of it: the same again is the same refund
};
struct SaleFound {
  PastSale sale;
  std::uint64_t ticket{};
};
struct Refunded {
  std::int64_t total_minor{};
  std::optional<std::int64_t> paid_minor{};  // of it, what had been paid with money; nothing: not known here
  bool sale_known{};
  std::int64_t points_taken{};
  std::int64_t points_returned{};
  std::int64_t coupons_voided{};
  std::int64_t coupons_returned{};
  std::uint64_t ticket{};
};
// To a customer's screen: somebody may join there now.
struct Invited {
  std::uint64_t ticket{};
};
// To the cashier's screen that invited: what came of it. No member: nobody is there, or they went away.
struct CustomerAnswered {
  enum class How : std::uint8_t { no_screen, typing, consenting, joined, left } how{};
  base::MemberId member;
  std::uint64_t ticket{};
};
struct DeviceTold {
  enum class Kind : std::uint8_t { printer, camera, scanner, customer_screen } kind{};
  ports::DeviceState state{};
};
struct ServiceStanding {
  std::uint64_t queued{};
  std::int64_t oldest_ms{};        // wall; of the oldest fact that waits, 0: none
  std::int64_t last_contact_ms{};  // wall; 0: not since the start
  std::string journal;             // "holds", or stable words (terminal/listing.h)
  std::string build;
  std::string terminal;  // "7 · 1": terminal and store
  std::uint32_t programme{};
  std::vector<DeviceTold> devices;
};
struct ServiceTold {
  ServiceStanding standing;
  std::uint64_t ticket{};
};
struct ShiftTold {
  std::vector<model::ShiftRow> rows;  // of today
  std::uint64_t ticket{};
  std::int64_t since_ms{};  // wall; the day began before, but there is no more of it to count; 0: the whole day
};
struct LookFailed {
  base::Code code{};
  std::uint64_t ticket{};
};

// --- what to do
// What the member's coupons are worth for goods of this sum; they are kept until the sale. Again with the same name:
// instead of what was kept.
struct WeighBasket {
  std::string name;
  base::MemberId member;
  model::Strength strength{};
  std::int64_t total_minor{};
  std::uint64_t ticket{};
  base::StaffId staff{};  // whose PIN it is; 0: nobody's word comes with it
  std::string pin{};
};
struct DropBasket {
  std::string name;
};
// Paid at the till, with the number on its receipt.
struct RecordSale {
  std::string basket;  // empty: no coupons were kept
  base::MemberId member;
  model::Strength strength{};
  std::int64_t total_minor{};
  std::int64_t discount_minor{};
  std::string receipt;
  std::uint64_t ticket{};
};
// By what a receipt says, and the day as it was typed (typed_day()).
struct FindSale {
  std::string receipt;
  std::string day;
  std::uint64_t ticket{};
};
// Money was given back at the till; with a manager's PIN. Of a sale that is not known here the hub settles it.
struct RefundSale {
  PastSale sale;
  std::int64_t total_minor{};
  bool whole{};  // all that is left of it; total_minor is 0
  base::StaffId staff;
  std::string pin;
  std::uint64_t ticket{};
};
struct NameByPhone {
  std::string typed;
  std::uint64_t ticket{};
};
// Of a phone or number that was typed, with somebody's PIN.
struct LookUp {
  std::string typed;
  base::StaffId staff;
  std::string pin;
  std::uint64_t ticket{};
};
struct Invite {
  std::uint64_t ticket{};
};
// Whoever was invited goes on alone, or not; no answer is wanted any more.
struct CancelInvite {};
// From a customer's screen to the cashier's.
struct AnswerInvite {
  CustomerAnswered answer;
};
struct LookAtService {
  std::uint64_t ticket{};
};
struct LookAtShift {
  std::uint64_t ticket{};
};

}  // namespace millpond::flow
