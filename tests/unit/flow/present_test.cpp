// SPDX-License-Identifier: Apache-2.0
#include "sync/model/document.h"
#include "tests/unit/flow/people.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using namespace millpond::flow;
using namespace millpond::tests;

namespace {

ViewModel show(const Model& model) { return present(model, 0, noon_ms); }

Model with_card(MemberCard card) {
  auto model = kiosk();
  model.place = Place::card;
  model.card = std::move(card);
  return model;
}

Model with_sale(SaleResult sale) {
  auto model = with_card(card_of(lin));
  model.place = Place::issued;
  model.sale = std::move(sale);
  return model;
}

Model in_english(Model model) {
  model.locale = Locale::en;
  return model;
}

}  // namespace

TEST_CASE("What is shown to everybody is given here, and for as much as it says") {
  auto model = kiosk();
  auto& campaign = model.programme->campaigns.front();
  model.programme->campaigns = {campaign};
  auto& only = model.programme->campaigns.front();
  REQUIRE(only.trigger == model::Trigger::sale_paid);
  struct Row {
    const char* what;
    std::vector<std::uint32_t> stores;
    std::uint32_t store;
    std::int64_t least_minor;
    bool shown;
  };
  for (const Row& row : {Row{"everywhere", {}, 1, 3'000, true}, Row{"here", {5, 1}, 1, 3'000, true},
                         Row{"elsewhere", {5}, 1, 3'000, false}, Row{"who knows where", {5}, 0, 3'000, false},
                         Row{"for anything", {}, 1, 0, true}}) {
    CAPTURE(row.what);
    only.only_stores = row.stores;
    only.least_paid_minor = row.least_minor;
    model.store = base::StoreId{row.store};
    const auto view = std::get<AttractView>(present(model, 0, noon_ms).screen);
    CHECK((view.offer_title == only.name.zh_cn) == row.shown);
    CHECK((view.offer_detail.find("¥30") != std::string::npos) == (row.shown && row.least_minor > 0));
    CHECK(view.offer_detail.find("¥0") == std::string::npos);
  }
}

TEST_CASE("What is promised is what holds at this hour for everybody, one campaign after another") {
  auto model = kiosk();
  const auto chain = base::read_file(tests::source_dir() / "assets/chain/programme.json");
  REQUIRE(chain);
  model.programme = model::parse_programme(*chain).value();
  model.store = base::StoreId{1};
  const auto campaigns = model.programme->campaigns;
  const auto title_at = [&](std::int64_t now_ms, std::int64_t wall_ms) {
    return std::get<AttractView>(present(model, now_ms, wall_ms).screen).offer_title;
  };
  const auto parsed = [&](const char* when) {
    auto made = campaigns.at(1);  // of everybody who pays enough
    REQUIRE(made.trigger == model::Trigger::sale_paid);
    const std::string_view json{when};
    model::Document document{base::view_of(json), json.size(), "read condition"};
    made.when = model::read_condition(document.root(), 3);
    REQUIRE_FALSE(document.problem());
    return made;
  };
  struct Row {
    const char* when;
    bool in_the_morning;  // of a Saturday, 10:42
    bool in_the_evening;  // at 19:42
  };
  for (const Row& row : {Row{R"({"paid_at_least_minor": 3000})", true, true},
                         Row{R"({"weekdays": ["sat"]})", true, true}, Row{R"({"weekdays": ["mon"]})", false, false},
                         Row{R"({"hours": {"from": "18:00", "to": "21:00"}})", false, true},
                         Row{R"({"not": {"hours": {"from": "18:00", "to": "21:00"}}})", true, false},
                         Row{R"({"tags": ["student"]})", false, false},
                         Row{R"({"basket": {"categories": ["bakery"], "quantity": 1}})", false, false}}) {
    CAPTURE(row.when);
    model.programme->campaigns = {parsed(row.when)};
    const auto& name = model.programme->campaigns.front().name.zh_cn;
    CHECK((title_at(0, noon_ms) == name) == row.in_the_morning);
    CHECK((title_at(0, noon_ms + 9 * 3'600'000) == name) == row.in_the_evening);
  }
  // Two of them take turns, the dearer one first, and the screen is asked again when the next one is due.
  auto cheap = parsed(R"({"paid_at_least_minor": 3000})");
  auto dear = cheap;
  cheap.name.zh_cn = "cheap";
  dear.name.zh_cn = "dear";
  auto& offers = model.programme->coupons;
  REQUIRE(offers.size() >= 2);
  offers[0].value_minor = 100;
  offers[0].issuer = "river-bakery";
  offers[1].value_minor = 900;
  cheap.actions.front().number = offers[0].id.value;
  dear.actions.front().number = offers[1].id.value;
  model.programme->campaigns = {cheap, dear};
  CHECK(title_at(0, noon_ms) == "dear");
  CHECK(title_at(30'000, noon_ms) == "cheap · river-bakery 提供");
  CHECK(title_at(60'000, noon_ms) == "dear");
  feed(model, LineChanged{true, 0}, 31'000);
  CHECK(model.next_tick_ms == 60'000);
}

TEST_CASE("The attract screen says what the programme offers and nothing about anybody") {
  const auto view = show(kiosk());
  CHECK_FALSE(view.personal);
  CHECK(view.chrome.brand == "灯笼茶铺");
  CHECK(view.chrome.language.label == "English");
  CHECK_FALSE(view.chrome.exit.has_value());
  const auto& attract = std::get<AttractView>(view.screen);
  CHECK(attract.start.label == "扫会员码");
  CHECK(attract.footer == "轻触屏幕开始");
  REQUIRE(attract.tiles.size() == 2);
  CHECK(attract.lines[0] == "每消费 ¥1 积 1 分，优惠自动匹配");
  CHECK(attract.offer_title == "暖冬一杯茶");
  CHECK(attract.offer_detail == "消费满 ¥30 送¥8 优惠券，2035年12月31日止");
}

TEST_CASE("Without a programme the kiosk says so and takes no enrolment") {
  Model model;
  const auto view = std::get<AttractView>(show(model).screen);
  CHECK_FALSE(view.tiles[1].button.enabled);
  CHECK_FALSE(view.tiles[1].button.why_not.empty());
  CHECK(view.start.enabled);
  CHECK(show(model).chrome.brand == "会员服务");
}

TEST_CASE("The card shows settled points with their moment, and what is still to be confirmed") {
  const auto view = std::get<CardView>(show(with_card(card_of(lin))).screen);
  CHECK(view.name == "林**");
  CHECK(view.initial == "林");
  CHECK(view.points == "2,490");
  CHECK(view.as_of == "截至 10:42，+35 待确认");
  CHECK(view.tier == "金卡");
  CHECK(view.progress_label == "再消费 ¥510 升铂金");
  CHECK(view.progress_detail == "¥2,490 / ¥3,000");
  CHECK(view.progress > 0.82);
  CHECK(view.progress < 0.84);
  REQUIRE(view.coupons.size() == 3);
  CHECK(view.coupons[0].value == "¥15");  // the nearest expiry first
  CHECK(view.coupons[1].value == "¥8");
  CHECK(view.coupons[1].condition == "满 ¥30 可用");
  CHECK(view.coupons[1].validity == "有效期至 12月21日");
  CHECK(view.coupons[2].state == "已使用");
  CHECK(show(with_card(card_of(lin))).personal);

  const auto english = std::get<CardView>(show(in_english(with_card(card_of(lin)))).screen);
  CHECK(english.as_of == "as of 10:42, +35 to be confirmed");
  CHECK(english.progress_label == "Spend ¥510 more for Platinum");
  CHECK(english.coupons[1].validity == "valid until 21 Dec");
}

TEST_CASE("The card's edges: nobody heard of yet, no name, the highest tier") {
  auto card = card_of(lin, "");
  card.as_of_ms = 0;
  card.points_pending = 0;
  card.qualifying_minor = 300'000;
  const auto view = std::get<CardView>(show(with_card(card)).screen);
  CHECK(view.as_of == "等待与总部核对");
  CHECK(view.name == "会员");
  CHECK(view.initial == "会");
  CHECK(view.tier == "铂金");
  CHECK(view.progress_label == "您已是最高等级");
  CHECK(std::get<CardView>(show(with_card(card_of(lin, "138****8000"))).screen).initial == "会");
}

TEST_CASE("A card says which points are not good yet and which end next, where there are such") {
  auto card = card_of(lin, "");
  card.points_pending = 0;
  const auto before = std::get<CardView>(show(with_card(card)).screen).as_of;
  card.points_not_active = 40;
  CHECK(std::get<CardView>(show(with_card(card)).screen).as_of == before + " · 40 积分待生效");
  card.points_not_active = 0;
  card.expires = *base::parse_date("2028-12-31");
  card.expiring_points = 120;
  CHECK(std::get<CardView>(show(with_card(card)).screen).as_of == before + " · 120 积分 2028年12月31日 到期");
  const auto english = std::get<CardView>(show(in_english(with_card(card))).screen);
  CHECK(english.as_of.ends_with(" · 120 points until 31 Dec 2028"));
}

TEST_CASE("What printers and cameras are short of is said, and nothing is grey without a reason") {
  struct Row {
    ports::DeviceState state;
    bool print;
  };
  const Row rows[]{{ports::DeviceState::ok, true},
                   {ports::DeviceState::paper_low, true},
                   {ports::DeviceState::status_unknown, true},
                   {ports::DeviceState::paper_out, false},
                   {ports::DeviceState::not_configured, false},
                   {ports::DeviceState::absent, false}};
  for (const auto& row : rows) {
    auto model = with_card(card_of(lin));
    model.printer = row.state;
    const auto print = std::get<CardView>(show(model).screen).print;
    CAPTURE(ports::state_name(row.state), print.why_not);
    CHECK(print.enabled == row.print);
    CHECK(print.why_not.empty() == row.print);
  }
  auto model = kiosk();
  model.place = Place::scan;
  model.camera = ports::DeviceState::absent;
  const auto scan = std::get<ScanView>(show(model).screen);
  CHECK_FALSE(scan.camera_ready);
  CHECK(scan.camera_problem == "摄像头未连接，请用手机号登记，或请店员帮忙。");
}

TEST_CASE("A payment code is refused politely and by name") {
  auto model = kiosk();
  feed(model, PaymentCodeSeen{}, 0);
  const auto scan = std::get<ScanView>(show(model).screen);
  REQUIRE(scan.problem.has_value());
  CHECK(scan.problem->text == "这是付款码，请打开会员码。");
  CHECK(scan.problem->tone == Tone::warning);
  CHECK(scan.hint == "请把会员码放进框内");
}

TEST_CASE("After a payment the screen says what it brought, used and could not use") {
  auto sale = sale_of(lin);
  const auto plain = std::get<IssuedView>(show(with_sale(sale)).screen);
  CHECK(plain.icon == Icon::gift);
  CHECK(plain.title == "送您一张优惠券");
  CHECK(plain.subtitle == "本次消费 ¥68.50");
  CHECK(plain.points == "+68");
  CHECK(plain.balance == "可用积分 2,593");
  REQUIRE(plain.coupon.has_value());
  CHECK(plain.coupon->value == "¥8");
  CHECK(plain.code == small_code());

  sale.issued.clear();
  sale.redeemed = {coupon(1, 800, day(12, 21))};
  CHECK(std::get<IssuedView>(show(with_sale(sale)).screen).subtitle == "本次消费 ¥68.50 · 用券已减 ¥8");
  sale.promised = {{"周末双倍", "Weekend points"}};
  CHECK(std::get<IssuedView>(show(with_sale(sale)).screen).subtitle ==
        "本次消费 ¥68.50 · 用券已减 ¥8 · 待确认：周末双倍");
  sale.promised.clear();
  sale.redeemed.clear();
  sale.refused = {base::Code::coupon_spent};
  const auto refused = std::get<IssuedView>(show(with_sale(sale)).screen);
  CHECK(refused.subtitle == "本次消费 ¥68.50 · 这张券已经用过。");
  CHECK(refused.title == "积分已到账");
  sale.points_earned = 0;
  CHECK(std::get<IssuedView>(show(with_sale(sale)).screen).title == "消费已记录");
}

TEST_CASE("Whoever typed a number reads that it was received, and what a sale brought, and nothing of a member") {
  auto model = kiosk();
  model.place = Place::issued;
  model.just_enrolled = true;
  const auto typed = std::get<IssuedView>(show(model).screen);
  CHECK_FALSE(typed.title.empty());
  CHECK(typed.points.empty());
  CHECK(typed.balance.empty());
  CHECK_FALSE(typed.code.is_sound());
  CHECK(typed.print_hint.empty());
  auto paid = with_sale(weak_sale_of(lin));
  paid.card.reset();
  const auto sold = std::get<IssuedView>(show(paid).screen);
  CHECK(sold.points == "+68");
  CHECK(sold.balance.empty());
  CHECK(sold.coupon.has_value());
  CHECK(sold.done.label == typed.done.label);
}

TEST_CASE("While something is looked up, presses wait but leaving does not") {
  auto model = kiosk();
  model.place = Place::scan;
  model.busy = true;
  const auto view = show(model);
  const auto& scan = std::get<ScanView>(view.screen);
  CHECK(scan.hint == "正在查找，请稍候");
  CHECK_FALSE(scan.use_phone.enabled);
  CHECK_FALSE(scan.use_phone.why_not.empty());
  CHECK(scan.back.enabled);
}

TEST_CASE("A screen without its service, and a machine without its shop, say what to do next") {
  for (const auto locale : {Locale::zh_cn, Locale::en}) {
    for (const auto& view : {present_link_lost(locale), present_not_provisioned(locale)}) {
      CHECK_FALSE(view.personal);
      const auto& notice = std::get<NoticeView>(view.screen);
      CHECK_FALSE(notice.title.empty());
      CHECK_FALSE(notice.text.empty());
      CHECK_FALSE(notice.next.empty());
    }
  }
}

TEST_CASE("Targets and screens have names that travel") {
  CHECK(target_name(Target::print_card) == "print_card");
  CHECK(target_from_name("more_time") == Target::more_time);
  CHECK_FALSE(target_from_name("nothing").has_value());
  CHECK(screen_name(Screen{IssuedView{}}) == "issued");
}
