// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/identity.h"

#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "sync/wire/hub_address.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace millpond::terminal {
namespace {

using Json = nlohmann::json;

constexpr int identity_version = 1;

std::filesystem::path key_path(const std::filesystem::path& folder) { return folder / "terminal.key"; }
std::filesystem::path identity_path(const std::filesystem::path& folder) { return folder / "identity.json"; }

base::Error misfit(const std::filesystem::path& folder, const char* what) {
  return {base::Code::certificate_invalid, "load identity", what, identity_path(folder).string()};
}

base::Result<> check_url(const std::filesystem::path& folder, std::string_view hub_url) {
  if (wire::usable_hub_url(hub_url)) return {};
  return base::Error{base::Code::config_invalid, "use identity",
                     "hub_url must be https://HOST, or http://127.0.0.1:PORT of a hub on this machine",
                     identity_path(folder).string()};
}

// What identity.json says, before anything in it is believed.
struct Stored {
  std::string hub_url;
  base::Bytes root;
  base::Bytes hub_key;
  base::Bytes certificate;
  base::Bytes grant{};  // with its binding, instead of a certificate
  base::Bytes binding{};
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
  if (!root || !hub_key || !certificate) return std::nullopt;
  return Stored{json["hub_url"].get<std::string>(),
                std::move(*root),
                std::move(*hub_key),
                std::move(*certificate),
                bytes_member(json, "grant").value_or(base::Bytes{}),
                bytes_member(json, "binding").value_or(base::Bytes{})};
}

base::Bytes encode_stored(const Stored& stored) {
  Json json{{"version", identity_version},
            {"hub_url", stored.hub_url},
            {"root", base::to_hex(stored.root)},
            {"hub_key", base::to_hex(stored.hub_key)},
            {"certificate", base::to_hex(stored.certificate)}};
  if (!stored.grant.empty()) {
    json["grant"] = base::to_hex(stored.grant);
    json["binding"] = base::to_hex(stored.binding);
  }
  // A URL that is not UTF-8 is replaced, not thrown over: the hub will be unreachable, and that is told.
  const auto text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

Stored stored_of(const Identity& identity) {
  Stored stored{identity.hub_url,
                {identity.root.begin(), identity.root.end()},
                identity.hub_key_bytes,
                identity.certificate_bytes};
  if (identity.unbound) {
    stored.grant = identity.unbound->grant;
    stored.binding.assign(identity.unbound->binding.begin(), identity.unbound->binding.end());
  }
  return stored;
}

// What a grant says of its machine, as a certificate would.
wire::Certificate word_of(const wire::Grant& grant, const base::BrandId& brand, const crypto::PublicKey& key) {
  wire::Certificate certificate;
  certificate.brand_tag = brand.tag();
  certificate.hub_key = grant.hub_key;
  certificate.terminal = grant.terminal;
  certificate.generation = grant.generation;
  certificate.store = grant.store;
  certificate.key = key;
  certificate.first_day = grant.first_day;
  certificate.last_day = grant.last_day;
  certificate.serial = grant.serial;
  return certificate;
}

// Whose folder it is, whatever its URL is worth.
base::Result<Identity> read_identity(const std::filesystem::path& folder) {
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
  if (!root) return misfit(folder, "a key has a wrong length");
  const auto brand = crypto::brand_id_of(*root);
  MILLPOND_TRY(auto hub_key, wire::open_hub_key(stored->hub_key, *root));
  std::optional<GrantBinding> unbound;
  wire::Certificate certificate;
  if (stored->grant.empty()) {
    MILLPOND_TRY(certificate, wire::open_certificate(stored->certificate, hub_key.key, brand));
  } else {
    MILLPOND_TRY(const auto grant, wire::open_grant(stored->grant, hub_key.key, brand));
    const auto binding = crypto::signature_of(stored->binding);
    if (!binding || !wire::binding_holds(grant, brand, key->public_key(), *binding)) {
      return misfit(folder, "the grant is bound to another key");
    }
    certificate = word_of(grant, brand, key->public_key());
    unbound = GrantBinding{stored->grant, *binding};
  }
  if (certificate.key != key->public_key()) return misfit(folder, "the certificate is for another key");
  return Identity{std::move(stored->hub_url),
                  *root,
                  brand,
                  hub_key,
                  std::move(stored->certificate),
                  certificate,
                  std::move(*key),
                  std::move(stored->hub_key),
                  std::move(unbound),
                  MovingDay{certificate.last_day}};
}

}  // namespace

base::Result<Identity> load_identity(const std::filesystem::path& folder) {
  MILLPOND_TRY(auto identity, read_identity(folder));
  MILLPOND_TRY_DO(check_url(folder, identity.hub_url));
  return identity;
}

base::Result<> check_granted(const std::filesystem::path& folder, const wire::CheckedSheet& checked, std::int32_t day) {
  if (day < checked.grant.first_day || day > checked.grant.last_day) {
    // The hub dates a grant from the day it makes it, so whoever has an earlier day has a wrong clock.
    const bool early = day < checked.grant.first_day;
    return base::Error{early ? base::Code::clock_skew : base::Code::grant_expired, "use grant",
                       "good from " + base::format_date({checked.grant.first_day}) + " to " +
                           base::format_date({checked.grant.last_day}) + ", and this machine's clock says " +
                           base::format_date({day})};
  }
  if (const auto present = read_identity(folder)) {
    return base::Error{base::Code::config_invalid, "use grant", "this folder belongs to a terminal", folder.string()};
  }
  return {};
}

base::Result<> save_granted(const std::filesystem::path& folder, const wire::GrantSheet& sheet,
                            const wire::CheckedSheet& checked, std::int32_t day) {
  MILLPOND_TRY_DO(check_url(folder, sheet.hub_url));
  MILLPOND_TRY_DO(check_granted(folder, checked, day));
  MILLPOND_TRY(const auto key, load_or_make_key(folder));
  const auto binding = wire::bind_grant(checked.key, checked.brand, key.public_key());
  Stored stored;
  stored.hub_url = sheet.hub_url;
  stored.root.assign(sheet.root.begin(), sheet.root.end());
  stored.hub_key = sheet.hub_key;
  stored.grant = sheet.grant;
  stored.binding.assign(binding.begin(), binding.end());
  return base::write_file(identity_path(folder), encode_stored(stored), base::Privacy::owner);
}

base::Result<> renew_identity(const std::filesystem::path& folder, const wire::RenewAnswer& answer) {
  MILLPOND_TRY(const auto present, load_identity(folder));
  MILLPOND_TRY_DO(wire::check_renewal(answer, present.certificate, present.root));
  auto stored = stored_of(present);
  stored.hub_key = answer.hub_key;
  stored.certificate = answer.certificate;
  return base::write_file(identity_path(folder), encode_stored(stored), base::Privacy::owner);
}

base::Result<> move_identity(const std::filesystem::path& folder, std::string_view hub_url) {
  MILLPOND_TRY_DO(check_url(folder, hub_url));
  MILLPOND_TRY(const auto present, read_identity(folder));
  auto stored = stored_of(present);
  stored.hub_url = hub_url;
  return base::write_file(identity_path(folder), encode_stored(stored), base::Privacy::owner);
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
  MILLPOND_TRY_DO(check_url(folder, hub_url));
  const auto present = read_identity(folder);
  if (present && (present->brand != checked.brand || present->certificate.terminal != checked.certificate.terminal)) {
    return base::Error{base::Code::config_invalid, "save identity", "this folder belongs to another terminal",
                       folder.string()};
  }
  const base::Bytes root{answer.root.begin(), answer.root.end()};
  return base::write_file(identity_path(folder),
                          encode_stored({std::string{hub_url}, root, answer.hub_key, answer.certificate}),
                          base::Privacy::owner);
}

}  // namespace millpond::terminal
