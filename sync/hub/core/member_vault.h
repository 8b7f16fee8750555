// SPDX-License-Identifier: Apache-2.0
// MemberVault: one key a member, in a file of its own. What people said about themselves is encrypted under it before
// it goes into the hub's database, so that destroying 32 bytes here erases it there, and in every backup of the
// database too. Backups of this file are what must be few and short-lived. Keys are wrapped under the hub's own.
// Thread-safe by an internal lock; blocks for the disk; what destroy() reported is durable.
#pragma once

#include "sync/base/result.h"
#include "sync/crypto/secret_key.h"
#include "sync/sqlite/connection.h"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>

namespace millpond::hub {

class MemberVault {
 public:
  // Opens or creates. Errors: store_corrupt, store_locked, disk_full, permission_denied.
  [[nodiscard]] static base::Result<std::unique_ptr<MemberVault>> open(const std::filesystem::path& path,
                                                                       crypto::SecretKey wrapping);

  // place: where the box will stand; it opens nowhere else. Makes the member's key at its first box. Empty for a member
  // whose key was destroyed: nothing more is kept. Errors: of the database, signature_invalid (wrapped by another hub).
  [[nodiscard]] base::Result<base::Bytes> seal(base::MemberId member, std::string_view place, base::ByteView text);
  // Errors: not_found (the key was destroyed, or never made), signature_invalid, and of the database.
  [[nodiscard]] base::Result<base::Bytes> open_box(base::MemberId member, std::string_view place, base::ByteView box);
  // For good. Repeating it changes nothing.
  [[nodiscard]] base::Result<> destroy(base::MemberId member);

 private:
  MemberVault(std::unique_ptr<sqlite::Connection> database, crypto::SecretKey wrapping)
      : database_{std::move(database)}, wrapping_{std::move(wrapping)} {}

  enum class Found : std::uint8_t { none, key, destroyed };
  struct Known {
    Found found{};
    base::Bytes key;
  };
  [[nodiscard]] base::Result<Known> find(base::MemberId member);

  std::mutex mutex_;
  std::unique_ptr<sqlite::Connection> database_;  // guarded by mutex_
  crypto::SecretKey wrapping_;
};

}  // namespace millpond::hub
