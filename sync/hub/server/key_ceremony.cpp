// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/key_ceremony.h"

#include "sync/base/clock.h"
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "sync/crypto/key_backup.h"
#include "sync/hub/core/keys.h"

#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

namespace millpond::hub {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;
using Json = nlohmann::ordered_json;

constexpr std::size_t file_bytes_max = 4'096;
constexpr auto root_file = "brand-root.key";
constexpr auto rehearsed_file = "root-rehearsed";
constexpr std::string_view rehearsal = "MILLPOND-REHEARSAL1";  // context of a value that is signed for nothing else

std::int32_t day_at(std::int64_t now_ms) { return base::local_date_at(now_ms, 0).days; }

base::Result<> write_new(const fs::path& file, base::ByteView content) {
  std::error_code ignored;
  if (fs::exists(file, ignored)) return Error{Code::already_exists, "write file", "it is there already", file.string()};
  return base::write_file(file, content, base::Privacy::owner);
}

// Of one key among all, by the day.
std::string_view state_of(const HubKeys& keys, const HubKeyPair& pair, std::int64_t now_ms) {
  const auto& signer = keys.signer(now_ms);
  if (pair.hub_key.number == signer.hub_key.number) return "signs";
  return pair.hub_key.number > signer.hub_key.number ? "next" : "past";
}

base::Result<std::uint16_t> first_day(std::string_view from, std::int64_t now_ms) {
  const auto today = day_at(now_ms);
  if (from == "now") return static_cast<std::uint16_t>(today);
  const auto earliest = today + hub_key_published_days;
  if (from.empty()) return static_cast<std::uint16_t>(earliest);
  const auto date = base::parse_date(from);
  if (!date) return Error{Code::bad_input, "read date", "--from must be a date as in 2027-11-01, or now"};
  if (date->days < earliest || date->days > UINT16_MAX - hub_key_days) {
    return Error{Code::bad_input, "read date", "terminals hear of a key 30 days before it signs",
                 "from " + base::format_date({earliest}) + " on; now, when the key of today is lost"};
  }
  return static_cast<std::uint16_t>(date->days);
}

base::Result<crypto::SigningKey> open_root(const fs::path& root, std::string_view passphrase) {
  MILLPOND_TRY(const bool backup, needs_passphrase(root));
  if (!backup) return crypto::SigningKey::load(root);
  MILLPOND_TRY(const auto content, base::read_file(root, file_bytes_max));
  return crypto::restore_key(content, passphrase);
}

}  // namespace

base::Result<bool> needs_passphrase(const fs::path& root) {
  MILLPOND_TRY(const auto content, base::read_file(root, file_bytes_max));
  return crypto::is_key_backup(content);
}

base::Result<> list_keys(const HubFolder& folder, std::int64_t now_ms, Output output, std::ostream& out) {
  MILLPOND_TRY(const auto keys, load_keys(folder.keys()));
  std::error_code ignored;
  const bool root_here = fs::exists(folder.keys() / root_file, ignored);
  const auto noted = base::read_file(folder.keys() / rehearsed_file, file_bytes_max);
  const auto rehearsed = noted ? std::string{base::text_of(*noted).substr(0, 10)} : std::string{};
  auto list = Json::array();
  for (const auto& pair : keys.pairs) {
    list.push_back({{"number", pair.hub_key.number},
                    {"first_day", base::format_date({pair.hub_key.first_day})},
                    {"last_day", base::format_date({pair.hub_key.last_day})},
                    {"state", state_of(keys, pair, now_ms)},
                    {"key", base::to_hex(pair.hub_key.key)}});
  }
  if (output == Output::json) {
    out << Json{{"brand", base::to_hex(keys.brand.bytes)},
                {"root_here", root_here},
                {"rehearsed", rehearsed},
                {"keys", std::move(list)}}
               .dump()
        << "\n";
    return {};
  }
  for (const auto& key : list) {
    out << "key " << std::setw(3) << key.at("number").get<int>() << "  " << std::left << std::setw(6)
        << key.at("state").get<std::string>() << std::right << key.at("first_day").get<std::string>() << " to "
        << key.at("last_day").get<std::string>() << "  " << key.at("key").get<std::string>().substr(0, 16) << "\n";
  }
  out << "root     "
      << (root_here ? "is on this machine: export, rehearse, then remove it" : "is not here, as it should be")
      << "\nbackup   " << (rehearsed.empty() ? "was never rehearsed" : "rehearsed on " + rehearsed) << "\n";
  return {};
}

base::Result<> next_key(const HubFolder& folder, std::string_view from, std::int64_t now_ms, std::ostream& out) {
  MILLPOND_TRY(const auto day, first_day(from, now_ms));
  MILLPOND_TRY(const auto key, make_next_key(folder.keys(), day));
  const auto request = folder.keys() / ("hub-" + std::to_string(key.number) + ".request");
  out << "key " << key.number << " is made; it signs from " << base::format_date({key.first_day}) << " on\n"
      << "request  " << request.string() << "\n"
      << "next     where the root is: millpond-hub root sign --root BACKUP --key " << request.filename().string()
      << " --out hub-" << key.number << ".vouched\n"
      << "         then here: millpond-hub keys install hub-" << key.number << ".vouched --dir " << folder.dir.string()
      << "\n";
  return {};
}

base::Result<> install_key(const HubFolder& folder, const fs::path& file, std::ostream& out) {
  MILLPOND_TRY(const auto content, base::read_file(file, file_bytes_max));
  MILLPOND_TRY(const auto what, install_signed(folder.keys(), content));
  out << "installed: " << what << "\n"
      << "next     start the hub again; it publishes this to every terminal\n";
  return {};
}

base::Result<> export_root(const HubFolder& folder, const fs::path& file, std::string_view passphrase,
                           std::ostream& out) {
  MILLPOND_TRY(const auto backup, crypto::back_up_key(folder.keys() / root_file, passphrase));
  MILLPOND_TRY_DO(write_new(file, base::view_of(backup + "\n")));
  out << "the brand root is in " << file.string() << ", under your passphrase\n"
      << "next     copy it to two places, then: millpond-hub root rehearse " << file.string() << " --dir "
      << folder.dir.string() << "\n";
  return {};
}

base::Result<> rehearse_root(const HubFolder& folder, const fs::path& file, std::string_view passphrase,
                             std::int64_t now_ms, std::ostream& out) {
  MILLPOND_TRY(const auto keys, load_keys(folder.keys()));
  MILLPOND_TRY(const auto content, base::read_file(file, file_bytes_max));
  MILLPOND_TRY(const auto root, crypto::restore_key(content, passphrase));
  base::Bytes value(32);
  crypto::system_rng().fill(value);
  const auto signature = root.sign(rehearsal, keys.brand, value);
  if (!crypto::verify(keys.root, rehearsal, keys.brand, value, signature)) {
    return Error{Code::hub_key_unvouched, "rehearse backup", "this backup holds the root of another brand",
                 file.string()};
  }
  const auto day = base::format_date({day_at(now_ms)}) + "\n";
  MILLPOND_TRY_DO(base::write_file(folder.keys() / rehearsed_file, base::view_of(day), base::Privacy::owner));
  out << "the backup opens, and what it signs is this brand's\n";
  std::error_code ignored;
  if (fs::exists(folder.keys() / root_file, ignored)) {
    out << "next     when every copy was rehearsed: shred -u " << (folder.keys() / root_file).string() << "\n";
  }
  return {};
}

base::Result<> sign_with_root(const fs::path& root_path, std::string_view passphrase, const ToSign& wanted,
                              const fs::path& file, std::ostream& out) {
  if (wanted.request.empty() && (!wire::usable_hub_url(wanted.url) || wanted.version == 0)) {
    return Error{Code::bad_input, "sign address", "an https URL and a version above the last one are needed"};
  }
  std::optional<wire::HubKey> key;
  if (!wanted.request.empty()) {
    MILLPOND_TRY(const auto request, base::read_file(wanted.request, file_bytes_max));
    MILLPOND_TRY(key, read_key_request(request));
  }
  MILLPOND_TRY(const auto root, open_root(root_path, passphrase));
  const auto content =
      key ? wire::vouch_hub_key(*key, root) : wire::sign_hub_address({wanted.version, wanted.url}, root);
  MILLPOND_TRY_DO(write_new(file, content));
  if (key) {
    out << "vouched for key " << key->number << " from " << base::format_date({key->first_day}) << " to "
        << base::format_date({key->last_day}) << ": " << base::to_hex(key->key) << "\n";
  } else {
    out << "the hub is at " << wanted.url << ", version " << wanted.version << "\n";
  }
  out << "next     on the hub's machine: millpond-hub keys install " << file.filename().string() << " --dir DIR\n";
  return {};
}

}  // namespace millpond::hub
