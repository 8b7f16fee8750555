// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/identity.h"

#include "sync/base/file.h"
#include "sync/crypto/hash.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace millpond::terminal {
namespace {

using Json = nlohmann::json;

constexpr int identity_version = 1;
constexpr std::size_t phone_key_bytes_min = 16;  // of keyed BLAKE2b
constexpr std::size_t phone_key_bytes_max = 64;

std::filesystem::path key_path(const std::filesystem::path& folder) { return folder / "terminal.key"; }
std::filesystem::path identity_path(const std::filesystem::path& folder) { return folder / "identity.json"; }

base::Error misfit(const std::filesystem::path& folder, const char* what) {
  return {base::Code::certificate_invalid, "load identity", what, identity_path(folder).string()};
}

// What identity.json says, before anything in it is believed.
struct Stored {
  std::string hub_url;
  base::Bytes root;
  base::Bytes hub_key;
  base::Bytes certificate;
  base::Bytes phone_key;
};

std::optional<base::Bytes> bytes_member(const Json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_string()) return std::nullopt;
  return base::from_hex(at->get_ref<const std::string&>());
}

std::optional<Stored> parse_stored(base::ByteView text) {
  const auto json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("hub_url") || !json["hub_url"].is_string()) return std::nullopt;
  if (json.value("version", Json{}) != identity_version) return std::nullopt;
  auto root = bytes_member(json, "root");
  auto hub_key = bytes_member(json, "hub_key");
  auto certificate = bytes_member(json, "certificate");
  auto phone_key = bytes_member(json, "phone_key");
  if (!root || !hub_key || !certificate || !phone_key) return std::nullopt;
  return Stored{json["hub_url"].get<std::string>(), std::move(*root), std::move(*hub_key), std::move(*certificate),
                std::move(*phone_key)};
}

base::Bytes encode_stored(const Stored& stored) {
  const Json json{{"version", identity_version},
                  {"hub_url", stored.hub_url},
                  {"root", base::to_hex(stored.root)},
                  {"hub_key", base::to_hex(stored.hub_key)},
                  {"certificate", base::to_hex(stored.certificate)},
                  {"phone_key", base::to_hex(stored.phone_key)}};
  // A URL that is not UTF-8 is replaced, not thrown over: the hub will be unreachable, and that is told.
  const auto text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

bool usable_phone_key(base::ByteView key) {
  return key.size() >= phone_key_bytes_min && key.size() <= phone_key_bytes_max;
}

}  // namespace

base::Result<Identity> load_identity(const std::filesystem::path& folder) {
  const base::Error absent{base::Code::not_provisioned, "load identity", "this machine is not a terminal yet",
                           folder.string()};
  auto text = base::read_file(identity_path(folder), 1U << 20);
  if (!text) return text.error().code == base::Code::not_found ? absent : text.error();
  auto key = crypto::SigningKey::load(key_path(folder));
  if (!key)
    return key.error().code == base::Code::not_found ? misfit(folder, "the private key is missing") : key.error();

  auto stored = parse_stored(*text);
  if (!stored) return misfit(folder, "unreadable");
  const auto root = crypto::public_key_of(stored->root);
  if (!root || !usable_phone_key(stored->phone_key)) return misfit(folder, "a key has a wrong length");
  const auto brand = crypto::brand_id_of(*root);
  MILLPOND_TRY(auto hub_key, wire::open_hub_key(stored->hub_key, *root));
  MILLPOND_TRY(auto certificate, wire::open_certificate(stored->certificate, hub_key.key, brand));
  if (certificate.key != key->public_key()) return misfit(folder, "the certificate is for another key");
  return Identity{
      std::move(stored->hub_url),   *root,          brand, hub_key, std::move(stored->certificate), certificate,
      std::move(stored->phone_key), std::move(*key)};
}

base::Result<crypto::SigningKey> load_or_make_key(const std::filesystem::path& folder) {
  std::error_code problem;
  if (std::filesystem::create_directories(folder, problem)) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, problem);
  }
  if (problem) return base::Error{base::Code::file_unwritable, "make folder", problem.message(), folder.string()};
  auto loaded = crypto::SigningKey::load(key_path(folder));
  if (loaded || loaded.error().code != base::Code::not_found) return loaded;
  auto key = crypto::SigningKey::generate();
  MILLPOND_TRY_DO(key.save(key_path(folder)));
  return key;
}

base::Result<> save_identity(const std::filesystem::path& folder, std::string_view hub_url,
                             const wire::ProvisionAnswer& answer) {
  MILLPOND_TRY(const auto key, crypto::SigningKey::load(key_path(folder)));
  MILLPOND_TRY(const auto checked, wire::check_answer(answer, key.public_key()));
  if (!usable_phone_key(answer.phone_key)) {
    return base::Error{base::Code::certificate_invalid, "save identity", "the phone key has a wrong length"};
  }
  const auto present = load_identity(folder);
  if (present && (present->brand != checked.brand || present->certificate.terminal != checked.certificate.terminal)) {
    return base::Error{base::Code::config_invalid, "save identity", "this folder belongs to another terminal",
                       folder.string()};
  }
  const base::Bytes root{answer.root.begin(), answer.root.end()};
  return base::write_file(
      identity_path(folder),
      encode_stored({std::string{hub_url}, root, answer.hub_key, answer.certificate, answer.phone_key}),
      base::Privacy::owner);
}

}  // namespace millpond::terminal
