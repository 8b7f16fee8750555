// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/claim.h"
#include "sync/codes/payload.h"
#include "sync/terminal/coupon_desk.h"
#include "tests/support/seeded_key.h"
#include "tests/unit/terminal/shop.h"

using namespace millpond;
using base::Code;
using tests::Brand;
using tests::Shop;

namespace {

wire::CouponRow coupon_row(std::uint64_t id, base::MemberId member, std::int32_t expires_day, wire::CouponState state) {
  return {base::CouponId{id}, member, base::CampaignId{7}, base::StoreId{12}, base::TerminalId{2}, 500, 2000, 20'700,
          expires_day,        state};
}

}  // namespace

TEST_CASE("A member enrolled here is identified by the code of the card", "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto view = shop.terminal->identify(shop.terminal->member_code(member));
  REQUIRE(view);
  CHECK(view->member == member);
  CHECK(view->points == 0);
  CHECK(view->points_pending == 0);
  CHECK(view->shown_name.empty());
}

TEST_CASE("A member of another shop is identified through the issuer directory and the replica", "[identify]") {
  const Brand brand;
  Shop here{brand, 1};
  Shop there{brand, 2};
  const auto member = there.enrol("13800138000");
  const auto code = there.terminal->member_code(member);

  const auto stranger = here.terminal->identify(code);
  REQUIRE_FALSE(stranger);
  CHECK(stranger.error().code == Code::code_unknown_issuer);

  const auto issuer = codes::Issuer::terminal(base::TerminalId{2}, 1).value;
  const auto add_issuer = [&](std::uint64_t revoked_from_seq) {
    return here.journal->commit([&](store::Transaction& t) {
      return t.put_issuer({issuer, there.identity().key.public_key(), revoked_from_seq});
    });
  };
  REQUIRE(add_issuer(0));
  const auto unknown = here.terminal->identify(code);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Code::member_unknown);

  here.hub_says(
      {tests::member_row(member, 120, 4500),
       tests::row_of(wire::RowKind::profile, member.value, wire::encode(wire::ProfileRow{member, "138****8000"}))});
  const auto view = here.terminal->identify(code);
  REQUIRE(view);
  CHECK(view->member == member);
  CHECK(view->points == 120);
  CHECK(view->qualifying_minor == 4500);
  CHECK(view->shown_name == "138****8000");
  CHECK(view->as_of_ms == tests::noon_ms);

  CHECK(view->strength == model::Strength::member_code);

  // Revoked: whom the hub has told of still earns, and whoever only the revoked terminal knows does not.
  REQUIRE(add_issuer(40));
  CHECK(here.terminal->identify(code)->member == member);
  const auto later = there.enrol("13800138001");
  const auto forged = here.terminal->identify(there.terminal->member_code(later));
  REQUIRE_FALSE(forged);
  CHECK(forged.error().code == Code::code_unknown_issuer);
}

TEST_CASE("Whoever has a revoked terminal's key makes cards that earn, and neither show nor spend", "[identify]") {
  const Brand brand;
  Shop here{brand, 1};
  Shop stolen{brand, 2};
  const base::MemberId victim{4711};  // enrolled elsewhere: a number on a slip is all that the thief knows
  const auto issuer = codes::Issuer::terminal(base::TerminalId{2}, 1);
  here.hub_says({tests::member_row(victim, 2'000),
                 tests::row_of(wire::RowKind::coupon, 6,
                               wire::encode(coupon_row(6, victim, 30'000, wire::CouponState::issued)))});
  const auto know = [&](std::uint64_t revoked_from_seq) {
    REQUIRE(here.journal->commit([&](store::Transaction& t) {
      return t.put_issuer({issuer.value, stolen.identity().key.public_key(), revoked_from_seq});
    }));
  };
  const codes::MemberCode card{brand.id.tag(), issuer, victim, 1, 20'000, 0};
  const auto forged = codes::compose(card, stolen.identity().key, brand.id);
  know(0);
  CHECK(here.terminal->see(forged)->coupons.size() == 1);

  know(40);
  CHECK(here.terminal->identify(forged)->strength == model::Strength::phone_typed);
  CHECK(here.terminal->see(forged).error().code == Code::identity_too_weak);
  auto request = here.sale_of("T-1", 4'200);
  request.member_code = forged;
  request.spend_points = 100;
  CHECK_FALSE(here.terminal->questions(request)->points);
  const auto outcome = here.post(request);
  CHECK(outcome.points_refused == Code::identity_too_weak);
  CHECK(outcome.points_earned > 0);  // whom an honest old card names loses no sale
}

TEST_CASE("A terminal that has not heard of the revocation hears it from the hub", "[identify]") {
  const Brand brand;
  const Shop stolen{brand, 2};
  const base::MemberId victim{4711};
  const codes::MemberCode card{brand.id.tag(), codes::Issuer::terminal(base::TerminalId{2}, 1), victim, 1, 20'000, 0};
  const auto forged = codes::compose(card, stolen.identity().key, brand.id);
  for (const bool revoked : {false, true}) {
    CAPTURE(revoked);
    Shop asking{brand, 1};
    asking.hub_says({tests::member_row(victim, 2'000)});
    int asked = 0;
    asking.terminal->ask_about_cards([&](const wire::CardAsk&) {
      ++asked;
      return wire::CardWord{model::HubWord::confirmed, {}, std::nullopt, {}, tests::noon_ms, revoked};
    });
    const auto strength = revoked ? model::Strength::phone_typed : model::Strength::member_code;
    CHECK(asking.terminal->identify(forged)->strength == strength);
    CHECK(asking.terminal->identify(forged)->strength == strength);  // remembered with the hub's word
    CHECK(asked == 1);
  }
}

TEST_CASE("A code of the hub's own key needs no directory", "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const base::MemberId member{77};
  shop.hub_says({tests::member_row(member, 9)});
  const codes::MemberCode code{brand.id.tag(), codes::Issuer::hub(1), member, 1, 20'000, 0};
  const auto view = shop.terminal->identify(codes::compose(code, brand.hub, brand.id));
  REQUIRE(view);
  CHECK(view->points == 9);
}

TEST_CASE("Every scanned text that is not a usable member code is refused by name", "[identify]") {
  const Brand brand;
  const Brand rival;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto good = shop.terminal->member_code(member);
  const auto issued = shop.post(shop.sale_of("T-1", 4200, member)).issued.at(0);
  const codes::MemberCode ours{brand.id.tag(), codes::Issuer::terminal(base::TerminalId{1}, 1), member, 1, 20'000, 0};
  auto unknown_hub = ours;
  unknown_hub.issuer = codes::Issuer::hub(9);
  auto nobody = ours;
  nobody.member = base::MemberId{4711};
  struct Row {
    std::string text;
    Code code;
  };
  const std::vector<Row> rows{
      {"134567890123456789", Code::code_payment},
      {"2812345678901234\r", Code::code_payment},
      {"6212345678901234567", Code::code_payment},
      {"", Code::code_unknown_kind},
      {"https://example.com", Code::code_unknown_kind},
      {base::format_id('M', 4711), Code::member_unknown},
      {"https://www.meituan.com/v/123", Code::coupon_elsewhere},
      {"(8110)1061414", Code::coupon_online_only},
      {codes::compose_claim(codes::ClaimKind::parcel_card, 1, 77, base::Bytes(codes::claim_key_bytes, 1), brand.id),
       Code::code_unknown_issuer},
      {issued.code_text, Code::code_unknown_kind},
      {good.substr(0, good.size() - 1), Code::code_malformed},
      {good + "\n", Code::code_malformed},
      {codes::compose(ours, shop.identity().key, rival.id), Code::code_wrong_brand},
      {codes::compose(ours, rival.hub, brand.id), Code::code_forged},
      {codes::compose(unknown_hub, brand.hub, brand.id), Code::code_unknown_issuer},
      {codes::compose(nobody, shop.identity().key, brand.id), Code::member_unknown},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto view = shop.terminal->identify(row.text);
    REQUIRE_FALSE(view);
    CHECK(view.error().code == row.code);
    if (!row.text.empty()) CHECK(base::describe(view.error()).find(row.text) == std::string::npos);
  }
}

TEST_CASE("Points show the hub's word plus what was earned here since", "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto first = shop.post(shop.sale_of("T-1", 1000, member));
  CHECK(first.balance == 10);
  auto view = shop.terminal->member(member);
  REQUIRE(view);
  CHECK(view->points == 0);
  CHECK(view->points_pending == 10);

  std::uint64_t position = 0;
  REQUIRE(shop.journal->with([&](store::Journal& journal) {
    const auto outbox = journal.outbox();
    if (outbox) position = journal.position_of(outbox->live_epoch, outbox->live_head).value_or(0);
  }));
  REQUIRE(position > 0);
  shop.hub_says({tests::member_row(member, 10)}, position);
  CHECK(shop.post(shop.sale_of("T-2", 2500, member)).balance == 35);
  view = shop.terminal->member(member);
  REQUIRE(view);
  CHECK(view->points == 10);
  CHECK(view->points_pending == 25);
}

TEST_CASE("Coupons of both sides show once, unspent and unexpired, nearest expiry first", "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto issued = shop.post(shop.sale_of("T-1", 4200, member)).issued.at(0);  // good until day 20808
  const auto here = issued.coupon.coupon;
  const auto row = [&](std::uint64_t id, std::int32_t expires, wire::CouponState state) {
    return tests::row_of(wire::RowKind::coupon, id, wire::encode(coupon_row(id, member, expires, state)));
  };
  shop.hub_says({tests::member_row(member, 0), row(50, 20'790, wire::CouponState::issued),
                 row(51, 20'900, wire::CouponState::issued), row(52, 20'778, wire::CouponState::issued),
                 row(53, 20'777, wire::CouponState::issued), row(54, 20'790, wire::CouponState::redeemed),
                 row(here.value, 20'808, wire::CouponState::issued)});
  const auto ids = [&] {
    const auto view = shop.terminal->member(member);
    REQUIRE(view);
    std::vector<std::uint64_t> found;
    for (const auto& coupon : view->coupons) {
      found.push_back(coupon.coupon.value);
      CHECK(coupon.issued_here == (coupon.coupon == here));
    }
    return found;
  };
  CHECK(ids() == std::vector<std::uint64_t>{52, 50, here.value, 51});

  auto use = shop.sale_of("T-2", 2000, member);
  use.redemptions = {issued.code_text};
  REQUIRE(shop.post(use).redeemed.size() == 1);
  CHECK(ids() == std::vector<std::uint64_t>{52, 50, 51});
}

namespace {

// A member's phone: an app key that the hub vouched for.
struct Phone {
  const Brand& brand;
  base::MemberId member;
  crypto::SigningKey app = tests::seeded_key(60);
  std::uint16_t last_day = 20'800;

  [[nodiscard]] std::string shows(std::int64_t at_ms) const {
    codes::RotatingCode code;
    code.card = {brand.id.tag(), codes::Issuer::hub(1), member, 3, static_cast<std::uint16_t>(last_day - 30), 0};
    code.app_key = app.public_key();
    code.last_day = last_day;
    const auto card = codes::sign_app_card(code, brand.hub, brand.id);
    return codes::compose_rotating(card, static_cast<std::uint32_t>(at_ms / 1'000), app, brand.id);
  }
};

}  // namespace

TEST_CASE("How certain it is who somebody is depends on what was shown", "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  shop.hub_says_time(tests::noon_ms);
  const Phone phone{brand, member};
  struct Row {
    std::string text;
    model::Strength strength;
  };
  for (const auto& row : {Row{base::format_id('M', member.value), model::Strength::phone_typed},
                          Row{shop.terminal->member_code(member), model::Strength::member_code},
                          Row{phone.shows(tests::noon_ms), model::Strength::rotating_code}}) {
    const auto view = shop.terminal->identify(row.text);
    REQUIRE(view);
    CHECK(view->member == member);
    CHECK(view->strength == row.strength);
  }
}

TEST_CASE("A rotating code counts once, within its window by the hub's time, and never by a clock nobody vouches for",
          "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  shop.hub_says_time(tests::noon_ms);
  const Phone phone{brand, member};
  const auto outcome = [&](const std::string& text) {
    const auto view = shop.terminal->identify(text);
    return view ? std::string{"good"} : std::string{base::code_name(view.error().code)};
  };
  struct Row {
    std::int64_t made_after_ms;
    std::string outcome;
  };
  for (const auto& row : {Row{0, "good"}, Row{0, "code_shown_before"}, Row{15'000, "good"}, Row{-30'000, "good"},
                          Row{-31'000, "code_stale"}, Row{31'000, "code_stale"}}) {
    CAPTURE(row.made_after_ms);
    CHECK(outcome(phone.shows(tests::noon_ms + row.made_after_ms)) == row.outcome);
  }
  // The machine's clock may say what it likes while the hub has spoken in this boot.
  shop.clock.set_wall_ms(tests::noon_ms - 20 * 86'400'000LL);
  CHECK(outcome(phone.shows(tests::noon_ms + 30'000)) == "good");
  // After another boot it is all there is, and it contradicts the mark.
  shop.boot_id = "boot-2";
  shop.start_time();
  shop.terminal =
      std::make_unique<terminal::Terminal>(shop.identity(), *shop.journal, *shop.replica, *shop.time, shop.rng);
  CHECK(outcome(phone.shows(tests::noon_ms - 20 * 86'400'000LL)) == "time_unknown");
  CHECK(outcome(shop.terminal->member_code(member)) == "good");

  const Phone old{brand, member, tests::seeded_key(61), 20'700};
  shop.hub_says_time(tests::noon_ms);
  CHECK(outcome(old.shows(tests::noon_ms)) == "code_expired");
  Phone stranger{brand, base::MemberId{4711}};
  CHECK(outcome(stranger.shows(tests::noon_ms)) == "member_unknown");
  // An app key that the hub did not vouch for.
  const Brand rival;
  codes::RotatingCode forged;
  forged.card = {brand.id.tag(), codes::Issuer::hub(1), member, 3, 20'770, 0};
  forged.app_key = tests::seeded_key(62).public_key();
  forged.last_day = 20'800;
  const auto card = codes::sign_app_card(forged, rival.hub, brand.id);
  CHECK(outcome(codes::compose_rotating(card, static_cast<std::uint32_t>(tests::noon_ms / 1'000), tests::seeded_key(62),
                                        brand.id)) == "code_forged");
}

TEST_CASE("A sale takes a rotating code that was shown before for the member, as a picture of it would be",
          "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  auto sale = shop.sale_of("T-1", 1'000);
  sale.member_code = Phone{brand, member}.shows(tests::noon_ms - 600'000);
  CHECK(shop.post(sale).member == member);
}

TEST_CASE("A phone whose card is over names nobody at a till, and under a day nobody knows it earns alone",
          "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  shop.hub_says_time(tests::noon_ms);
  const auto today = static_cast<std::uint16_t>(base::local_date_at(tests::noon_ms, 480).days);
  struct Row {
    std::string_view till_no;
    std::uint16_t last_day;
    bool named;
  };
  for (const auto& row : {Row{"T-1", today, true}, Row{"T-2", static_cast<std::uint16_t>(today - 1), false}}) {
    CAPTURE(row.till_no);
    auto sale = shop.sale_of(row.till_no.data(), 1'000);
    sale.member_code = Phone{brand, member, tests::seeded_key(60), row.last_day}.shows(tests::noon_ms);
    sale.spend_points = 1;
    const auto outcome = shop.post(sale);
    CHECK(outcome.member == (row.named ? member : base::MemberId{}));
    CHECK(outcome.member_problem == (row.named ? std::optional<Code>{} : Code::code_expired));
  }
  // Coupons of a member come into a basket by a picture of a card, and not by one that may be over.
  const auto strength = [&] {
    terminal::SaleRequest request = shop.sale_of("T-3", 1'000);
    request.member_code = Phone{brand, member}.shows(tests::noon_ms);
    request.spend_points = 1;
    return shop.post(request).points_refused;
  };
  CHECK(strength() != Code::identity_too_weak);
  shop.boot_id = "boot-2";
  shop.clock.set_wall_ms(tests::noon_ms - 20 * 86'400'000LL);
  shop.start_time();
  shop.terminal =
      std::make_unique<terminal::Terminal>(shop.identity(), *shop.journal, *shop.replica, *shop.time, shop.rng);
  auto blind = shop.sale_of("T-4", 1'000);
  blind.member_code = Phone{brand, member}.shows(tests::noon_ms);
  blind.spend_points = 1;
  const auto earned = shop.post(blind);
  CHECK(earned.member == member);
  CHECK(earned.points_refused == Code::identity_too_weak);
}

TEST_CASE("A card made here gives way to the hub's at the next show, over a restart too", "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  std::vector<base::MemberId> wanted;
  shop.terminal->on_card_wanted([&](base::MemberId each) { wanted.push_back(each); });
  const auto own = shop.terminal->member_code(member);
  CHECK(wanted == std::vector{member});

  const codes::MemberCode card{brand.id.tag(), codes::Issuer::hub(1), member, 2, 20'778, 0};
  const auto by_hub = codes::compose(card, brand.hub, brand.id);
  const Brand rival;
  REQUIRE(shop.terminal->keep_cards({own, "nonsense", codes::compose(card, rival.hub, brand.id)}));
  CHECK(shop.terminal->member_code(member) == own);
  REQUIRE(shop.terminal->keep_cards({by_hub}));
  wanted.clear();
  CHECK(shop.terminal->member_code(member) == by_hub);
  CHECK(shop.terminal->identify(by_hub)->member == member);
  shop.close();
  shop.open();
  CHECK(shop.terminal->member_code(member) == by_hub);
  REQUIRE(shop.terminal->request_card_slip(member, "en"));
  const auto slip = terminal::decode_slip(shop.prints().back().content);
  CHECK(slip->member_code_text == by_hub);
  CHECK(wanted.empty());
}

TEST_CASE("Coupons are issued through the newest certificate's last day, and earning goes on after it", "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  shop.hub_says_time(tests::noon_ms);
  shop.identity().last_day.set(20'777);  // yesterday
  const auto expired = shop.post(shop.sale_of("T-1", 4'200, member));
  CHECK(expired.issued.empty());
  CHECK(expired.points_earned == 42);
  shop.identity().last_day.set(20'778);
  CHECK_FALSE(shop.post(shop.sale_of("T-2", 4'200, member)).issued.empty());
}

TEST_CASE("A phone's own code brings dear coupons into a basket, and is used up where they need it", "[identify]") {
  const Brand brand;
  Shop shop{brand, 1, false};
  auto json = tests::programme_json();
  const std::string value = R"("value_minor": 500)";
  json.replace(json.find(value), value.size(), R"("value_minor": 1500)");
  shop.publish(json);
  const auto member = shop.enrol("13800138000");
  shop.hub_says_time(tests::noon_ms);
  REQUIRE(shop.post(shop.sale_of("T-0", 4'200, member)).issued.size() == 1);
  const Phone phone{brand, member};
  terminal::CouponDesk desk{*shop.terminal};
  const auto ask = [](const auto& asks) { return std::vector<terminal::HubReply>(asks.size()); };
  terminal::BasketRequest basket;
  basket.till = "till-1";
  basket.currency = tests::cny;
  basket.lines = {{"1", "tea", "1", "drinks", 4'200, 0}};
  basket.member_code = phone.shows(tests::noon_ms);
  CHECK(desk.quote(basket)->discount_minor == 1'500);
  CHECK(desk.quote(basket)->discount_minor == 1'500);  // a quote uses nothing up
  basket.name = "B-1";
  CHECK(desk.keep(basket, 300'000, ask)->discount_minor == 1'500);
  CHECK(desk.keep(basket, 300'000, ask)->discount_minor == 1'500);  // the same customer rings up on
  REQUIRE(desk.release("till-1", "B-1"));
  basket.name = "B-2";
  const auto photographed = desk.keep(basket, 300'000, ask);
  REQUIRE(photographed);
  CHECK(photographed->taken.empty());
  CHECK(photographed->refused.at(0).code == Code::identity_too_weak);
}

TEST_CASE("A card that was made on a day later than tomorrow is refused while the day is known, and a phone's too",
          "[identify]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  shop.hub_says_time(tests::noon_ms);
  const auto today = static_cast<std::uint16_t>(base::local_date_at(tests::noon_ms, 480).days);
  const auto outcome = [&](const std::string& text) {
    const auto view = shop.terminal->identify(text);
    return view ? std::string{"good"} : std::string{base::code_name(view.error().code)};
  };
  const auto card = [&](int days) {
    const codes::MemberCode code{
        brand.id.tag(), codes::Issuer::hub(1), member, 2, static_cast<std::uint16_t>(today + days), 0};
    return codes::compose(code, brand.hub, brand.id);
  };
  const auto phone = [&](int first, int last) {
    codes::RotatingCode code;
    code.card = {brand.id.tag(), codes::Issuer::hub(1), member, 3, static_cast<std::uint16_t>(today + first), 0};
    const auto app = tests::seeded_key(60);
    code.app_key = app.public_key();
    code.last_day = static_cast<std::uint16_t>(today + last);
    return codes::compose_rotating(codes::sign_app_card(code, brand.hub, brand.id),
                                   static_cast<std::uint32_t>(tests::noon_ms / 1'000), app, brand.id);
  };
  struct Row {
    std::string text;
    std::string outcome;
  };
  for (const auto& row :
       {Row{card(-400), "good"}, Row{card(1), "good"}, Row{card(2), "code_not_yet_valid"},
        Row{phone(2, 32), "code_not_yet_valid"}, Row{phone(0, 32), "code_forged"}, Row{phone(0, 31), "good"}}) {
    CAPTURE(row.outcome);
    CHECK(outcome(row.text) == row.outcome);
  }
  // A sale of it earns for nobody and says so.
  auto sale = shop.sale_of("T-1", 1'000);
  sale.member_code = card(2);
  const auto sold = shop.post(sale);
  CHECK_FALSE(sold.member);
  CHECK(sold.member_problem == Code::code_not_yet_valid);

  // Under a clock that nobody vouches for a card says who somebody is, and one that is made is of the hub's last day.
  shop.clock.set_wall_ms(tests::noon_ms + 100 * 86'400'000LL);
  shop.boot_id = "boot-2";
  shop.start_time();
  shop.terminal =
      std::make_unique<terminal::Terminal>(shop.identity(), *shop.journal, *shop.replica, *shop.time, shop.rng);
  CHECK(outcome(card(2)) == "good");
  const auto made = codes::parse(shop.terminal->member_code(member), brand.id);
  REQUIRE(made);
  CHECK(std::get<codes::MemberCode>(made->payload).issue_day == base::local_date_at(tests::noon_ms, 0).days);
}
