// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/hash.h"

#include <algorithm>
#include <sodium.h>

namespace millpond::crypto {
namespace {

class SystemRng final : public base::Rng {
 public:
  std::uint64_t next() override {
    std::uint64_t word = 0;
    randombytes_buf(&word, sizeof word);
    return word;
  }
};

}  // namespace

base::Result<> start() {
  if (sodium_init() < 0) return base::Error{base::Code::internal, "start cryptography", "sodium_init failed"};
  return {};
}

base::Rng& system_rng() {
  static SystemRng rng;
  return rng;
}

base::Hash blake2b(base::ByteView message) { return blake2b(message, {}); }

// Every fact and every row is hashed more than once, so the state is not taken from the heap.
base::Hash blake2b(base::ByteView first, base::ByteView second) {
  crypto_generichash_state state;
  base::Hash hash{};
  crypto_generichash_init(&state, nullptr, 0, hash.size());
  crypto_generichash_update(&state, first.data(), first.size());
  if (!second.empty()) crypto_generichash_update(&state, second.data(), second.size());
  crypto_generichash_final(&state, hash.data(), hash.size());
  return hash;
}

std::array<std::uint8_t, 16> keyed_blake2b_16(base::ByteView key, base::ByteView message) {
  MILLPOND_CHECK(key.size() >= crypto_generichash_KEYBYTES_MIN && key.size() <= crypto_generichash_KEYBYTES_MAX);
  std::array<std::uint8_t, 16> out{};
  crypto_generichash(out.data(), out.size(), message.data(), message.size(), key.data(), key.size());
  return out;
}

base::BrandId brand_id_of(base::ByteView root_public_key) {
  base::BrandId id;
  crypto_generichash(id.bytes.data(), id.bytes.size(), root_public_key.data(), root_public_key.size(), nullptr, 0);
  return id;
}

struct Hasher::State {
  crypto_generichash_state inner;
};

Hasher::Hasher() : state_{std::make_unique<State>()} { crypto_generichash_init(&state_->inner, nullptr, 0, 32); }
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::add(base::ByteView piece) {
  crypto_generichash_update(&state_->inner, piece.data(), piece.size());
  return *this;
}

base::Hash Hasher::finish() {
  base::Hash hash{};
  crypto_generichash_final(&state_->inner, hash.data(), hash.size());
  return hash;
}

base::Hash sha256(base::ByteView message) {
  base::Hash hash{};
  crypto_hash_sha256(hash.data(), message.data(), message.size());
  return hash;
}

base::Hash hmac_sha256(base::ByteView key, base::ByteView message) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, message.data(), message.size());
  base::Hash mac{};
  crypto_auth_hmacsha256_final(&state, mac.data());
  return mac;
}

bool equal_constant_time(base::ByteView a, base::ByteView b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace millpond::crypto
