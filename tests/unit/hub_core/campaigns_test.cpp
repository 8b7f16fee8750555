// SPDX-License-Identifier: Apache-2.0
// What the hub decides about campaigns itself: promises of terminals, and what happened without a sale.
#include "sync/model/basket.h"
#include "sync/model/rule_book.h"
#include "tests/support/pretend_brand.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

using namespace millpond;
using model::ActionKind;
using tests::PretendTerminal;
using Json = nlohmann::json;

namespace {

constexpr std::int32_t today = 20'775;  // of the brand's clock

Json words() { return {{"zh-CN", "甲"}, {"en", "A"}}; }

Json campaign_of(std::uint32_t id, const Json& trigger, const Json& actions, const Json& more = Json::object()) {
  Json campaign{
      {"id", id},           {"name", words()},   {"trigger", trigger}, {"starts", "2026-01-01"}, {"ends", "2027-12-31"},
      {"offline", "defer"}, {"actions", actions}};
  campaign.update(more);
  return campaign;
}

struct Chain {
  tests::PretendBrand brand;
  PretendTerminal one = brand.provision();
  PretendTerminal other = brand.provision({2}, 78);
  std::map<const PretendTerminal*, std::uint64_t> sent;
  std::optional<model::Programme> programme;

  explicit Chain(const std::vector<Json>& campaigns, const Json& more = Json::object()) {
    auto document = Json::parse(tests::hub_programme_json(2));
    document["coupons"] = {{{"id", 3},
                            {"name", words()},
                            {"type", "amount_off"},
                            {"threshold_minor", 3'000},
                            {"value_minor", 800},
                            {"valid", {{"days", 30}}}}};
    document["campaigns"] = campaigns;
    document.update(more);
    const auto json = document.dump();
    const auto published = brand.core->publish_programme(base::view_of(json));
    INFO((published ? std::string{} : base::describe(published.error())));
    REQUIRE(published);
    auto parsed = model::parse_programme(base::view_of(json));
    REQUIRE(parsed);
    programme = *std::move(parsed);
    project();
    for (auto* terminal : {&one, &other}) {
      terminal->begin_epoch();
      terminal->go_by(2);
      terminal->on_day(today);
    }
  }
  void project() {
    for (bool more = true; more;) {
      const auto outcome = brand.core->project();
      REQUIRE(outcome);
      more = outcome->more;
    }
  }
  void send(PretendTerminal& terminal) {
    const auto answer = brand.up(terminal.batch(sent[&terminal] + 1, terminal.head()));
    REQUIRE(answer.status == wire::UpStatus::accepted);
    sent[&terminal] = terminal.head();
    project();
  }
  // Until nothing waits any more.
  std::uint64_t decide() {
    std::uint64_t decided = 0;
    for (int turns = 0; turns < 20; ++turns) {
      const auto settled = brand.core->settle();
      REQUIRE(settled);
      project();
      if (*settled == 0) return decided;
      decided += *settled;
    }
    FAIL("it decides the same again and again");
    return decided;
  }
  // A sale, and what a terminal promises for it that knows nothing of the member. How much it promised.
  base::Seq sell(PretendTerminal& terminal, std::uint64_t member, const std::string& number,
                 std::int64_t minor = 5'000) {
    const auto seq = terminal.sell({member}, number, minor, 0);
    model::SaleRecorded sale;
    sale.key = {{1}, "T1", {20'777}, number};
    sale.member = {member};
    sale.eligible_minor = minor;
    const auto basket = model::basket_of(sale);
    const model::RuleBook rules{*programme};
    model::Shopper shopper;
    shopper.member = {member};
    const std::vector<model::TenderType> paid_with{model::TenderType::cash};
    const auto noon_ms = std::int64_t{terminal.day().days} * 86'400'000 + 4 * 3'600'000;
    const auto found =
        rules.evaluate(brand.core->brand(), {model::Trigger::sale_paid, {}, 0, model::event_key(sale.key)}, shopper,
                       {model::store_moment(noon_ms, 480), &basket, minor, paid_with, {}, true}, {});
    for (const auto& award : found.awards) {
      REQUIRE(award.deferred);
      terminal.add(model::AwardGiven{{member},
                                     award.campaign,
                                     award.action.kind,
                                     award.action.number,
                                     award.action.word,
                                     award.cause,
                                     0,
                                     true,
                                     seq,
                                     {},
                                     award.least_paid_minor});
    }
    return seq;
  }
  [[nodiscard]] std::vector<wire::CouponRow> coupons(std::uint64_t member) const {
    const auto head = brand.core->feed_head();
    REQUIRE(head);
    std::vector<wire::CouponRow> found;
    wire::DownCursor cursor{head->generation, 0, 0};
    for (;;) {
      const auto page = brand.core->down(one.id(), cursor, wire::page_rows_max, one.epoch());
      REQUIRE(page);
      for (const auto& row : page->rows) {
        if (row.kind != static_cast<std::uint8_t>(wire::RowKind::coupon) || row.deleted) continue;
        auto coupon = wire::decode_coupon_row(row.body);
        REQUIRE(coupon);
        if (coupon->member.value == member) found.push_back(*coupon);
      }
      if (!page->more) return found;
      cursor = page->next;
    }
  }
  [[nodiscard]] std::size_t good(std::uint64_t member) const {
    return static_cast<std::size_t>(
        std::ranges::count(coupons(member), wire::CouponState::issued, &wire::CouponRow::state));
  }
  [[nodiscard]] std::int64_t points(std::uint64_t member) const {
    const auto balances = brand.core->balances();
    REQUIRE(balances);
    const auto found = std::ranges::find(*balances, base::MemberId{member}, &hub::Balance::member);
    return found == balances->end() ? 0 : found->points;
  }
  void check_whole() {
    const auto check = brand.core->check(hub::CheckDepth::rebuilt);
    REQUIRE(check);
    CHECK(check->broken().empty());
    CHECK(decide() == 0);
  }
};

const Json coupon_of_3 = Json::array({{{"coupon", 3}}});

}  // namespace

TEST_CASE("What a terminal promised is on the member's card once the hub has decided") {
  Chain chain{{campaign_of(7, {{"on", "sale_paid"}}, coupon_of_3, {{"caps", {{"per_member", 1}}}})}};
  chain.one.enrol({9}, {1});
  chain.sell(chain.one, 9, "A");
  chain.send(chain.one);
  CHECK(chain.good(9) == 0);
  CHECK(chain.decide() == 1);
  const auto coupons = chain.coupons(9);
  REQUIRE(coupons.size() == 1);
  CHECK(coupons[0].issuer == base::TerminalId{});
  CHECK(base::id_origin(coupons[0].coupon.value) == base::TerminalId{});
  CHECK(coupons[0].campaign == base::CampaignId{3});
  CHECK(coupons[0].value_minor == 800);
  CHECK(coupons[0].not_before_day == today);
  CHECK(coupons[0].expires_day == today + 30);
  // The member's second is promised as well, because that terminal knows nothing of the first, and is none.
  chain.sell(chain.other, 9, "B");
  chain.send(chain.other);
  CHECK(chain.decide() == 1);
  CHECK(chain.good(9) == 1);
  chain.check_whole();
}

TEST_CASE("Two promises to one member are decided one after the other, whatever numbers the member has") {
  Chain chain{{campaign_of(7, {{"on", "sale_paid"}}, coupon_of_3, {{"caps", {{"per_member", 1}}}})}};
  for (const std::uint64_t member : {8, 9}) chain.one.enrol({member}, {1});
  chain.sell(chain.one, 8, "A");
  chain.sell(chain.one, 9, "B");
  chain.send(chain.one);
  REQUIRE(chain.brand.core->merge_members({9}, {8}));
  chain.project();
  CHECK(chain.decide() == 2);
  CHECK(chain.good(8) + chain.good(9) == 1);
  chain.check_whole();
}

TEST_CASE("All that one sale was promised is one occasion") {
  Chain chain{{campaign_of(7, {{"on", "sale_paid"}}, Json::array({{{"coupon", 3}, {"count", 2}}, {{"points", 40}}}),
                           {{"caps", {{"per_member", 1}, {"count", 1}}}})}};
  for (const std::uint64_t member : {8, 9}) chain.one.enrol({member}, {1});
  chain.sell(chain.one, 9, "A");
  chain.sell(chain.one, 8, "B");
  chain.send(chain.one);
  CHECK(chain.decide() == 6);
  CHECK(chain.good(9) + chain.good(8) == 2);
  CHECK(chain.points(9) + chain.points(8) == 40);
  const auto books = chain.brand.core->leases();
  REQUIRE(books);
  REQUIRE(books->pools.size() == 1);
  CHECK(books->pools[0].used == 1);
  chain.check_whole();
}

TEST_CASE("A promise is judged by what had happened before its sale, whoever was heard first") {
  Chain chain{{campaign_of(7, {{"on", "sale_paid"}}, coupon_of_3, {{"when", {{"first_purchase", true}}}})}};
  chain.one.enrol({9}, {1});
  chain.send(chain.one);
  chain.other.on_day(today, 3'600'000);
  chain.sell(chain.other, 9, "second");
  chain.send(chain.other);
  CHECK(chain.decide() == 1);  // nobody had told of another one by then
  CHECK(chain.good(9) == 1);
  chain.sell(chain.one, 9, "first");
  chain.send(chain.one);
  CHECK(chain.decide() == 1);
  CHECK(chain.good(9) == 2);
  chain.sell(chain.one, 9, "third");
  chain.send(chain.one);
  CHECK(chain.decide() == 1);
  CHECK(chain.good(9) == 2);
  chain.check_whole();
}

TEST_CASE("What comes back takes a kept promise along, before and after it was kept") {
  const auto actions = Json::array({{{"coupon", 3}}, {{"points", 40}}});
  Chain chain{{campaign_of(7, {{"on", "sale_paid"}}, actions, {{"caps", {{"per_member", 9}}}})}};
  chain.one.enrol({9}, {1});
  chain.sell(chain.one, 9, "A");
  chain.sell(chain.one, 9, "B");
  chain.one.refund("A", "A back", 5'000);
  chain.send(chain.one);
  CHECK(chain.decide() == 4);
  CHECK(chain.good(9) == 1);
  CHECK(chain.points(9) == 40);
  chain.one.refund("B", "B back", 5'000);
  chain.send(chain.one);
  CHECK(chain.good(9) == 0);
  CHECK(chain.points(9) == 0);
  chain.check_whole();
}

TEST_CASE("A promise waits for whoever was not told of yet, and ends with who has left") {
  Chain chain{{campaign_of(7, {{"on", "sale_paid"}}, coupon_of_3, {{"caps", {{"per_member", 1}}}})}};
  chain.sell(chain.other, 9, "A");
  chain.send(chain.other);
  CHECK(chain.decide() == 0);
  chain.one.enrol({9}, {1});
  chain.one.enrol({8}, {1});
  chain.sell(chain.one, 8, "B");
  chain.send(chain.one);
  REQUIRE(chain.brand.core->remove_member({8}));
  chain.project();
  CHECK(chain.decide() == 2);
  CHECK(chain.good(9) == 1);
  CHECK(chain.coupons(8).empty());
  chain.check_whole();
}

TEST_CASE("Whoever enrols is welcomed once") {
  Chain chain{
      {campaign_of(7, {{"on", "enrolment"}}, Json::array({{{"coupon", 3}}, {{"points", 5}}, {{"tag", "new"}}}))}};
  const auto phone = chain.brand.phone_key;
  chain.one.enrol({9}, {1});
  chain.send(chain.one);
  CHECK(chain.decide() == 1);
  CHECK(chain.good(9) == 1);
  CHECK(chain.points(9) == 5);
  chain.other.go_by(0);  // it had no programme
  chain.other.enrol({8}, {2});
  chain.send(chain.other);
  CHECK(chain.decide() == 1);
  CHECK(chain.good(8) == 1);
  const auto rebuilt = chain.brand.core->rebuild();
  REQUIRE(rebuilt);
  chain.project();
  CHECK(chain.decide() == 0);
  CHECK(chain.good(9) == 1);
  chain.check_whole();
}

TEST_CASE("A tier is entered once, by what all numbers of a member have spent") {
  const Json tiers = {{"tiers",
                       {{{"name", words()}, {"threshold_minor", 0}},
                        {{"name", words()}, {"threshold_minor", 8'000}},
                        {{"name", words()}, {"threshold_minor", 50'000}}}}};
  Chain chain{{campaign_of(7, {{"on", "tier_entered"}, {"tier", 1}}, coupon_of_3)}, tiers};
  for (const std::uint64_t member : {8, 9}) chain.one.enrol({member}, {1});
  chain.one.sell({9}, "A", 5'000, 0);
  chain.send(chain.one);
  CHECK(chain.decide() == 0);
  REQUIRE(chain.brand.core->merge_members({8}, {9}));
  chain.project();
  chain.one.sell({8}, "B", 3'000, 0);
  chain.send(chain.one);
  CHECK(chain.decide() == 1);
  CHECK(chain.good(9) == 1);
  chain.one.refund("B", "B back", 3'000);
  chain.one.sell({9}, "C", 4'000, 0);
  chain.send(chain.one);
  CHECK(chain.decide() == 0);
  CHECK(chain.good(9) == 1);
  chain.check_whole();
}

TEST_CASE("A first visit is one") {
  Chain chain{{campaign_of(7, {{"on", "first_visit"}, {"which", "shop"}}, Json::array({{{"points", 30}}}),
                           {{"when", {{"first_purchase", true}}}})}};
  chain.one.enrol({9}, {1});
  chain.one.sell({9}, "A", 5'000, 0);
  chain.one.sell({9}, "B", 5'000, 0);
  chain.send(chain.one);
  CHECK(chain.decide() == 1);
  CHECK(chain.points(9) == 30);
  chain.check_whole();
}

TEST_CASE("Whoever has been away so long hears of it once an absence, and nobody who was away for longer") {
  constexpr std::int64_t day_ms = 86'400'000;
  Chain chain{{campaign_of(7, {{"on", "lapsed"}, {"days", 30}}, Json::array({{{"points", 30}}})),
               campaign_of(8, {{"on", "lapsed"}, {"days", 60}}, Json::array({{{"points", 60}}}),
                           {{"when", {{"visits_at_least", 2}}}})}};
  for (const std::uint64_t member : {6, 7, 8, 9}) chain.one.enrol({member}, {1});
  chain.one.sell({9}, "A", 5'000, 0);
  chain.one.sell({9}, "B", 5'000, 0);
  chain.one.sell({7}, "C", 5'000, 0);
  chain.one.on_day(today - 50);
  chain.one.sell({8}, "D", 5'000, 0);
  chain.one.on_day(today);
  chain.one.sell({6}, "E", 5'000, 0);
  chain.send(chain.one);
  REQUIRE(chain.brand.core->merge_members({7}, {6}));
  chain.project();
  std::vector<std::int64_t> days_of_9;
  for (std::int32_t away = 0; away <= 70; ++away) {
    const auto before = chain.points(9);
    if (away == 20) {  // by another number
      chain.one.on_day(today + away);
      chain.one.sell({7}, "F", 5'000, 0);
      chain.send(chain.one);
    }
    if (away < 40 || away > 44) chain.decide();  // the hub is away itself for a few days
    if (chain.points(9) != before) days_of_9.push_back(away);
    if (away == 10) CHECK(chain.points(8) == 0);  // 60 days, and only one visit
    if (away == 49) CHECK(chain.points(6) == 0);
    chain.brand.clock.advance_ms(day_ms);
  }
  CHECK(days_of_9 == std::vector<std::int64_t>{30, 60});
  CHECK(chain.points(9) == 90);
  CHECK(chain.points(8) == 0);
  CHECK(chain.points(6) + chain.points(7) == 30);
  chain.check_whole();
}

TEST_CASE("A campaign that is stopped gives nothing more, also for what a terminal tells that has not heard of it") {
  const auto welcome = campaign_of(7, {{"on", "enrolment"}}, coupon_of_3);
  const auto thanks =
      campaign_of(8, {{"on", "sale_paid"}}, Json::array({{{"points", 5}}}), {{"caps", {{"per_member", 9}}}});
  Chain chain{{welcome, thanks}};
  chain.one.enrol({9}, {1});
  chain.sell(chain.one, 9, "promised");
  chain.send(chain.one);
  const auto json = chain.brand.core->programme_json();
  REQUIRE(json);
  auto document = Json::parse(json->begin(), json->end());
  document["version"] = 3;
  for (auto& campaign : document["campaigns"]) campaign["stopped"] = true;
  const auto place = chain.brand.core->feed_head();
  REQUIRE(place);
  REQUIRE(chain.brand.core->publish_programme(base::view_of(document.dump())));
  chain.project();
  // Who has asked behind it has it; the other has not asked yet.
  const auto head = chain.brand.core->feed_head();
  REQUIRE(head);
  const auto reached = [&] {
    const auto reach = chain.brand.core->programme_reach();
    REQUIRE(reach);
    CHECK(reach->version == 3);
    CHECK(reach->terminals.size() == 2);
    return std::ranges::count(reach->terminals, true, &hub::ProgrammeReach::Terminal::has_it);
  };
  CHECK(reached() == 0);
  REQUIRE(chain.brand.core->down(chain.one.id(), {place->generation, place->hub_seq, 0}, 10, chain.one.epoch()));
  CHECK(reached() == 0);
  REQUIRE(chain.brand.core->down(chain.one.id(), {head->generation, head->hub_seq, 0}, 10, chain.one.epoch()));
  CHECK(reached() == 1);

  CHECK(chain.decide() == 2);
  CHECK(chain.good(9) == 0);
  CHECK(chain.points(9) == 5);  // a promise is one
  auto parsed = model::parse_programme(base::view_of(document.dump()));
  REQUIRE(parsed);
  const model::RuleBook rules{*parsed};
  model::Shopper shopper;
  shopper.member = {9};
  const auto key = base::Bytes{1, 2, 3};
  const auto evaluation = rules.evaluate(chain.brand.core->brand(), {model::Trigger::enrolment, {}, 0, key}, shopper,
                                         {{{today}, 600}, nullptr, 0, {}, {1}, true}, {});
  CHECK(evaluation.awards.empty());
  CHECK(evaluation.looked_at == 0);
  CHECK(rules.find_campaign({7})->stopped);
  chain.check_whole();
}

TEST_CASE("Nobody looks at what no campaign begins with") {
  Chain chain{{campaign_of(7, {{"on", "sale_paid"}}, coupon_of_3, {{"offline", "decide"}})}};
  chain.one.enrol({9}, {1});
  chain.one.sell({9}, "A", 5'000, 0);
  chain.send(chain.one);
  CHECK(chain.decide() == 0);
}

TEST_CASE("A coupon of the hub is honoured by its word, and by nobody as their own") {
  Chain chain{{campaign_of(7, {{"on", "enrolment"}}, coupon_of_3)}};
  chain.one.enrol({9}, {1});
  chain.send(chain.one);
  REQUIRE(chain.decide() == 1);
  const auto coupon = chain.coupons(9).at(0);
  const auto asked = [&](std::uint64_t redemption) {
    const auto word = chain.brand.core->redeem(
        chain.one.id(), wire::encode(wire::RedeemAsk{redemption, coupon.coupon, {9}, chain.one.epoch(), 5'000}));
    REQUIRE(word);
    return word->word;
  };
  CHECK(asked(1) == model::HubWord::confirmed);
  CHECK(asked(1) == model::HubWord::confirmed);
  CHECK(asked(2) == model::HubWord::refused);
  chain.project();
  // A terminal that takes it for its own says what it may not: the yes stands, and the second is its loss.
  const auto sale = chain.other.sell({9}, "A", 5'000, 0);
  chain.other.add(model::CouponRedeemed{coupon.coupon, {9}, coupon.campaign, sale, 800, {}});
  chain.send(chain.other);
  const auto status = chain.brand.core->status();
  REQUIRE(status);
  const auto spent = std::ranges::find(status->verdicts, "coupon_spent", [](const auto& each) { return each.first; });
  CHECK(spent != status->verdicts.end());
  chain.check_whole();
}
