// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/till_keys.h"

#include "sync/base/file.h"
#include "sync/crypto/hash.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::size_t secret_bytes = 32;

Result<std::vector<till::Key>> load_file(const std::filesystem::path& path) {
  MILLPOND_TRY(const auto content, base::read_file(path, 65'536));
  const Error unusable{Code::key_unusable, "load till keys", "not a key file", path.string()};
  const auto rows = nlohmann::json::parse(content, nullptr, false);
  if (!rows.is_array()) return unusable;
  std::vector<till::Key> keys;
  for (const auto& row : rows) {
    const bool shaped = row.is_object() && row.contains("id") && row["id"].is_string() && row.contains("secret") &&
                        row["secret"].is_string();
    auto secret = shaped ? base::from_hex(row["secret"].get<std::string>()) : std::nullopt;
    if (!secret || secret->size() != secret_bytes) return unusable;
    keys.push_back({row["id"].get<std::string>(), path.stem().string(), std::move(*secret)});
  }
  return keys;
}

}  // namespace

bool is_till_name(const std::string& name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

Result<std::vector<till::Key>> load_till_keys(const std::filesystem::path& folder) {
  std::vector<till::Key> keys;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{folder / "tills", ignored}) {
    if (entry.path().extension() != ".json") continue;
    MILLPOND_TRY(auto loaded, load_file(entry.path()));
    std::move(loaded.begin(), loaded.end(), std::back_inserter(keys));
  }
  return keys;
}

Result<till::Key> make_till_key(const std::filesystem::path& folder, const std::string& till) {
  if (!is_till_name(till))
    return Error{Code::bad_input, "make till key", "a till's name is 1 to 32 letters, digits, '-' and '_'"};
  const auto path = folder / "tills" / (till + ".json");
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  std::vector<till::Key> keys;
  if (auto loaded = load_file(path))
    keys = std::move(loaded).value();
  else if (loaded.error().code != Code::not_found)
    return loaded.error();

  till::Key key{.id = {}, .till = till, .secret = base::Bytes(secret_bytes)};
  std::array<std::uint8_t, 6> id{};
  crypto::system_rng().fill(id);
  crypto::system_rng().fill(key.secret);
  key.id = till + "-" + base::to_hex(id);
  keys.push_back(key);
  if (keys.size() > till::Gateway::keys_per_till_max) keys.erase(keys.begin());

  auto rows = nlohmann::json::array();
  for (const auto& each : keys) rows.push_back({{"id", each.id}, {"secret", base::to_hex(each.secret)}});
  MILLPOND_TRY_DO(base::write_file(path, base::view_of(rows.dump()), base::Privacy::owner));
  return key;
}

}  // namespace millpond::service
