// SPDX-License-Identifier: Apache-2.0
// Ed25519 keys and signatures (RFC 8032). Every signature covers a context string and the brand id before the payload,
// so that nothing signed for one purpose or one brand can be shown for another. Pure but for the key files; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"

#include <array>
#include <filesystem>
#include <string_view>

namespace millpond::crypto {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

// What a signature is for. Persisted in every signature: never change.
namespace context {
inline constexpr std::string_view code = "KIOSK-QR1";               // member and coupon codes
inline constexpr std::string_view app = "KIOSK-QR2";                // rotating codes, by a member's phone
inline constexpr std::string_view certificate = "MILLPOND-CERT1";   // terminal certificates, by a hub key
inline constexpr std::string_view hub_key = "MILLPOND-HUBKEY1";     // hub keys, by the brand root
inline constexpr std::string_view request = "MILLPOND-REQ1";        // HTTP requests, by a terminal
inline constexpr std::string_view answer = "MILLPOND-ANS1";         // HTTP answers, by a hub key
inline constexpr std::string_view batch = "MILLPOND-BATCH1";        // batch heads of the journal's chain, by a terminal
inline constexpr std::string_view document = "MILLPOND-DOC1";       // programme documents, by a hub key
inline constexpr std::string_view grant = "MILLPOND-GRANT1";        // offline grants, by a hub key
inline constexpr std::string_view binding = "MILLPOND-BIND1";       // a terminal's key, by the key of its grant
inline constexpr std::string_view redemption = "MILLPOND-REDEEM2";  // a confirmed redemption, by a hub key
inline constexpr std::string_view hub_address = "MILLPOND-HUBADDR1";  // where the hub is, by the brand root
}  // namespace context

class OpeningKey;

// A private key. Wiped when it goes; movable, not copyable.
class SigningKey {
 public:
  // A new key from the machine's randomness.
  [[nodiscard]] static SigningKey generate();
  // The key of a 32-byte seed; tests and simulations only use fixed seeds.
  [[nodiscard]] static SigningKey from_seed(const std::array<std::uint8_t, 32>& seed);
  // Reads a file that save() wrote. Errors: not_found, permission_denied, key_unusable (wrong size, or readable by
  // others than its owner).
  [[nodiscard]] static base::Result<SigningKey> load(const std::filesystem::path& path);
  // Writes the seed with mode 0600, durably. Errors of base::write_file.
  [[nodiscard]] base::Result<> save(const std::filesystem::path& path) const;

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  ~SigningKey();

  [[nodiscard]] const PublicKey& public_key() const { return public_; }
  // The key that opens what was sealed with sealing_key_of() this public key (seal.h).
  [[nodiscard]] OpeningKey opening_key() const;
  [[nodiscard]] Signature sign(std::string_view context, const base::BrandId& brand, base::ByteView payload) const;

 private:
  SigningKey() = default;
  std::array<std::uint8_t, 64> secret_{};
  PublicKey public_{};
};

[[nodiscard]] bool verify(const PublicKey& key, std::string_view context, const base::BrandId& brand,
                          base::ByteView payload, const Signature& signature);

// The fixed-size array of a field that was parsed as bytes; nothing when the length differs.
[[nodiscard]] std::optional<PublicKey> public_key_of(base::ByteView bytes);
[[nodiscard]] std::optional<Signature> signature_of(base::ByteView bytes);

}  // namespace millpond::crypto
