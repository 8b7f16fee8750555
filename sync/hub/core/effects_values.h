// SPDX-License-Identifier: Apache-2.0
// What goes into effects.h and what comes out of it. Values; private to this room.
#pragma once

#include "sync/hub/core/hub_values.h"
#include "sync/hub/core/lease_values.h"
#include "sync/hub/core/raw_facts.h"

#include <optional>

namespace millpond::hub {

// A fact on its way through stage 2. An error here is the fact's own: it cannot be understood.
struct WaitingFact {
  base::Seq seq;
  base::Result<model::Fact> fact;
  std::optional<base::Result<OpenedPhone>> phone{};  // of a sealed payload, where there is one
  bool receipt_holds{};                              // of a confirmed redemption
  std::int64_t received_ms{INT64_MAX};               // with its batch
};

// Above any sale and any coupon; a hundred million of them still fit a 64-bit sum.
inline constexpr std::int64_t amount_minor_max = 100'000'000'000;
[[nodiscard]] inline bool plausible(std::int64_t amount) { return amount >= 0 && amount <= amount_minor_max; }
// What came of a fact: points it booked, and a base::Code when its sender should hear about it.
struct Applied {
  std::int64_t points{};
  std::optional<base::Code> verdict{};
};

// A sale that was told before: where, and whose it was.
struct SaleTeller {
  FactPlace place;
  base::MemberId member;
};
struct PaidBefore {
  std::optional<SaleTeller> first;
  std::vector<base::Seq> by_hub;  // sales that the hub booked from notices, where a terminal tells
};

// What came of an enrolment's payload.
struct Judged {
  base::Code code{};
  base::MemberId first;  // who had the phone before; 0: nobody
};

// What the books found about a fact, for whoever watches: a use that did not count, a right that was broken.
struct Flag {
  FactPlace at;
  model::Signal signal{};
  base::MemberId member;
  std::int64_t value_minor{};
  std::int64_t limit{};
};

// What a fact says about a coupon's use.
struct Used {
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  std::int64_t value_minor{};
  model::UseKind kind{};
  std::uint64_t redemption{};
};

// The row of `uses`.
struct StandingUse {
  wire::CouponState state{};
  Lane lane{};
  base::Seq seq;
  Used used;
  model::Use use;
};

// A yes of the hub; member: whose redemption it is, 0 for nobody's.
struct Confirmation {
  base::CouponId coupon;
  std::uint64_t redemption{};
  base::TerminalId terminal;
  base::MemberId member;
};

// As the books have it.
struct KnownCoupon {
  wire::CouponRow row;
  bool known{};
  Lane lane{};  // of the issue
  base::Seq seq;
};
struct HeldShare {
  base::LeaseId lease;
  model::LeaseKind kind{};
  std::uint64_t subject{};
  model::LeasePool::Share share;
  std::int64_t a_member_max{};  // 0: no ceiling
};

struct LeaseUse {  // by a fact
  base::LeaseId lease;
  model::LeaseKind kind{};
  std::uint64_t subject{};
  base::MemberId member;
  std::int64_t amount{};
};

}  // namespace millpond::hub
