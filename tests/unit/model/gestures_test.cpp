// SPDX-License-Identifier: Apache-2.0
#include "sync/model/gestures.h"

#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <string>

using namespace millpond;
using base::Code;
using model::GestureCase;
using model::GestureDecision;
using model::GestureKind;

namespace {

const model::GesturePolicy policy{1, {"waited_long", "regular"}, 50, 500, 30};
constexpr base::LocalDate today{20'780};

model::LeaseCase budget(std::int64_t amount, std::int64_t used) {
  model::LeaseCase lease;
  lease.lease = {{1}, model::LeaseKind::campaign_budget, 0, {7}, amount, 0, 2'000};
  lease.use = {used, 0};
  lease.live_epoch = {7};
  lease.hub_now_ms = 1'000;
  return lease;
}

GestureCase with(auto change) {
  GestureCase of{GestureKind::taste, "regular", 200, 2'345, {9}, today, {}, budget(1'000, 0), {3}, {}};
  change(of);
  return of;
}

}  // namespace

TEST_CASE("A gesture is within budget and cap, or somebody stands for it", "[gestures]") {
  struct Row {
    std::string what;
    GestureCase of;
    GestureDecision decision;
  };
  for (const auto& row : std::vector<Row>{
           {"plenty of both", with([](auto&) {}), {{}, true, false, 0}},
           {"no such reason", with([](auto& of) { of.reason = "tip"; }), {Code::bad_input, false, false, 0}},
           {"nothing given", with([](auto& of) { of.cost_minor = 0; }), {Code::bad_input, false, false, 0}},
           {"rounds 23.45 to 23.00",
            with([](auto& of) { of.kind = GestureKind::round_down, of.cost_minor = 45; }),
            {{}, true, false, 0}},
           {"rounds by more than the step",
            with([](auto& of) { of.kind = GestureKind::round_down, of.cost_minor = 46; }),
            {Code::bad_input, false, false, 0}},
           {"the budget to its last unit",
            with([](auto& of) { of.budget = budget(1'000, 800); }),
            {{}, true, false, 0}},
           {"one unit beyond",
            with([](auto& of) { of.budget = budget(1'000, 801); }),
            {Code::approval_required, false, true, 1}},
           {"no budget was dealt",
            with([](auto& of) { of.budget.reset(); }),
            {Code::approval_required, false, true, 200}},
           {"yesterday's budget",
            with([](auto& of) { of.budget->hub_now_ms = 2'000; }),
            {Code::approval_required, false, true, 200}},
           {"a supervisor stands for it",
            with([](auto& of) { of.budget.reset(), of.approved_by = {4}; }),
            {{}, false, true, 0 + 200}},
           {"the cashier stands for it",
            with([](auto& of) { of.budget.reset(), of.approved_by = of.cashier; }),
            {Code::approval_required, false, true, 200}},
           {"the cap to its last unit",
            with([](auto& of) {
              of.made = {{{9}, today, 300}};
            }),
            {{}, true, false, 0}},
           {"one unit beyond the cap",
            with([](auto& of) {
              of.made = {{{9}, {today.days - 29}, 301}};
            }),
            {Code::approval_required, false, true, 1}},
           {"beyond the cap, and approved",
            with(
                [](auto& of) {
                  of.made = {{{9}, today, 400}}, of.approved_by = {4};
                }),
            {{}, true, true, 100}},
           {"it is long ago",
            with(
                [](auto& of) {
                  of.made = {{{9}, {today.days - 30}, 500}};
                }),
            {{}, true, false, 0}},
           {"it was somebody else",
            with(
                [](auto& of) {
                  of.made = {{{8}, today, 500}};
                }),
            {{}, true, false, 0}},
           {"nobody identified",
            with(
                [](auto& of) {
                  of.member = {}, of.made = {{{}, today, 9'000}};
                }),
            {{}, true, false, 0}},
           {"a suspended terminal",
            with([](auto& of) { of.budget->value_suspended = true, of.approved_by = {4}; }),
            {Code::value_suspended, false, false, 0}},
           {"the largest there is",
            with(
                [](auto& of) {
                  of.cost_minor = std::numeric_limits<std::int64_t>::max();
                  of.made = {{{9}, today, of.cost_minor}, {{9}, today, of.cost_minor}};
                }),
            {Code::approval_required, false, true, std::numeric_limits<std::int64_t>::max()}}}) {
    CAPTURE(row.what);
    CHECK(model::decide_gesture(policy, row.of) == row.decision);
  }
}

TEST_CASE("Without a supervisor no member gets more than the cap in any days, and no lease gives more than it has",
          "[gestures]") {
  base::SeededRng rng{20261125};
  std::int64_t given = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<model::GestureMade> made;
    for (std::int32_t day = 0; day < 60; ++day) {
      std::int64_t used = 0;
      for (int i = 0; i < 4; ++i) {
        auto of = with([&](auto& changed) {
          changed.today = {today.days + day};
          changed.member = {1 + rng.below(3)};
          changed.cost_minor = static_cast<std::int64_t>(1 + rng.below(200));
          changed.made = made;
          changed.budget = budget(300, used);
        });
        if (model::decide_gesture(policy, of).refused) continue;
        used += of.cost_minor;
        made.push_back({of.member, of.today, of.cost_minor});
        given += of.cost_minor;
      }
      CHECK(used <= 300);
    }
    for (std::uint64_t member = 1; member <= 3; ++member) {
      for (std::int32_t day = 0; day < 60; ++day) {
        std::int64_t sum = 0;
        for (const auto& gesture : made) {
          const auto at = gesture.date.days - today.days;
          if (gesture.member.value == member && at > day - 30 && at <= day) sum += gesture.cost_minor;
        }
        CHECK(sum <= policy.a_member_max_minor);
      }
    }
  }
  CHECK(given > 100'000);
}

TEST_CASE("A gesture policy is read strictly", "[gestures]") {
  const std::string good = R"({"version": 1, "reasons": ["waited_long", "regular"], "round_step_minor": 50,)"
                           R"( "a_member": {"max_minor": 500, "days": 30}})";
  const auto read = model::parse_gesture_policy(base::view_of(good));
  REQUIRE(read);
  CHECK(*read == policy);
  struct Row {
    std::string from;
    std::string to;
    std::string detail;
  };
  for (const auto& row :
       std::vector<Row>{{R"(["waited_long", "regular"])", "[]", "/reasons: must name a reason"},
                        {R"("round_step_minor": 50)", R"("round_step_minor": 0)",
                         "/round_step_minor: must be a whole number from 1 to 1000000000000000"},
                        {R"("days": 30)", R"("days": 30, "hours": 1)", "/a_member/hours: is not known"}}) {
    auto json = good;
    json.replace(json.find(row.from), row.from.size(), row.to);
    const auto refused = model::parse_gesture_policy(base::view_of(json));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail == row.detail);
  }
}
