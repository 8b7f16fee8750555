// SPDX-License-Identifier: Apache-2.0
// Member and coupon codes: "K1:" and Base45 (RFC 9285) of a signed big-endian payload. Composing needs a key, verifying
// needs the issuer's public key; finding that key is the caller's business. Not forgiving: a text is taken to the
// letter, so taking off a scanner's line end is the scanner's business. Layouts are printed on paper: never change one,
// add a type. Pure; any thread.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/result.h"
#include "sync/crypto/sign.h"

#include <string>
#include <string_view>
#include <variant>

namespace millpond::codes {

// 0 and a hub key number, or a terminal's 24 bits and its key generation in the low 8.
struct Issuer {
  std::uint32_t value{};
  friend auto operator<=>(const Issuer&, const Issuer&) = default;
  [[nodiscard]] static Issuer hub(std::uint16_t key_number) { return {key_number}; }
  [[nodiscard]] static Issuer terminal(base::TerminalId terminal, std::uint8_t generation) {
    return {(terminal.value << 8) | generation};
  }
  [[nodiscard]] bool is_hub() const { return (value >> 16) == 0 && value < 256; }
  [[nodiscard]] base::TerminalId terminal_id() const { return base::TerminalId{is_hub() ? 0 : value >> 8}; }
};

// Type 0x21: type 1, brand tag 2, issuer 4, member 8, card generation 1, issue day 2, flags 1 = 19, signature 64: 83
// bytes.
struct MemberCode {
  std::uint16_t brand_tag{};
  Issuer issuer;
  base::MemberId member;
  std::uint8_t card_generation{};
  std::uint16_t issue_day{};  // days since 1970 in the programme's zone
  std::uint8_t flags{};
  friend bool operator==(const MemberCode&, const MemberCode&) = default;
};

// Type 0x11: type 1, brand tag 2, issuer 4, coupon 8, member 8, campaign 4, value 4, not-before 2, expiry 2, flags 1,
// store 4 = 40, signature 64: 104 bytes.
struct CouponCode {
  std::uint16_t brand_tag{};
  Issuer issuer;
  base::CouponId coupon;
  base::MemberId member;  // 0: bearer
  base::CampaignId campaign;
  std::uint32_t value_minor{};
  std::uint16_t not_before_day{};
  std::uint16_t expiry_day{};  // last good day
  std::uint8_t flags{};
  base::StoreId store;
  friend bool operator==(const CouponCode&, const CouponCode&) = default;
};

// Type 0x22, which a member's phone makes anew every few seconds: type 1, the fields of a member code 18, app key 32,
// last day 2 = 53, signature of the hub 64, Unix time 4, signature of the app's key over all of it 64 (context::app):
// 185 bytes. No terminal holds a secret of it: the hub vouches for the app's public key, and the app for the moment.
struct RotatingCode {
  MemberCode card;  // issued by a hub key, never by a terminal
  crypto::PublicKey app_key{};
  std::uint16_t last_day{};  // of the app key, days since 1970 in the programme's zone
  std::uint32_t made_s{};    // Unix time of the phone; codes/freshness.h says whether that is now
  friend bool operator==(const RotatingCode&, const RotatingCode&) = default;
};

using Payload = std::variant<MemberCode, CouponCode, RotatingCode>;

inline constexpr std::size_t member_code_bytes = 83;
inline constexpr std::size_t coupon_code_bytes = 104;
inline constexpr std::size_t rotating_code_bytes = 185;
inline constexpr std::size_t app_card_bytes = 117;  // what the hub signs of it, with that signature
inline constexpr int app_card_days_max = 31;        // from a card's issue day to its last; no hub signs one for longer

// A parsed code whose signature has not been checked yet: nothing in it may be believed.
struct Unverified {
  Payload payload;
  base::Bytes signed_bytes;  // by the issuer
  crypto::Signature signature{};
  base::Bytes app_signed_bytes;  // of a rotating code; else empty
  crypto::Signature app_signature{};
  [[nodiscard]] Issuer issuer() const;
  [[nodiscard]] std::uint16_t brand_tag() const;
};

// The text of a QR code, with the brand's own tag whatever the payload says: uppercase letters, digits and
// " $%*+-./:" only (QR alphanumeric mode). A member code has 128 characters, a coupon code 159.
[[nodiscard]] std::string compose(const MemberCode& code, const crypto::SigningKey& key, const base::BrandId& brand);
[[nodiscard]] std::string compose(const CouponCode& code, const crypto::SigningKey& key, const base::BrandId& brand);

// A rotating code has two makers. The hub signs the app's card once; `made_s` of the argument is not part of it. The
// app adds the moment and its own signature: 281 characters. `card` is what sign_app_card() gave.
[[nodiscard]] base::Bytes sign_app_card(const RotatingCode& code, const crypto::SigningKey& hub_key,
                                        const base::BrandId& brand);
[[nodiscard]] std::string compose_rotating(base::ByteView card, std::uint32_t made_s, const crypto::SigningKey& app_key,
                                           const base::BrandId& brand);

// Exact lengths and alphabet only; lower case and white space are foreign. Errors: code_unknown_kind (not "K1:" or
// another type), code_malformed, code_wrong_brand (a Millpond code of another brand, told before any signature is
// looked at). No error repeats the text.
[[nodiscard]] base::Result<Unverified> parse(std::string_view text, const base::BrandId& brand);

// All signatures hold; of a rotating code the app's as well, its issuer is a hub key, and its days are those of a card.
// Error: code_forged. Dates and moments are the caller's question.
[[nodiscard]] base::Result<Payload> verify(const Unverified& code, const crypto::PublicKey& issuer_key,
                                           const base::BrandId& brand);

// Whether a card of a member or a phone says that it was made on a day later than tomorrow. Tomorrow is a shop's whose
// day began earlier, or of a card that takes the place of one of today (wire/app_card_rows.h). Never of a coupon.
[[nodiscard]] bool is_future_dated(const Payload& payload, base::LocalDate today);

}  // namespace millpond::codes
