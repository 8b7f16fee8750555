// SPDX-License-Identifier: Apache-2.0
// KeyCeremony: what `millpond-hub keys` and `millpond-hub root` do. The brand root is made by `init` on the hub's
// machine, exported under a passphrase, rehearsed and removed; from then on hub keys and addresses are signed wherever
// the backup is, and files go to and fro. Nothing here needs a running hub; a running one takes what was installed at
// its next start. docs/keys.md is the guide. Blocking; one thread.
#pragma once

#include "sync/base/result.h"
#include "sync/hub/server/commands.h"

#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>

namespace millpond::hub {

// Every key of the folder, with its days and what it does now.
[[nodiscard]] base::Result<> list_keys(const HubFolder& folder, std::int64_t now_ms, Output output, std::ostream& out);

// Makes the next key and says what to do with its request. `from`: "2027-11-01"; empty: hub_key_published_days from
// now; "now": at once, for a hub whose key was lost. Errors: bad_input (no date, or nearer than terminals need to hear
// of it), those of make_next_key().
[[nodiscard]] base::Result<> next_key(const HubFolder& folder, std::string_view from, std::int64_t now_ms,
                                      std::ostream& out);

// Errors of install_signed(), and of reading the file.
[[nodiscard]] base::Result<> install_key(const HubFolder& folder, const std::filesystem::path& file, std::ostream& out);

// Writes the backup of DIR/keys/brand-root.key to a new file. Errors: already_exists, not_found (the root is not here),
// bad_input (a short passphrase), those of writing.
[[nodiscard]] base::Result<> export_root(const HubFolder& folder, const std::filesystem::path& file,
                                         std::string_view passphrase, std::ostream& out);

// Reads a backup back, lets its key sign a random value, and checks that signature with the public root that the hub
// and every terminal hold. Only after that the key on the hub's machine may go. Notes the day in DIR/keys. Errors:
// key_unusable, signature_invalid (another passphrase, or changed), hub_key_unvouched (the root of another brand).
[[nodiscard]] base::Result<> rehearse_root(const HubFolder& folder, const std::filesystem::path& file,
                                           std::string_view passphrase, std::int64_t now_ms, std::ostream& out);

// What the root signs: a request of `keys next`, or where the hub is.
struct ToSign {
  std::filesystem::path request{};  // empty: the address
  std::string url{};
  std::uint32_t version{};
};
// `root` is a backup or a key file. Errors: key_unusable, signature_invalid, bad_input (not a request, no usable URL).
[[nodiscard]] base::Result<> sign_with_root(const std::filesystem::path& root, std::string_view passphrase,
                                            const ToSign& wanted, const std::filesystem::path& file, std::ostream& out);

// Whether a file is a backup, so that a passphrase is needed. Errors of reading it.
[[nodiscard]] base::Result<bool> needs_passphrase(const std::filesystem::path& root);

}  // namespace millpond::hub
