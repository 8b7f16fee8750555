// SPDX-License-Identifier: Apache-2.0
// HubConfig: what an operator may set in DIR/hub.toml. Values only; read once at start. A key that nobody reads is
// refused, because a misspelt limit would silently be no limit.
#pragma once

#include "sync/base/result.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace millpond::hub {

// [notices.NAME]: an address /v1/notices/NAME that a payment provider or another till's server posts to.
struct NoticeAccount {
  struct Key {
    std::string file;    // PEM, relative to the hub's folder
    std::string serial;  // empty: of the certificate
    friend bool operator==(const Key&, const Key&) = default;
  };
  std::string name;
  std::string provider;  // wechat_pay, alipay, erpnext, odoo
  std::string merchant;
  std::string partner;
  std::vector<std::string> apps;
  std::vector<Key> keys;
  std::vector<std::string> secrets;  // files relative to the hub's folder, or "credential:NAME" of systemd
  std::string currency{"CNY"};
  std::uint32_t store{};
  std::map<std::string, std::uint32_t> stores;  // by what the provider calls the place or the machine
  std::int32_t utc_offset_min{480};
  std::uint32_t wait_s{600};  // for a terminal to tell of a payment; sales of other tills are not waited for
  friend bool operator==(const NoticeAccount&, const NoticeAccount&) = default;
};

struct HubConfig {
  std::string brand_name;            // shown to operators only; members see the programme's
  std::string address{"127.0.0.1"};  // [listen]
  std::uint16_t port{8460};
  std::string certificate;  // PEM file with its chain, relative to the hub's folder; empty: no TLS, loopback only
  std::string key;          // PEM file of its private key
  std::uint32_t workers{4};
  std::uint32_t poll_ms{10'000};            // [sync] interval of a terminal's downlink polls
  std::uint32_t poll_slots{500};            // terminals whose requests are held until there is news
  std::uint32_t snapshot_rows_min{20'000};  // a longer feed is fetched as a snapshot by whoever begins
  std::uint32_t tombstone_days{35};         // deletions are told one by one for so long
  std::string durability{"safe"};           // [store] safe or wal (HubDurability)
  std::int32_t check_at_h{3};               // when books and batches are checked, by the machine's clock; -1: never
  std::string phone_scope{"region"};        // [people] whose terminals can look a phone up: store, region, chain
  std::map<std::uint32_t, std::uint32_t> regions{};  // [people.regions] store to region; the others are region 0
  std::uint32_t pin_passes{};                        // of argon2id, of new PINs; 0: as the machine allows
  std::uint32_t requests_per_s{10};                  // [limits] per terminal, refill
  std::uint32_t requests_burst{50};                  // a drain after an outage comes in bursts
  std::uint32_t provision_failures_per_h{5};         // per address
  std::uint32_t unsigned_per_s{50};                  // requests that nobody known has signed: per address,
  std::uint32_t unsigned_burst{500};
  std::uint32_t unsigned_total_per_s{500};  // and of all addresses
  std::uint32_t unsigned_total_burst{5'000};
  // What each terminal may honour without asking (model::default_limits()); hours of silence.
  std::int64_t coupon_value_minor_max{1'000};
  std::int64_t coupon_outstanding_minor_max{10'000};
  std::uint32_t coupon_outstanding_uses_max{20};
  std::uint32_t coupon_approval_after_h{24};
  std::uint32_t coupon_refuse_after_h{72};
  std::uint32_t coupon_uses_a_member_day_max{2};
  std::int64_t coupon_card_minor_max{1'000};  // of all in a sale that came by a card alone
  // What the hub says yes to for one terminal in 24 hours, whoever has its key; 0: no bound.
  std::uint32_t uses_day_max{2'000};     // redemptions
  std::int64_t points_day_max{100'000};  // in leases, but for what came back unused
  // Points that may be spent without asking (model/leases.h).
  std::int64_t points_pool_max{100'000};    // over all terminals, as far as the hub has not heard of them; 0: none
  std::int64_t points_terminal_max{5'000};  // of one lease; 0: none
  std::int64_t points_member_max{2'000};    // of one lease; 0: no ceiling for one member
  std::vector<NoticeAccount> notices{};     // by name
  friend bool operator==(const HubConfig&, const HubConfig&) = default;
};

// The text of such a file; its name is for errors only.
[[nodiscard]] base::Result<HubConfig> parse_config(std::string_view text, const std::filesystem::path& file);

// Defaults when there is no such file. Errors: config_unknown_key and config_invalid, naming key and line as detail and
// the file as hint; file_unreadable, permission_denied.
[[nodiscard]] base::Result<HubConfig> load_config(const std::filesystem::path& file);

// Every key that a file may have, as "section.key", in order; of an account of [notices] only "notices".
[[nodiscard]] std::vector<std::string> config_keys();

// The text of a new hub.toml.
[[nodiscard]] std::string initial_config(const std::string& brand_name);

}  // namespace millpond::hub
