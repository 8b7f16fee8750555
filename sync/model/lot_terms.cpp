// SPDX-License-Identifier: Apache-2.0
#include "sync/model/lot_terms.h"

#include "sync/model/document.h"

#include <algorithm>

namespace millpond::model {
namespace {

constexpr std::int64_t days_max = 3'660;  // ten years
constexpr std::int64_t pending_days_max = 90;
constexpr std::int64_t shortest_month_days = 28;

std::int64_t expires_at_ms(const LotTerms& terms, Zone zone, base::LocalDate granted_on) {
  switch (terms.expiry) {
    case ExpiryKind::days:
      return end_of_day_ms(zone, add_days(granted_on, terms.expiry_count));
    case ExpiryKind::months:
      return end_of_day_ms(zone, add_months(granted_on, terms.expiry_count));
    case ExpiryKind::year_end:
      return end_of_day_ms(zone, last_of_year(add_months(granted_on, std::int64_t{12} * terms.expiry_count)));
    case ExpiryKind::never:
      break;
  }
  return never_ms;
}

// The fewest days that points are good, counted from the day they came.
std::int64_t days_at_least(const LotTerms& terms) {
  switch (terms.expiry) {
    case ExpiryKind::days:
      return terms.expiry_count;
    case ExpiryKind::months:
      return terms.expiry_count * shortest_month_days;
    case ExpiryKind::year_end:
      return terms.expiry_count * std::int64_t{365};
    case ExpiryKind::never:
      break;
  }
  return days_max;
}

}  // namespace

LotTerms read_lot_terms(ObjectReader object) {
  LotTerms terms;
  terms.pending_days = static_cast<std::int32_t>(object.integer("pending_days", 0, pending_days_max));
  auto expiry = object.object("expiry");
  terms.expiry = static_cast<ExpiryKind>(expiry.choice("kind", {"never", "days", "months", "year_end"}));
  if (terms.expiry != ExpiryKind::never) {
    const std::int64_t least = terms.expiry == ExpiryKind::year_end ? 0 : 1;
    const std::int64_t most = terms.expiry == ExpiryKind::days     ? days_max
                              : terms.expiry == ExpiryKind::months ? 120
                                                                   : 10;
    terms.expiry_count = static_cast<std::int32_t>(expiry.integer("count", least, most));
  }
  expiry.finish();
  terms.return_grace_days = static_cast<std::int32_t>(object.integer("return_grace_days", 0, days_max));
  if (terms.pending_days > 0 && days_at_least(terms) <= terms.pending_days) {
    object.report("pending_days", "must end before the points may expire");
  }
  object.finish();
  return terms;
}

LotTimes lot_times(const LotTerms& terms, Zone zone, std::int64_t occurred_ms, base::LocalDate local_date) {
  LotTimes times;
  times.active_at_ms =
      terms.pending_days > 0 ? end_of_day_ms(zone, add_days(local_date, terms.pending_days)) : occurred_ms;
  times.expires_at_ms = std::max(expires_at_ms(terms, zone, local_date), times.active_at_ms);
  return times;
}

std::int64_t grace_until_ms(const LotTerms& terms, Zone zone, base::LocalDate refunded_on) {
  return end_of_day_ms(zone, add_days(refunded_on, std::max(terms.return_grace_days, 0)));
}

}  // namespace millpond::model
