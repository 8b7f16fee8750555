// SPDX-License-Identifier: Apache-2.0
// What kind of code a text is, before anything else looks at it. Payment codes come first: they are money, and must
// never be stored, logged, sent or drawn, so whoever classifies one drops the text at once. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace millpond::codes {

enum class TextKind : std::uint8_t {
  payment_wechat,    // 18 digits, prefix 10 to 15
  payment_alipay,    // 16 to 24 digits, prefix 25 to 30
  payment_unionpay,  // 19 digits, prefix 62
  millpond,          // "K1:..."; says nothing about validity
  gs1_coupon,        // element string 8110 or 8112: a coupon of a manufacturer or a network, honoured only online
  platform_voucher,  // of a delivery or deal platform; redeemed at the till
  member_number,     // "M-..." as printed
  phone,             // a mobile number of mainland China, or E.164 with +
  other,
};

// Vouchers of platforms are links to their hosts, or twelve digits; a bar code of goods has twelve digits as well, and
// is told from them by its check digit, so that every tenth voucher is taken for goods.
// White space around the text is ignored here and only here: a payment code with a scanner's line end is still money.
// Whatever is not recognised is `other`; there is no error.
[[nodiscard]] TextKind classify(std::string_view text);
[[nodiscard]] constexpr bool is_payment(TextKind kind) { return kind <= TextKind::payment_unionpay; }
// What a terminal answers by itself; everything else is for the till, or for nobody.
[[nodiscard]] constexpr bool is_ours(TextKind kind) {
  return kind == TextKind::millpond || kind == TextKind::member_number || kind == TextKind::gs1_coupon;
}

}  // namespace millpond::codes
