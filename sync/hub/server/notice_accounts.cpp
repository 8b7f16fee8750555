// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/notice_accounts.h"

#include "sync/base/file.h"
#include "sync/crypto/aes_gcm.h"

namespace millpond::hub {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;
using notices::Provider;

constexpr std::size_t file_bytes_max = 64U << 10;
constexpr std::size_t secret_bytes_min = 16;
constexpr std::size_t secret_bytes_max = 256;
constexpr std::string_view credential_prefix = "credential:";

Error unusable(std::string why, const fs::path& file) {
  return {Code::key_unusable, "read notice account", std::move(why), file.string()};
}

base::Result<base::Bytes> read_secret(const std::string& name, Provider provider, const fs::path& folder,
                                      const fs::path& credentials) {
  const bool is_credential = name.starts_with(credential_prefix);
  const auto file = is_credential ? credentials / name.substr(credential_prefix.size()) : folder / name;
  // Who may read a credential is systemd's business.
  std::error_code ignored;
  constexpr auto others = fs::perms::group_all | fs::perms::others_all;
  if (!is_credential && (fs::status(file, ignored).permissions() & others) != fs::perms::none && fs::exists(file)) {
    return unusable("others than its owner can read it: chmod 600", file);
  }
  MILLPOND_TRY(auto secret, base::read_file(file, file_bytes_max));
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  const bool fits = provider == Provider::wechat_pay
                        ? secret.size() == crypto::aes_gcm_key_bytes
                        : secret.size() >= secret_bytes_min && secret.size() <= secret_bytes_max;
  if (!fits) return unusable("an APIv3 key has 32 characters, another secret 16 to 256", file);
  return secret;
}

base::Result<LoadedAccount> load(const NoticeAccount& settings, const fs::path& folder, const fs::path& credentials) {
  LoadedAccount loaded;
  auto& account = loaded.account;
  account.name = settings.name;
  account.provider = notices::provider_of(settings.provider).value_or(Provider::wechat_pay);
  account.merchant = settings.merchant;
  account.partner = settings.partner;
  account.apps = settings.apps;
  account.utc_offset_min = settings.utc_offset_min;
  account.store = {settings.store};
  for (const auto& [name, store] : settings.stores) account.stores[name] = {store};
  const auto currency = base::parse_currency(settings.currency);
  if (!currency) {
    return Error{Code::config_invalid, "read notice account",
                 "notices." + settings.name + " has a currency that is not known"};
  }
  account.currency = *currency;
  for (const auto& key : settings.keys) {
    MILLPOND_TRY(const auto pem, base::read_file(folder / key.file, file_bytes_max));
    const auto read = crypto::RsaPublicKey::read(pem);
    if (!read) return unusable(read.error().detail, folder / key.file);
    const auto serial = key.serial.empty() ? read->serial() : key.serial;
    if (serial.empty() && account.provider == Provider::wechat_pay) {
      return unusable("a bare key needs its serial, PUB_KEY_ID_...", folder / key.file);
    }
    account.keys.push_back({serial, *read});
  }
  for (const auto& secret : settings.secrets) {
    MILLPOND_TRY(auto bytes, read_secret(secret, account.provider, folder, credentials));
    account.secrets.push_back(std::move(bytes));
  }
  const bool is_sale = account.provider == Provider::erpnext || account.provider == Provider::odoo;
  loaded.terms.wait_ms = is_sale ? 0 : std::int64_t{settings.wait_s} * 1'000;
  return loaded;
}

}  // namespace

base::Result<NoticeAccounts> load_notice_accounts(const std::vector<NoticeAccount>& settings, const fs::path& folder,
                                                  const fs::path& credentials) {
  NoticeAccounts accounts;
  for (const auto& each : settings) {
    MILLPOND_TRY(auto loaded, load(each, folder, credentials));
    accounts.emplace(each.name, std::move(loaded));
  }
  return accounts;
}

}  // namespace millpond::hub
