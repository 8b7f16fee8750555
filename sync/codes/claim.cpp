// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/claim.h"

#include "sync/base/byte_cursor.h"
#include "sync/codes/base45.h"
#include "sync/crypto/hash.h"

#include <algorithm>

namespace millpond::codes {
namespace {

constexpr std::string_view prefix = "K1:";
constexpr std::string_view mac_context = "MILLPOND-CLAIM1";
constexpr std::size_t mac_bytes = 8;

base::Error refusal(base::Code code, const char* why) { return {code, "read claim code", why}; }

base::Bytes head_of(ClaimKind kind, std::uint8_t key_number, std::uint64_t number, const base::BrandId& brand) {
  base::Bytes bytes{static_cast<std::uint8_t>(kind)};
  base::append_big_endian(bytes, brand.tag(), 2);
  base::append_big_endian(bytes, key_number, 1);
  base::append_big_endian(bytes, number, 8);
  return bytes;
}

std::array<std::uint8_t, mac_bytes> mac_of(base::ByteView head, base::ByteView key, const base::BrandId& brand) {
  base::Bytes message;
  base::append(message, base::view_of(mac_context));
  base::append(message, brand.bytes);
  base::append(message, head);
  const auto whole = crypto::keyed_blake2b_16(key, message);
  std::array<std::uint8_t, mac_bytes> mac{};
  std::copy_n(whole.begin(), mac.size(), mac.begin());
  return mac;
}

bool is_kind(std::uint8_t type) {
  return type >= static_cast<std::uint8_t>(ClaimKind::item) && type <= static_cast<std::uint8_t>(ClaimKind::join);
}

}  // namespace

std::string compose_claim(ClaimKind kind, std::uint8_t key_number, std::uint64_t number, base::ByteView key,
                          const base::BrandId& brand) {
  auto bytes = head_of(kind, key_number, number, brand);
  base::append(bytes, mac_of(bytes, key, brand));
  return std::string{prefix} + base45_encode(bytes);
}

base::Result<ClaimCode> parse_claim(std::string_view text, const base::BrandId& brand) {
  if (!text.starts_with(prefix)) return refusal(base::Code::code_unknown_kind, "no K1 prefix");
  // Bounds the work before the first character is looked at.
  if (text.size() > prefix.size() + claim_code_bytes * 2) return refusal(base::Code::code_unknown_kind, "too long");
  const auto bytes = base45_decode(text.substr(prefix.size()));
  if (!bytes || bytes->empty()) return refusal(base::Code::code_malformed, "not Base45");
  if (!is_kind(bytes->front())) return refusal(base::Code::code_unknown_kind, "no such type");
  if (bytes->size() != claim_code_bytes) return refusal(base::Code::code_malformed, "wrong length");
  base::ByteCursor reader{*bytes};
  ClaimCode code;
  code.kind = static_cast<ClaimKind>(reader.number<std::uint8_t>(1));
  if (reader.number<std::uint16_t>(2) != brand.tag()) {
    return refusal(base::Code::code_wrong_brand, "another brand's tag");
  }
  code.key_number = reader.number<std::uint8_t>(1);
  code.number = reader.number<std::uint64_t>(8);
  code.mac = reader.array<std::array<std::uint8_t, mac_bytes>>();
  return code;
}

base::Result<> verify_claim(const ClaimCode& code, base::ByteView key, const base::BrandId& brand) {
  const auto mac = mac_of(head_of(code.kind, code.key_number, code.number, brand), key, brand);
  if (crypto::equal_constant_time(mac, code.mac)) return {};
  return refusal(base::Code::code_forged, "the check bytes do not hold");
}

}  // namespace millpond::codes
