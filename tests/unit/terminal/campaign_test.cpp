// SPDX-License-Identifier: Apache-2.0
// What campaigns give for a paid sale, at the terminal: facts, balance, slip, and what a typed number may not tell.
#include "sync/model/causes.h"
#include "sync/terminal/coupon_desk.h"
#include "tests/unit/terminal/shop.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

using namespace millpond;
using model::ActionKind;
using model::AwardGiven;
using tests::Brand;
using tests::Shop;
using Json = nlohmann::json;

namespace {

// Two coupons and thirty points for everybody; a tag for the second tier, promised where the tier is not known.
std::string programme() {
  auto document = Json::parse(tests::programme_json());
  const Json words{{"zh-CN", "甲"}, {"en", "A"}};
  document["tiers"] = {{{"name", words}, {"threshold_minor", 0}}, {{"name", words}, {"threshold_minor", 50'000}}};
  document["coupons"].push_back({{"id", 8},
                                 {"name", words},
                                 {"type", "percent_off"},
                                 {"threshold_minor", 1'000},
                                 {"basis_points", 1'000},
                                 {"cap_minor", 900},
                                 {"valid", {{"from", "2026-12-01"}, {"through", "2026-12-24"}}},
                                 {"confirmed_only", true}});
  document["campaigns"][0]["actions"] = {{{"coupon", 7}}, {{"points", 30}}, {{"coupon", 8}}};
  document["campaigns"].push_back({{"id", 9},
                                   {"name", words},
                                   {"trigger", {{"on", "sale_paid"}}},
                                   {"starts", "2026-01-01"},
                                   {"ends", "2027-12-31"},
                                   {"when", {{"tier_at_least", 1}}},
                                   {"offline", "defer"},
                                   {"actions", {{{"tag", "regular"}}}}});
  document["version"] = 2;
  return document.dump();
}

struct Counter {
  Counter() { shop.publish(programme(), 2); }
  Brand brand;
  Shop shop{brand};
};

}  // namespace

TEST_CASE("A sale brings every coupon and all points that its campaigns give", "[campaign]") {
  Counter counter;
  auto& shop = counter.shop;
  const auto member = shop.enrol("13800138000");
  const auto outcome = shop.post(shop.sale_of("T-1", 4'200, member));
  CHECK(outcome.points_earned == 42);
  CHECK(outcome.points_given == 30);
  CHECK(outcome.balance == 72);
  REQUIRE(outcome.issued.size() == 2);
  CHECK(outcome.issued[0].coupon.campaign == base::CampaignId{7});
  CHECK(outcome.issued[1].coupon.campaign == base::CampaignId{8});
  CHECK(outcome.issued[1].coupon.value_minor == 900);
  CHECK(outcome.issued[1].coupon.not_before == *base::parse_date("2026-12-01"));
  CHECK(outcome.issued[1].coupon.expires == *base::parse_date("2026-12-24"));

  const auto coupons = shop.facts_of<model::CouponIssued>();
  REQUIRE(coupons.size() == 2);
  const auto key = shop.facts_of<model::SaleRecorded>().at(0).key;
  for (const auto& coupon : coupons) {
    CHECK(coupon.sale == outcome.seq);
    CHECK(coupon.by == base::CampaignId{7});
    CHECK(coupon.least_paid_minor == 3'000);
    CHECK(coupon.cause == model::coupon_cause(counter.brand.id, key, coupon.campaign, member, 0));
  }
  // Only the second is worth asking the hub about.
  for (const auto& [index, flags] : {std::pair{0, 0}, {1, 1}}) {
    const auto code = codes::parse(outcome.issued.at(static_cast<std::size_t>(index)).code_text, counter.brand.id);
    REQUIRE(code);
    const auto payload = codes::verify(*code, shop.identity().key.public_key(), counter.brand.id);
    REQUIRE(payload);
    CHECK(std::get<codes::CouponCode>(*payload).flags == flags);
  }

  const auto awards = shop.facts_of<AwardGiven>();
  REQUIRE(awards.size() == 2);  // the tag waits for the hub, which has not told of the member
  CHECK(awards[1].deferred);
  CHECK(awards[0].kind == ActionKind::points);
  CHECK(awards[0].number == 30);
  CHECK(awards[0].campaign == base::CampaignId{7});
  CHECK(awards[0].sale == outcome.seq);
  CHECK_FALSE(awards[0].deferred);

  const auto slip = terminal::decode_slip(shop.prints().at(0).content);
  REQUIRE(slip);
  CHECK(slip->issued.size() == 2);
  CHECK(slip->points_given == 30);

  const auto again = shop.post(shop.sale_of("T-1", 4'200, member));
  CHECK(again.kind == terminal::SaleOutcome::Kind::repeated);
  CHECK(shop.facts_of<AwardGiven>().size() == 2);
}

TEST_CASE("A tier that the hub has told is known, and one that it has not waits for its word", "[campaign]") {
  struct Row {
    std::int64_t qualifying_minor;  // below 0: the hub has not told of the member yet
    std::size_t tags;
    bool deferred;
  };
  for (const auto& row : {Row{-1, 1, true}, Row{49'999, 0, false}, Row{50'000, 1, false}}) {
    CAPTURE(row.qualifying_minor);
    Counter counter;
    auto& shop = counter.shop;
    const auto member = shop.enrol("13800138000");
    if (row.qualifying_minor >= 0) {
      shop.hub_says({tests::row_of(wire::RowKind::member, member.value,
                                   wire::encode(wire::MemberRow{member, 0, row.qualifying_minor, 1}))});
    }
    shop.post(shop.sale_of("T-1", 4'200, member));
    auto awards = shop.facts_of<AwardGiven>();
    std::erase_if(awards, [](const AwardGiven& award) { return award.kind != ActionKind::tag; });
    REQUIRE(awards.size() == row.tags);
    if (row.tags == 1) CHECK(awards[0].deferred == row.deferred);
  }
}

TEST_CASE("How often somebody has been here is the hub's word and what happened here since", "[campaign]") {
  auto document = Json::parse(tests::programme_json());
  const Json words{{"zh-CN", "甲"}, {"en", "A"}};
  document["campaigns"] = Json::array();
  document["campaigns"].push_back({{"id", 9},
                                   {"name", words},
                                   {"trigger", {{"on", "sale_paid"}}},
                                   {"starts", "2026-01-01"},
                                   {"ends", "2027-12-31"},
                                   {"when", {{"visits_at_least", 2}}},
                                   {"offline", "defer"},
                                   {"actions", {{{"tag", "regular"}}}}});
  document["version"] = 2;
  Brand brand;
  Shop shop{brand};
  shop.publish(document.dump(), 2);
  const auto given = [&] {
    std::vector<bool> deferred;
    for (const auto& award : shop.facts_of<AwardGiven>()) deferred.push_back(award.deferred);
    return deferred;
  };

  SECTION("enrolled here, and the hub has not told of them") {
    const auto member = shop.enrol("13800138000");
    shop.post(shop.sale_of("T-1", 4'200, member));  // nobody else has seen them
    shop.post(shop.sale_of("T-2", 4'200, member));
    CHECK(given().empty());
    shop.post(shop.sale_of("T-3", 4'200, member));
    CHECK(given() == std::vector<bool>{false});
  }
  SECTION("told by the hub") {
    const auto member = shop.enrol("13800138000");
    wire::MemberRow row{member, 0, 0, 3};
    row.visits = 1;
    shop.hub_says({tests::row_of(wire::RowKind::member, member.value, wire::encode(row))});
    shop.post(shop.sale_of("T-1", 4'200, member));
    CHECK(given().empty());
    shop.post(shop.sale_of("T-2", 4'200, member));  // the hub's word and one here
    CHECK(given() == std::vector<bool>{false});
  }
  SECTION("told by a hub that counts no visits") {
    const auto member = shop.enrol("13800138000");
    shop.hub_says({tests::row_of(wire::RowKind::member, member.value, wire::encode(wire::MemberRow{member, 0, 0, 3}))});
    shop.post(shop.sale_of("T-1", 4'200, member));
    CHECK(given() == std::vector<bool>{true});
  }
}

TEST_CASE("Tags and classes are the hub's word, and unknown where something here may have changed them", "[campaign]") {
  struct Row {
    const char* what;
    Json when;
  };
  for (const auto& row : {Row{"tag", {{"tags", {"student", "vip"}}}}, Row{"class", {{"rfm", {"general_value"}}}}}) {
    CAPTURE(row.what);
    auto document = Json::parse(tests::programme_json());
    const Json words{{"zh-CN", "甲"}, {"en", "A"}};
    document["campaigns"] = Json::array();
    document["campaigns"].push_back({{"id", 9},
                                     {"name", words},
                                     {"trigger", {{"on", "sale_paid"}}},
                                     {"starts", "2026-01-01"},
                                     {"ends", "2027-12-31"},
                                     {"when", row.when},
                                     {"offline", "defer"},
                                     {"actions", {{{"tag", "met"}}}}});
    document["version"] = 2;
    Brand brand;
    Shop shop{brand};
    shop.publish(document.dump(), 2);
    const auto member = shop.enrol("13800138000");
    const auto given = [&](const model::MemberMarks& marks, std::uint32_t version) {
      wire::MemberRow told{member, 0, 0, version};
      told.visits = 1;
      told.marks = marks;
      shop.hub_says({tests::row_of(wire::RowKind::member, member.value, wire::encode(told))});
      const auto before = shop.facts_of<AwardGiven>().size();
      shop.post(shop.sale_of("T-" + std::to_string(version), 4'200, member));
      std::vector<bool> deferred;
      for (const auto& award : shop.facts_of<AwardGiven>()) deferred.push_back(award.deferred);
      deferred.erase(deferred.begin(), deferred.begin() + static_cast<std::ptrdiff_t>(before));
      return deferred;
    };
    SECTION(std::string{row.what} + " that fits") {
      CHECK(given({false, "general_value", {"student"}}, 3) == std::vector<bool>{false});
    }
    SECTION(std::string{row.what} + " that does not") {
      CHECK(given({true, "general_keep", {"teacher"}}, 3).empty());
      // The sale of just now is not in the hub's word: it may have brought a tag. A class is made of what the hub has.
      shop.post(shop.sale_of("T-9", 4'200, member));
      const auto awards = shop.facts_of<AwardGiven>();
      CHECK(awards.size() == (row.what == std::string_view{"tag"} ? 1 : 0));
      for (const auto& award : awards) CHECK(award.deferred);
    }
  }
}

TEST_CASE("A campaign gives a member as often as it may: the hub's word and what happened here since", "[campaign]") {
  struct Row {
    const char* what;
    Json caps;
    std::int64_t told;  // times by the hub's word, the last one today; below 0: it has not told of the member
    std::string_view offline;
    bool typed;
    std::vector<bool> given;  // by four sales, two today and two tomorrow; the hub says nothing meanwhile
    bool deferred;
  };
  for (const auto& row :
       {Row{"twice in all, enrolled here", {{"per_member", 2}}, -1, "deny", false, {true, true, false, false}, false},
        Row{"twice in all, once told", {{"per_member", 2}}, 1, "deny", false, {true, false, false, false}, false},
        Row{"once a day, enrolled here", {{"per_member_day", 1}}, -1, "deny", false, {true, false, true, false}, false},
        Row{"once a day, today's told", {{"per_member_day", 1}}, 1, "deny", false, {false, false, true, false}, false},
        Row{"both", {{"per_member_day", 1}, {"per_member", 2}}, 1, "deny", false, {false, false, true, false}, false},
        Row{"of a typed number, deny", {{"per_member", 2}}, -1, "deny", true, {false, false, false, false}, false},
        Row{"of a typed number, defer", {{"per_member", 2}}, -1, "defer", true, {true, true, true, true}, true},
        Row{"of a typed number, decide", {{"per_member", 2}}, 5, "decide", true, {true, true, true, true}, false}}) {
    CAPTURE(row.what);
    auto document = Json::parse(tests::programme_json());
    document["campaigns"][0]["caps"] = row.caps;
    document["campaigns"][0]["offline"] = row.offline;
    // Two gifts of one occasion are one time.
    document["campaigns"][0]["actions"] = {{{"tag", "met"}}, {{"points", 30}}};
    document["version"] = 2;
    Brand brand;
    Shop shop{brand};
    shop.publish(document.dump(), 2);
    const auto member = shop.enrol("13800138000");
    const auto today = base::local_date_at(shop.clock.wall_ms(), 480);
    if (row.told >= 0) {
      wire::MemberRow told{member, 0, 0, 3};
      told.visits = row.told;
      if (row.told > 0) told.given = {{{7}, row.told, today, 1}};
      shop.hub_says({tests::row_of(wire::RowKind::member, member.value, wire::encode(told))});
    }
    for (std::size_t i = 0; i < row.given.size(); ++i) {
      CAPTURE(i);
      if (i == 2) shop.clock.advance_ms(86'400'000);
      auto sale = shop.sale_of("T-" + std::to_string(i), 4'200, row.typed ? base::MemberId{} : member);
      if (row.typed) sale.member_code = "13800138000";
      const auto before = shop.facts_of<AwardGiven>().size();
      shop.post(sale);
      const auto awards = shop.facts_of<AwardGiven>();
      REQUIRE(awards.size() - before == (row.given[i] ? 2 : 0));
      for (std::size_t at = before; at < awards.size(); ++at) CHECK(awards[at].deferred == row.deferred);
    }
  }
}

TEST_CASE("A coupon for members with a tag is theirs by the hub's word, at the quote and at the sale", "[campaign]") {
  struct Row {
    const char* tag;
    std::int64_t discount_minor;
  };
  for (const auto& row : {Row{"vip", 500}, Row{"student", 0}}) {
    CAPTURE(row.tag);
    auto document = Json::parse(tests::programme_json());
    document["coupons"][0]["scope"] = {{"tags", {"vip"}}};
    document["version"] = 2;
    Brand brand;
    Shop shop{brand};
    shop.publish(document.dump(), 2);
    const auto member = shop.enrol("13800138000");
    const auto first = shop.post(shop.sale_of("T-1", 4'200, member));
    REQUIRE(first.issued.size() == 1);
    wire::MemberRow told{member, 0, 0, 3};
    told.visits = 1;
    told.marks = {false, {}, {row.tag}};
    shop.hub_says({tests::row_of(wire::RowKind::member, member.value, wire::encode(told))});

    terminal::CouponDesk desk{*shop.terminal};
    terminal::BasketRequest basket;
    basket.till = "till-1";
    basket.currency = *base::parse_currency("CNY");
    basket.lines = {{"1", "oolong", "1", "drinks", 4'200, 0}};
    basket.session_member = member;
    basket.session_strength = model::Strength::rotating_code;
    const auto quote = desk.quote(basket);
    REQUIRE(quote);
    CHECK(quote->discount_minor == row.discount_minor);

    auto paid = shop.sale_of("T-2", 4'200, member);
    paid.redemptions = {first.issued[0].code_text};
    const auto outcome = shop.post(paid);
    if (row.discount_minor > 0) {
      REQUIRE(outcome.redeemed.size() == 1);
      CHECK(outcome.redeemed[0].discount_minor == row.discount_minor);
    } else {
      REQUIRE(outcome.refused.size() == 1);
      CHECK(outcome.refused[0].hurdle->why == model::Hurdle::tag);
    }
  }
}

TEST_CASE("Of a typed number no campaign uses what is known", "[campaign]") {
  Counter counter;
  auto& shop = counter.shop;
  const auto member = shop.enrol("13800138000");
  shop.hub_says(
      {tests::row_of(wire::RowKind::member, member.value, wire::encode(wire::MemberRow{member, 0, 90'000, 1}))});
  auto typed = shop.sale_of("T-1", 4'200);
  typed.member_code = "13800138000";
  const auto outcome = shop.post(typed);
  CHECK(outcome.issued.size() == 2);
  CHECK(outcome.promised.empty());  // the tag is, and nobody at the counter hears so
  for (const auto& coupon : shop.facts_of<model::CouponIssued>()) CHECK_FALSE(coupon.member);
  for (const auto& award : shop.facts_of<AwardGiven>()) CHECK(award.deferred == (award.kind == ActionKind::tag));
}

TEST_CASE("Without a member, in another currency and in training no campaign gives anything", "[campaign]") {
  Counter counter;
  auto& shop = counter.shop;
  const auto member = shop.enrol("13800138000");
  CHECK(shop.post(shop.sale_of("T-1", 4'200)).issued.empty());
  auto foreign = shop.sale_of("T-2", 4'200, member);
  foreign.sale.currency = *base::parse_currency("HKD");
  CHECK(shop.post(foreign).issued.empty());
  auto training = shop.sale_of("T-3", 4'200, member);
  training.sale.training = true;
  CHECK(shop.post(training).issued.empty());
  CHECK(shop.facts_of<AwardGiven>().empty());
}

TEST_CASE("A sale that is told late goes by when it was, prints nothing and gives nobody's coupon away", "[campaign]") {
  constexpr std::int64_t hour_ms = 3'600'000;
  struct Row {
    const char* what;
    std::int64_t age_ms;  // of the sale when it is told, at noon
    bool late;
    bool named;
    int points;  // 30 by a campaign of the morning, 07:00 to 10:00
    bool slip;
    std::size_t coupons;
  };
  for (const auto& row : {
           Row{"now", 0, false, true, 0, true, 2},
           Row{"three hours ago, by a till whose clock is wrong", 3 * hour_ms, false, true, 0, true, 2},
           Row{"three hours ago", 3 * hour_ms, true, true, 30, false, 2},
           Row{"a few minutes ago", 10 * 60'000, true, true, 0, true, 2},
           Row{"the day before, in the morning", 27 * hour_ms, true, true, 30, false, 2},
           Row{"two months ago", 60 * 24 * hour_ms, true, true, 0, false, 2},
           Row{"by a clock that is ahead", -3 * hour_ms, true, true, 0, true, 2},
           Row{"three hours ago, of whoever typed a number", 3 * hour_ms, true, false, 30, false, 0},
       }) {
    CAPTURE(row.what);
    const Brand brand;
    Shop shop{brand};
    auto document = Json::parse(programme());
    auto morning = document["campaigns"][0];
    morning["id"] = 10;
    morning["actions"] = {{{"points", 30}}};
    morning["when"] = {{"hours", {{"from", "07:00"}, {"to", "10:00"}}}};
    document["campaigns"][0]["actions"] = {{{"coupon", 7}}, {{"coupon", 8}}};
    document["campaigns"].push_back(morning);
    shop.publish(document.dump(), 2);
    auto request = shop.sale_of("T-1", 4'200, row.named ? shop.enrol("13800138000") : base::MemberId{});
    if (!row.named) request.member_code = "13800138000";
    request.late = row.late;
    request.completed_at_ms = shop.clock.wall_ms() - row.age_ms;
    const auto outcome = shop.post(request);
    CHECK(outcome.points_given == row.points);
    CHECK(outcome.issued.size() == row.coupons);
    CHECK(shop.prints().size() == (row.slip ? 1 : 0));
    const bool dated = row.points != 0;
    for (const auto& entry : shop.facts()) {
      if (!std::holds_alternative<model::SaleRecorded>(entry.body)) continue;
      CHECK(entry.stamp.occurred_at_ms == (dated ? request.completed_at_ms : shop.clock.wall_ms()));
    }
  }
}
