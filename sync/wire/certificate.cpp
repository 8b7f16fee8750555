// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/certificate.h"

#include "sync/base/byte_cursor.h"
#include "sync/crypto/hash.h"

namespace millpond::wire {
namespace {

constexpr std::size_t signed_bytes = 56;
constexpr std::uint8_t layout_version = 1;
constexpr std::size_t hub_key_bytes = 2 + 32 + 32 + 2 + 2;
static_assert(hub_key_bytes + 64 == vouched_hub_key_bytes);

base::Error invalid(const char* operation, const char* detail) {
  return {base::Code::certificate_invalid, operation, detail};
}

}  // namespace

base::Bytes issue_certificate(const Certificate& certificate, const crypto::SigningKey& hub_key,
                              const base::BrandId& brand) {
  base::Bytes bytes{'M', 'C'};
  base::append_big_endian(bytes, certificate.brand_tag, 2);
  base::append_big_endian(bytes, certificate.hub_key, 2);
  base::append_big_endian(bytes, certificate.terminal.value, 3);
  base::append_big_endian(bytes, certificate.generation, 1);
  base::append_big_endian(bytes, certificate.store.value, 4);
  base::append(bytes, certificate.key);
  base::append_big_endian(bytes, certificate.first_day, 2);
  base::append_big_endian(bytes, certificate.last_day, 2);
  base::append_big_endian(bytes, static_cast<std::uint8_t>(certificate.role), 1);
  base::append_big_endian(bytes, layout_version, 1);
  base::append_big_endian(bytes, certificate.serial, 4);
  MILLPOND_CHECK(bytes.size() == signed_bytes);
  base::append(bytes, hub_key.sign(crypto::context::certificate, brand, bytes));
  return bytes;
}

base::Result<Certificate> open_certificate(base::ByteView bytes, const crypto::PublicKey& hub_key,
                                           const base::BrandId& brand) {
  constexpr auto operation = "open certificate";
  if (bytes.size() != certificate_bytes) return invalid(operation, "not 120 bytes");
  base::ByteCursor cursor{bytes};
  if (base::text_of(cursor.take(2)) != "MC") return invalid(operation, "not a certificate");
  Certificate certificate;
  certificate.brand_tag = cursor.number<std::uint16_t>(2);
  certificate.hub_key = cursor.number<std::uint16_t>(2);
  certificate.terminal = {cursor.number<std::uint32_t>(3)};
  certificate.generation = cursor.number<std::uint8_t>(1);
  certificate.store = {cursor.number<std::uint32_t>(4)};
  certificate.key = cursor.array<crypto::PublicKey>();
  certificate.first_day = cursor.number<std::uint16_t>(2);
  certificate.last_day = cursor.number<std::uint16_t>(2);
  const auto role = cursor.number<std::uint8_t>(1);
  const auto version = cursor.number<std::uint8_t>(1);
  certificate.serial = cursor.number<std::uint32_t>(4);
  if (certificate.brand_tag != brand.tag()) return invalid(operation, "of another brand");
  if (version != layout_version || role != static_cast<std::uint8_t>(Role::terminal)) {
    return invalid(operation, "of a later release");
  }
  if (!crypto::verify(hub_key, crypto::context::certificate, brand, bytes.first(signed_bytes),
                      cursor.array<crypto::Signature>())) {
    return invalid(operation, "the hub key did not sign it");
  }
  return certificate;
}

base::Bytes vouch_hub_key(const HubKey& key, const crypto::SigningKey& root) {
  base::Bytes bytes;
  base::append_big_endian(bytes, key.number, 2);
  base::append(bytes, key.key);
  base::append(bytes, key.sealing_key);
  base::append_big_endian(bytes, key.first_day, 2);
  base::append_big_endian(bytes, key.last_day, 2);
  base::append(bytes, root.sign(crypto::context::hub_key, crypto::brand_id_of(root.public_key()), bytes));
  return bytes;
}

base::Result<HubKey> open_hub_key(base::ByteView bytes, const crypto::PublicKey& root) {
  constexpr auto operation = "open hub key";
  if (bytes.size() != vouched_hub_key_bytes) return invalid(operation, "not 134 bytes");
  base::ByteCursor cursor{bytes};
  HubKey key;
  key.number = cursor.number<std::uint16_t>(2);
  key.key = cursor.array<crypto::PublicKey>();
  key.sealing_key = cursor.array<std::array<std::uint8_t, 32>>();
  key.first_day = cursor.number<std::uint16_t>(2);
  key.last_day = cursor.number<std::uint16_t>(2);
  if (!crypto::verify(root, crypto::context::hub_key, crypto::brand_id_of(root), bytes.first(hub_key_bytes),
                      cursor.array<crypto::Signature>())) {
    return invalid(operation, "the brand root did not sign it");
  }
  return key;
}

}  // namespace millpond::wire
