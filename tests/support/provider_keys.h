// SPDX-License-Identifier: Apache-2.0
// ProviderKeys: a payment provider's side of its notices, with keys made for the test: RSA signatures, a certificate,
// boxes of AES-256-GCM. Throws when OpenSSL does not do as told.
#pragma once

#include "sync/base/bytes.h"

#include <memory>
#include <string>
#include <string_view>

namespace millpond::tests {

class ProviderKeys {
 public:
  explicit ProviderKeys(int bits = 2'048);
  ~ProviderKeys();
  ProviderKeys(const ProviderKeys&) = delete;
  ProviderKeys& operator=(const ProviderKeys&) = delete;

  [[nodiscard]] std::string public_pem() const;
  // Self-signed, with a serial number of twenty bytes as certificate authorities give them.
  [[nodiscard]] std::string certificate_pem(std::string_view serial_hex) const;
  [[nodiscard]] std::string sign(std::string_view text) const;  // RSA-SHA256, base64

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A text under AES-256-GCM, its tag at the end.
[[nodiscard]] base::Bytes seal_aes_gcm(base::ByteView key, std::string_view nonce, std::string_view associated,
                                       std::string_view text);
// PEM of a public key that is no RSA key.
[[nodiscard]] std::string elliptic_pem();

}  // namespace millpond::tests
