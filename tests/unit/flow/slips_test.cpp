// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/flow/people.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using namespace millpond::flow;
using namespace millpond::tests;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

int count_codes(const ports::Receipt& receipt) {
  int codes = 0;
  for (const auto& block : receipt.blocks) codes += std::holds_alternative<ports::Qr>(block) ? 1 : 0;
  return codes;
}

}  // namespace

TEST_CASE("A sale's slip says what it is not, what was paid, what it brought, and where it is recorded") {
  auto sale = sale_of(lin);
  sale.redeemed = {coupon(1, 800, day(12, 21))};
  sale.refused = {base::Code::coupon_spent};
  const auto slip = sale_slip(sale, demo_programme(), Locale::zh_cn, noon_ms);
  const auto text = ports::plain_text(slip);
  for (const auto* part : {"灯笼茶铺", "2026年11月21日 10:42", "非发票", "合计\t¥68.50", "暖冬一杯茶\t-¥8.00",
                           "未能用券：这张券已经用过。", "本次积分\t+68", "可用积分（截至 10:42）\t2,593",
                           "记录号\t1,042", "送您 ¥8 优惠券", "满 ¥30 可用", "有效期至 12月21日", "下次付款前请出示"}) {
    CAPTURE(part, text);
    CHECK(contains(text, part));
  }
  CHECK(count_codes(slip) == 1);
  CHECK_FALSE(contains(text, "使用积分"));
  sale.points_spent = 1'400;
  CHECK(contains(ports::plain_text(sale_slip(sale, demo_programme(), Locale::zh_cn, noon_ms)), "使用积分\t-1,400"));
  CHECK_FALSE(contains(text, "林"));
  CHECK_FALSE(contains(text, "K1:"));
}

TEST_CASE("Slip and screen name the campaigns that the hub decides about") {
  auto sale = sale_of(lin);
  CHECK_FALSE(contains(ports::plain_text(sale_slip(sale, demo_programme(), Locale::zh_cn, noon_ms)), "待确认"));
  sale.promised = {{"周末双倍", "Weekend points"}};
  CHECK(contains(ports::plain_text(sale_slip(sale, demo_programme(), Locale::zh_cn, noon_ms)),
                 "待确认，确认后进会员卡：周末双倍"));
  CHECK(contains(ports::plain_text(sale_slip(sale, demo_programme(), Locale::en, noon_ms)),
                 "To be confirmed, then on your card: Weekend points"));
}

TEST_CASE("What was paid is said only where no coupon and no points are in the total") {
  auto sale = sale_of(lin);
  const auto text = [&] { return ports::plain_text(sale_slip(sale, demo_programme(), Locale::zh_cn, noon_ms)); };
  CHECK(contains(text(), "实付\t¥68.50"));
  sale.points_spent = 100;
  CHECK(contains(text(), "合计\t¥68.50"));
  sale.points_spent = 0;
  sale.redeemed = {coupon(1, 800, day(12, 21))};
  CHECK_FALSE(contains(text(), "实付"));
  CHECK(text().find("合计") < text().find("-¥8.00"));
}

TEST_CASE("A slip names the goods, which of them earn nothing, and how many more there are") {
  auto sale = sale_of(lin);
  const auto text = [&](Locale locale) {
    return ports::plain_text(sale_slip(sale, demo_programme(), locale, noon_ms));
  };
  const auto without = text(Locale::en);
  sale.lines = {
      {{"乌龙奶茶", "2", 4400, false}, {"牛肉", "0.350 kg", 1700, false}, {"礼品卡", "", 750, true}}, 4, -300};
  const auto chinese = text(Locale::zh_cn);
  for (const auto* part : {"乌龙奶茶 × 2\t¥44.00\n", "牛肉 × 0.350 kg\t¥17.00\n", "礼品卡 *\t¥7.50\n",
                           "另有 4 项\t-¥3.00\n", "* 不计积分\n"}) {
    CAPTURE(part, chinese);
    CHECK(contains(chinese, part));
  }
  CHECK(chinese.find("礼品卡") < chinese.find("实付"));
  CHECK(contains(text(Locale::en), "4 more\t-¥3.00\n* earns no points\n"));
  // Of nobody nothing earns, and there is nothing to mark.
  sale.member = {};
  CHECK(contains(text(Locale::en), "礼品卡\t¥7.50\n"));
  CHECK_FALSE(contains(text(Locale::en), "*"));
  sale = sale_of(lin);
  CHECK(text(Locale::en) == without);
}

TEST_CASE("A slip carries the till's code for its e-invoice, apart from the coupon's") {
  auto sale = sale_of(lin);
  sale.invoice = sale.issued.at(0).code;
  const auto slip = sale_slip(sale, demo_programme(), Locale::zh_cn, noon_ms);
  CHECK(count_codes(slip) == 2);
  CHECK(contains(ports::plain_text(slip), "扫码开电子发票"));
  CHECK(contains(ports::plain_text(slip), "非发票"));
  CHECK_FALSE(
      contains(ports::plain_text(sale_slip(sale_of(lin), demo_programme(), Locale::zh_cn, noon_ms)), "开电子发票"));
}

TEST_CASE("A slip in English is English") {
  const auto text = ports::plain_text(sale_slip(sale_of(lin), demo_programme(), Locale::en, noon_ms));
  for (const auto* part : {"Lantern Tea House", "21 Nov 2026, 10:42", "Not an invoice", "Paid\t¥68.50",
                           "For next time: ¥8 off", "valid until 21 Dec"}) {
    CAPTURE(part, text);
    CHECK(contains(text, part));
  }
}

TEST_CASE("A sale of nobody has a slip without points and codes") {
  auto sale = sale_of(0);
  sale.issued.clear();
  const auto slip = sale_slip(sale, demo_programme(), Locale::zh_cn, noon_ms);
  CHECK(count_codes(slip) == 0);
  CHECK_FALSE(contains(ports::plain_text(slip), "积分"));
}

TEST_CASE("A card's slip carries the member's code") {
  const auto slip = card_slip(card_of(lin, "138****8000"), demo_programme(), Locale::zh_cn, noon_ms);
  CHECK(count_codes(slip) == 1);
  const auto text = ports::plain_text(slip);
  CHECK(contains(text, "138****8000"));
  CHECK(contains(text, base::format_id('M', lin)));
  CHECK(contains(text, "您的会员码"));
  // What is in it is told as well, for a printer that draws codes itself.
  for (const auto& block : slip.blocks) {
    if (const auto* const code = std::get_if<ports::Qr>(&block)) CHECK(code->text == card_of(lin).code_text);
  }
}
