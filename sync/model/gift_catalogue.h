// SPDX-License-Identifier: Apache-2.0
// GiftCatalogue: gifts for points, as a brand publishes them, and what one exchange changes. An exchange spends the
// points and takes the pieces in one value: whoever stores it does so in one transaction. A gift costs points alone: a
// price in money has no place in the document, and points cannot be bought or cashed. Which lots pay is the points
// ledger's business. Pure: no clock, no I/O; terminal and hub run this same code. Any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/money.h"
#include "sync/base/result.h"
#include "sync/model/document.h"
#include "sync/model/prize_tax.h"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace millpond::model {

struct Gift {
  std::uint32_t number{};  // from 1; exchanges name it
  LocalizedText name;
  std::int64_t points{};                 // of one piece, at least 1
  std::int64_t value_minor{};            // of one piece, at market value
  std::optional<std::int64_t> quantity;  // pieces in all; nothing: not limited
  std::uint32_t a_member_max{};          // pieces in all; 0: no limit but the others
  std::uint32_t tier_min{};              // the place of a tier in the programme, from 0: everybody
  base::LocalDate starts;                // first day, at the store
  base::LocalDate ends;                  // last day
  PrizeTax tax;
  friend bool operator==(const Gift&, const Gift&) = default;
};

inline constexpr std::uint32_t gift_pieces_max = 1'000;  // of one exchange

struct GiftCatalogue {
  std::uint32_t version{};
  base::Currency currency;  // of the values
  std::vector<Gift> gifts;
  friend bool operator==(const GiftCatalogue&, const GiftCatalogue&) = default;
};

// Reads {version, currency, gifts[{number, name, points, value_minor, quantity?, a_member_max?, tier_min?, starts,
// ends, tax{class, rate_bp, free_up_to_minor?}?}]}. Error: programme_invalid; contradictory dates and repeated numbers
// are refused.
[[nodiscard]] base::Result<GiftCatalogue> parse_gifts(base::ByteView json);

// What one exchange did. Becomes the body of a fact of the kind "gift exchanged", which is still missing; `points` of
// it are the points ledger's to take.
struct GiftExchanged {
  base::Hash request{};  // names the exchange, however often it is told: made by whoever asks
  base::MemberId member;
  std::uint32_t gift{};
  std::uint32_t pieces{};
  std::int64_t points{};          // of all pieces
  std::int64_t value_minor{};     // of all pieces
  std::int64_t withheld_minor{};  // of all pieces
  TaxClass tax_class{};
  std::uint32_t catalogue_version{};
  base::LocalDate on;
  friend bool operator==(const GiftExchanged&, const GiftExchanged&) = default;
};

// The rows that one exchange reads and changes.
struct GiftState {
  std::int64_t balance{};  // points the member may spend
  std::int64_t left{};     // pieces of the gift at this place: the hub's stock, or a lease's rest; of limited gifts
  std::int64_t taken_by_member{};      // pieces of the gift
  std::optional<GiftExchanged> known;  // what was stored under the case's request
  friend bool operator==(const GiftState&, const GiftState&) = default;
};

struct GiftCase {
  base::Hash request{};
  base::MemberId member;
  std::uint32_t tier{};  // the member's, as in Gift::tier_min
  std::uint32_t gift{};
  std::uint32_t pieces{1};
  std::optional<base::LocalDate> today;  // at the store; nothing when no clock can be trusted
};

// In the order in which they are found.
enum class GiftRefusal : std::uint8_t {
  nobody,           // no member
  request_changed,  // the request is known with another member, gift or number of pieces
  no_such_gift,
  pieces_out_of_range,  // 1 to gift_pieces_max
  time_unknown,
  not_begun,     // with the first day
  over,          // with the last day
  tier_too_low,  // missing: tiers
  member_cap,    // missing: pieces too many
  out_of_stock,  // missing: pieces too few
  points_short,  // missing: points
};

struct GiftRefused {
  GiftRefusal why{};
  std::int64_t missing{};
  base::LocalDate date;
  friend bool operator==(const GiftRefused&, const GiftRefused&) = default;
};

struct Exchanged {
  GiftState after;  // to be stored as a whole, with the record as a fact
  GiftExchanged record;
  bool again{};  // the request was known: the same record, nothing changed
  friend bool operator==(const Exchanged&, const Exchanged&) = default;
};

[[nodiscard]] std::variant<Exchanged, GiftRefused> exchange(const GiftCatalogue& catalogue, const GiftState& state,
                                                            const GiftCase& of);

}  // namespace millpond::model
