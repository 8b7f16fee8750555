// SPDX-License-Identifier: Apache-2.0
// PersonalFields: how personal fields lie on this machine's disk. Each is encrypted under a key derived from the
// machine's root key and bound to its place ("table|id|field|version"); look-up hashes of phones are hashed once more
// under another such key, so that the key they came with finds nothing in a file without the machine. A value of keys;
// any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"
#include "sync/crypto/secret_key.h"

#include <array>
#include <string>
#include <string_view>

namespace millpond::store {

class PersonalFields {
 public:
  explicit PersonalFields(const crypto::SecretKey& root);

  // "profiles|00000000000004d2|shown_name|1": the place of a field, for encrypt() and decrypt().
  [[nodiscard]] static std::string place(std::string_view table, base::ByteView key, std::string_view field);

  [[nodiscard]] base::Bytes encrypt(std::string_view place, base::ByteView text) const;
  // Error: signature_invalid (another machine or place, or changed).
  [[nodiscard]] base::Result<base::Bytes> decrypt(std::string_view place, base::ByteView box) const;
  // What a phone's look-up hash is filed under here.
  [[nodiscard]] std::array<std::uint8_t, 16> phone(base::ByteView key16) const;

 private:
  crypto::SecretKey fields_;
  crypto::SecretKey phones_;
};

}  // namespace millpond::store
