// SPDX-License-Identifier: Apache-2.0
// Identity: what provisioning made of this machine, kept in a folder of the service's own user. The private key never
// leaves it. Files: terminal.key (the seed, 0600) and identity.json (0600); written durably, read at start.
#pragma once

#include "sync/base/result.h"
#include "sync/crypto/sign.h"
#include "sync/wire/certificate.h"
#include "sync/wire/provisioning.h"

#include <filesystem>
#include <string>

namespace millpond::terminal {

struct Identity {
  std::string hub_url;
  crypto::PublicKey root{};
  base::BrandId brand;
  wire::HubKey hub_key;
  base::Bytes certificate_bytes;
  wire::Certificate certificate;  // terminal, store, generation, dates
  base::Bytes phone_key;          // key of phone look-up hashes in this scope
  crypto::SigningKey key;
};

// Errors: not_provisioned (no identity here), key_unusable, certificate_invalid (files that do not fit each other).
[[nodiscard]] base::Result<Identity> load_identity(const std::filesystem::path& folder);

// Makes (once) or loads the machine's key, before there is a certificate for it. Safe to repeat.
[[nodiscard]] base::Result<crypto::SigningKey> load_or_make_key(const std::filesystem::path& folder);

// Stores a checked answer. Refuses to replace another terminal's identity (error: config_invalid).
[[nodiscard]] base::Result<> save_identity(const std::filesystem::path& folder, std::string_view hub_url,
                                           const wire::ProvisionAnswer& answer);

}  // namespace millpond::terminal
