// SPDX-License-Identifier: Apache-2.0
// Keys that have to do with people, all derived from the hub's phone.key: look-up hashes of phones for one scope and
// generation of the feed, and PINs of one store. Private to this room. Values; any thread.
#pragma once

#include "sync/base/result.h"
#include "sync/crypto/secret_key.h"
#include "sync/hub/core/phone_scope.h"
#include "sync/model/identities.h"
#include "sync/wire/people_rows.h"

namespace millpond::hub {

class PeopleKeys {
 public:
  // key: 32 bytes.
  explicit PeopleKeys(base::ByteView key);

  // One number, one value within a generation, whatever the scope: who had a phone first. Never leaves the hub.
  [[nodiscard]] base::Bytes identity_of(std::uint64_t generation, std::string_view e164) const;
  // What terminals of a place look a phone up by.
  [[nodiscard]] base::Bytes lookup_of(std::uint64_t generation, std::uint64_t place, std::string_view e164) const;
  // One payer, one value for ever, whoever tells of them; 16 bytes. Never leaves the hub.
  [[nodiscard]] base::Bytes payer_of(model::IdentityKind kind, std::string_view issuer, std::string_view subject) const;
  // Notices of providers at rest.
  [[nodiscard]] crypto::SecretKey notices_key() const;
  // Wraps the members' own keys.
  [[nodiscard]] crypto::SecretKey vault_key() const;
  [[nodiscard]] crypto::SecretKey pin_key_of(base::StoreId store) const;
  [[nodiscard]] wire::StoreSecrets secrets_of(std::uint64_t generation, std::uint64_t place, base::StoreId store) const;

 private:
  [[nodiscard]] crypto::SecretKey phone_key_of(std::uint64_t generation, std::uint64_t place) const;
  crypto::SecretKey root_;
};

}  // namespace millpond::hub
