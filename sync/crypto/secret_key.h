// SPDX-License-Identifier: Apache-2.0
// SecretKey: 32 bytes that one machine keeps, and what is done with them: keys for single purposes are derived from one
// root (libsodium's crypto_kdf, keyed BLAKE2b), fields are encrypted with XChaCha20-Poly1305 and bound to the place
// they stand in. Wiped when it goes; movable, not copyable. Any thread; load() and save() use the disk.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <array>
#include <filesystem>
#include <string_view>

namespace millpond::crypto {

// What a derived key is for, eight letters. Persisted in everything encrypted: never change.
namespace purpose {
inline constexpr std::string_view fields = "MPFIELDS";   // personal fields at rest
inline constexpr std::string_view phones = "MPPHONES";   // look-up hashes of phone numbers
inline constexpr std::string_view pins = "MPPINKEY";     // PINs, before argon2id
inline constexpr std::string_view claims = "MPCLAIMS";   // check bytes of claim codes
inline constexpr std::string_view members = "MPMEMBER";  // one key a member, whose destruction erases
inline constexpr std::string_view payers = "MPPAYERS";   // who pays, as providers number people
inline constexpr std::string_view notices = "MPNOTICE";  // what providers told, at rest
}  // namespace purpose

class SecretKey {
 public:
  static constexpr std::size_t size = 32;

  [[nodiscard]] static SecretKey generate();
  [[nodiscard]] static SecretKey of(const std::array<std::uint8_t, size>& bytes);
  // Reads a file of 32 bytes. Errors: not_found, permission_denied, key_unusable (another size, or readable by others
  // than its owner).
  [[nodiscard]] static base::Result<SecretKey> load(const std::filesystem::path& path);
  // Mode 0600, durably. Errors of base::write_file.
  [[nodiscard]] base::Result<> save(const std::filesystem::path& path) const;

  SecretKey(SecretKey&&) noexcept;
  SecretKey& operator=(SecretKey&&) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey();

  // The key of one purpose and number (a scope, a generation, a member). Nothing about this key follows from it.
  [[nodiscard]] SecretKey derive(std::string_view purpose, std::uint64_t number) const;

  // A random nonce of 24 bytes, the text, a tag of 16. `place` is not in it and must be the same at decrypt():
  // "table|id|field|version", so that a box cannot be moved to another row.
  [[nodiscard]] base::Bytes encrypt(std::string_view place, base::ByteView text) const;
  // Error: signature_invalid (another key or place, or changed).
  [[nodiscard]] base::Result<base::Bytes> decrypt(std::string_view place, base::ByteView box) const;

  // For keyed hashes and for sealing the key to another machine; lives as long as the key.
  [[nodiscard]] base::ByteView bytes() const { return bytes_; }

 private:
  SecretKey() = default;
  std::array<std::uint8_t, size> bytes_{};
};

}  // namespace millpond::crypto
