// SPDX-License-Identifier: Apache-2.0
#include "sync/model/lot_terms.h"

#include <algorithm>

namespace millpond::model {
namespace {

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

}  // namespace

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
