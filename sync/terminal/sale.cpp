// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/person.h"
#include "sync/terminal/sale_action.h"
#include "sync/terminal/verified_code.h"

namespace millpond::terminal {

base::Result<SaleOutcome> Terminal::sale(const SaleRequest& request, const SaleAction::Compose& compose) {
  const auto rules = programme();
  auto recorded = request.sale;
  recorded.body_tag = model::body_tag_of(request.body_hash);
  std::optional<base::Code> member_problem;
  if (!recorded.member && !request.member_code.empty()) {
    // A code that was shown and is not usable is not replaced by whoever stands at the screen: it may be someone else.
    const auto named = read_member(request.member_code, {identity_, journal_, replica_});
    if (named)
      recorded.member = *named;
    else
      member_problem = named.error().code;
  } else if (!recorded.member) {
    recorded.member = request.session_member;
  }
  if (recorded.member) recorded.member = person_number(replica_, recorded.member);
  std::vector<PresentedCoupon> coupons;
  for (std::size_t i = 0; i < request.redemptions.size(); ++i) {
    coupons.push_back({i, read_coupon_code(request.redemptions[i], {identity_, journal_, replica_})});
  }
  const bool suspended = !coupons.empty() && value_suspended();
  SaleAction action{{identity_, rules.get(), replica_, Moment{time_.now(), rules.get()}, std::move(recorded),
                     request.body_hash, member_problem, std::move(coupons), suspended, request.slip_locale, compose}};
  auto committed = journal_.commit([&](store::Transaction& transaction) { return action.run(transaction); });
  MILLPOND_TRY_DO(
      settle(std::move(committed), [&](store::Transaction& transaction) { return action.is_recorded(transaction); }));
  return action.outcome();
}

// A word that cannot be read is no permission.
bool Terminal::value_suspended() {
  base::Result<std::optional<base::Bytes>> standing = std::optional<base::Bytes>{};
  const auto ran = journal_.with([&](store::Journal& journal) { standing = journal.document("standing"); });
  if (!ran || !standing) return true;
  return *standing && !(*standing)->empty() && (*standing)->front() == 1;
}

base::Result<std::optional<store::StoredSale>> Terminal::find_sale(const model::SaleKey& key) {
  std::optional<store::StoredSale> found;
  MILLPOND_TRY_DO(read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(found, transaction.find_sale(key));
    return {};
  }));
  return found;
}

}  // namespace millpond::terminal
