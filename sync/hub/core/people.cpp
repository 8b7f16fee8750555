// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/people.h"

#include "sync/crypto/hash.h"

#include <algorithm>

namespace millpond::hub {
namespace {

constexpr std::uint64_t groups_from = std::uint64_t{1} << 32;  // above every store's number

crypto::SecretKey key_from(base::ByteView bytes) {
  MILLPOND_CHECK(bytes.size() == crypto::SecretKey::size);
  std::array<std::uint8_t, crypto::SecretKey::size> key{};
  std::ranges::copy(bytes, key.begin());
  return crypto::SecretKey::of(key);
}

base::Bytes hash_of(const crypto::SecretKey& key, std::string_view e164) {
  const auto hash = crypto::keyed_blake2b_16(key.bytes(), base::view_of(e164));
  return {hash.begin(), hash.end()};
}

void copy_key(const crypto::SecretKey& key, std::array<std::uint8_t, 32>& to) {
  std::ranges::copy(key.bytes(), to.begin());
}

}  // namespace

std::uint64_t PhoneScope::place_of(base::StoreId store) const {
  if (kind == Kind::store) return store.value;
  const auto region = kind == Kind::region ? regions.find(store) : regions.end();
  return groups_from + (region == regions.end() ? 0 : region->second);
}

PeopleKeys::PeopleKeys(base::ByteView key) : root_{key_from(key)} {}

// Place 0 is no scope's, so its key is the hub's own.
crypto::SecretKey PeopleKeys::phone_key_of(std::uint64_t generation, std::uint64_t place) const {
  return root_.derive(crypto::purpose::phones, generation).derive(crypto::purpose::phones, place);
}

base::Bytes PeopleKeys::identity_of(std::uint64_t generation, std::string_view e164) const {
  return hash_of(phone_key_of(generation, 0), e164);
}

base::Bytes PeopleKeys::payer_of(model::IdentityKind kind, std::string_view issuer, std::string_view subject) const {
  base::Bytes about{static_cast<std::uint8_t>(kind)};
  base::append_big_endian(about, issuer.size(), 2);
  base::append(about, base::view_of(issuer));
  base::append(about, base::view_of(subject));
  const auto hash = crypto::keyed_blake2b_16(root_.derive(crypto::purpose::payers, 0).bytes(), about);
  return {hash.begin(), hash.end()};
}

crypto::SecretKey PeopleKeys::notices_key() const { return root_.derive(crypto::purpose::notices, 0); }

base::Bytes PeopleKeys::lookup_of(std::uint64_t generation, std::uint64_t place, std::string_view e164) const {
  MILLPOND_CHECK(place != 0);
  return hash_of(phone_key_of(generation, place), e164);
}

crypto::SecretKey PeopleKeys::vault_key() const { return root_.derive(crypto::purpose::members, 0); }

crypto::SecretKey PeopleKeys::pin_key_of(base::StoreId store) const {
  return root_.derive(crypto::purpose::pins, store.value);
}

wire::StoreSecrets PeopleKeys::secrets_of(std::uint64_t generation, std::uint64_t place, base::StoreId store) const {
  MILLPOND_CHECK(place != 0);
  wire::StoreSecrets secrets;
  secrets.generation = generation;
  copy_key(phone_key_of(generation, place), secrets.phone_key);
  copy_key(pin_key_of(store), secrets.pin_key);
  return secrets;
}

}  // namespace millpond::hub
