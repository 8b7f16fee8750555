// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/member_vault.h"

#include "sync/sqlite/migrate.h"

#include <algorithm>
#include <array>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

// box: the member's key under the hub's; empty once it was destroyed.
constexpr std::array<std::string_view, 1> steps{R"sql(
CREATE TABLE keys(member INTEGER PRIMARY KEY, box BLOB NOT NULL) STRICT;
)sql"};

std::string place_of(base::MemberId member) { return "keys|" + base::format_id('M', member.value) + "|box|1"; }

crypto::SecretKey key_from(base::ByteView bytes) {
  std::array<std::uint8_t, crypto::SecretKey::size> key{};
  std::ranges::copy(bytes.first(key.size()), key.begin());
  return crypto::SecretKey::of(key);
}

}  // namespace

base::Result<std::unique_ptr<MemberVault>> MemberVault::open(const std::filesystem::path& path,
                                                             crypto::SecretKey wrapping) {
  MILLPOND_TRY(auto database, sqlite::Connection::open({.path = path}));
  // A rollback journal that is emptied, and pages whose old content is overwritten: a destroyed key stays nowhere.
  MILLPOND_TRY_DO(
      database->execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=TRUNCATE; "
                        "PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON; BEGIN EXCLUSIVE; COMMIT"));
  MILLPOND_TRY_DO(sqlite::migrate(*database, steps));
  return std::unique_ptr<MemberVault>{new MemberVault{std::move(database), std::move(wrapping)}};
}

base::Result<MemberVault::Known> MemberVault::find(base::MemberId member) {
  MILLPOND_TRY(auto row, database_->prepare("SELECT box FROM keys WHERE member=?1"));
  MILLPOND_TRY_DO(row.bind(member));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return Known{};
  if (row.bytes(0).empty()) return Known{Found::destroyed, {}};
  MILLPOND_TRY(auto key, wrapping_.decrypt(place_of(member), row.bytes(0)));
  if (key.size() != crypto::SecretKey::size) return Error{Code::store_corrupt, "read member key", "another length"};
  return Known{Found::key, std::move(key)};
}

base::Result<base::Bytes> MemberVault::seal(base::MemberId member, std::string_view place, base::ByteView text) {
  const std::lock_guard lock{mutex_};
  MILLPOND_TRY(auto known, find(member));
  if (known.found == Found::destroyed) return base::Bytes{};
  if (known.found == Found::none) {
    const auto made = crypto::SecretKey::generate();
    known.key.assign(made.bytes().begin(), made.bytes().end());
    MILLPOND_TRY_DO(database_->run("INSERT INTO keys(member, box) VALUES(?1, ?2)", member,
                                   wrapping_.encrypt(place_of(member), known.key)));
  }
  return key_from(known.key).encrypt(place, text);
}

base::Result<base::Bytes> MemberVault::open_box(base::MemberId member, std::string_view place, base::ByteView box) {
  const std::lock_guard lock{mutex_};
  MILLPOND_TRY(const auto known, find(member));
  if (known.found != Found::key) return Error{Code::not_found, "open payload", "the member's key was destroyed"};
  return key_from(known.key).decrypt(place, box);
}

base::Result<> MemberVault::destroy(base::MemberId member) {
  const std::lock_guard lock{mutex_};
  return database_->run("INSERT INTO keys(member, box) VALUES(?1, x'') ON CONFLICT(member) DO UPDATE SET box=x''",
                        member);
}

}  // namespace millpond::hub
