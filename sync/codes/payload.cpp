// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/payload.h"

#include "sync/base/byte_cursor.h"
#include "sync/codes/base45.h"

#include <algorithm>

namespace millpond::codes {
namespace {

constexpr std::string_view prefix = "K1:";
constexpr std::size_t signature_bytes = 64;
constexpr std::uint8_t type_coupon = 0x11;
constexpr std::uint8_t type_member = 0x21;
constexpr std::uint8_t type_rotating = 0x22;

base::Error refusal(base::Code code, const char* why) { return {code, "read code", why}; }

base::Bytes encode(const MemberCode& code, std::uint16_t brand_tag, std::uint8_t type = type_member) {
  base::Bytes bytes{type};
  base::append_big_endian(bytes, brand_tag, 2);
  base::append_big_endian(bytes, code.issuer.value, 4);
  base::append_big_endian(bytes, code.member.value, 8);
  base::append_big_endian(bytes, code.card_generation, 1);
  base::append_big_endian(bytes, code.issue_day, 2);
  base::append_big_endian(bytes, code.flags, 1);
  return bytes;
}

base::Bytes encode(const CouponCode& code, std::uint16_t brand_tag) {
  base::Bytes bytes{type_coupon};
  base::append_big_endian(bytes, brand_tag, 2);
  base::append_big_endian(bytes, code.issuer.value, 4);
  base::append_big_endian(bytes, code.coupon.value, 8);
  base::append_big_endian(bytes, code.member.value, 8);
  base::append_big_endian(bytes, code.campaign.value, 4);
  base::append_big_endian(bytes, code.value_minor, 4);
  base::append_big_endian(bytes, code.not_before_day, 2);
  base::append_big_endian(bytes, code.expiry_day, 2);
  base::append_big_endian(bytes, code.flags, 1);
  base::append_big_endian(bytes, code.store.value, 4);
  return bytes;
}

MemberCode take_member(base::ByteCursor& reader) {
  MemberCode code;
  code.brand_tag = reader.number<std::uint16_t>(2);
  code.issuer.value = reader.number<std::uint32_t>(4);
  code.member.value = reader.number<std::uint64_t>(8);
  code.card_generation = reader.number<std::uint8_t>(1);
  code.issue_day = reader.number<std::uint16_t>(2);
  code.flags = reader.number<std::uint8_t>(1);
  return code;
}

MemberCode decode_member(base::ByteView bytes) {
  base::ByteCursor reader{bytes.subspan(1)};
  return take_member(reader);
}

// `card` is what the hub signed; the moment stands behind the hub's signature.
RotatingCode decode_rotating(base::ByteView card, base::ByteView moment) {
  base::ByteCursor reader{card.subspan(1)};
  RotatingCode code;
  code.card = take_member(reader);
  code.app_key = reader.array<crypto::PublicKey>();
  code.last_day = reader.number<std::uint16_t>(2);
  code.made_s = base::ByteCursor{moment}.number<std::uint32_t>(4);
  return code;
}

CouponCode decode_coupon(base::ByteView bytes) {
  base::ByteCursor reader{bytes.subspan(1)};
  CouponCode code;
  code.brand_tag = reader.number<std::uint16_t>(2);
  code.issuer.value = reader.number<std::uint32_t>(4);
  code.coupon.value = reader.number<std::uint64_t>(8);
  code.member.value = reader.number<std::uint64_t>(8);
  code.campaign.value = reader.number<std::uint32_t>(4);
  code.value_minor = reader.number<std::uint32_t>(4);
  code.not_before_day = reader.number<std::uint16_t>(2);
  code.expiry_day = reader.number<std::uint16_t>(2);
  code.flags = reader.number<std::uint8_t>(1);
  code.store.value = reader.number<std::uint32_t>(4);
  return code;
}

std::size_t expected_bytes(std::uint8_t type) {
  if (type == type_member) return member_code_bytes;
  if (type == type_coupon) return coupon_code_bytes;
  if (type == type_rotating) return rotating_code_bytes;
  return 0;
}

const MemberCode& card_of(const MemberCode& code) { return code; }
const MemberCode& card_of(const RotatingCode& code) { return code.card; }
const CouponCode& card_of(const CouponCode& code) { return code; }

template <class Code>
std::string signed_text(const Code& code, const crypto::SigningKey& key, const base::BrandId& brand) {
  auto bytes = encode(code, brand.tag());
  base::append(bytes, key.sign(crypto::context::code, brand, bytes));
  return std::string{prefix} + base45_encode(bytes);
}

crypto::Signature signature_at(base::ByteView bytes, std::size_t offset) {
  crypto::Signature signature{};
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), signature.size(), signature.begin());
  return signature;
}

}  // namespace

Issuer Unverified::issuer() const {
  return std::visit([](const auto& code) { return card_of(code).issuer; }, payload);
}

std::uint16_t Unverified::brand_tag() const {
  return std::visit([](const auto& code) { return card_of(code).brand_tag; }, payload);
}

std::string compose(const MemberCode& code, const crypto::SigningKey& key, const base::BrandId& brand) {
  return signed_text(code, key, brand);
}

std::string compose(const CouponCode& code, const crypto::SigningKey& key, const base::BrandId& brand) {
  return signed_text(code, key, brand);
}

base::Bytes sign_app_card(const RotatingCode& code, const crypto::SigningKey& hub_key, const base::BrandId& brand) {
  auto bytes = encode(code.card, brand.tag(), type_rotating);
  base::append(bytes, code.app_key);
  base::append_big_endian(bytes, code.last_day, 2);
  base::append(bytes, hub_key.sign(crypto::context::code, brand, bytes));
  return bytes;
}

std::string compose_rotating(base::ByteView card, std::uint32_t made_s, const crypto::SigningKey& app_key,
                             const base::BrandId& brand) {
  base::Bytes bytes{card.begin(), card.end()};
  base::append_big_endian(bytes, made_s, 4);
  base::append(bytes, app_key.sign(crypto::context::app, brand, bytes));
  return std::string{prefix} + base45_encode(bytes);
}

base::Result<Unverified> parse(std::string_view text, const base::BrandId& brand) {
  if (!text.starts_with(prefix)) return refusal(base::Code::code_unknown_kind, "no K1 prefix");
  // Bounds the work before the first character is looked at.
  if (text.size() > prefix.size() + rotating_code_bytes * 2) return refusal(base::Code::code_malformed, "too long");
  const auto bytes = base45_decode(text.substr(prefix.size()));
  if (!bytes || bytes->empty()) return refusal(base::Code::code_malformed, "not Base45");
  const auto type = bytes->front();
  const auto expected = expected_bytes(type);
  if (expected == 0) return refusal(base::Code::code_unknown_kind, "no such type");
  if (bytes->size() != expected) return refusal(base::Code::code_malformed, "wrong length");

  const base::ByteView all{*bytes};
  const auto by_issuer = (type == type_rotating ? app_card_bytes : expected) - signature_bytes;
  Unverified code;
  code.signed_bytes.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(by_issuer));
  code.signature = signature_at(all, by_issuer);
  if (type == type_rotating) {
    const auto by_app = rotating_code_bytes - signature_bytes;
    code.app_signed_bytes.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(by_app));
    code.app_signature = signature_at(all, by_app);
    code.payload = decode_rotating(code.signed_bytes, all.subspan(app_card_bytes, 4));
  } else if (type == type_member) {
    code.payload = decode_member(code.signed_bytes);
  } else {
    code.payload = decode_coupon(code.signed_bytes);
  }
  if (code.brand_tag() != brand.tag()) return refusal(base::Code::code_wrong_brand, "another brand's tag");
  return code;
}

base::Result<Payload> verify(const Unverified& code, const crypto::PublicKey& issuer_key, const base::BrandId& brand) {
  if (!crypto::verify(issuer_key, crypto::context::code, brand, code.signed_bytes, code.signature)) {
    return refusal(base::Code::code_forged, "the signature does not hold");
  }
  if (const auto* rotating = std::get_if<RotatingCode>(&code.payload)) {
    if (!rotating->card.issuer.is_hub()) return refusal(base::Code::code_forged, "no hub vouches for the app");
    if (!crypto::verify(rotating->app_key, crypto::context::app, brand, code.app_signed_bytes, code.app_signature)) {
      return refusal(base::Code::code_forged, "the app's signature does not hold");
    }
    // Whoever found a hub's key would sign one for ever.
    if (rotating->last_day > rotating->card.issue_day + app_card_days_max) {
      return refusal(base::Code::code_forged, "no app's card is good for so long");
    }
  }
  return code.payload;
}

bool is_future_dated(const Payload& payload, base::LocalDate today) {
  const auto* card = std::get_if<MemberCode>(&payload);
  if (const auto* rotating = std::get_if<RotatingCode>(&payload)) card = &rotating->card;
  return card != nullptr && card->issue_day > today.days + 1;
}

}  // namespace millpond::codes
