// SPDX-License-Identifier: Apache-2.0
// Keys of one brand's hub: made once by `init`, loaded at every start. Files in a folder of their own, each 0600:
// brand-root.key (the brand's root; belongs offline, the hub runs without it), brand-root.pub, hub-N.key (signs),
// hub-N.seal (opens what terminals seal), hub-N.vouched (the root's word for both), hub.address (where the hub is, by
// the root; may be missing), phone.key (keys phone look-up hashes), secret.key (what this hub keeps to itself: PINs of
// work orders). A hub key lives for a year; the next one is made known to terminals 30 days before it signs. Blocking
// file access at start only; values afterwards.
#pragma once

#include "sync/base/result.h"
#include "sync/crypto/seal.h"
#include "sync/crypto/secret_key.h"
#include "sync/crypto/sign.h"
#include "sync/wire/certificate.h"
#include "sync/wire/hub_address.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

namespace millpond::hub {

inline constexpr std::uint16_t first_hub_key = 1;
inline constexpr std::size_t phone_key_bytes = 32;
inline constexpr int hub_key_days = 366;           // that a key signs
inline constexpr int hub_key_published_days = 30;  // before it does

// One hub key with what the root said of it.
struct HubKeyPair {
  wire::HubKey hub_key;
  base::Bytes vouched;  // wire::vouch_hub_key(), handed to terminals
  crypto::SigningKey signing;
  crypto::OpeningKey opening;
  // Signs no more, whoever has it. Set while others sign; opens what was sealed for it all the same.
  std::shared_ptr<std::atomic<bool>> withdrawn = std::make_shared<std::atomic<bool>>(false);
};

struct HubKeys {
  crypto::PublicKey root{};  // public half: its BLAKE2b-128 is the brand
  base::BrandId brand;
  std::vector<HubKeyPair> pairs;  // by number, never empty; those of the past open what was sealed for them
  base::Bytes phone_key;
  crypto::SecretKey secret = crypto::SecretKey::generate();  // of this hub alone
  base::Bytes address{};  // wire::sign_hub_address(); empty: terminals stay where they are

  // Which key signs now: the newest that has begun and was not withdrawn. A hub that nobody tended goes on with the
  // last it has.
  [[nodiscard]] const HubKeyPair& signer(std::int64_t now_ms) const;
  // Opens what was sealed for any of the keys. Error: signature_invalid.
  [[nodiscard]] base::Result<base::Bytes> open_sealed(base::ByteView box) const;
};

// New keys from the machine's randomness, in memory only: simulations and tests. crypto::start() came first.
[[nodiscard]] HubKeys generate_keys();

// Makes new keys and writes them to a folder that must not exist yet; it appears whole or not at all. Errors:
// already_exists, permission_denied, disk_full, file_unwritable.
[[nodiscard]] base::Result<HubKeys> create_keys(const std::filesystem::path& folder);

// Errors: not_found (no such folder: run init), key_unusable (wrong size, readable by others, or not vouched for by
// this root), permission_denied.
[[nodiscard]] base::Result<HubKeys> load_keys(const std::filesystem::path& folder);

// --- The ceremony around a new key. The hub's machine makes it and asks, whoever has the root answers, the hub's
// machine installs the answer; the root need not come near the hub.

// Makes the key after the newest in the folder, to sign from first_day on, and writes hub-N.key, hub-N.seal and
// hub-N.request, which is what the root signs. Repeated before its answer was installed it makes the same request
// again, with the new day. Errors: those of load_keys, ids_exhausted (a code holds 255 of them), disk_full,
// file_unwritable.
[[nodiscard]] base::Result<wire::HubKey> make_next_key(const std::filesystem::path& folder, std::uint16_t first_day);

// What a request asks for. Error: bad_input.
[[nodiscard]] base::Result<wire::HubKey> read_key_request(base::ByteView request);

// Installs what the root signed: the word for a requested key, or an address of the hub. The hub takes it at its next
// start. Returns what it was, for people. Errors: hub_key_unvouched (another root signed it), key_unusable (no key of
// this folder asked for it), bad_input (an older address than the installed one), disk_full, file_unwritable.
[[nodiscard]] base::Result<std::string> install_signed(const std::filesystem::path& folder, base::ByteView content);

}  // namespace millpond::hub
