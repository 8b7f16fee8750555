// SPDX-License-Identifier: Apache-2.0
// KeyBackup: a private key on paper or a stick, under a passphrase: argon2id makes a key of it, XChaCha20-Poly1305
// keeps the seed. For the brand root, which belongs offline. Nothing in the file tells anything without the passphrase,
// and without it the key is lost. Each call takes about a second and 256 MiB on purpose. Any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"
#include "sync/crypto/sign.h"

#include <filesystem>
#include <string_view>

namespace millpond::crypto {

inline constexpr std::size_t passphrase_bytes_min = 12;

// How dear a guess is. Persisted in every backup, so that it may grow.
struct BackupCost {
  std::uint32_t passes{3};
  std::uint32_t memory_mib{256};
};

// The backup of a key that SigningKey::save() wrote, as text of one line: "MPROOT1:" and hexadecimal. Errors: those of
// SigningKey::load; bad_input for a passphrase below passphrase_bytes_min; internal without the memory.
[[nodiscard]] base::Result<std::string> back_up_key(const std::filesystem::path& key_file, std::string_view passphrase,
                                                    BackupCost cost = {});

// Whether a text claims to be a backup.
[[nodiscard]] bool is_key_backup(base::ByteView content);

// The key of a backup; white space around the text is ignored. Errors: key_unusable (not a backup, or of a later
// release), signature_invalid (another passphrase, or changed), internal without the memory.
[[nodiscard]] base::Result<SigningKey> restore_key(base::ByteView backup, std::string_view passphrase);

}  // namespace millpond::crypto
