// SPDX-License-Identifier: Apache-2.0
#include "sync/model/receipt_claim.h"

#include "sync/model/figures_base.h"

namespace millpond::model {

ClaimVerdict decide_claim(const ClaimCase& of) {
  const auto date = of.sale ? of.sale->business_date : of.receipt_date;
  if (of.sale) {
    const auto owner = of.sale->member ? of.sale->member : of.sale->claimed_by;
    if (owner) return owner == of.member ? ClaimVerdict::repeated : ClaimVerdict::other_member;
    if (of.sale->training || of.sale->refunded) return ClaimVerdict::nothing;
  }
  const auto age_days = std::int64_t{of.today.days} - date.days;
  if (age_days < 0) return ClaimVerdict::in_future;
  if (age_days > claim_days_max) return ClaimVerdict::too_late;
  // A terminal that sold it still asks: another one may have claimed it meanwhile.
  if (!of.hub_heard) return ClaimVerdict::pending;
  return of.sale ? ClaimVerdict::granted : ClaimVerdict::unknown;
}

UndoVerdict decide_undo(const UndoCase& of) {
  if (of.undone_before) return UndoVerdict::undone_before;
  if (!of.same_boot) return UndoVerdict::too_late;
  const auto ends_ms = add_within_bounds(of.done_monotonic_ms, undo_ms_max);
  if (of.now_monotonic_ms < of.done_monotonic_ms || of.now_monotonic_ms > ends_ms) return UndoVerdict::too_late;
  if (!of.is_last) return UndoVerdict::not_last;
  return of.used ? UndoVerdict::used : UndoVerdict::undone;
}

}  // namespace millpond::model
