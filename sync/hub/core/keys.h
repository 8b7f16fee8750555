// SPDX-License-Identifier: Apache-2.0
// Keys of one brand's hub: made once by `init`, loaded at every start. Files in a folder of their own, each 0600:
// brand-root.key (the brand's root; belongs offline, the hub runs without it), brand-root.pub, hub-1.key (signs),
// hub-1.seal (opens what terminals seal), hub-1.vouched (the root's word for both), phone.key (keys phone look-up
// hashes). Blocking file access at start only; values afterwards.
#pragma once

#include "sync/base/result.h"
#include "sync/crypto/seal.h"
#include "sync/crypto/sign.h"
#include "sync/wire/certificate.h"

#include <filesystem>

namespace millpond::hub {

inline constexpr std::uint16_t first_hub_key = 1;
inline constexpr std::size_t phone_key_bytes = 32;

struct HubKeys {
  crypto::PublicKey root{};  // public half: its BLAKE2b-128 is the brand
  base::BrandId brand;
  wire::HubKey hub_key;  // what the root vouched for
  base::Bytes vouched;   // wire::vouch_hub_key(), handed to terminals
  crypto::SigningKey signing;
  crypto::OpeningKey opening;
  base::Bytes phone_key;
};

// New keys from the machine's randomness, in memory only: simulations and tests. crypto::start() came first.
[[nodiscard]] HubKeys generate_keys();

// Makes new keys and writes them to a folder that must not exist yet; it appears whole or not at all. Errors:
// already_exists, permission_denied, disk_full, file_unwritable.
[[nodiscard]] base::Result<HubKeys> create_keys(const std::filesystem::path& folder);

// Errors: not_found (no such folder: run init), key_unusable (wrong size, readable by others, or not vouched for by
// this root), permission_denied.
[[nodiscard]] base::Result<HubKeys> load_keys(const std::filesystem::path& folder);

}  // namespace millpond::hub
