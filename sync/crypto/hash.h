// SPDX-License-Identifier: Apache-2.0
// Hashes and message authentication. BLAKE2b (RFC 7693) inside the product, SHA-256 where a till's vendor expects it.
// Pure; any thread. start() must have succeeded once in the process.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"
#include "sync/base/rng.h"

#include <memory>

namespace millpond::crypto {

// Prepares libsodium; call it first in every main. Error: internal when the machine has no randomness.
[[nodiscard]] base::Result<> start();

// The machine's randomness, for keys, nonces, epochs and salts. Lives for the whole program; any thread.
[[nodiscard]] base::Rng& system_rng();

[[nodiscard]] base::Hash blake2b(base::ByteView message);                       // 256 bits
[[nodiscard]] base::Hash blake2b(base::ByteView first, base::ByteView second);  // of the concatenation
// The first 16 bytes of keyed BLAKE2b-128: phone look-up keys, salted payload hashes. key is 16 to 64 bytes.
[[nodiscard]] std::array<std::uint8_t, 16> keyed_blake2b_16(base::ByteView key, base::ByteView message);
[[nodiscard]] base::BrandId brand_id_of(base::ByteView root_public_key);

// BLAKE2b-256 over a message that arrives in pieces.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  Hasher& add(base::ByteView piece);
  [[nodiscard]] base::Hash finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] base::Hash sha256(base::ByteView message);
[[nodiscard]] base::Hash hmac_sha256(base::ByteView key, base::ByteView message);

// Compares in time that depends on the lengths only.
[[nodiscard]] bool equal_constant_time(base::ByteView a, base::ByteView b);

}  // namespace millpond::crypto
