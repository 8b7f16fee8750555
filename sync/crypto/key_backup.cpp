// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/key_backup.h"

#include "sync/base/byte_cursor.h"
#include "sync/crypto/key_file.h"
#include "sync/crypto/secret_key.h"

#include <algorithm>
#include <sodium.h>

namespace millpond::crypto {
namespace {

constexpr std::string_view prefix = "MPROOT1:";
constexpr std::string_view place = "MPROOT1";
constexpr std::size_t salt_bytes = crypto_pwhash_SALTBYTES;
constexpr std::size_t head_bytes = 4 + 4 + salt_bytes;
constexpr std::size_t box_bytes = 24 + 32 + 16;  // nonce, seed, tag
// A file that asks for more would stop the machine that reads it.
constexpr std::uint32_t passes_max = 20;
constexpr std::uint32_t memory_mib_max = 1'024;

base::Result<SecretKey> key_of(std::string_view passphrase, base::ByteView salt, BackupCost cost) {
  KeyBytes bytes{};
  const int done = crypto_pwhash(bytes.data(), bytes.size(), passphrase.data(), passphrase.size(), salt.data(),
                                 cost.passes, std::size_t{cost.memory_mib} << 20, crypto_pwhash_ALG_ARGON2ID13);
  if (done != 0) return base::Error{base::Code::internal, "stretch passphrase", "not enough memory"};
  auto key = SecretKey::of(bytes);
  sodium_memzero(bytes.data(), bytes.size());
  return key;
}

base::Error unusable(const char* why) { return {base::Code::key_unusable, "read key backup", why}; }

std::string_view trimmed(base::ByteView content) {
  auto text = base::text_of(content);
  constexpr std::string_view white = " \t\r\n";
  const auto from = text.find_first_not_of(white);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(white) - from + 1);
}

}  // namespace

base::Result<std::string> back_up_key(const std::filesystem::path& key_file, std::string_view passphrase,
                                      BackupCost cost) {
  if (passphrase.size() < passphrase_bytes_min) {
    return base::Error{base::Code::bad_input, "back up key", "the passphrase is too short",
                       "at least " + std::to_string(passphrase_bytes_min) + " characters; four random words do well"};
  }
  MILLPOND_TRY(auto seed, read_key_file(key_file));
  base::Bytes bytes;
  base::append_big_endian(bytes, cost.passes, 4);
  base::append_big_endian(bytes, cost.memory_mib, 4);
  std::array<std::uint8_t, salt_bytes> salt{};
  randombytes_buf(salt.data(), salt.size());
  base::append(bytes, salt);
  auto key = key_of(passphrase, salt, cost);
  if (key) base::append(bytes, key->encrypt(place, seed));
  sodium_memzero(seed.data(), seed.size());
  if (!key) return key.error();
  return std::string{prefix} + base::to_hex(bytes);
}

bool is_key_backup(base::ByteView content) { return trimmed(content).starts_with(prefix); }

base::Result<SigningKey> restore_key(base::ByteView backup, std::string_view passphrase) {
  if (!is_key_backup(backup)) return unusable("not a backup of a key");
  const auto bytes = base::from_hex(trimmed(backup).substr(prefix.size()));
  if (!bytes || bytes->size() != head_bytes + box_bytes) return unusable("cut or changed");
  base::ByteCursor cursor{*bytes};
  BackupCost cost;
  cost.passes = cursor.number<std::uint32_t>(4);
  cost.memory_mib = cursor.number<std::uint32_t>(4);
  if (cost.passes == 0 || cost.passes > passes_max || cost.memory_mib == 0 || cost.memory_mib > memory_mib_max) {
    return unusable("of a later release, or changed");
  }
  const auto salt = cursor.take(salt_bytes);
  MILLPOND_TRY(const auto key, key_of(passphrase, salt, cost));
  MILLPOND_TRY(auto seed, key.decrypt(place, cursor.take(box_bytes)));
  KeyBytes fixed{};
  std::ranges::copy(seed, fixed.begin());
  sodium_memzero(seed.data(), seed.size());
  auto restored = SigningKey::from_seed(fixed);
  sodium_memzero(fixed.data(), fixed.size());
  return restored;
}

}  // namespace millpond::crypto
