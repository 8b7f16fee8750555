// SPDX-License-Identifier: Apache-2.0
// RsaPublicKey: checks signatures that payment providers make (RSASSA-PKCS1-v1_5 with SHA-256). Only for notices of
// others; nothing of ours is signed with RSA. Immutable and cheap to copy; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <memory>
#include <string>

namespace millpond::crypto {

class RsaPublicKey {
 public:
  // From PEM: a public key (SubjectPublicKeyInfo) or a certificate. A certificate's own dates and issuer are not looked
  // at: whoever installs the file vouches for it. Error: key_unusable (neither, another kind of key, or less than 2048
  // bits).
  [[nodiscard]] static base::Result<RsaPublicKey> read(base::ByteView pem);

  // Of a certificate, in upper-case hexadecimal as providers write it; empty for a bare key.
  [[nodiscard]] const std::string& serial() const { return serial_; }
  [[nodiscard]] bool verifies(base::ByteView message, base::ByteView signature) const;

 private:
  struct State;
  RsaPublicKey() = default;
  std::shared_ptr<const State> state_;
  std::string serial_;
};

}  // namespace millpond::crypto
