// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/config.h"

#include "sync/base/file.h"
#include "sync/crypto/pin.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <toml++/toml.h>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t config_bytes_max = 1U << 20;
constexpr std::int64_t points_limit_max = 1'000'000'000'000;

// One row a key. A reader returns what is wrong, or nothing.
using Reader = std::function<std::string(const toml::node&, HubConfig&)>;

Reader text(std::string HubConfig::*field) {
  return [field](const toml::node& node, HubConfig& config) -> std::string {
    const auto value = node.value_exact<std::string>();
    if (!value) return "must be a text in quotes";
    config.*field = *value;
    return {};
  };
}

template <class Number>
Reader number(Number HubConfig::*field, std::int64_t min, std::int64_t max) {
  return [field, min, max](const toml::node& node, HubConfig& config) -> std::string {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < min || *value > max) {
      return "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max);
    }
    config.*field = static_cast<Number>(*value);
    return {};
  };
}

std::string phone_scope(const toml::node& node, HubConfig& config) {
  const auto value = node.value_exact<std::string>();
  if (!value || (*value != "store" && *value != "region" && *value != "chain")) {
    return "must be \"store\", \"region\" or \"chain\"";
  }
  config.phone_scope = *value;
  return {};
}

std::string pin_passes(const toml::node& node, HubConfig& config) {
  const auto value = node.value_exact<std::int64_t>();
  constexpr std::int64_t min = crypto::pin_passes_min;
  constexpr std::int64_t max = crypto::pin_passes_max;
  if (!value || (*value != 0 && (*value < min || *value > max))) {
    return "must be 0, or a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  }
  config.pin_passes = static_cast<std::uint32_t>(*value);
  return {};
}

std::string durability(const toml::node& node, HubConfig& config) {
  const auto value = node.value_exact<std::string>();
  if (!value || (*value != "safe" && *value != "wal")) return "must be \"safe\" or \"wal\"";
  config.durability = *value;
  return {};
}

// { "12" = 3 }: store 12 belongs to region 3.
std::string regions(const toml::node& node, HubConfig& config) {
  const auto* const table = node.as_table();
  if (table == nullptr) return "must be a table of stores";
  for (const auto& [name, region] : *table) {
    std::uint32_t store = 0;
    const auto text = name.str();
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), store);
    const auto number = region.value_exact<std::int64_t>();
    const bool good = failure == std::errc{} && end == text.data() + text.size() && store > 0 && number &&
                      *number >= 0 && *number <= INT32_MAX;
    if (!good) return "must name stores and regions by number, as in 12 = 3";
    config.regions[store] = static_cast<std::uint32_t>(*number);
  }
  return {};
}

bool is_account_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool take_texts(const toml::node& node, std::vector<std::string>& into) {
  const auto* const list = node.as_array();
  if (list == nullptr) return false;
  for (const auto& each : *list) {
    const auto value = each.value_exact<std::string>();
    if (!value || value->empty()) return false;
    into.push_back(*value);
  }
  return true;
}

// [{ file = "a.pem" }, { file = "b.pem", serial = "PUB_KEY_ID_..." }]
bool take_keys(const toml::node& node, std::vector<NoticeAccount::Key>& into) {
  const auto* const list = node.as_array();
  if (list == nullptr) return false;
  for (const auto& each : *list) {
    const auto* const table = each.as_table();
    if (table == nullptr) return false;
    NoticeAccount::Key key;
    for (const auto& [name, value] : *table) {
      const auto text_value = value.value_exact<std::string>();
      if (!text_value || (name.str() != "file" && name.str() != "serial")) return false;
      (name.str() == "file" ? key.file : key.serial) = *text_value;
    }
    if (key.file.empty()) return false;
    into.push_back(std::move(key));
  }
  return true;
}

bool take_stores(const toml::node& node, std::map<std::string, std::uint32_t>& into) {
  const auto* const table = node.as_table();
  if (table == nullptr) return false;
  for (const auto& [name, value] : *table) {
    const auto store = value.value_exact<std::int64_t>();
    if (!store || *store < 1 || *store > INT32_MAX) return false;
    into[std::string{name.str()}] = static_cast<std::uint32_t>(*store);
  }
  return true;
}

template <class Number>
bool take_number(const toml::node& node, std::int64_t min, std::int64_t max, Number& into) {
  const auto value = node.value_exact<std::int64_t>();
  if (!value || *value < min || *value > max) return false;
  into = static_cast<Number>(*value);
  return true;
}

bool take_text(const toml::node& node, std::string& into) {
  const auto value = node.value_exact<std::string>();
  into = value.value_or("");
  return value.has_value();
}

// What is wrong with one account, or nothing.
std::string read_account(const toml::table& table, NoticeAccount& account) {
  for (const auto& [key, node] : table) {
    const auto name = key.str();
    bool fits = false;
    if (name == "provider")
      fits = take_text(node, account.provider);
    else if (name == "merchant")
      fits = take_text(node, account.merchant);
    else if (name == "partner")
      fits = take_text(node, account.partner);
    else if (name == "currency")
      fits = take_text(node, account.currency);
    else if (name == "apps")
      fits = take_texts(node, account.apps);
    else if (name == "secrets")
      fits = take_texts(node, account.secrets);
    else if (name == "keys")
      fits = take_keys(node, account.keys);
    else if (name == "stores")
      fits = take_stores(node, account.stores);
    else if (name == "store")
      fits = take_number(node, 0, INT32_MAX, account.store);
    else if (name == "utc_offset_min")
      fits = take_number(node, -1'440, 1'440, account.utc_offset_min);
    else if (name == "wait_s")
      fits = take_number(node, 0, 604'800, account.wait_s);
    else
      return "has no setting \"" + std::string{name} + "\"";
    if (!fits) return "has a \"" + std::string{name} + "\" that is not as docs/notices.md describes it";
  }
  constexpr std::array providers{"wechat_pay", "alipay", "erpnext", "odoo"};
  if (std::ranges::count(providers, account.provider) == 0) {
    return "needs a provider: wechat_pay, alipay, erpnext or odoo";
  }
  const bool needs_keys = account.provider == "wechat_pay" || account.provider == "alipay";
  if (needs_keys && account.keys.empty()) return "needs keys, the provider's public keys or certificates";
  if (account.provider != "alipay" && account.secrets.empty()) return "needs secrets";
  return {};
}

std::string notices(const toml::node& node, HubConfig& config) {
  const auto* const table = node.as_table();
  if (table == nullptr) return "must be tables, as in [notices.wechat]";
  for (const auto& [key, each] : *table) {
    NoticeAccount account;
    account.name = key.str();
    if (!is_account_name(account.name)) return "may be named by a-z, 0-9 and -, up to 32 of them";
    const auto* const settings = each.as_table();
    if (settings == nullptr) return "must be tables, as in [notices.wechat]";
    if (auto wrong = read_account(*settings, account); !wrong.empty()) return "." + account.name + " " + wrong;
    config.notices.push_back(std::move(account));
  }
  return {};
}

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> table{
      {"brand_name", text(&HubConfig::brand_name)},
      {"listen.address", text(&HubConfig::address)},
      {"listen.port", number(&HubConfig::port, 0, 65'535)},
      {"listen.certificate", text(&HubConfig::certificate)},
      {"listen.key", text(&HubConfig::key)},
      {"listen.workers", number(&HubConfig::workers, 1, 256)},
      {"sync.poll_ms", number(&HubConfig::poll_ms, 200, 3'600'000)},
      {"sync.poll_slots", number(&HubConfig::poll_slots, 0, 100'000)},
      {"sync.snapshot_rows_min", number(&HubConfig::snapshot_rows_min, 1, 1'000'000'000)},
      {"sync.tombstone_days", number(&HubConfig::tombstone_days, 1, 3'650)},
      {"store.durability", durability},
      {"store.check_at_h", number(&HubConfig::check_at_h, -1, 23)},
      {"notices", notices},
      {"people.phone_scope", phone_scope},
      {"people.regions", regions},
      {"people.pin_passes", pin_passes},
      {"limits.requests_per_s", number(&HubConfig::requests_per_s, 1, 100'000)},
      {"limits.requests_burst", number(&HubConfig::requests_burst, 1, 1'000'000)},
      {"limits.unsigned_per_s", number(&HubConfig::unsigned_per_s, 1, 100'000)},
      {"limits.unsigned_burst", number(&HubConfig::unsigned_burst, 1, 1'000'000)},
      {"limits.unsigned_total_per_s", number(&HubConfig::unsigned_total_per_s, 1, 100'000)},
      {"limits.unsigned_total_burst", number(&HubConfig::unsigned_total_burst, 1, 1'000'000)},
      {"limits.provision_failures_per_h", number(&HubConfig::provision_failures_per_h, 1, 100'000)},
      {"limits.coupon_value_minor_max", number(&HubConfig::coupon_value_minor_max, 0, 100'000'000)},
      {"limits.coupon_outstanding_minor_max", number(&HubConfig::coupon_outstanding_minor_max, 0, 1'000'000'000)},
      {"limits.coupon_outstanding_uses_max", number(&HubConfig::coupon_outstanding_uses_max, 0, 100'000)},
      {"limits.coupon_approval_after_h", number(&HubConfig::coupon_approval_after_h, 0, 8'760)},
      {"limits.coupon_refuse_after_h", number(&HubConfig::coupon_refuse_after_h, 0, 8'760)},
      {"limits.coupon_uses_a_member_day_max", number(&HubConfig::coupon_uses_a_member_day_max, 0, 1'000)},
      {"limits.coupon_card_minor_max", number(&HubConfig::coupon_card_minor_max, 0, 100'000'000)},
      {"limits.uses_day_max", number(&HubConfig::uses_day_max, 0, 10'000'000)},
      {"limits.points_day_max", number(&HubConfig::points_day_max, 0, points_limit_max)},
      {"limits.points_pool_max", number(&HubConfig::points_pool_max, 0, points_limit_max)},
      {"limits.points_terminal_max", number(&HubConfig::points_terminal_max, 0, points_limit_max)},
      {"limits.points_member_max", number(&HubConfig::points_member_max, 0, points_limit_max)},
  };
  return table;
}

Error at(Code code, const toml::node& node, const std::string& what, const std::filesystem::path& file) {
  return {code, "read hub.toml", "line " + std::to_string(node.source().begin.line) + ": " + what, file.string()};
}

base::Result<> read_table(const toml::table& table, const std::string& prefix, HubConfig& config,
                          const std::filesystem::path& file) {
  for (const auto& [name, node] : table) {
    const auto full = prefix + std::string{name.str()};
    const bool is_section = prefix.empty() && !readers().contains(full);
    if (const auto* inner = node.as_table(); inner != nullptr && is_section) {
      MILLPOND_TRY_DO(read_table(*inner, full + ".", config, file));
      continue;
    }
    const auto reader = readers().find(full);
    if (reader == readers().end()) return at(Code::config_unknown_key, node, full, file);
    if (const auto wrong = reader->second(node, config); !wrong.empty()) {
      return at(Code::config_invalid, node, full + (wrong.starts_with('.') ? "" : " ") + wrong, file);
    }
  }
  return {};
}

}  // namespace

base::Result<HubConfig> parse_config(std::string_view text, const std::filesystem::path& file) {
  HubConfig config;
  toml::table document;
  try {
    document = toml::parse(text, file.string());
  } catch (const toml::parse_error& error) {
    return Error{Code::config_invalid, "read hub.toml",
                 "line " + std::to_string(error.source().begin.line) + ": " + std::string{error.description()},
                 file.string()};
  }
  MILLPOND_TRY_DO(read_table(document, "", config, file));
  // A share that no pool can hold was meant for something else.
  if (config.points_pool_max > 0 && config.points_terminal_max > config.points_pool_max) {
    return Error{Code::config_invalid, "read hub.toml",
                 "limits.points_terminal_max is more than limits.points_pool_max, which is for all terminals",
                 file.string()};
  }
  if (config.points_terminal_max > 0 && config.points_member_max > config.points_terminal_max) {
    return Error{Code::config_invalid, "read hub.toml",
                 "limits.points_member_max is more than limits.points_terminal_max, which is for all members",
                 file.string()};
  }
  return config;
}

base::Result<HubConfig> load_config(const std::filesystem::path& file) {
  const auto bytes = base::read_file(file, config_bytes_max);
  if (!bytes && bytes.error().code == Code::not_found) return HubConfig{};
  if (!bytes) return bytes.error();
  return parse_config(base::text_of(*bytes), file);
}

std::vector<std::string> config_keys() {
  std::vector<std::string> keys;
  for (const auto& [key, reader] : readers()) keys.push_back(key);
  return keys;
}

std::string initial_config(const std::string& brand_name) {
  toml::table table;
  table.insert("brand_name", brand_name);
  std::ostringstream out;
  out << table << R"(

# Every line below shows a default; remove the # to change it.
[listen]
# address = "127.0.0.1"  # others need a certificate
# port = 8460
# certificate = ""       # PEM file with its chain, for TLS; relative to this folder
# key = ""               # PEM file of its private key
# workers = 4

[sync]
# poll_ms = 10000        # how often terminals ask for news
# poll_slots = 500       # so many terminals hear news within a second, the others at their next poll
# snapshot_rows_min = 20000   # a new terminal fetches a longer feed as one file
# tombstone_days = 35    # who was away longer fetches that file too

[store]
# durability = "safe"    # wal: a quarter of the syncs, for a disk that no power cut tears sectors of
# check_at_h = 3         # when the whole file is checked every day, by this machine's clock; -1: never

[people]
# phone_scope = "region"      # whose terminals find a member by phone: store, region or chain; after a change: rebuild
# regions = { 1 = 1, 2 = 1 }  # store = region; stores that are not named are one region
# pin_passes = 0              # 3 to 16: how slow checking a new PIN is; 0: about 350 ms on this machine

[limits]
# requests_per_s = 10    # per terminal
# requests_burst = 50
# provision_failures_per_h = 5   # per address
# unsigned_per_s = 50            # requests that no known terminal signed, per address
# unsigned_burst = 500
# unsigned_total_per_s = 500     # and of all addresses
# unsigned_total_burst = 5000
# What a terminal may honour of others' coupons while it cannot ask; the sum over all is what a cut line costs.
# coupon_value_minor_max = 1000         # of one coupon
# coupon_outstanding_minor_max = 10000  # of all that the hub has not heard of
# coupon_outstanding_uses_max = 20
# coupon_approval_after_h = 24          # without the hub; then a manager approves each
# coupon_refuse_after_h = 72
# coupon_uses_a_member_day_max = 2
# coupon_card_minor_max = 1000          # what a member's card alone brings to one sale; above, somebody looks
# What the hub says yes to for one terminal in 24 hours, whoever has its key. 0: no bound.
# uses_day_max = 2000                   # coupons used
# points_day_max = 100000               # points spent, as far as its shares let it
# Points that members may spend while a terminal cannot ask; beyond a balance the brand pays. 0: none.
# points_pool_max = 100000              # at all terminals together, as far as the hub has not heard of it
# points_terminal_max = 5000            # a terminal's share of that, for seven days
# points_member_max = 2000              # of a share, for one member; 0: the whole share

# Notices of payment providers and other tills, one table for each address /v1/notices/NAME: docs/notices.md.
# [notices.wechat]
# provider = "wechat_pay"               # or alipay, erpnext, odoo
# merchant = "1900000109"
# apps = ["wx0123456789abcdef"]
# keys = [{ file = "wechat-pay.pem" }]
# secrets = ["apiv3.key"]               # or "credential:apiv3"
# store = 1
# wait_s = 600                          # for a terminal to tell of a payment
)";
  return out.str();
}

}  // namespace millpond::hub
