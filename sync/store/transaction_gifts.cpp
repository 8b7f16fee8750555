// SPDX-License-Identifier: Apache-2.0
// What campaigns gave to whom, as far as the hub has not told of it yet.
#include "sync/store/action_transaction.h"

#include <map>

namespace millpond::store {

base::Result<GivenSince> ActionTransaction::given_since(base::MemberId member, std::uint64_t position,
                                                        base::CampaignId campaign, base::LocalDate day) {
  std::map<std::uint64_t, base::LocalDate> occasions;
  for (const auto& [at, gift] : journal_.unsettled_.gifts) {
    if (gift.member == member && gift.campaign == campaign && at > position) occasions.emplace(gift.occasion, gift.day);
  }
  MILLPOND_TRY(auto query, db_.prepare("SELECT position, day, occasion, sum FROM gifts "
                                       "WHERE member = ?1 AND position > ?2 AND campaign = ?3"));
  MILLPOND_TRY_DO(query.bind(member, position, campaign));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    const GivenBy gift{member, campaign, {static_cast<std::int32_t>(query.integer(1))}, query.unsigned_integer(2)};
    // One that changed was given all the same.
    const bool whole = sum_of_gift(query.unsigned_integer(0), gift) == query.unsigned_integer(3);
    occasions.emplace(whole ? gift.occasion : query.unsigned_integer(0), whole ? gift.day : day);
  }
  GivenSince given{static_cast<std::int64_t>(occasions.size()), 0};
  for (const auto& [occasion, on] : occasions) given.times_that_day += on == day ? 1 : 0;
  return given;
}

}  // namespace millpond::store
