// SPDX-License-Identifier: Apache-2.0
#include "sync/model/rule_book.h"

#include "sync/base/rng.h"
#include "tests/unit/model/offers.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

using namespace millpond;
using model::Obstacle;
using model::OfflinePolicy;
using Json = nlohmann::json;

namespace {

const base::BrandId brand{{1, 2, 3}};

Json words(const char* text) { return {{"zh-CN", text}, {"en", text}}; }

Json coupon(int id, int value_minor) {
  return {{"id", id},
          {"name", words("coupon")},
          {"type", "amount_off"},
          {"value_minor", value_minor},
          {"threshold_minor", value_minor * 4},
          {"valid", {{"days", 30}}}};
}

Json campaign(int id, Json actions, Json more = Json::object()) {
  Json made{{"id", id},
            {"name", words("campaign")},
            {"trigger", {{"on", "sale_paid"}}},
            {"starts", "2026-11-01"},
            {"ends", "2026-11-30"},
            {"offline", "deny"},
            {"actions", std::move(actions)}};
  made.update(more);
  if (made.contains("experiment")) made.erase("actions");
  return made;
}

model::Programme programme_of(Json campaigns) {
  const Json document{
      {"version", 1},
      {"brand_name", words("brand")},
      {"currency", "CNY"},
      {"earn", {{"points", 1}, {"per_minor", 100}}},
      {"zone", Json::array({{{"from", "1970-01-01T00:00:00Z"}, {"offset_min", 480}}})},
      {"tiers", Json::array({{{"name", words("base")}, {"threshold_minor", 0}},
                             {{"name", words("gold")}, {"threshold_minor", 100'000}}})},
      {"coupons", Json::array({coupon(1, 500), coupon(2, 800), coupon(3, 300)})},
      {"packs", Json::array({{{"id", 9},
                              {"name", words("pack")},
                              {"coupons", Json::array({{{"coupon", 1}, {"count", 2}}, {{"coupon", 3}}})}}})},
      {"campaigns", std::move(campaigns)},
      {"notices", {{"membership", words("terms")}, {"marketing", words("news")}}}};
  auto programme = model::parse_programme(base::view_of(document.dump()));
  CAPTURE(programme ? "" : programme.error().detail);
  REQUIRE(programme);
  return *programme;
}

// A paid sale of 42.00 at store 4 on a Sunday afternoon.
struct Till {
  explicit Till(Json campaigns) : programme{programme_of(std::move(campaigns))} { shopper.member.value = 5; }

  model::Evaluation sale(std::int64_t paid_minor = 4'200, bool explain = false) {
    return of({model::Trigger::sale_paid, {}, 0, key}, paid_minor, explain);
  }
  model::Evaluation of(const model::Happening& happened, std::int64_t paid_minor = 0, bool explain = false) {
    const model::RuleBook book{programme};
    return book.evaluate(brand, happened, shopper, {now, &basket, paid_minor, {}}, uses, explain);
  }

  model::Programme programme;
  model::Shopper shopper;
  model::Basket basket{base::StoreId{4}, {tests::line_of("oolong", 4'200)}, 0};
  model::StoreMoment now{tests::sunday_afternoon};
  model::CampaignUses uses;
  base::Bytes key = model::event_key(model::SaleKey{base::StoreId{4}, "till-1", tests::day_of("2026-11-22"), "T-1"});
};

// "7:coupon 2, 9:points 30 deferred"
std::string told(const model::Evaluation& evaluation) {
  static constexpr std::array names{"", "points", "coupon", "chance", "tag", "pack", "message", "staff_task"};
  std::string text;
  for (const auto& award : evaluation.awards) {
    if (!text.empty()) text += ", ";
    text += std::to_string(award.campaign.value) + ":" + names[static_cast<std::size_t>(award.action.kind)] + " " +
            (award.action.word.empty() ? std::to_string(award.action.number) : award.action.word);
    if (award.deferred) text += " deferred";
  }
  return text;
}

std::string refused(const model::Evaluation& evaluation) {
  std::string text;
  for (const auto& each : evaluation.not_given) {
    if (!text.empty()) text += ", ";
    text += std::to_string(each.campaign.value) + ":" + std::to_string(static_cast<int>(each.why));
    if (each.missing_minor != 0) text += " " + std::to_string(each.missing_minor);
    if (each.other) text += " of " + std::to_string(each.other.value);
  }
  return text;
}

}  // namespace

TEST_CASE("A paid sale is given what its campaigns promise, in their order", "[rule_book]") {
  Till till{Json::array({
      campaign(7, Json::array({{{"coupon", 2}}, {{"points", 30}}, {{"pack", 9}}})),
      campaign(4, Json::array({{{"tag", "regular"}}, {{"chance", 6}, {"count", 2}}}), {{"priority", 5}}),
      campaign(3, Json::array({{{"message", 8}}, {{"staff_task", "shift_lead"}}})),
      campaign(2, Json::array({{{"points", 1}}}), {{"trigger", {{"on", "check_in"}}}}),
  })};
  CHECK(told(till.sale()) ==
        "4:tag regular, 4:chance 6, 4:chance 6, 3:message 8, 3:staff_task shift_lead, "
        "7:coupon 2, 7:points 30, 7:coupon 1, 7:coupon 1, 7:coupon 3");
  CHECK(told(till.of({model::Trigger::check_in, {}, 0, till.key})) == "2:points 1");
  till.shopper.member = {};
  CHECK(told(till.sale()).empty());
}

TEST_CASE("A campaign needs its days, its place and its amount", "[rule_book]") {
  Till till{Json::array(
      {campaign(7, Json::array({{{"coupon", 2}}}),
                {{"when", {{"all", Json::array({{{"stores", {4, 5}}}, {{"paid_at_least_minor", 4'000}}})}}}})})};
  CHECK(told(till.sale(4'000)) == "7:coupon 2");
  CHECK(told(till.sale(3'999)).empty());
  CHECK(till.sale(3'999).looked_at == 0);
  CHECK(refused(till.sale(3'580, /*explain=*/true)) == "7:1 420");
  for (const auto& [date, given] :
       {std::pair{"2026-10-31", false}, {"2026-11-01", true}, {"2026-11-30", true}, {"2026-12-01", false}}) {
    till.now.date = tests::day_of(date);
    CAPTURE(date);
    CHECK(told(till.sale()).empty() != given);
  }
  till.now = tests::sunday_afternoon;
  till.basket.store.value = 6;
  CHECK(told(till.sale()).empty());
}

TEST_CASE("What is unknown is decided as the campaign says", "[rule_book]") {
  for (const auto& [policy, given] :
       {std::pair{"decide", "7:coupon 2"}, {"defer", "7:coupon 2 deferred"}, {"deny", ""}}) {
    Till till{Json::array(
        {campaign(7, Json::array({{{"coupon", 2}}}), {{"offline", policy}, {"when", {{"tier_at_least", 1}}}})})};
    CAPTURE(policy);
    CHECK(told(till.sale()) == given);
    till.shopper.tier = 1;
    CHECK(told(till.sale()) == "7:coupon 2");
    till.shopper.tier = 0;
    CHECK(told(till.sale()).empty());
  }
}

TEST_CASE("Of a group the first that applies gives", "[rule_book]") {
  Till till{Json::array({
      campaign(1, Json::array({{{"coupon", 3}}}), {{"group", "thanks"}, {"priority", 1}}),
      campaign(2, Json::array({{{"coupon", 2}}}),
               {{"group", "thanks"}, {"priority", 2}, {"when", {{"paid_at_least_minor", 5'000}}}}),
      campaign(3, Json::array({{{"coupon", 1}}}), {{"group", "other"}}),
      campaign(4, Json::array({{{"points", 5}}})),
  })};
  CHECK(told(till.sale(4'999)) == "1:coupon 3, 3:coupon 1, 4:points 5");
  CHECK(told(till.sale(5'000)) == "2:coupon 2, 3:coupon 1, 4:points 5");
  CHECK(refused(till.sale(5'000)) == "1:7 of 2");
}

TEST_CASE("Caps hold, and a cap nobody can ask about is unknown", "[rule_book]") {
  struct Row {
    Json caps;
    model::CampaignUse use;
    std::string given;
    std::string why;
  };
  const std::vector<Row> rows{
      {{{"per_member", 2}}, {.by_member = 1}, "7:coupon 2", ""},
      {{{"per_member", 2}}, {.by_member = 2}, "", "7:3"},
      {{{"per_member_day", 1}}, {.by_member_today = 1}, "", "7:4"},
      {{{"count", 100}}, {.left = 1}, "7:coupon 2", ""},
      {{{"count", 100}}, {.left = 0}, "", "7:5"},
      {{{"money_minor", 5'000}}, {.left_minor = 800}, "7:coupon 2", ""},
      {{{"money_minor", 5'000}}, {.left_minor = 799}, "", "7:5"},
      {{{"count", 100}}, {}, "7:coupon 2 deferred", ""},
      {{{"per_member", 1}, {"count", 100}}, {.by_member = 1}, "", "7:3"},
  };
  for (const auto& row : rows) {
    Till till{Json::array({campaign(7, Json::array({{{"coupon", 2}}}), {{"offline", "defer"}, {"caps", row.caps}})})};
    till.uses = [&](const model::Campaign&) { return row.use; };
    CAPTURE(row.caps.dump());
    CHECK(told(till.sale()) == row.given);
    CHECK(refused(till.sale()) == row.why);
  }
}

TEST_CASE("Whoever decides without asking does so about people, and gives nothing of what nobody let them",
          "[rule_book]") {
  struct Row {
    Json caps;
    model::CampaignUse use;
    std::string given;
    std::string why;
  };
  for (const auto& row : std::vector<Row>{
           {{{"per_member", 1}}, {}, "7:coupon 2", ""},
           {{{"count", 100}}, {}, "", "7:2"},
           {{{"money_minor", 5'000}}, {}, "", "7:2"},
           {{{"count", 100}, {"money_minor", 5'000}}, {.left = 1}, "", "7:2"},
           {{{"count", 100}, {"money_minor", 5'000}}, {.left = 1, .left_minor = 800}, "7:coupon 2", ""},
           {{{"per_member", 1}, {"count", 100}}, {.left = 1}, "7:coupon 2", ""},
           {{{"per_member", 1}, {"count", 100}}, {.left = 0}, "", "7:5"},
       }) {
    Till till{Json::array({campaign(7, Json::array({{{"coupon", 2}}}), {{"offline", "decide"}, {"caps", row.caps}})})};
    till.uses = [&](const model::Campaign&) { return row.use; };
    CAPTURE(row.caps.dump());
    CHECK(told(till.sale()) == row.given);
    CHECK(refused(till.sale()) == row.why);
  }
}

TEST_CASE("Triggers with a number or a word need theirs", "[rule_book]") {
  using model::Trigger;
  Till till{Json::array({
      campaign(1, Json::array({{{"points", 1}}}), {{"trigger", {{"on", "lapsed"}, {"days", 60}}}}),
      campaign(2, Json::array({{{"points", 2}}}), {{"trigger", {{"on", "tier_entered"}, {"tier", 1}}}}),
      campaign(3, Json::array({{{"points", 3}}}), {{"trigger", {{"on", "service_late"}, {"minutes", 10}}}}),
      campaign(4, Json::array({{{"points", 4}}}), {{"trigger", {{"on", "external"}, {"which", "delivery"}}}}),
  })};
  struct Row {
    Trigger trigger;
    std::string_view word;
    std::int64_t number;
    std::string given;
  };
  const std::vector<Row> rows{
      {Trigger::lapsed, "", 60, "1:points 1"},
      {Trigger::lapsed, "", 59, ""},
      {Trigger::tier_entered, "", 1, "2:points 2"},
      {Trigger::tier_entered, "", 2, ""},
      {Trigger::service_late, "", 11, "3:points 3"},
      {Trigger::service_late, "", 9, ""},
      {Trigger::external, "delivery", 0, "4:points 4"},
      {Trigger::external, "weather", 0, ""},
      {Trigger::birthday, "", 0, ""},
  };
  for (const auto& row : rows) {
    const auto key = model::event_key(row.trigger, base::view_of("2026"));
    CAPTURE(row.number, row.word);
    CHECK(told(till.of({row.trigger, row.word, row.number, key})) == row.given);
  }
}

TEST_CASE("An experiment divides members alike everywhere and keeps its holdout", "[rule_book]") {
  Till till{Json::array({campaign(
      7, {},
      {{"experiment",
        {{"holdout_basis_points", 1'000},
         {"variants",
          Json::array({{{"name", "a"}, {"basis_points", 3'000}, {"actions", Json::array({{{"points", 1}}})}},
                       {{"name", "b"}, {"basis_points", 6'000}, {"actions", Json::array({{{"points", 2}}})}}})}}}})})};
  std::array<int, 3> counts{};
  for (std::uint64_t member = 1; member <= 10'000; ++member) {
    till.shopper.member.value = member;
    const auto variant = model::variant_of(brand, till.programme.campaigns[0], till.shopper.member);
    ++counts[variant ? *variant + 1 : 0];
    if (member > 50) continue;
    const auto evaluation = till.sale();
    CHECK(told(evaluation) == (!variant ? "" : *variant == 0 ? "7:points 1" : "7:points 2"));
    CHECK(refused(evaluation) == (variant ? "" : "7:6"));
    if (variant) CHECK(evaluation.awards[0].variant == *variant);
  }
  // Within five standard deviations of a binomial.
  CHECK(std::abs(counts[0] - 1'000) < 150);
  CHECK(std::abs(counts[1] - 3'000) < 230);
  CHECK(std::abs(counts[2] - 6'000) < 245);
  std::set<bool> differs;
  for (std::uint64_t member = 1; member <= 50; ++member) {
    differs.insert(model::variant_of(base::BrandId{{9}}, till.programme.campaigns[0], base::MemberId{member}) ==
                   model::variant_of(brand, till.programme.campaigns[0], base::MemberId{member}));
  }
  CHECK(differs.size() == 2);
}

TEST_CASE("Everything given for one event has its own cause, and the same one again", "[rule_book]") {
  Till till{Json::array({campaign(1, Json::array({{{"coupon", 2}, {"count", 3}}, {{"points", 30}}, {{"pack", 9}}})),
                         campaign(2, Json::array({{{"coupon", 2}}, {{"points", 30}}, {{"tag", "x"}}}))})};
  const auto evaluation = till.sale();
  std::set<base::Hash> causes;
  for (const auto& award : evaluation.awards) {
    causes.insert(award.cause);
    CHECK(award.cause == model::cause_of(brand, till.key, award.number, till.shopper.member, award.ordinal));
  }
  CHECK(causes.size() == evaluation.awards.size());
  CHECK(evaluation == till.sale());
  // The column layout promises that of the first coupon of an offer (wire).
  const model::SaleKey payment{base::StoreId{4}, "till-1", tests::day_of("2026-11-22"), "T-1"};
  CHECK(evaluation.awards[0].cause == model::coupon_cause(brand, payment, base::CampaignId{2}, till.shopper.member, 0));
  CHECK(model::event_key(model::Trigger::birthday, base::view_of("2026")) !=
        model::event_key(model::Trigger::lapsed, base::view_of("2026")));
}

TEST_CASE("The index finds what looking at every campaign finds", "[rule_book]") {
  base::SeededRng rng{5};
  Json campaigns = Json::array();
  for (int id = 1; id <= 300; ++id) {
    Json all = Json::array();
    if (rng.chance(1, 2)) all.push_back({{"stores", {1 + rng.below(4), 10 + rng.below(4)}}});
    if (rng.chance(1, 2)) all.push_back({{"paid_at_least_minor", rng.below(8'000)}});
    if (rng.chance(1, 3)) all.push_back({{"tier_at_least", rng.below(2)}});
    Json more{{"priority", rng.below(3)}};
    if (rng.chance(1, 4)) more["group"] = "g" + std::to_string(rng.below(20));
    if (rng.chance(1, 5)) more["trigger"] = {{"on", "enrolment"}};
    if (!all.empty()) more["when"] = {{"all", all}};
    campaigns.push_back(campaign(id, Json::array({{{"points", id}}}), more));
  }
  Till till{campaigns};
  for (int round = 0; round < 200; ++round) {
    till.basket.store.value = static_cast<std::uint32_t>(1 + rng.below(5));
    till.shopper.tier = rng.below(2);
    const auto paid = static_cast<std::int64_t>(rng.below(9'000));
    const auto evaluation = till.sale(paid);
    // Plainly: each in order of priority and number, condition, group.
    std::vector<const model::Campaign*> order;
    for (const auto& each : till.programme.campaigns) {
      if (each.trigger == model::Trigger::sale_paid) order.push_back(&each);
    }
    std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
      return std::pair{-a->priority, a->id} < std::pair{-b->priority, b->id};
    });
    std::set<std::string> groups;
    std::vector<std::uint32_t> expected;
    for (const auto* each : order) {
      if (each->when.evaluate(till.shopper, {till.now, &till.basket, paid, {}}) != model::Truth::yes) continue;
      if (!each->group.empty() && !groups.insert(each->group).second) continue;
      expected.push_back(each->id.value);
    }
    std::vector<std::uint32_t> given;
    for (const auto& award : evaluation.awards) given.push_back(award.campaign.value);
    REQUIRE(given == expected);
    const auto explained = till.sale(paid, /*explain=*/true);
    REQUIRE(explained.awards == evaluation.awards);
    REQUIRE(explained.looked_at >= evaluation.looked_at);
  }
}

TEST_CASE("A cause is the same for the same payment and different for anything else", "[rule_book]") {
  const model::SaleKey key{base::StoreId{1}, "till-1", tests::day_of("2026-11-21"), "T-1"};
  const base::CampaignId offer{7};
  const base::MemberId member{5};
  const auto cause = model::coupon_cause(brand, key, offer, member, 0);
  CHECK(model::coupon_cause(brand, key, offer, member, 0) == cause);

  auto other_store = key, other_till = key, other_date = key, other_number = key, shifted = key;
  other_store.store.value = 2;
  other_till.till = "till-2";
  other_date.business_date.days += 1;
  other_number.transaction = "T-2";
  shifted.till = "till-1T";
  shifted.transaction = "-1";
  std::set<base::Hash> causes{cause};
  for (const auto& changed : {other_store, other_till, other_date, other_number, shifted}) {
    causes.insert(model::coupon_cause(brand, changed, offer, member, 0));
  }
  causes.insert(model::coupon_cause(base::BrandId{{9}}, key, offer, member, 0));
  causes.insert(model::coupon_cause(brand, key, base::CampaignId{8}, member, 0));
  causes.insert(model::coupon_cause(brand, key, offer, base::MemberId{6}, 0));
  causes.insert(model::coupon_cause(brand, key, offer, member, 1));
  CHECK(causes.size() == 10);
}

TEST_CASE("A cause's bytes are what they were last year", "[rule_book]") {
  const model::SaleKey key{base::StoreId{1}, "till-1", base::LocalDate{20'778}, "T-1"};
  // Computed by another implementation: Python's hashlib.blake2b over the fields as rule_book.h lists them.
  CHECK(base::to_hex(model::coupon_cause(brand, key, base::CampaignId{7}, base::MemberId{5}, 0)) ==
        "e1389b13f1db057b131ed2ad8d21e44ee61c2122a29e2634793ae11c92cb5012");
}
