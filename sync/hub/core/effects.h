// SPDX-License-Identifier: Apache-2.0
// Effects: what one fact does to members, sales, coupons and losses. Runs inside the projector's transaction, one
// savepoint per fact; private to this room. Amounts are bounded, so that no sum leaves 64 bits.
#pragma once

#include "sync/hub/core/feed_rows.h"
#include "sync/hub/core/hub_store.h"

#include <set>

namespace millpond::hub {

// What came of a fact: points it booked, and a base::Code when its sender should hear about it.
struct Applied {
  std::int64_t points{};
  std::optional<base::Code> verdict{};
};

class Effects {
 public:
  Effects(sqlite::Connection& database, FeedRows& feed, const PhoneOpener& open_phone)
      : database_{database}, feed_{feed}, open_phone_{open_phone} {}

  // Applies a decoded fact. A verdict keeps what was written; an error asks for the savepoint to be undone.
  [[nodiscard]] base::Result<Applied> apply(const model::Fact& fact);

  // Writes the downlink rows of members that changed; once per transaction, because only the last state travels.
  [[nodiscard]] base::Result<> publish_members();

 private:
  base::Result<Applied> on(const model::Stamp& stamp, const model::MemberEnrolled& fact);
  base::Result<Applied> on(const model::Stamp& stamp, const model::SaleRecorded& fact);
  base::Result<Applied> on(const model::Stamp& stamp, const model::PointsEarned& fact);
  base::Result<Applied> on(const model::Stamp& stamp, const model::CouponIssued& fact);
  base::Result<Applied> on(const model::Stamp& stamp, const model::CouponRedeemed& fact);
  base::Result<Applied> on(const model::Stamp& stamp, const model::CouponOverRedeemed& fact);
  base::Result<Applied> on(const model::Stamp& stamp, const model::SaleDisputed& fact);
  base::Result<Applied> on(const model::Stamp& stamp, const model::EpochBegun& fact);
  base::Result<Applied> on(const model::Stamp& stamp, const model::PrintFinished& fact);

  base::Result<Applied> open_identity(const model::Stamp& stamp, const model::MemberEnrolled& fact);
  base::Result<> add_to_member(base::MemberId member, std::int64_t points, std::int64_t qualifying_minor);
  base::Result<bool> duplicate_sale(const model::Stamp& stamp, base::Seq sale);
  base::Result<> book_loss(const model::Stamp& stamp, base::CouponId coupon, base::MemberId member,
                           base::CampaignId campaign, std::int64_t value_minor, std::string_view reason);
  base::Result<> mark_used(const model::Stamp& stamp, base::CouponId coupon, wire::CouponState state);
  base::Result<> publish_coupon(base::CouponId coupon);

  sqlite::Connection& database_;
  FeedRows& feed_;
  const PhoneOpener& open_phone_;
  std::set<base::MemberId> changed_;
};

}  // namespace millpond::hub
