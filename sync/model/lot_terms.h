// SPDX-License-Identifier: Apache-2.0
// Lot terms: from when until when points are good. Part of the points rules (points_rules.h); computed once, when
// points are granted, and kept with them: a later change of the rules changes no lot. Pure; any thread.
#pragma once

#include "sync/base/clock.h"
#include "sync/model/calendar.h"

#include <compare>
#include <cstdint>

namespace millpond::model {

class ObjectReader;  // document.h

enum class ExpiryKind : std::uint8_t { never, days, months, year_end };

struct LotTerms {
  std::int32_t pending_days{};  // 0: good at once; else after the end of that many days later: the return window
  ExpiryKind expiry{};
  std::int32_t expiry_count{};       // days, months ("n months" clamps to the month's end), or years after the grant's
  std::int32_t return_grace_days{};  // points given back by a refund stay good at least that long
  friend bool operator==(const LotTerms&, const LotTerms&) = default;
};

// {pending_days, expiry{kind: never | days | months | year_end, count}, return_grace_days} of a document; finishes the
// object. Refused besides what is not there: points that would expire before they are good.
[[nodiscard]] LotTerms read_lot_terms(ObjectReader object);

// [active_at, expires_at) in milliseconds UTC.
struct LotTimes {
  std::int64_t active_at_ms{};
  std::int64_t expires_at_ms{never_ms};
  friend auto operator<=>(const LotTimes&, const LotTimes&) = default;
};

// Of points that came at this moment, which was this date at the store. Expiry is the end of a local day in the
// programme's zone, and never before activation.
[[nodiscard]] LotTimes lot_times(const LotTerms& terms, Zone zone, std::int64_t occurred_ms,
                                 base::LocalDate local_date);

// Until when points given back on this date are good at least.
[[nodiscard]] std::int64_t grace_until_ms(const LotTerms& terms, Zone zone, base::LocalDate refunded_on);

}  // namespace millpond::model
