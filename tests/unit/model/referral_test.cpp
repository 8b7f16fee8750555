// SPDX-License-Identifier: Apache-2.0
#include "sync/model/referral.h"

#include "sync/base/rng.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

using namespace millpond;
using Catch::Matchers::StartsWith;
using Json = nlohmann::json;
using model::BindRefusal;
using model::Referral;
using model::ReferralState;
using model::VoidReason;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

base::LocalDate day(std::string_view text) { return *base::parse_date(text); }
model::EventKey key(std::uint64_t seq) { return {base::TerminalId{1}, base::Epoch{1}, base::Seq{seq}}; }
base::MemberId member(std::uint64_t value) { return base::MemberId{value}; }
base::Hash mark(std::uint8_t value) { return base::Hash{value}; }

const model::Referrer by_member{base::MemberId{7}, {}, {}};
const model::Referrer by_staff{{}, base::StaffId{3}, base::MemberId{8}};
const base::BrandId brand{{1, 2, 3}};

model::ReferralRules some_rules() { return {1, 2'000, 7, 2, 3, base::CampaignId{51}, base::CampaignId{52}}; }

using Body = decltype(model::ReferralStep::body);

// Events a second apart, in the order in which they are written.
std::vector<model::ReferralStep> history(std::vector<Body> bodies) {
  std::vector<model::ReferralStep> events;
  for (auto& body : bodies) {
    const auto number = events.size() + 1;
    events.push_back({static_cast<std::int64_t>(number) * 1'000, key(number), std::move(body)});
  }
  return events;
}

Referral fold(std::vector<Body> bodies) {
  return model::fold_referral(some_rules(), member(9), history(std::move(bodies)));
}

const model::ReferralBound invited{by_member, 0};
const model::ReferralBound doubted{by_member, model::review_shared_phone};
model::RefereeBought bought(std::uint64_t sale, std::int64_t net, std::string_view date = "2026-11-01") {
  return {key(sale), net, day(date)};
}
model::RefereeRefunded refunded(std::uint64_t sale, std::int64_t net) { return {key(sale), net}; }
const model::ReferralReviewed approved{true, day("2026-11-20")};
const model::ReferralReviewed declined{false, day("2026-11-20")};

}  // namespace

TEST_CASE("Who may be bound, once, before the first purchase, and not in a circle", "[referral]") {
  const std::map<base::MemberId, base::MemberId> known{
      {member(20), member(10)}, {member(30), member(20)}, {member(41), member(42)}, {member(42), member(41)}};
  struct Row {
    model::Referrer referrer;
    std::uint64_t referee;
    bool bought;
    BindRefusal refusal;
  };
  const std::vector<Row> rows{
      {{member(1), {}, {}}, 2, false, BindRefusal::none},
      {{member(20), {}, {}}, 2, false, BindRefusal::none},  // was brought, and brings
      {by_staff, 2, false, BindRefusal::none},
      {{}, 2, false, BindRefusal::nobody},
      {{{}, {}, member(8)}, 2, false, BindRefusal::nobody},
      {by_member, 0, false, BindRefusal::nobody},
      {{member(1), {}, {}}, 20, false, BindRefusal::bound_already},
      {{member(1), {}, {}}, 2, true, BindRefusal::bought_before},
      {{member(20), {}, {}}, 10, false, BindRefusal::circular},
      {{member(30), {}, {}}, 10, false, BindRefusal::circular},  // over two
      {{member(41), {}, {}}, 10, false, BindRefusal::none},      // an old circle elsewhere does not hang
  };
  for (const auto& row : rows) {
    CAPTURE(row.referrer.member.value, row.referee);
    CHECK(model::decide_bind({row.referrer, member(row.referee), false, row.bought, {}, {}}, known).refusal ==
          row.refusal);
  }
}

TEST_CASE("What looks like one person goes to review", "[referral]") {
  struct Row {
    model::Referrer referrer;
    bool was_member;
    model::IdentityMarks referrer_marks;
    model::IdentityMarks referee_marks;
    int reasons;
  };
  const std::vector<Row> rows{
      {by_member, false, {}, {}, 0},
      {by_member, false, {{mark(1)}, {mark(2)}, {mark(3)}}, {{mark(4)}, {mark(5)}, {mark(6)}}, 0},
      {{member(9), {}, {}}, false, {}, {}, model::review_self},
      {{{}, base::StaffId{3}, member(9)}, false, {}, {}, model::review_self},
      {by_member, true, {}, {}, model::review_existing_member},
      {by_member, false, {{mark(1)}, {}, {}}, {{mark(4), mark(1)}, {}, {}}, model::review_shared_phone},
      {by_member, false, {{}, {mark(1)}, {}}, {{}, {mark(1)}, {}}, model::review_shared_device},
      {by_staff, false, {{}, {}, {mark(1)}}, {{}, {}, {mark(1)}}, model::review_shared_payer},
      {by_member, false, {{mark(1)}, {}, {}}, {{}, {mark(1)}, {}}, 0},  // a phone is not a device
      {{member(9), {}, {}}, true, {{mark(1)}, {mark(2)}, {mark(3)}}, {{mark(1)}, {mark(2)}, {mark(3)}}, 31},
  };
  for (const auto& row : rows) {
    const auto decision =
        model::decide_bind({row.referrer, member(9), row.was_member, false, row.referrer_marks, row.referee_marks}, {});
    CHECK(decision == model::BindDecision{BindRefusal::none, static_cast<model::ReviewReasons>(row.reasons)});
  }
}

TEST_CASE("A referral is bound, qualified, held, and rewarded or voided", "[referral]") {
  using enum ReferralState;
  struct Row {
    std::vector<Body> events;
    ReferralState state;
    VoidReason reason;
    bool take_back;
  };
  const model::ReferralSettled rewarded_now{true};
  const model::ReferralSettled capped{false};
  const model::ReferralMerged merged{true};
  const model::ReferralMerged parted{false};
  const model::ReferralBound self{{member(9), {}, {}}, model::review_self};
  const std::vector<Row> rows{
      {{}, unbound, VoidReason::none, false},
      {{bought(100, 5'000)}, unbound, VoidReason::none, false},
      {{invited}, ReferralState::bound, VoidReason::none, false},
      {{invited, bought(100, 1'999)}, ReferralState::bound, VoidReason::none, false},
      {{invited, bought(100, 2'000)}, qualified, VoidReason::none, false},
      {{invited, bought(100, 1'999), bought(101, 9'000)}, qualified, VoidReason::none, false},
      {{invited, bought(100, 2'000), rewarded_now}, rewarded, VoidReason::none, false},
      {{bought(100, 1), invited, bought(101, 9'000)}, voided, VoidReason::bought_before, false},
      {{invited, bought(100, 2'000), refunded(100, 1)}, voided, VoidReason::refunded, false},
      {{invited, bought(100, 2'500), refunded(100, 500)}, qualified, VoidReason::none, false},
      {{invited, bought(100, 2'500), refunded(100, 300), refunded(100, 300)}, voided, VoidReason::refunded, false},
      {{invited, refunded(100, 600), bought(100, 2'500)}, voided, VoidReason::refunded, false},
      {{invited, bought(100, 2'500), refunded(101, most)}, qualified, VoidReason::none, false},
      {{invited, bought(100, most), refunded(100, most), refunded(100, most)}, voided, VoidReason::refunded, false},
      {{invited, bought(100, 2'000), rewarded_now, refunded(100, 2'000)}, rewarded, VoidReason::none, false},
      {{invited, rewarded_now, bought(100, 2'000)}, rewarded, VoidReason::none, false},  // by a clock that was ahead
      {{invited, bought(100, 2'000), capped}, voided, VoidReason::monthly_cap, false},
      {{doubted, bought(100, 2'000), declined}, voided, VoidReason::declined, false},
      {{declined, doubted}, voided, VoidReason::declined, false},
      {{doubted, bought(100, 2'000), approved}, qualified, VoidReason::none, false},
      {{invited, merged}, voided, VoidReason::same_person, false},
      {{invited, bought(100, 2'000), merged}, voided, VoidReason::same_person, false},
      {{invited, bought(100, 2'000), rewarded_now, merged}, voided, VoidReason::same_person, true},
      {{invited, bought(100, 2'000), rewarded_now, merged, parted}, rewarded, VoidReason::none, false},
      {{self}, ReferralState::bound, VoidReason::none, false},
      {{self, approved, bought(100, 2'000)}, voided, VoidReason::same_person, false},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    const auto referral = fold(rows[i].events);
    CHECK(referral.state == rows[i].state);
    CHECK(referral.void_reason == rows[i].reason);
    CHECK(referral.take_back == rows[i].take_back);
  }
  const auto first = fold({invited, model::ReferralBound{by_staff, 0}, bought(100, 5'000)});
  CHECK(first.referrer == by_member);  // bound once
  CHECK(first.sale == key(100));
  CHECK(first.due_on == day("2026-11-09"));
  CHECK(fold({doubted, bought(100, 5'000)}).reasons == model::review_shared_phone);
  CHECK(fold({doubted, bought(100, 5'000), approved}).due_on == day("2026-11-20"));
  CHECK(fold({invited, bought(100, 5'000), approved}).due_on == day("2026-11-09"));
}

TEST_CASE("Rewards wait for the return window and for review, and stop at the month's cap", "[referral]") {
  const auto rules = some_rules();
  const auto of = [&](std::uint64_t referee, std::vector<Body> bodies) {
    auto events = history(std::move(bodies));
    for (auto& event : events) event.occurred_ms += static_cast<std::int64_t>(referee) * 10'000;
    return model::fold_referral(rules, member(referee), events);
  };
  const auto rewarded = [](const std::vector<model::ReferralReward>& rewards) {
    std::vector<std::pair<std::uint64_t, bool>> list;
    for (const auto& reward : rewards) list.emplace_back(reward.referee.value, reward.rewarded);
    return list;
  };
  using List = std::vector<std::pair<std::uint64_t, bool>>;
  const std::vector<Referral> held{of(1, {invited, bought(100, 2'000, "2026-11-01")})};
  CHECK(model::settle_referrals(rules, brand, held, day("2026-11-08")).empty());
  CHECK(rewarded(model::settle_referrals(rules, brand, held, day("2026-11-09"))) == List{{1, true}});
  const std::vector<Referral> reviewed{of(1, {doubted, bought(100, 2'000)})};
  CHECK(model::settle_referrals(rules, brand, reviewed, day("2027-11-09")).empty());

  // Two a month: given ones first, then by qualification; another month has a cap of its own.
  std::vector<Referral> many{of(4, {invited, bought(100, 2'000)}),
                             of(3, {invited, bought(100, 2'000)}),
                             of(2, {invited, bought(100, 2'000)}),
                             of(9, {invited, bought(100, 2'000), model::ReferralSettled{true}}),
                             of(5, {invited, bought(100, 2'000, "2026-11-25")}),
                             of(6, {invited})};
  const auto november = model::settle_referrals(rules, brand, many, day("2026-12-31"));
  CHECK(rewarded(november) == List{{2, true}, {3, false}, {4, false}, {5, true}});
  std::ranges::reverse(many);
  CHECK(model::settle_referrals(rules, brand, many, day("2026-12-31")) == november);

  std::vector<Referral> of_staff;
  for (std::uint64_t i = 1; i <= 4; ++i)
    of_staff.push_back(of(i, {model::ReferralBound{by_staff, 0}, bought(1, 2'000)}));
  CHECK(rewarded(model::settle_referrals(rules, brand, of_staff, day("2026-12-31"))) ==
        List{{1, true}, {2, true}, {3, true}, {4, false}});
  std::set<base::Hash> causes;
  for (const auto& reward : november) causes.insert({reward.referrer_cause, reward.referee_cause});
  CHECK(causes.size() == 8);
}

TEST_CASE("A cause of a referral's reward never changes", "[referral]") {
  auto events = history({invited, bought(100, 2'000)});
  const std::vector<Referral> due{model::fold_referral(some_rules(), member(1), events)};
  const auto rewards = model::settle_referrals(some_rules(), brand, due, day("2026-12-31"));
  REQUIRE(rewards.size() == 1);
  CHECK(base::to_hex(rewards[0].referrer_cause) == "466b4005b6fe9020b0d382f97e9413562c6ca1106d3af7a975223d175de5bdee");
  CHECK(base::to_hex(rewards[0].referee_cause) == "42fa4a782451cf0dd9a599dc265eec602a3200e3bec10e3daeb63ff6b8923aa3");
}

TEST_CASE("In whatever order it is told, a referral is what its history says", "[referral]") {
  base::SeededRng rng{51};
  const auto rules = some_rules();
  std::map<ReferralState, int> seen;
  for (int round = 0; round < 3'000; ++round) {
    std::vector<Body> bodies;
    for (auto count = rng.below(9); bodies.size() < count;) {
      const auto sale = 100 + rng.below(3);
      const std::vector<Body> choice{invited,
                                     doubted,
                                     bought(sale, static_cast<std::int64_t>(rng.below(4'000))),
                                     bought(sale, 3'000),
                                     refunded(sale, static_cast<std::int64_t>(rng.below(1'500))),
                                     approved,
                                     declined,
                                     model::ReferralMerged{rng.chance(1, 2)}};
      bodies.push_back(choice[rng.below(choice.size())]);
    }
    auto events = history(bodies);

    // Said in one breath: from the whole history at once.
    const auto at = [&](auto predicate) {
      return static_cast<std::size_t>(std::ranges::find_if(bodies, predicate) - bodies.begin());
    };
    const auto is_bind = [](const Body& body) { return std::holds_alternative<model::ReferralBound>(body); };
    const auto is_sale = [](const Body& body) { return std::holds_alternative<model::RefereeBought>(body); };
    const auto is_decline = [](const Body& body) {
      const auto* review = std::get_if<model::ReferralReviewed>(&body);
      return review != nullptr && !review->approved;
    };
    const auto binding = at(is_bind);
    std::size_t qualifying = bodies.size();
    for (std::size_t i = bodies.size(); i-- > binding;) {
      const auto* sale = std::get_if<model::RefereeBought>(&bodies[i]);
      if (sale != nullptr && sale->net_minor >= rules.minimum_minor) qualifying = i;
    }
    bool fell = false;
    if (qualifying < bodies.size()) {
      auto net = std::get<model::RefereeBought>(bodies[qualifying]);
      for (const auto& body : bodies) {
        const auto* back = std::get_if<model::RefereeRefunded>(&body);
        if (back != nullptr && back->sale == net.sale) net.net_minor -= back->net_minor;
      }
      const auto original = std::get<model::RefereeBought>(bodies[qualifying]).net_minor;
      fell = net.net_minor < rules.minimum_minor && net.net_minor < original;
    }
    bool one = false;
    for (const auto& body : bodies) {
      if (const auto* merge = std::get_if<model::ReferralMerged>(&body)) one = merge->merged;
    }
    const bool early = at(is_sale) < binding;
    const bool refused = at(is_decline) < bodies.size();
    auto expected = ReferralState::unbound;
    if (binding < bodies.size()) {
      expected = qualifying < bodies.size() ? ReferralState::qualified : ReferralState::bound;
      if (early || refused || fell || one) expected = ReferralState::voided;
    }

    const auto referral = model::fold_referral(rules, member(9), events);
    CAPTURE(round);
    REQUIRE(referral.state == expected);
    ++seen[expected];
    for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[rng.below(i)]);
    if (!events.empty()) events.push_back(events[rng.below(events.size())]);
    REQUIRE(model::fold_referral(rules, member(9), events) == referral);
  }
  for (const auto state :
       {ReferralState::unbound, ReferralState::bound, ReferralState::qualified, ReferralState::voided}) {
    CHECK(seen[state] > 50);
  }
}

TEST_CASE("A referral document becomes values, or is refused with the place", "[referral]") {
  const auto good = Json::parse(R"({"version": 1, "minimum_minor": 2000, "hold_days": 7, "rewards_a_month_max": 2,
    "staff_rewards_a_month_max": 3, "referrer_pack": 51, "referee_pack": 52})");
  const auto parse = [](const Json& json) { return model::parse_referral_rules(base::view_of(json.dump())); };
  REQUIRE(parse(good));
  CHECK(*parse(good) == some_rules());
  struct Row {
    const char* patch;  // RFC 7396
    const char* place;
  };
  const std::vector<Row> rows{
      {R"({"version": 0})", "/version: "},
      {R"({"minimum_minor": -1})", "/minimum_minor: "},
      {R"({"hold_days": 91})", "/hold_days: "},
      {R"({"levels": 2})", "/levels: "},
      {R"({"referrer_pack": 0})", "/referrer_pack: "},
      {R"({"rewards_a_month_max": null})", "/rewards_a_month_max: "},
      {R"({"second_level_pack": 9})", "/second_level_pack: "},
  };
  for (const auto& row : rows) {
    auto json = good;
    json.merge_patch(Json::parse(row.patch));
    const auto rules = parse(json);
    CAPTURE(row.patch);
    REQUIRE_FALSE(rules);
    CHECK(rules.error().code == base::Code::programme_invalid);
    CHECK_THAT(rules.error().detail, StartsWith(row.place));
  }
}
