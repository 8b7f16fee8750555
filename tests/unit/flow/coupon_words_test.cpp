// SPDX-License-Identifier: Apache-2.0
// What customers read on a coupon is what it does, in both languages; and why it is not used.
#include "kiosk/flow/coupon_words.h"
#include "tests/unit/flow/people.h"

#include <algorithm>
#include <set>

using namespace millpond;
using flow::coupon_words;
using flow::CouponWords;
using model::CouponType;
using model::Hurdle;
using text::Language;

namespace {

std::string joined(const CouponWords& words) {
  auto line = words.value + " | " + words.noun + " | " + words.condition;
  for (const auto& term : words.terms) line += " | " + term;
  return line;
}

model::CouponOffer offer_of(CouponType type) {
  model::CouponOffer offer;
  offer.id.value = 5;
  offer.type = type;
  offer.caps.per_sale = 0;
  offer.threshold_minor = 3'000;
  offer.value_minor = 1'700;
  offer.rewards = {"cake"};
  offer.reward = {"芝士蛋糕", "a cheese cake"};
  return offer;
}

}  // namespace

TEST_CASE("Every type of coupon is said in both languages") {
  auto each = offer_of(CouponType::amount_off);
  each.value_minor = 500;
  each.times_max = 3;
  auto no_threshold = offer_of(CouponType::amount_off);
  no_threshold.threshold_minor = 0;
  auto fifth = offer_of(CouponType::percent_off);
  fifth.basis_points = 2'000;
  auto odd = offer_of(CouponType::percent_off);
  odd.basis_points = 1'250;
  odd.threshold_minor = 0;
  auto whole = offer_of(CouponType::percent_off);
  whole.basis_points = 10'000;
  auto swap = offer_of(CouponType::exchange);
  swap.exchange_minor = 100;
  auto unnamed = offer_of(CouponType::gift);
  unnamed.reward = {};
  struct Row {
    model::CouponOffer offer;
    std::string zh;
    std::string en;
  };
  const std::vector<Row> rows{
      {offer_of(CouponType::amount_off), "¥17 | ¥17 优惠券 | 满 ¥30 可用", "¥17 | ¥17 off | on ¥30 or more"},
      {no_threshold, "¥17 | ¥17 优惠券 | 无门槛", "¥17 | ¥17 off | on any purchase"},
      {each, "¥5 | 每满 ¥30 减 ¥5 券 | 每满 ¥30 减 ¥5，最高减 ¥15",
       "¥5 | ¥5 off every ¥30 | ¥5 off every ¥30, at most ¥15"},
      {fifth, "8 折 | 8 折券 | 满 ¥30 可用，最高减 ¥17", "20% off | 20% off | on ¥30 or more, at most ¥17 off"},
      {odd, "8.75 折 | 8.75 折券 | 无门槛，最高减 ¥17", "12.5% off | 12.5% off | on any purchase, at most ¥17 off"},
      {whole, "免单 | 免单券 | 满 ¥30 可用，最高减 ¥17", "Free | everything free | on ¥30 or more, at most ¥17 off"},
      {offer_of(CouponType::gift), "赠品 | 赠品券 | 满 ¥30 可用，送 1 份芝士蛋糕（最高 ¥17）",
       "Gift | a gift | on ¥30 or more, one of these free: a cheese cake (up to ¥17)"},
      {unnamed, "赠品 | 赠品券 | 满 ¥30 可用，送 1 份指定商品（最高 ¥17）",
       "Gift | a gift | on ¥30 or more, one of these free: selected items (up to ¥17)"},
      {swap, "¥1 换购 | ¥1 换购券 | 满 ¥30 可用，加 ¥1 换购 1 份芝士蛋糕（最高减 ¥17）",
       "Item for ¥1 | an item for ¥1 | on ¥30 or more, one of these for ¥1: a cheese cake (at most ¥17 off)"},
      {offer_of(CouponType::free_delivery), "免配送费 | 免配送费券 | 满 ¥30 可用，配送费最高减 ¥17",
       "Free delivery | free delivery | on ¥30 or more, up to ¥17 of the delivery"},
  };
  const auto programme = tests::demo_programme();
  for (const auto& row : rows) {
    CHECK(joined(coupon_words(row.offer, programme, Language::zh_cn)) == row.zh);
    CHECK(joined(coupon_words(row.offer, programme, Language::en)) == row.en);
  }
}

TEST_CASE("When, where and how many are terms of a coupon") {
  auto programme = tests::demo_programme();
  programme.tiers = {{{"银卡", "Silver"}, 0}, {{"金卡", "Gold"}, 1'000}};
  auto offer = offer_of(CouponType::amount_off);
  offer.hours = {0b0101111, 14 * 60, 24 * 60};
  offer.scope.categories = {"tea"};
  offer.goods = {"鲜果茶", "fruit teas"};
  offer.scope.stores = {11, 12};
  offer.scope.tiers = {1};
  offer.scope.tags = {"student"};
  offer.caps = {2, 9, 1, 1'000, 90'000};
  offer.stack_group = "order";
  const auto terms = [&](Language language) { return coupon_words(offer, programme, language).terms; };
  CHECK(terms(Language::zh_cn) == std::vector<std::string>{"周一至周四、周六 14:00 至 24:00", "适用商品：鲜果茶",
                                                           "限 11、12 号店", "限金卡会员", "限受邀会员",
                                                           "不与同类券同用", "每单限用 2 张", "每人每天限用 1 张",
                                                           "每人限用 9 张"});
  CHECK(terms(Language::en) == std::vector<std::string>{"Mon to Thu, Sat 14:00 to 24:00", "for: fruit teas",
                                                        "shop 11, 12 only", "Gold members only", "invited members only",
                                                        "not with others of its kind", "2 per purchase",
                                                        "1 per member and day", "9 per member"});
  offer = offer_of(CouponType::amount_off);
  offer.exclusive = true;
  offer.scope.stores = {1, 2, 3, 4};
  CHECK(terms(Language::zh_cn) == std::vector<std::string>{"限 4 家指定门店", "不与其他券同用"});
}

TEST_CASE("A coupon keeps its own value and threshold, and one without an offer promises no more than it bears") {
  auto card = tests::coupon(1, 900, tests::day(12, 21));
  card.threshold_minor = 4'500;
  const auto programme = tests::demo_programme();
  CHECK(joined(coupon_words(card, &programme, Language::zh_cn)) == "¥9 | ¥9 优惠券 | 满 ¥45 可用 | 每单限用 1 张");
  card.offer.reset();
  CHECK(joined(coupon_words(card, &programme, Language::zh_cn)) ==
        "最高 ¥9 | 优惠券 | 满 ¥45 可用 | 优惠内容以收银台为准");
  CHECK(coupon_words(card, nullptr, Language::en).value == "up to ¥9");
}

TEST_CASE("Every hurdle has a sentence in both languages, with what is missing") {
  const auto programme = tests::demo_programme();
  auto offer = offer_of(CouponType::gift);
  offer.hours = {0x7f, 14 * 60, 17 * 60};
  std::set<std::string> said;
  for (int why = 1; why <= static_cast<int>(Hurdle::too_many); ++why) {
    const model::CouponRefused refused{.why = static_cast<Hurdle>(why), .missing = 200, .date = tests::day(12, 1)};
    for (const auto language : text::languages) {
      const auto sentence = flow::hurdle_words(refused, offer, programme, language);
      CAPTURE(why, sentence);
      CHECK(said.insert(sentence).second);
      CHECK(sentence.find('{') == std::string::npos);
    }
  }
  const auto zh = [&](const model::CouponRefused& refused) {
    return flow::hurdle_words(refused, offer, programme, Language::zh_cn);
  };
  CHECK(zh({.why = Hurdle::threshold, .missing = 420}) == "再买 ¥4.20 就能用这张券。");
  CHECK(zh({.why = Hurdle::weekday, .date = tests::day(12, 1)}) == "这张券今天不能用，下一个可用日是 12月1日。");
  CHECK(zh({.why = Hurdle::weekday}) == "到期前已没有可用的日子。");
  CHECK(zh({.why = Hurdle::hours, .minute = 14 * 60}) == "这张券只在 14:00 至 17:00 可用。");
  CHECK(zh({.why = Hurdle::no_reward}) == "本单里没有这张券要换的商品：芝士蛋糕。");
}

TEST_CASE("The card says which coupon cannot be used here and now, and why, below those that can") {
  auto model = tests::kiosk();
  auto card = tests::card_of(tests::lin);
  card.coupons = {tests::coupon(1, 800, tests::day(12, 1)), tests::coupon(2, 900, tests::day(12, 2)),
                  tests::coupon(3, 700, tests::day(12, 3))};
  card.store.value = 4;
  card.coupons[0].offer->hours.weekdays = 1;  // Mondays; it is a Saturday
  card.coupons[1].not_before = tests::day(11, 30);
  card.coupons[2].offer->scope.stores = {4, 5};
  model.card = card;
  model.place = flow::Place::card;
  const auto view = std::get<flow::CardView>(flow::present(model, 0, tests::noon_ms).screen);
  REQUIRE(view.coupons.size() == 3);
  const auto* const monday = &*std::ranges::find(view.coupons, std::string{"¥8"}, &flow::CouponItem::value);
  CHECK_FALSE(monday->usable);
  CHECK(monday->state == "这张券今天不能用，下一个可用日是 11月23日。");
  const auto* const later = &*std::ranges::find(view.coupons, std::string{"¥9"}, &flow::CouponItem::value);
  CHECK(later->state == "这张券 11月30日 起可用。");
  CHECK(later->validity == "有效期 11月30日 至 12月2日");
  const auto* const here = &*std::ranges::find(view.coupons, std::string{"¥7"}, &flow::CouponItem::value);
  CHECK(here->usable);
  card.store.value = 6;
  model.card = card;
  const auto elsewhere = std::get<flow::CardView>(flow::present(model, 0, tests::noon_ms).screen);
  CHECK(std::ranges::count(elsewhere.coupons, std::string{"本店不收这张券。"}, &flow::CouponItem::state) == 1);
}
