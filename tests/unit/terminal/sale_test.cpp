// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/payload.h"
#include "tests/unit/terminal/shop.h"

#include <set>
#include <thread>

using namespace millpond;
using base::Code;
using terminal::SaleOutcome;
using tests::Brand;
using tests::Shop;

TEST_CASE("A member's sale earns, brings a coupon and queues a slip, all in one action", "[sale]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto outcome = shop.post(shop.sale_of("T-1", 4299, member));
  CHECK(outcome.kind == SaleOutcome::Kind::recorded);
  CHECK(outcome.member == member);
  CHECK(outcome.points_earned == 42);
  CHECK(outcome.balance == 42);
  CHECK(outcome.refused.empty());
  CHECK_FALSE(outcome.member_problem);
  CHECK(outcome.answer == Shop::answer_of(outcome));

  const auto sales = shop.facts_of<model::SaleRecorded>();
  REQUIRE(sales.size() == 1);
  CHECK(sales[0].member == member);
  CHECK(shop.facts_of<model::PointsEarned>() == std::vector<model::PointsEarned>{{member, outcome.seq, 42, 4299}});

  REQUIRE_FALSE(outcome.issued.empty());
  const auto coupons = shop.facts_of<model::CouponIssued>();
  REQUIRE(coupons.size() == 1);
  CHECK(coupons[0].coupon == outcome.issued.at(0).coupon.coupon);
  CHECK(coupons[0].store == shop.identity().certificate.store);
  CHECK(coupons[0].sale == outcome.seq);
  CHECK(coupons[0].expires == base::LocalDate{20'808});
  const auto code = codes::parse(outcome.issued.at(0).code_text, brand.id);
  REQUIRE(code);
  const auto payload = codes::verify(*code, shop.identity().key.public_key(), brand.id);
  REQUIRE(payload);
  const codes::CouponCode expected{brand.id.tag(),
                                   codes::Issuer::terminal(base::TerminalId{1}, 1),
                                   coupons[0].coupon,
                                   member,
                                   base::CampaignId{7},
                                   500,
                                   20'778,
                                   20'808,
                                   0,
                                   coupons[0].store};
  CHECK(std::get<codes::CouponCode>(*payload) == expected);

  const auto prints = shop.prints();
  REQUIRE(prints.size() == 1);
  CHECK(prints[0].of == outcome.seq);
  const auto slip = terminal::decode_slip(prints[0].content);
  REQUIRE(slip);
  CHECK(slip->total_minor == 4299);
  CHECK(slip->points_earned == 42);
  CHECK(slip->balance == 42);
  REQUIRE_FALSE(slip->issued.empty());
  CHECK(slip->issued.at(0).code_text == outcome.issued.at(0).code_text);

  for (const auto& fact : shop.facts()) {
    if (fact.stamp.seq < outcome.seq) continue;
    CHECK(fact.stamp.programme_version == 1);
    CHECK(fact.stamp.utc_offset_min == 480);
    CHECK(fact.stamp.local_date == base::LocalDate{20'778});
  }
}

TEST_CASE("Who a sale belongs to", "[sale]") {
  const Brand brand;
  const Brand rival;
  Shop shop{brand};
  const auto shown = shop.enrol("13800138000");
  const auto at_screen = shop.enrol("13900139000");
  const auto posted = base::MemberId{99};
  const auto code = shop.terminal->member_code(shown);
  const codes::MemberCode foreign{rival.id.tag(), codes::Issuer::hub(1), shown, 1, 20'000, 0};
  struct Row {
    base::MemberId sale_member;
    std::string member_code;
    base::MemberId session_member;
    base::MemberId member;
    std::optional<Code> problem;
  };
  const std::vector<Row> rows{
      {{}, "", {}, {}, std::nullopt},
      {{}, code, {}, shown, std::nullopt},
      {{}, code, at_screen, shown, std::nullopt},
      {{}, "", at_screen, at_screen, std::nullopt},
      {posted, code, at_screen, posted, std::nullopt},
      // a code that is not usable: the sale stands without a member, whoever is at the screen
      {{}, "134567890123456789", at_screen, {}, Code::code_payment},
      {{}, code.substr(0, 60), at_screen, {}, Code::code_malformed},
      {{}, "hello", {}, {}, Code::code_unknown_kind},
      {{}, codes::compose(foreign, rival.hub, rival.id), {}, {}, Code::code_wrong_brand},
      {{}, codes::compose(foreign, rival.hub, brand.id), {}, {}, Code::code_forged},
  };
  int number = 0;
  for (const auto& row : rows) {
    CAPTURE(number);
    auto request = shop.sale_of("T-" + std::to_string(++number), 1000);
    request.sale.member = row.sale_member;
    request.member_code = row.member_code;
    request.session_member = row.session_member;
    request.session_strength = model::Strength::member_code;
    const auto outcome = shop.post(request);
    CHECK(outcome.kind == SaleOutcome::Kind::recorded);
    CHECK(outcome.member == row.member);
    CHECK(outcome.member_problem == row.problem);
    CHECK(outcome.points_earned == (row.member ? 10 : 0));
    CHECK(shop.facts_of<model::SaleRecorded>().back().member == row.member);
  }
  CHECK(shop.facts_of<model::SaleRecorded>().size() == rows.size());
}

TEST_CASE("A member of another shop earns here before the replica knows of them", "[sale]") {
  const Brand brand;
  Shop here{brand, 1};
  Shop there{brand, 2};
  const auto member = there.enrol("13800138000");
  REQUIRE(here.journal->commit([&](store::Transaction& t) {
    return t.put_issuer({codes::Issuer::terminal(base::TerminalId{2}, 1).value, there.identity().key.public_key(), 0});
  }));
  auto request = here.sale_of("T-1", 1000);
  request.member_code = there.terminal->member_code(member);
  const auto outcome = here.post(request);
  CHECK(outcome.member == member);
  CHECK(outcome.balance == 10);
}

TEST_CASE("The same sale posted again gets the stored answer, byte for byte", "[sale]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto request = shop.sale_of("T-1", 4200, member);
  const auto first = shop.post(request);
  shop.post(shop.sale_of("T-2", 900, member));
  const auto facts = shop.facts().size();
  const auto prints = shop.prints().size();

  const auto again = shop.post(request);
  CHECK(again.kind == SaleOutcome::Kind::repeated);
  CHECK(again.seq == first.seq);
  CHECK(again.answer == first.answer);
  CHECK(again.issued.empty());
  CHECK(shop.facts().size() == facts);
  CHECK(shop.prints().size() == prints);

  shop.close();
  shop.open();
  CHECK(shop.post(request).answer == first.answer);
  const auto stored = shop.terminal->find_sale(request.sale.key);
  REQUIRE(stored);
  REQUIRE(*stored);
  CHECK((*stored)->answer == first.answer);
  CHECK((*stored)->seq == first.seq);
}

TEST_CASE("A changed sale under a known key is kept for review and changes nothing", "[sale]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto first = shop.post(shop.sale_of("T-1", 4200, member));
  const auto changed = shop.post(shop.sale_of("T-1", 9900, member));
  CHECK(changed.kind == SaleOutcome::Kind::changed);
  CHECK(changed.seq == first.seq);
  CHECK(changed.points_earned == 0);
  CHECK(changed.issued.empty());
  CHECK(changed.answer == Shop::answer_of(changed));

  const auto recorded = shop.facts_of<model::SaleRecorded>();
  REQUIRE(recorded.size() == 1);
  CHECK(recorded[0].body_tag == model::body_tag_of(shop.sale_of("T-1", 4200).body_hash));
  CHECK(shop.facts_of<model::PointsEarned>().size() == 1);
  const auto disputes = shop.facts_of<model::SaleDisputed>();
  REQUIRE(disputes.size() == 1);
  CHECK(disputes[0].key == shop.sale_of("T-1", 9900).sale.key);
  CHECK(disputes[0].body_hash == shop.sale_of("T-1", 9900).body_hash);
  // A till that repeats it until it hears 200 is noted once.
  for (int i = 0; i < 5; ++i) {
    const auto again = shop.post(shop.sale_of("T-1", 9900, member));
    CHECK(again.kind == SaleOutcome::Kind::changed);
    CHECK(again.answer == changed.answer);
  }
  CHECK(shop.facts_of<model::SaleDisputed>().size() == 1);
  shop.post(shop.sale_of("T-1", 9901, member));
  CHECK(shop.facts_of<model::SaleDisputed>().size() == 2);
  // and the first one still has its own answer
  CHECK(shop.post(shop.sale_of("T-1", 4200, member)).answer == first.answer);
}

TEST_CASE("Who can tell that another body is the same sale hears the first answer, and nobody disputes it", "[sale]") {
  const Brand brand;
  Shop shop{brand};
  const auto first = shop.post(shop.sale_of("T-1", 4200, shop.enrol("13800138000")));
  for (const bool is_same : {true, false}) {
    auto request = shop.sale_of("T-1", 4201);
    base::Bytes asked;
    request.told_before = [&](const base::Bytes& answer) {
      asked = answer;
      return is_same;
    };
    const auto again = shop.post(request);
    CHECK(asked == first.answer);
    CHECK(again.kind == (is_same ? SaleOutcome::Kind::repeated : SaleOutcome::Kind::changed));
    CHECK((again.answer == first.answer) == is_same);
    CHECK(shop.facts_of<model::SaleDisputed>().size() == (is_same ? 0U : 1U));
  }
  CHECK(shop.facts_of<model::SaleRecorded>().size() == 1);
}

TEST_CASE("The same transaction number on another day, till or store is another sale", "[sale]") {
  const Brand brand;
  Shop shop{brand};
  const auto base_request = shop.sale_of("T-1", 1000);
  auto next_day = base_request, other_till = base_request, other_store = base_request;
  next_day.sale.key.business_date.days += 1;
  other_till.sale.key.till = "till-2";
  other_store.sale.key.store.value += 1;
  for (const auto& request : {base_request, next_day, other_till, other_store}) {
    CHECK(shop.post(request).kind == SaleOutcome::Kind::recorded);
  }
}

TEST_CASE("A training sale is recorded and does nothing else", "[sale]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto issued = shop.post(shop.sale_of("T-1", 4200, member)).issued.at(0);
  auto training = shop.sale_of("T-2", 9900, member);
  training.sale.training = true;
  training.redemptions = {issued.code_text};
  const auto facts = shop.facts().size();
  const auto outcome = shop.post(training);
  CHECK(outcome.kind == SaleOutcome::Kind::recorded);
  CHECK(outcome.points_earned == 0);
  CHECK(outcome.balance == 42);
  CHECK(outcome.issued.empty());
  CHECK(outcome.redeemed.empty());
  CHECK(shop.facts().size() == facts + 1);
  CHECK(shop.prints().size() == 1);
  const auto view = shop.terminal->member(member);
  REQUIRE(view);
  CHECK(view->coupons.size() == 1);
}

TEST_CASE("A sale without a programme, or in another currency, is recorded unrated", "[sale]") {
  const Brand brand;
  Shop shop{brand, 1, /*with_programme=*/false};
  const auto member = shop.enrol("13800138000");
  const auto unrated = shop.post(shop.sale_of("T-1", 4200, member));
  CHECK(unrated.points_earned == 0);
  CHECK(unrated.issued.empty());
  CHECK(shop.facts().back().stamp.programme_version == 0);
  CHECK(shop.facts_of<model::PointsEarned>().empty());

  shop.publish(tests::programme_json());
  auto foreign = shop.sale_of("T-2", 4200, member);
  foreign.sale.currency = *base::parse_currency("HKD");
  CHECK(shop.post(foreign).points_earned == 0);
  CHECK(shop.post(shop.sale_of("T-3", 4200, member)).points_earned == 42);
}

TEST_CASE("Nobody's sale below every threshold prints nothing, and points are for money only", "[sale]") {
  const Brand brand;
  Shop shop{brand};
  CHECK(shop.post(shop.sale_of("T-1", 9000)).issued.empty());
  CHECK(shop.prints().empty());

  const auto member = shop.enrol("13800138000");
  auto mixed = shop.sale_of("T-2", 2900, member);
  mixed.sale.tenders = {{model::TenderType::gift_card, 1900}, {model::TenderType::cash, 1000}};
  const auto outcome = shop.post(mixed);
  CHECK(outcome.points_earned == 10);
  CHECK(outcome.issued.empty());
  CHECK(shop.prints().size() == 1);
}

TEST_CASE("After its certificate's last day a terminal records and earns but issues no coupon", "[sale]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  shop.clock.set_wall_ms(std::int64_t{20'850} * 86'400'000);
  CHECK_FALSE(shop.post(shop.sale_of("T-1", 4200, member)).issued.empty());
  shop.clock.set_wall_ms(std::int64_t{20'851} * 86'400'000);
  const auto late = shop.post(shop.sale_of("T-2", 4200, member));
  CHECK(late.issued.empty());
  CHECK(late.points_earned == 42);
}

TEST_CASE("A programme that is not the hub's is not rated by", "[sale]") {
  const Brand brand;
  const Brand rival;
  Shop shop{brand, 1, /*with_programme=*/false};
  const auto put = [&](const wire::ProgrammeRow& row, std::uint64_t version) {
    const auto bytes = wire::encode(row);
    REQUIRE(shop.journal->commit([&](store::Transaction& t) { return t.put_document("programme", version, bytes); }));
    return shop.terminal->load_programme();
  };
  const auto code_of = [](const auto& result) {
    REQUIRE_FALSE(result);
    return result.error().code;
  };
  CHECK(code_of(put(rival.programme(tests::programme_json()), 1)) == Code::signature_invalid);
  CHECK(code_of(put(brand.programme("{}"), 2)) == Code::programme_invalid);
  CHECK(code_of(put(brand.programme(tests::programme_json(3), 4), 4)) == Code::programme_invalid);
  const auto good = put(brand.programme(tests::programme_json(5), 5), 5);
  REQUIRE(good);
  REQUIRE(*good);
  CHECK((*good)->version == 5);
  CHECK(code_of(put(brand.programme("{}", 6), 6)) == Code::programme_invalid);
  const auto member = shop.enrol("13800138000");
  CHECK(shop.post(shop.sale_of("T-1", 4200, member)).points_earned == 42);  // by version 5, which stays
}

TEST_CASE("Tills that post the same sale at once: one records, the others repeat", "[sale]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  constexpr int tills = 4;
  constexpr int sales = 25;
  std::vector<terminal::SaleRequest> requests;
  for (int i = 0; i < sales; ++i) requests.push_back(shop.sale_of("T-" + std::to_string(i), 4200, member));
  std::vector<std::vector<SaleOutcome>> outcomes(tills);
  std::vector<std::thread> threads;
  for (int till = 0; till < tills; ++till) {
    threads.emplace_back([&, till] {
      for (const auto& request : requests) {
        auto outcome = shop.terminal->sale(request, Shop::answer_of);
        if (outcome) outcomes[static_cast<std::size_t>(till)].push_back(std::move(*outcome));
      }
    });
  }
  for (auto& thread : threads) thread.join();

  for (int i = 0; i < sales; ++i) {
    int recorded = 0;
    for (const auto& of_till : outcomes) {
      REQUIRE(of_till.size() == sales);
      const auto& outcome = of_till[static_cast<std::size_t>(i)];
      recorded += outcome.kind == SaleOutcome::Kind::recorded ? 1 : 0;
      CHECK(outcome.answer == outcomes[0][static_cast<std::size_t>(i)].answer);
    }
    CHECK(recorded == 1);
  }
  CHECK(shop.facts_of<model::SaleRecorded>().size() == sales);
  CHECK(shop.facts_of<model::CouponIssued>().size() == sales);
  CHECK(shop.terminal->member(member)->points_pending == 42 * sales);
}

TEST_CASE("Whatever is posted, shown balances are the sum of what was earned", "[sale]") {
  const Brand brand;
  Shop shop{brand};
  base::SeededRng rng{2026};
  std::vector<base::MemberId> members{base::MemberId{}};
  for (int i = 0; i < 5; ++i) members.push_back(shop.enrol("1380013800" + std::to_string(i)));
  std::vector<std::string> coupons;
  std::vector<terminal::SaleRequest> posted;
  for (int i = 0; i < 150; ++i) {
    if (!posted.empty() && rng.chance(1, 5)) {
      shop.post(posted[rng.below(posted.size())]);
      continue;
    }
    const auto member = members[rng.below(members.size())];
    auto request =
        shop.sale_of("T-" + std::to_string(rng.below(120)), static_cast<std::int64_t>(rng.below(9'000)), member);
    request.sale.training = rng.chance(1, 10);
    if (!coupons.empty() && rng.chance(1, 2)) request.redemptions = {coupons[rng.below(coupons.size())]};
    const auto outcome = shop.post(request);
    if (!outcome.issued.empty()) coupons.push_back(outcome.issued.at(0).code_text);
    if (outcome.kind == SaleOutcome::Kind::recorded) posted.push_back(request);
    if (rng.chance(1, 40)) {
      shop.close();
      shop.open();
    }
  }
  for (const auto member : members) {
    if (!member) continue;
    std::int64_t earned = 0;
    for (const auto& fact : shop.facts_of<model::PointsEarned>()) earned += fact.member == member ? fact.points : 0;
    const auto view = shop.terminal->member(member);
    REQUIRE(view);
    CHECK(view->points + view->points_pending == earned);
  }
  std::set<base::CouponId> redeemed;
  for (const auto& fact : shop.facts_of<model::CouponRedeemed>()) CHECK(redeemed.insert(fact.coupon).second);
  CHECK(!redeemed.empty());
  std::set<base::Hash> causes;
  for (const auto& fact : shop.facts_of<model::CouponIssued>()) CHECK(causes.insert(fact.cause).second);
  store::Verification verification;
  REQUIRE(shop.journal->with([&](store::Journal& journal) {
    if (auto result = journal.verify()) verification = *result;
  }));
  CHECK(verification.sqlite_ok);
  CHECK_FALSE(verification.broken_at);
}

TEST_CASE("While another copy of the terminal is about it earns and enrols, and honours no coupon", "[sale]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto issued = shop.post(shop.sale_of("T-1", 4200, member)).issued.at(0);
  const auto hub_says = [&](std::uint8_t suspended, std::uint64_t version) {
    const base::Bytes standing{suspended, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(version)};
    REQUIRE(shop.journal->commit([&](store::Transaction& t) { return t.put_document("standing", version, standing); }));
  };
  hub_says(1, 1);
  auto request = shop.sale_of("T-2", 4200, member);
  request.redemptions = {issued.code_text};
  const auto refused = shop.post(request);
  CHECK(refused.points_earned == 42);
  CHECK(refused.redeemed.empty());
  REQUIRE(refused.refused.size() == 1);
  CHECK(refused.refused[0].code == base::Code::value_suspended);
  const auto booked = shop.facts_of<model::CouponOverRedeemed>();
  REQUIRE(booked.size() == 1);
  CHECK(booked[0].reason == "value_suspended");
  CHECK(shop.enrol("13900139000"));

  const auto second = shop.post(shop.sale_of("T-3", 4200, member)).issued.at(0);
  hub_says(0, 2);
  auto honoured = shop.sale_of("T-4", 4200, member);
  honoured.redemptions = {second.code_text};
  CHECK(shop.post(honoured).redeemed.size() == 1);
}
