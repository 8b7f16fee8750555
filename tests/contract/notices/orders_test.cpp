// SPDX-License-Identifier: Apache-2.0
// The books do not depend on who was quicker: random histories of terminals, notices, repetitions, restarts and turns
// of every size against sums over what happened, and a rebuild at the end.
#include "tests/contract/notices/notice_hub.h"

#include <algorithm>

using namespace millpond;
using namespace millpond::tests;

namespace {

constexpr std::uint64_t members = 4;  // 1 and 2 are known by their payments

struct Payment {
  std::string number;
  std::int64_t minor{};
  bool noticed{};
  bool told{};            // by a terminal
  std::uint64_t card{};   // shown at the till; 0: none
  std::uint64_t payer{};  // 0: a stranger
  std::int64_t refunded{};
};

std::vector<Payment> history(base::SeededRng& rng) {
  std::vector<Payment> payments;
  for (std::size_t i = 0; i < 12; ++i) {
    Payment payment;
    payment.number = "p" + std::to_string(i);
    payment.minor = 100 + static_cast<std::int64_t>(rng.below(9'000));
    payment.noticed = rng.chance(4, 5);
    payment.told = rng.chance(3, 5);
    payment.card = rng.chance(1, 2) ? 1 + rng.below(members) : 0;
    payment.payer = rng.below(3);
    if (payment.noticed && rng.chance(1, 3)) {
      payment.refunded = 1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(payment.minor)));
    }
    payments.push_back(payment);
  }
  return payments;
}

// What everybody has in the end. At the till there are double points.
std::map<std::uint64_t, std::int64_t> expected_points(const std::vector<Payment>& payments) {
  std::map<std::uint64_t, std::int64_t> points;
  for (std::uint64_t member = 1; member <= members; ++member) points[member] = 0;
  for (const auto& each : payments) {
    if (each.told && each.card != 0) {
      points[each.card] += 2 * (each.minor / 100);
    } else if (each.noticed && each.payer != 0) {
      const auto earned = each.minor / 100;
      points[each.payer] += earned - earned * each.refunded / each.minor;
    }
  }
  return points;
}

}  // namespace

TEST_CASE("Whoever tells first, the books are the same", "[property]") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    base::SeededRng rng{seed};
    NoticeHub hub;
    auto first = hub.provision({2}, 77);
    auto second = hub.provision({2}, 78);
    for (std::uint64_t member = 1; member <= members; ++member) hub.enrol(first, {member});
    hub.know({1}, "payer-1");
    hub.know({2}, "payer-2");
    const auto payments = history(rng);

    std::vector<std::function<void()>> doings;
    for (const auto& each : payments) {
      if (each.told) {
        auto& till = rng.chance(1, 2) ? first : second;
        const auto* const merchant = rng.chance(1, 2) ? "1230000109" : "";
        doings.emplace_back([&hub, &till, &each, merchant] {
          sell_paid(till, {each.card}, "s-" + each.number, each.number, each.minor,
                    each.card == 0 ? 0 : 2 * (each.minor / 100), merchant);
          hub.up(till);
        });
      }
      const auto hear = [&hub, &each] {
        REQUIRE(hub.take(providers().wechat_pay,
                         providers().wechat_paid(each.number, each.minor, "payer-" + std::to_string(each.payer))));
      };
      if (each.noticed) doings.emplace_back(hear);
      if (each.noticed && rng.chance(1, 4)) doings.emplace_back(hear);
      if (each.refunded > 0) {
        doings.emplace_back([&hub, &each] {
          REQUIRE(hub.take(providers().wechat_pay,
                           providers().wechat_refunded(each.number, "r" + each.number, each.refunded)));
        });
      }
    }
    for (int i = 0; i < 12; ++i) {
      doings.emplace_back([&hub, &rng] { REQUIRE(hub.core->project(1 + rng.below(7))); });
      doings.emplace_back([&hub] { REQUIRE(hub.core->settle()); });
      doings.emplace_back([&hub] { hub.pass(NoticeHub::wait_ms / 2); });
    }
    for (int i = 0; i < 2; ++i) doings.emplace_back([&hub] { hub.start(); });
    for (std::size_t i = doings.size() - 1; i > 0; --i) std::swap(doings[i], doings[rng.below(i + 1)]);
    for (const auto& doing : doings) doing();

    for (int i = 0; i < 3; ++i) {
      hub.pass(NoticeHub::wait_ms);
      hub.settle();
    }
    const auto expected = expected_points(payments);
    const auto sales = static_cast<std::uint64_t>(
        std::ranges::count_if(payments, [](const Payment& each) { return each.told || each.noticed; }));
    CHECK(hub.points() == expected);
    CHECK(hub.sales() == sales);
    CHECK(hub.holds());
    hub.start();
    REQUIRE(hub.core->rebuild());
    CHECK(hub.points() == expected);
    CHECK(hub.sales() == sales);
    CHECK(hub.holds());
    const auto entries = hub.core->notices({});
    REQUIRE(entries);
    for (const auto& entry : *entries) {
      CAPTURE(entry.notice.payment, notices::name_of(entry.notice.kind));
      if (entry.notice.kind == notices::NoticeKind::payment) {
        const auto& of = *std::ranges::find(payments, entry.notice.payment, &Payment::number);
        CHECK(entry.standing == (of.told ? hub::NoticeStanding::confirmed : hub::NoticeStanding::booked));
      }
    }
  }
}
