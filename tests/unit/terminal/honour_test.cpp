// SPDX-License-Identifier: Apache-2.0
// Coupons of other terminals, and of this one after it gave their rights away.
#include "sync/codes/payload.h"
#include "tests/unit/terminal/shop.h"

#include <filesystem>
#include <functional>

using namespace millpond;
using base::Code;
using model::Honour;
using tests::Brand;
using tests::Shop;

namespace {

constexpr model::HonourLimits limits{3, 600, 1'200, 5, 24 * 3'600'000, 72 * 3'600'000, 2};

// A shop, and coupons that another one of the brand gave.
struct Counter {
  Brand brand;
  Shop shop{brand};
  Shop there{brand, 2};
  base::MemberId member = there.enrol("13900139000");
  int number = 0;

  explicit Counter(bool with_limits = true, bool heard = true) {
    REQUIRE(shop.journal->commit([&](store::Transaction& t) -> base::Result<> {
      const auto issuer = codes::Issuer::terminal(base::TerminalId{2}, 1).value;
      MILLPOND_TRY_DO(t.put_issuer({issuer, there.identity().key.public_key(), 0}));
      if (with_limits) MILLPOND_TRY_DO(t.put_document("allowance", 3, wire::encode(limits)));
      return {};
    }));
    if (!heard) return;
    shop.hub_says({tests::member_row(member, 0)});
    shop.hub_has_said_all();
    shop.hub_says_time(tests::noon_ms);
  }
  [[nodiscard]] terminal::IssuedCoupon coupon_from_there() {
    return there.post(there.sale_of("there-" + std::to_string(++number), 4200, member)).issued.at(0);
  }
  [[nodiscard]] terminal::SaleRequest sale_with(const std::string& code, std::int64_t amount_minor = 2'000) {
    auto request = shop.sale_of("T-" + std::to_string(++number), amount_minor);
    request.session_member = member;
    request.session_strength = model::Strength::member_code;
    request.redemptions = {code};
    return request;
  }
  terminal::SaleOutcome use(const std::string& code) { return shop.post(sale_with(code)); }
};

}  // namespace

TEST_CASE("Without the hub's limits nothing of another terminal is honoured", "[honour]") {
  Counter counter{false};
  const auto outcome = counter.use(counter.coupon_from_there().code_text);
  CHECK(outcome.redeemed.empty());
  CHECK(outcome.refused.at(0).code == Code::coupon_elsewhere);
}

TEST_CASE("Within the limits a coupon of another terminal is honoured provisionally, once", "[honour]") {
  Counter counter;
  const auto coupon = counter.coupon_from_there();
  const auto request = counter.sale_with(coupon.code_text);
  const auto outcome = counter.shop.post(request);
  REQUIRE(outcome.redeemed.size() == 1);
  CHECK(outcome.honoured == std::vector{Honour::provisional});
  const auto facts = counter.shop.facts_of<model::CouponProvisional>();
  REQUIRE(facts.size() == 1);
  const auto redemption = model::redemption_id(counter.brand.id, request.sale.key, coupon.coupon.coupon);
  CHECK(facts[0] == model::CouponProvisional{coupon.coupon.coupon, counter.member, base::CampaignId{7}, outcome.seq,
                                             500, redemption, 3, base::StaffId{}});

  CHECK(counter.shop.post(request).kind == terminal::SaleOutcome::Kind::repeated);
  CHECK(counter.use(coupon.code_text).refused.at(0).code == Code::coupon_spent);
  counter.shop.close();
  counter.shop.open();
  CHECK(counter.use(coupon.code_text).refused.at(0).code == Code::coupon_spent);
  CHECK(counter.shop.facts_of<model::CouponProvisional>().size() == 1);
  CHECK(counter.shop.facts_of<model::CouponOverRedeemed>().size() == 2);
}

TEST_CASE("Limits end what is honoured without asking", "[honour]") {
  SECTION("two of a member on one day") {
    Counter counter;
    CHECK(counter.use(counter.coupon_from_there().code_text).redeemed.size() == 1);
    CHECK(counter.use(counter.coupon_from_there().code_text).redeemed.size() == 1);
    CHECK(counter.use(counter.coupon_from_there().code_text).refused.at(0).code == Code::coupon_cap_terminal);
    REQUIRE(counter.shop.journal->with([](store::Journal& journal) {
      const auto batch = journal.read_batch(journal.outbox()->epoch, {1}, 1'000, 1U << 20);
      REQUIRE(batch);
      REQUIRE(journal.acknowledge(batch->epoch, {batch->rows.size()}, wire::encode(*batch), 0));
    }));
    CHECK(counter.use(counter.coupon_from_there().code_text).refused.at(0).code == Code::coupon_cap_member);
    counter.shop.clock.set_wall_ms(tests::noon_ms + 86'400'000);
    counter.shop.hub_says_time(tests::noon_ms + 86'400'000);
    CHECK(counter.use(counter.coupon_from_there().code_text).redeemed.size() == 1);
  }
  SECTION("a manager after a day without the hub, nobody after three") {
    Counter counter;
    counter.shop.clock.advance_ms(25 * 3'600'000);
    counter.there.clock.advance_ms(25 * 3'600'000);
    const auto coupon = counter.coupon_from_there();
    auto request = counter.sale_with(coupon.code_text);
    CHECK(counter.shop.post(request).refused.at(0).code == Code::approval_required);
    request = counter.sale_with(coupon.code_text);
    request.approved_by = base::StaffId{4};
    CHECK(counter.shop.post(request).honoured == std::vector{Honour::provisional});
    CHECK(counter.shop.facts_of<model::CouponProvisional>().at(0).approved_by == base::StaffId{4});
    CHECK(counter.shop.facts_of<model::ActApproved>() ==
          std::vector<model::ActApproved>{
              {model::Act::late_provisional, {4}, {}, counter.member, coupon.coupon.coupon.value, {}}});
    counter.shop.clock.advance_ms(48 * 3'600'000);
    request = counter.sale_with(counter.coupon_from_there().code_text);
    request.approved_by = base::StaffId{4};
    CHECK(counter.shop.post(request).refused.at(0).code == Code::coupon_cap_age);
    CHECK(counter.shop.facts_of<model::ActApproved>().size() == 1);
  }
  SECTION("nobody's word stands for a use that needed none") {
    Counter counter;
    auto request = counter.sale_with(counter.coupon_from_there().code_text);
    request.approved_by = base::StaffId{4};
    CHECK(counter.shop.post(request).honoured == std::vector{Honour::provisional});
    CHECK_FALSE(counter.shop.facts_of<model::CouponProvisional>().at(0).approved_by);
    CHECK(counter.shop.facts_of<model::ActApproved>().empty());
  }
}

TEST_CASE("The hub's yes honours what no limit would, under the same redemption again", "[honour]") {
  Counter counter{false};
  const auto coupon = counter.coupon_from_there();
  auto request = counter.sale_with(coupon.code_text);
  const auto asks = counter.shop.terminal->questions(request);
  REQUIRE(asks);
  REQUIRE(asks->coupons.size() == 1);
  REQUIRE(asks->coupons.front());
  CHECK(asks->coupons.front()->coupon == coupon.coupon.coupon);
  CHECK(asks->coupons.front()->member == counter.member);
  CHECK(counter.shop.terminal->questions(request)->coupons == asks->coupons);

  terminal::HubReply reply;
  reply.word = model::HubWord::confirmed;
  reply.receipt.fill(9);
  request.hub_replies = {reply};
  const auto outcome = counter.shop.post(request);
  CHECK(outcome.honoured == std::vector{Honour::confirmed});
  const auto facts = counter.shop.facts_of<model::CouponConfirmed>();
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].redemption == asks->coupons.front()->redemption);
  CHECK(facts[0].receipt == reply.receipt);
  CHECK(counter.shop.terminal->questions(request)->coupons.front() == std::nullopt);
  CHECK(counter.use(coupon.code_text).refused.at(0).code == Code::coupon_spent);
}

TEST_CASE("The hub's no is told, its silence is not its no", "[honour]") {
  Counter counter;
  struct Row {
    terminal::HubReply reply;
    std::size_t redeemed;
    Code refused;
  };
  const std::vector<Row> rows{
      {{model::HubWord::refused, {Code::coupon_spent, 0, {}}, {}}, 0, Code::coupon_spent},
      {{model::HubWord::silent, {}, {}}, 1, {}},
      {{model::HubWord::unknown, {}, {}}, 1, {}},
  };
  for (const auto& row : rows) {
    auto request = counter.sale_with(counter.coupon_from_there().code_text);
    request.hub_replies = {row.reply};
    const auto outcome = counter.shop.post(request);
    CHECK(outcome.redeemed.size() == row.redeemed);
    if (row.redeemed == 0) CHECK(outcome.refused.at(0).code == row.refused);
  }
}

TEST_CASE("Where the hub may have said yes and no sale came of it, the yes is taken back", "[honour]") {
  Counter counter;
  struct Row {
    model::HubWord word;
    std::size_t cancelled;
  };
  for (const auto& row : {Row{model::HubWord::silent, 1}, Row{model::HubWord::refused, 0},
                          Row{model::HubWord::unknown, 0}, Row{model::HubWord::not_asked, 0}}) {
    const auto before = counter.shop.facts_of<model::RedemptionCancelled>().size();
    const auto coupon = counter.coupon_from_there();
    auto request = counter.sale_with(coupon.code_text, 1'900);  // a little less than the coupon wants
    request.hub_replies = {{row.word, {Code::coupon_spent, 0, {}}, {}}};
    CHECK(counter.shop.post(request).redeemed.empty());
    const auto facts = counter.shop.facts_of<model::RedemptionCancelled>();
    REQUIRE(facts.size() == before + row.cancelled);
    if (row.cancelled == 0) continue;
    CHECK(facts.back().coupon == coupon.coupon.coupon);
    CHECK(facts.back().redemption == model::redemption_id(counter.brand.id, request.sale.key, coupon.coupon.coupon));
  }
}

TEST_CASE("A coupon that the hub says was used elsewhere is declined, but not where its right is", "[honour]") {
  Counter counter;
  const auto row_for = [&](const terminal::IssuedCoupon& issued, wire::CouponState state) {
    const auto& coupon = issued.coupon;
    return tests::row_of(wire::RowKind::coupon, coupon.coupon.value,
                         wire::encode(wire::CouponRow{coupon.coupon, counter.member, coupon.campaign, base::StoreId{12},
                                                      base::TerminalId{2}, 500, 2'000, coupon.not_before.days,
                                                      coupon.expires.days, state}));
  };
  const auto used = counter.coupon_from_there();
  counter.shop.hub_says({row_for(used, wire::CouponState::redeemed)});
  counter.there.hub_says({row_for(used, wire::CouponState::redeemed)});
  CHECK(counter.use(used.code_text).refused.at(0).code == Code::coupon_spent);
  const auto voided = counter.coupon_from_there();
  counter.shop.hub_says({row_for(voided, wire::CouponState::voided)});
  CHECK(counter.use(voided.code_text).refused.at(0).code == Code::coupon_void);

  auto request = counter.there.sale_of("T-own", 2'000, counter.member);
  request.redemptions = {used.code_text};
  CHECK(counter.there.post(request).honoured == std::vector{Honour::own_right});
}

TEST_CASE("After a release this terminal is one like any other for its own coupons", "[honour]") {
  Counter counter;
  const auto before = counter.coupon_from_there();
  REQUIRE(counter.there.journal->commit([](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.append(model::RightsReleased{}, tests::noon_ms, 0, 0));
    return {};
  }));
  const auto after = counter.coupon_from_there();
  const auto use = [&](const std::string& code) {
    auto request = counter.there.sale_of("U-" + std::to_string(++counter.number), 2'000, counter.member);
    request.redemptions = {code};
    return counter.there.post(request);
  };
  CHECK(use(before.code_text).refused.at(0).code == Code::coupon_elsewhere);
  CHECK(use(after.code_text).honoured == std::vector{Honour::own_right});
}

TEST_CASE("Who has heard the hub and lost what it said honours nothing of others, and its own coupons as ever",
          "[honour]") {
  struct Row {
    const char* replica;
    bool heard;
    std::function<void(Shop&)> becomes;
    std::optional<Code> refused;
  };
  const auto lost = [](Shop& shop) {
    shop.close();
    const auto file = shop.replica->place().replica;
    shop.replica.reset();
    for (const auto* rest : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + rest);
    shop.open();
  };
  const auto changed = [](Shop& shop) {
    shop.close();
    const auto file = shop.replica->place().replica;
    shop.replica.reset();
    std::filesystem::resize_file(file, 4'096);
    shop.open();
  };
  const std::vector<Row> rows{
      {"complete", true, [](Shop& shop) { shop.hub_has_said_all(); }, std::nullopt},
      {"half fetched", true, [](Shop&) {}, Code::coupon_elsewhere},
      {"being fetched again", true,
       [](Shop& shop) {
         shop.hub_has_said_all();
         REQUIRE(shop.replica->restart(2));
       },
       Code::coupon_elsewhere},
      {"deleted", true,
       [&](Shop& shop) {
         shop.hub_has_said_all();
         lost(shop);
       },
       Code::coupon_elsewhere},
      {"deleted and complete again", true,
       [&](Shop& shop) {
         lost(shop);
         shop.hub_has_said_all();
       },
       std::nullopt},
      {"damaged", true,
       [&](Shop& shop) {
         shop.hub_has_said_all();
         changed(shop);
       },
       Code::coupon_elsewhere},
      // Then only a grant's day counts as the hub's word (tests/contract/granted), and the age says no here.
      {"empty, and the hub never spoke", false, [](Shop&) {}, Code::coupon_cap_age},
  };
  for (const auto& row : rows) {
    INFO(row.replica);
    Counter counter{true, false};
    auto& shop = counter.shop;
    row.becomes(shop);
    if (row.heard) shop.hub_says_time(tests::noon_ms);
    const auto outcome = counter.use(counter.coupon_from_there().code_text);
    CHECK(outcome.redeemed.size() == (row.refused ? 0 : 1));
    CHECK(outcome.refused.size() == (row.refused ? 1 : 0));
    if (row.refused && !outcome.refused.empty()) CHECK(outcome.refused[0].code == *row.refused);
    // Nor does it take the hub's own word from anybody.
    auto asked = counter.sale_with(counter.coupon_from_there().code_text);
    terminal::HubReply yes;
    yes.word = model::HubWord::confirmed;
    asked.hub_replies = {yes};
    CHECK(shop.post(asked).honoured == std::vector{Honour::confirmed});
    auto earning = shop.sale_of("T-own-" + std::to_string(++counter.number), 4'200);
    earning.session_member = counter.member;
    earning.session_strength = model::Strength::member_code;
    const auto own = shop.post(earning).issued.at(0);
    CHECK(counter.use(own.code_text).honoured == std::vector{Honour::own_right});
  }
}
