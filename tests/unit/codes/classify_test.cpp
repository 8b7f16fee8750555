// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/classify.h"

#include "sync/base/ids.h"
#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace millpond;
using codes::TextKind;

TEST_CASE("A text is classified by its digits, prefix and length", "[classify]") {
  struct Row {
    std::string text;
    TextKind kind;
  };
  const auto digits = [](std::string prefix, std::size_t size) {
    return prefix + std::string(size - prefix.size(), '7');
  };
  const std::vector<Row> rows{
      // WeChat Pay: 18 digits, prefix 10 to 15
      {digits("10", 18), TextKind::payment_wechat},
      {digits("13", 18), TextKind::payment_wechat},
      {digits("15", 18), TextKind::payment_wechat},
      {digits("16", 18), TextKind::other},
      {digits("09", 18), TextKind::other},
      {digits("10", 17), TextKind::other},
      {digits("10", 19), TextKind::other},
      // Alipay: 16 to 24 digits, prefix 25 to 30
      {digits("25", 16), TextKind::payment_alipay},
      {digits("28", 18), TextKind::payment_alipay},
      {digits("30", 24), TextKind::payment_alipay},
      {digits("25", 15), TextKind::other},
      {digits("25", 25), TextKind::other},
      {digits("24", 18), TextKind::other},
      {digits("31", 18), TextKind::other},
      // UnionPay: 19 digits, prefix 62
      {digits("62", 19), TextKind::payment_unionpay},
      {digits("62", 18), TextKind::other},
      {digits("62", 20), TextKind::other},
      {digits("63", 19), TextKind::other},
      // A scanner's line end does not hide money
      {digits("13", 18) + "\r\n", TextKind::payment_wechat},
      {"\t" + digits("28", 18) + " ", TextKind::payment_alipay},
      // ours
      {"K1:ABC", TextKind::millpond},
      {"K1:", TextKind::millpond},
      {"k1:ABC", TextKind::other},
      {base::format_id('M', 0x0001'2345'6789'abcdULL), TextKind::member_number},
      {"M-not-a-number", TextKind::other},
      // phones
      {"13800138000", TextKind::phone},
      {"19912345678", TextKind::phone},
      {"12800138000", TextKind::other},
      {"1380013800", TextKind::other},
      {"+8613800138000", TextKind::phone},
      {"+4915112345678", TextKind::phone},
      {"+0613800138000", TextKind::other},
      {"+12345", TextKind::other},
      // vouchers of platforms: links, and twelve digits without a bar code's check digit
      {"https://www.dianping.com/voucher/1", TextKind::platform_voucher},
      {"http://meituan.com", TextKind::platform_voucher},
      {"https://v.douyin.com:443/x", TextKind::platform_voucher},
      {"https://notmeituan.com/", TextKind::other},
      {"https://example.com/meituan.com", TextKind::other},
      {"https://", TextKind::other},
      {"036000291453", TextKind::platform_voucher},
      {"036000291452", TextKind::other},  // UPC-A
      // GS1 coupons, as decoders hand them over
      {"]C18112001234567890123456789", TextKind::gs1_coupon},
      {"\x1d"
       "8110106141416543213150110120",
       TextKind::gs1_coupon},
      {"(8110)1061414", TextKind::gs1_coupon},
      {"(01)06901234567892", TextKind::other},
      // everything else
      {"", TextKind::other},
      {" \r\n", TextKind::other},
      {"https://example.com/138", TextKind::other},
      {"6901234567892", TextKind::other},
      {std::string(500, '1'), TextKind::other},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(codes::classify(row.text) == row.kind);
    CHECK(codes::is_payment(row.kind) ==
          (row.kind == TextKind::payment_wechat || row.kind == TextKind::payment_alipay ||
           row.kind == TextKind::payment_unionpay));
  }
}

TEST_CASE("Twenty thousand random texts are classified without a crash", "[classify]") {
  base::SeededRng rng{20'000};
  std::size_t others = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text(rng.below(40), '\0');
    for (auto& c : text) c = static_cast<char>(rng.below(256));
    if (codes::classify(text) == TextKind::other) ++others;
  }
  CHECK(others > 19'000);
}
