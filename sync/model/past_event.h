// SPDX-License-Identifier: Apache-2.0
// PastEvent: one line of what happened in shops, as an operator exports it to try campaigns on (replay.h): sales with
// what was known of the member at the time, what came back of them, and everything else that campaigns wait for. Not a
// fact: nobody signed it and nothing is booked by it. Pure values; no clock, no I/O.
#pragma once

#include "sync/model/basket.h"
#include "sync/model/campaign.h"
#include "sync/model/shopper.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millpond::model {

enum class PastKind : std::uint8_t {
  happened,  // what campaigns wait for: a sale, an enrolment, a check-in ...
  refund,    // goods of an earlier sale came back
  voided,    // the till took a whole sale back
  no_show,   // ordered, and never fetched
};

struct PastEvent {
  PastKind kind{PastKind::happened};
  Trigger trigger{Trigger::sale_paid};   // of happened
  std::string word;                      // code_scanned, first_visit, external: which
  std::int64_t number{};                 // lapsed: days; service_late: minutes; tier_entered: which
  std::int64_t at_ms{};                  // when it happened
  std::optional<std::int64_t> heard_ms;  // when the hub heard of it, where that was much later
  std::string transaction;               // names the event within its store
  std::string of;                        // refund, voided: the sale's transaction
  bool whole{};                          // refund, voided: nothing of the sale is left
  std::int64_t eligible_minor{};         // of a sale; of a refund: what came back
  std::vector<TenderType> paid_with;     // ascending
  Basket basket;
  std::vector<std::vector<std::string>> options;  // how each line was prepared: "large", "less ice"
  Shopper shopper;                                // as it was known then
  std::uint32_t terminal{};                       // 0: not told
  base::StaffId cashier;                          // 0: not told
  std::string label;                              // what whoever made the file says of it; no rule reads it
  friend bool operator==(const PastEvent&, const PastEvent&) = default;
};

// Reads {event?: sale | refund | void | no_show | a trigger's name, at, heard_at?, transaction, store, member (0:
// nobody), terminal?, cashier?, label?} and
//   of sale: {eligible_minor, paid_with[], lines[{sku, category?, quantity "0.350", net_minor, options[]?}]};
//   of refund and void: {of, eligible_minor, whole (of void always)}; of no_show: {eligible_minor};
//   of lapsed {days}, service_late {minutes}, tier_entered {entered}, code_scanned, first_visit and external {which};
//   of sale and every trigger, where it is known: {tier, visits, spend_minor, tags[], rfm, origin, last_visit, birthday
//   "02-29"}.
// Moments are RFC 3339. Without "event" it is a sale. `tiers`: how many the programme has. Error: programme_invalid
// with the pointer of the offending place; also refused: heard before it happened.
[[nodiscard]] base::Result<PastEvent> parse_past_event(base::ByteView json, std::size_t tiers);

}  // namespace millpond::model
