// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/keys.h"

#include "sync/base/byte_cursor.h"
#include "sync/base/clock.h"
#include "sync/base/file.h"
#include "sync/crypto/hash.h"

#include <algorithm>
#include <system_error>

namespace millpond::hub {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;

constexpr auto root_key_file = "brand-root.key";
constexpr auto root_public_file = "brand-root.pub";
constexpr auto address_file = "hub.address";
constexpr auto phone_file = "phone.key";
constexpr auto secret_file = "secret.key";
constexpr std::uint16_t last_hub_key = 255;  // codes::Issuer::is_hub()
constexpr std::size_t file_bytes_max = 1'024;
constexpr std::string_view request_magic = "MR";
constexpr std::size_t request_bytes = 2 + 2 + 32 + 32 + 2 + 2;

fs::path file_of(const fs::path& folder, std::uint16_t number, const char* what) {
  return folder / ("hub-" + std::to_string(number) + "." + what);
}

Error unusable(const fs::path& path, std::string detail) {
  return {Code::key_unusable, "load hub keys", std::move(detail), path.string()};
}

std::uint16_t day_at(std::int64_t now_ms) { return static_cast<std::uint16_t>(base::local_date_at(now_ms, 0).days); }

wire::HubKey terms_of(std::uint16_t number, const crypto::SigningKey& signing, const crypto::OpeningKey& opening,
                      std::uint16_t first_day) {
  return {number, signing.public_key(), opening.public_key(), first_day,
          static_cast<std::uint16_t>(first_day + hub_key_days)};
}

HubKeys from_root(const crypto::SigningKey& root, std::uint16_t first_day) {
  auto signing = crypto::SigningKey::generate();
  auto opening = crypto::OpeningKey::generate();
  const auto hub_key = terms_of(first_hub_key, signing, opening, first_day);
  HubKeys keys;
  keys.root = root.public_key();
  keys.brand = crypto::brand_id_of(keys.root);
  keys.pairs.push_back({hub_key, wire::vouch_hub_key(hub_key, root), std::move(signing), std::move(opening)});
  keys.phone_key.resize(phone_key_bytes);
  crypto::system_rng().fill(keys.phone_key);
  return keys;
}

base::Result<> write_all(const fs::path& folder, const crypto::SigningKey& root, const HubKeys& keys) {
  MILLPOND_TRY_DO(root.save(folder / root_key_file));
  MILLPOND_TRY_DO(base::write_file(folder / root_public_file, keys.root, base::Privacy::owner));
  for (const auto& pair : keys.pairs) {
    const auto number = pair.hub_key.number;
    MILLPOND_TRY_DO(pair.signing.save(file_of(folder, number, "key")));
    MILLPOND_TRY_DO(pair.opening.save(file_of(folder, number, "seal")));
    MILLPOND_TRY_DO(base::write_file(file_of(folder, number, "vouched"), pair.vouched, base::Privacy::owner));
  }
  MILLPOND_TRY_DO(keys.secret.save(folder / secret_file));
  return base::write_file(folder / phone_file, keys.phone_key, base::Privacy::owner);
}

base::Result<crypto::PublicKey> load_root(const fs::path& folder) {
  const auto path = folder / root_public_file;
  const auto bytes = base::read_file(path, file_bytes_max);
  if (!bytes && bytes.error().code == Code::not_found) {
    return Error{Code::not_found, "load hub keys", "this folder holds no brand", folder.string()};
  }
  if (!bytes) return bytes.error();
  const auto root = crypto::public_key_of(*bytes);
  if (!root) return unusable(path, "a root key has 32 bytes");
  return *root;
}

base::Result<HubKeyPair> load_pair(const fs::path& folder, std::uint16_t number, const crypto::PublicKey& root) {
  const auto vouched_path = file_of(folder, number, "vouched");
  MILLPOND_TRY(auto vouched, base::read_file(vouched_path, file_bytes_max));
  MILLPOND_TRY(auto signing, crypto::SigningKey::load(file_of(folder, number, "key")));
  MILLPOND_TRY(auto opening, crypto::OpeningKey::load(file_of(folder, number, "seal")));
  const auto hub_key = wire::open_hub_key(vouched, root);
  if (!hub_key) return unusable(vouched_path, "the brand's root did not vouch for this");
  if (hub_key->number != number || hub_key->key != signing.public_key() ||
      hub_key->sealing_key != opening.public_key()) {
    return unusable(file_of(folder, number, "key"), "not the key that the brand's root vouched for");
  }
  return HubKeyPair{*hub_key, std::move(vouched), std::move(signing), std::move(opening)};
}

bool there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

base::Bytes encode_request(const wire::HubKey& key) {
  const auto magic = base::view_of(request_magic);
  base::Bytes bytes{magic.begin(), magic.end()};
  base::append_big_endian(bytes, key.number, 2);
  base::append(bytes, key.key);
  base::append(bytes, key.sealing_key);
  base::append_big_endian(bytes, key.first_day, 2);
  base::append_big_endian(bytes, key.last_day, 2);
  return bytes;
}

base::Result<std::string> install_address(const fs::path& folder, const crypto::PublicKey& root,
                                          base::ByteView content) {
  MILLPOND_TRY(const auto address, wire::open_hub_address(content, root));
  if (const auto before = base::read_file(folder / address_file, file_bytes_max)) {
    const auto installed = wire::open_hub_address(*before, root);
    if (installed && installed->version >= address.version && *installed != address) {
      return Error{Code::bad_input, "install hub address",
                   "version " + std::to_string(installed->version) + " is installed, the next one must be higher"};
    }
  }
  MILLPOND_TRY_DO(base::write_file(folder / address_file, content, base::Privacy::owner));
  return "address " + address.url + ", version " + std::to_string(address.version);
}

}  // namespace

const HubKeyPair& HubKeys::signer(std::int64_t now_ms) const {
  MILLPOND_CHECK(!pairs.empty());
  const auto today = day_at(now_ms);
  const auto begun = std::find_if(pairs.rbegin(), pairs.rend(), [&](const HubKeyPair& pair) {
    return pair.hub_key.first_day <= today && !pair.withdrawn->load();
  });
  return begun == pairs.rend() ? pairs.front() : *begun;
}

base::Result<base::Bytes> HubKeys::open_sealed(base::ByteView box) const {
  MILLPOND_CHECK(!pairs.empty());
  for (std::size_t i = pairs.size() - 1; i > 0; --i) {
    if (auto opened = pairs[i].opening.open(box)) return opened;
  }
  return pairs.front().opening.open(box);
}

HubKeys generate_keys() { return from_root(crypto::SigningKey::generate(), 0); }

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
  auto keys = from_root(root, day_at(base::system_clock().wall_ms()));
  MILLPOND_TRY_DO(write_all(aside, root, keys));
  fs::rename(aside, folder, failure);
  if (failure) return Error{Code::file_unwritable, "make hub keys", failure.message(), folder.string()};
  return keys;
}

base::Result<HubKeys> load_keys(const fs::path& folder) {
  HubKeys keys;
  MILLPOND_TRY(keys.root, load_root(folder));
  keys.brand = crypto::brand_id_of(keys.root);
  for (std::uint16_t number = first_hub_key; number <= last_hub_key; ++number) {
    if (!there(file_of(folder, number, "vouched"))) continue;
    MILLPOND_TRY(auto pair, load_pair(folder, number, keys.root));
    keys.pairs.push_back(std::move(pair));
  }
  if (keys.pairs.empty()) {
    return Error{Code::not_found, "load hub keys", "no key here has the brand root's word", folder.string()};
  }
  MILLPOND_TRY(keys.phone_key, base::read_file(folder / phone_file, file_bytes_max));
  if (keys.phone_key.size() != phone_key_bytes) return unusable(folder / phone_file, "a phone key has 32 bytes");
  MILLPOND_TRY(keys.secret, crypto::SecretKey::load(folder / secret_file));
  if (there(folder / address_file)) {
    MILLPOND_TRY(keys.address, base::read_file(folder / address_file, file_bytes_max));
    if (!wire::open_hub_address(keys.address, keys.root)) {
      return unusable(folder / address_file, "the brand's root did not sign this");
    }
  }
  return keys;
}

base::Result<wire::HubKey> make_next_key(const fs::path& folder, std::uint16_t first_day) {
  MILLPOND_TRY_DO(load_root(folder));
  std::uint16_t number = first_hub_key;
  while (number <= last_hub_key && there(file_of(folder, number, "vouched"))) ++number;
  if (number > last_hub_key) return Error{Code::ids_exhausted, "make hub key", "255 keys were made", folder.string()};
  const auto key_path = file_of(folder, number, "key");
  const auto seal_path = file_of(folder, number, "seal");
  if (!there(key_path)) { MILLPOND_TRY_DO(crypto::SigningKey::generate().save(key_path)); }
  if (!there(seal_path)) { MILLPOND_TRY_DO(crypto::OpeningKey::generate().save(seal_path)); }
  MILLPOND_TRY(const auto signing, crypto::SigningKey::load(key_path));
  MILLPOND_TRY(const auto opening, crypto::OpeningKey::load(seal_path));
  const auto key = terms_of(number, signing, opening, first_day);
  MILLPOND_TRY_DO(base::write_file(file_of(folder, number, "request"), encode_request(key), base::Privacy::owner));
  return key;
}

base::Result<wire::HubKey> read_key_request(base::ByteView request) {
  const Error unreadable{Code::bad_input, "read key request", "not a request that `keys next` wrote"};
  if (request.size() != request_bytes) return unreadable;
  base::ByteCursor cursor{request};
  if (base::text_of(cursor.take(2)) != request_magic) return unreadable;
  wire::HubKey key;
  key.number = cursor.number<std::uint16_t>(2);
  key.key = cursor.array<crypto::PublicKey>();
  key.sealing_key = cursor.array<std::array<std::uint8_t, 32>>();
  key.first_day = cursor.number<std::uint16_t>(2);
  key.last_day = cursor.number<std::uint16_t>(2);
  if (key.number < first_hub_key || key.number > last_hub_key || key.last_day < key.first_day) return unreadable;
  return key;
}

base::Result<std::string> install_signed(const fs::path& folder, base::ByteView content) {
  MILLPOND_TRY(const auto root, load_root(folder));
  if (base::text_of(content).starts_with("MA")) return install_address(folder, root, content);
  const auto hub_key = wire::open_hub_key(content, root);
  if (!hub_key) {
    return Error{Code::hub_key_unvouched, "install hub key", "this brand's root did not sign it", folder.string()};
  }
  const auto number = hub_key->number;
  const auto signing = crypto::SigningKey::load(file_of(folder, number, "key"));
  const auto opening = crypto::OpeningKey::load(file_of(folder, number, "seal"));
  if (!signing || !opening || signing->public_key() != hub_key->key || opening->public_key() != hub_key->sealing_key) {
    return Error{Code::key_unusable, "install hub key", "this folder has no such key " + std::to_string(number),
                 folder.string()};
  }
  MILLPOND_TRY_DO(base::write_file(file_of(folder, number, "vouched"), content, base::Privacy::owner));
  std::error_code ignored;
  fs::remove(file_of(folder, number, "request"), ignored);
  return "key " + std::to_string(number) + ", which signs from " + base::format_date({hub_key->first_day}) + " on";
}

}  // namespace millpond::hub
