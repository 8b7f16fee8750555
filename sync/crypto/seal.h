// SPDX-License-Identifier: Apache-2.0
// Sealed boxes (X25519, XSalsa20-Poly1305): a terminal hands a phone number to the hub and cannot read it back.
// Pure but for the key files; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"
#include "sync/crypto/sign.h"

#include <array>
#include <filesystem>

namespace millpond::crypto {

using SealingPublicKey = std::array<std::uint8_t, 32>;

// Anyone may seal for the holder of the key; nobody but the holder may open. Adds 48 bytes.
[[nodiscard]] base::Bytes seal(const SealingPublicKey& receiver, base::ByteView message);

// Whom to seal for when only a signing key is known: the same point in the other form. Error: key_unusable (no point of
// the curve).
[[nodiscard]] base::Result<SealingPublicKey> sealing_key_of(const PublicKey& signing);

// The receiver's private key. Wiped when it goes; movable, not copyable.
class OpeningKey {
 public:
  [[nodiscard]] static OpeningKey generate();
  // Errors as SigningKey::load.
  [[nodiscard]] static base::Result<OpeningKey> load(const std::filesystem::path& path);
  [[nodiscard]] base::Result<> save(const std::filesystem::path& path) const;

  OpeningKey(OpeningKey&&) noexcept;
  OpeningKey& operator=(OpeningKey&&) noexcept;
  OpeningKey(const OpeningKey&) = delete;
  OpeningKey& operator=(const OpeningKey&) = delete;
  ~OpeningKey();

  [[nodiscard]] const SealingPublicKey& public_key() const { return public_; }
  // Error: signature_invalid when the box was not sealed for this key or was changed.
  [[nodiscard]] base::Result<base::Bytes> open(base::ByteView box) const;

 private:
  friend class SigningKey;
  OpeningKey() = default;
  std::array<std::uint8_t, 32> secret_{};
  SealingPublicKey public_{};
};

}  // namespace millpond::crypto
