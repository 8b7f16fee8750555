// SPDX-License-Identifier: Apache-2.0
// Facts of every kind with any value that a field can hold: small ones, repeated ones, the ends of the range.
#pragma once

#include "sync/base/rng.h"
#include "sync/wire/canonical.h"
#include "sync/wire/messages.h"

namespace millpond::tests {

class RandomFacts {
 public:
  explicit RandomFacts(std::uint64_t seed) : rng_{seed} {}

  wire::Row row() {
    const auto fact = next();
    wire::Row row{*wire::encode_fact(fact), {}, {}};
    if (std::holds_alternative<model::MemberEnrolled>(fact.body) && rng_.chance(1, 2)) {
      row.payload_salt.resize(rng_.below(20));
      row.payload.resize(rng_.below(100));
      rng_.fill(row.payload);
    }
    return row;
  }

  model::Fact next() { return {stamp(), body()}; }

 private:
  template <class T>
  T number() {
    switch (rng_.below(6)) {
      case 0:
        return T{};
      case 1:
        return std::numeric_limits<T>::min();
      case 2:
        return std::numeric_limits<T>::max();
      case 3:
        return static_cast<T>(rng_.next());
      default:
        return static_cast<T>(rng_.below(5));
    }
  }
  template <class Id>
  Id id() {
    return {number<decltype(Id::value)>()};
  }
  template <class Enum>
  Enum choice(std::uint64_t last) {
    return static_cast<Enum>(rng_.below(last + 1));
  }
  std::string text() {
    static const std::array<std::string, 10> known{"",    "1",   "2",  "T-0009", "T-0010", "99999999999999999999",
                                                   "099", "100", "-7", "0.350"};
    if (rng_.chance(2, 3)) return known[rng_.below(known.size())];
    std::string any(rng_.below(12), '\0');
    for (auto& letter : any) letter = static_cast<char>(rng_.below(256));
    return any;
  }
  template <class Bytes>
  Bytes bytes() {
    Bytes any{};
    if (rng_.chance(1, 2)) rng_.fill(any);
    return any;
  }
  base::Currency currency() {
    if (rng_.chance(1, 4)) return {};
    return *base::parse_currency(rng_.chance(1, 2) ? "CNY" : "JPY");
  }
  model::Stamp stamp() {
    if (rng_.chance(1, 2)) return {{7}, {0xC0FFEE01}, {42}, 1'795'000'000'123, 480, {20'775}, 3};
    return {id<base::TerminalId>(), id<base::Epoch>(),        id<base::Seq>(),        number<std::int64_t>(),
            number<std::int32_t>(), {number<std::int32_t>()}, number<std::uint32_t>()};
  }
  model::SaleKey key() { return {id<base::StoreId>(), text(), {number<std::int32_t>()}, text()}; }

  model::FactBody sale() {
    model::SaleRecorded sale{key(),
                             id<base::MemberId>(),
                             currency(),
                             number<std::int64_t>(),
                             number<std::int64_t>(),
                             number<std::int64_t>(),
                             {},
                             {},
                             bytes<model::BodyTag>(),
                             rng_.chance(1, 2)};
    for (auto lines = rng_.below(5); lines > 0; --lines) {
      sale.lines.push_back({text(), text(), text(), text(), number<std::int64_t>(), number<std::int64_t>()});
      for (auto modifiers = rng_.below(3); modifiers > 0; --modifiers) sale.lines.back().modifiers.push_back(text());
      sale.lines.back().excluded = rng_.chance(1, 4);
    }
    if (rng_.chance(1, 2)) sale.operator_id = text();
    for (auto tenders = rng_.below(4); tenders > 0; --tenders) {
      sale.tenders.push_back({choice<model::TenderType>(8), number<std::int64_t>(), text(), text()});
    }
    return sale;
  }
  model::FactBody refund(base::MemberId member) {
    model::SaleRefunded refund{key(),
                               key(),
                               member,
                               currency(),
                               number<std::int64_t>(),
                               rng_.chance(1, 2),
                               {},
                               bytes<model::BodyTag>(),
                               rng_.chance(1, 2),
                               rng_.chance(1, 2),
                               number<std::int64_t>(),
                               number<std::int64_t>()};
    for (auto lines = rng_.below(4); lines > 0; --lines) refund.lines.push_back({text(), number<std::int64_t>()});
    refund.operator_id = text();
    return refund;
  }
  model::FactBody enrolment() {
    model::MemberEnrolled fact{
        id<base::MemberId>(), id<base::StoreId>(), choice<model::Channel>(3), {}, bytes<base::Hash>()};
    if (rng_.chance(1, 4)) {
      fact.campaign = id<base::CampaignId>();
      fact.staff = id<base::StaffId>();
      fact.invited_by = id<base::MemberId>();
      fact.came_by = choice<model::OriginChannel>(13);
    }
    for (auto consents = rng_.below(4); consents > 0; --consents) {
      fact.consents.push_back({choice<model::Purpose>(4), rng_.chance(1, 2), bytes<base::Hash>(), text()});
      if (rng_.chance(1, 4)) fact.consents.back().age = choice<model::AgeAnswer>(2);
    }
    return fact;
  }
  model::FactBody body() {
    const auto member = id<base::MemberId>();
    const auto coupon = id<base::CouponId>();
    const auto campaign = id<base::CampaignId>();
    const auto sold = id<base::Seq>();
    const auto epoch = id<base::Epoch>();
    switch (rng_.below(25)) {
      case 0:
        return model::EpochBegun{choice<model::EpochReason>(7), epoch, sold};
      case 1:
        return enrolment();
      case 2:
        return model::PointsEarned{member, sold, number<std::int64_t>(), number<std::int64_t>(), epoch};
      case 3:
        return model::CouponIssued{coupon,
                                   member,
                                   campaign,
                                   id<base::StoreId>(),
                                   number<std::int64_t>(),
                                   number<std::int64_t>(),
                                   {number<std::int32_t>()},
                                   {number<std::int32_t>()},
                                   bytes<base::Hash>(),
                                   sold,
                                   epoch,
                                   rng_.chance(1, 2) ? base::CampaignId{} : id<base::CampaignId>(),
                                   rng_.chance(1, 2) ? 0 : number<std::uint32_t>(),
                                   rng_.chance(1, 2) ? 0 : number<std::int64_t>()};
      case 4:
        return model::CouponRedeemed{coupon, member, campaign, sold, number<std::int64_t>(), epoch};
      case 5:
        return model::CouponOverRedeemed{coupon, member, campaign, sold, number<std::int64_t>(), text(), epoch};
      case 6:
        return model::PrintFinished{sold, choice<model::PrintOutcome>(4)};
      case 7:
        return model::SaleDisputed{key(), bytes<base::Hash>()};
      case 8:
        return refund(member);
      case 9:
        return model::ProfileChanged{member, choice<model::ProfileField>(4), number<std::uint32_t>(),
                                     bytes<base::Hash>()};
      case 10:
        return model::ConsentChanged{member,
                                     number<std::uint32_t>(),
                                     {choice<model::Purpose>(4), rng_.chance(1, 2), bytes<base::Hash>(), text()}};
      case 11:
        return model::RightsReleased{id<base::TerminalId>()};
      case 12:
        return model::CouponConfirmed{coupon,
                                      member,
                                      campaign,
                                      sold,
                                      number<std::int64_t>(),
                                      number<std::uint64_t>(),
                                      bytes<std::array<std::uint8_t, 64>>(),
                                      epoch};
      case 13:
        return model::CouponProvisional{coupon,
                                        member,
                                        campaign,
                                        sold,
                                        number<std::int64_t>(),
                                        number<std::uint64_t>(),
                                        number<std::uint32_t>(),
                                        id<base::StaffId>(),
                                        epoch};
      case 14:
        return model::RedemptionCancelled{coupon, number<std::uint64_t>()};
      case 15:
        return model::PointsSpent{member, sold, number<std::int64_t>(), id<base::LeaseId>(), epoch};
      case 16:
        return model::LeaseReturned{id<base::LeaseId>(), number<std::int64_t>()};
      case 17:
        return model::ActApproved{
            choice<model::Act>(9), id<base::StaffId>(), id<base::StaffId>(), member, number<std::uint64_t>(), text()};
      case 18:
        return model::StaffChecked{id<base::StaffId>(), choice<model::StaffCheck>(4)};
      case 19:
        return model::AwardGiven{member,
                                 id<base::CampaignId>(),
                                 choice<model::ActionKind>(7),
                                 number<std::int64_t>(),
                                 text(),
                                 bytes<base::Hash>(),
                                 number<std::uint32_t>(),
                                 rng_.chance(1, 2),
                                 sold,
                                 epoch,
                                 number<std::int64_t>()};
      case 20: {
        model::CouponApplied applied{id<base::CouponId>(), sold, {}, epoch};
        for (auto lines = rng_.below(4); lines > 0; --lines) {
          applied.lines.push_back({number<std::uint32_t>(), number<std::int64_t>()});
        }
        return applied;
      }
      case 21:
        return model::CouponVoided{id<base::CouponId>(), member, campaign, number<std::int64_t>(), rng_.chance(1, 2)};
      case 22:
        return model::CouponReturned{id<base::CouponId>(), member, campaign, id<base::CouponId>()};
      case 23:
        return model::CampaignDrawn{
            member, campaign, choice<model::LeaseKind>(4), id<base::LeaseId>(), number<std::int64_t>(), sold, epoch};
      default:
        return sale();
    }
  }

  base::SeededRng rng_;
};

}  // namespace millpond::tests
