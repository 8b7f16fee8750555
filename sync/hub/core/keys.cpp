// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/keys.h"

#include "sync/base/file.h"
#include "sync/crypto/hash.h"

#include <system_error>

namespace millpond::hub {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;

constexpr auto root_key_file = "brand-root.key";
constexpr auto root_public_file = "brand-root.pub";
constexpr auto signing_file = "hub-1.key";
constexpr auto opening_file = "hub-1.seal";
constexpr auto vouched_file = "hub-1.vouched";
constexpr auto phone_file = "phone.key";

Error unusable(const fs::path& path, std::string detail) {
  return {Code::key_unusable, "load hub keys", std::move(detail), path.string()};
}

HubKeys from_root(const crypto::SigningKey& root) {
  auto signing = crypto::SigningKey::generate();
  auto opening = crypto::OpeningKey::generate();
  const wire::HubKey hub_key{first_hub_key, signing.public_key(), opening.public_key()};
  base::Bytes phone_key(phone_key_bytes);
  crypto::system_rng().fill(phone_key);
  return {root.public_key(),
          crypto::brand_id_of(root.public_key()),
          hub_key,
          wire::vouch_hub_key(hub_key, root),
          std::move(signing),
          std::move(opening),
          std::move(phone_key)};
}

base::Result<> write_all(const fs::path& folder, const crypto::SigningKey& root, const HubKeys& keys) {
  MILLPOND_TRY_DO(root.save(folder / root_key_file));
  MILLPOND_TRY_DO(base::write_file(folder / root_public_file, keys.root, base::Privacy::owner));
  MILLPOND_TRY_DO(keys.signing.save(folder / signing_file));
  MILLPOND_TRY_DO(keys.opening.save(folder / opening_file));
  MILLPOND_TRY_DO(base::write_file(folder / vouched_file, keys.vouched, base::Privacy::owner));
  return base::write_file(folder / phone_file, keys.phone_key, base::Privacy::owner);
}

}  // namespace

HubKeys generate_keys() { return from_root(crypto::SigningKey::generate()); }

base::Result<HubKeys> create_keys(const fs::path& folder) {
  std::error_code failure;
  if (fs::exists(folder, failure)) {
    return Error{Code::already_exists, "make hub keys", "there are keys already", folder.string()};
  }
  // Made aside and renamed, so that an interrupted init leaves no half brand behind.
  auto aside = folder;
  aside += ".new";
  fs::remove_all(aside, failure);
  fs::create_directories(aside, failure);
  if (!failure) fs::permissions(aside, fs::perms::owner_all, failure);
  if (failure) return Error{Code::permission_denied, "make hub keys", failure.message(), aside.string()};

  const auto root = crypto::SigningKey::generate();
  auto keys = from_root(root);
  MILLPOND_TRY_DO(write_all(aside, root, keys));
  fs::rename(aside, folder, failure);
  if (failure) return Error{Code::file_unwritable, "make hub keys", failure.message(), folder.string()};
  return keys;
}

base::Result<HubKeys> load_keys(const fs::path& folder) {
  const auto root_path = folder / root_public_file;
  auto root_bytes = base::read_file(root_path, 64);
  if (!root_bytes && root_bytes.error().code == Code::not_found) {
    return Error{Code::not_found, "load hub keys", "this folder holds no brand", folder.string()};
  }
  if (!root_bytes) return root_bytes.error();
  const auto root = crypto::public_key_of(*root_bytes);
  if (!root) return unusable(root_path, "a root key has 32 bytes");

  MILLPOND_TRY(auto signing, crypto::SigningKey::load(folder / signing_file));
  MILLPOND_TRY(auto opening, crypto::OpeningKey::load(folder / opening_file));
  MILLPOND_TRY(auto vouched, base::read_file(folder / vouched_file, 1024));
  MILLPOND_TRY(auto phone_key, base::read_file(folder / phone_file, 1024));
  if (phone_key.size() != phone_key_bytes) return unusable(folder / phone_file, "a phone key has 32 bytes");
  const auto hub_key = wire::open_hub_key(vouched, *root);
  if (!hub_key) return unusable(folder / vouched_file, "the brand's root did not vouch for this");
  if (hub_key->key != signing.public_key() || hub_key->sealing_key != opening.public_key()) {
    return unusable(folder / signing_file, "not the key that the brand's root vouched for");
  }
  return HubKeys{*root,
                 crypto::brand_id_of(*root),
                 *hub_key,
                 std::move(vouched),
                 std::move(signing),
                 std::move(opening),
                 std::move(phone_key)};
}

}  // namespace millpond::hub
