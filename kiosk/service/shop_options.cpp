// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/shop_options.h"

namespace millpond::service {

store::JournalOptions journal_options(const std::filesystem::path& folder, const Settings& settings,
                                      const store::JournalOwner& owner) {
  store::JournalOptions options;
  options.path = folder / "journal.db";
  options.owner = owner;
  options.machine = store::this_machine(options.path);
  options.durability = settings.durability == "wal" ? store::Durability::wal : store::Durability::safe;
  options.retention_ms = settings.journal_retention_days * 86'400'000;
  options.ring_bytes_max = settings.journal_ring_mb << 20;
  options.budget_bytes_max = settings.journal_budget_mb << 20;
  return options;
}

net::ClientOptions line_options(const std::string& hub_url, const Settings& settings) {
  net::ClientOptions line;
  line.base_url = hub_url;
  line.ca_file = settings.ca_file;
  line.proxy = settings.proxy;
  line.connect_timeout_ms = settings.connect_timeout_ms;
  line.low_speed_bytes_per_s = settings.low_speed_bytes_per_s;
  line.low_speed_ms = settings.low_speed_ms;
  line.up_bytes_per_s = settings.up_bytes_per_s;
  line.down_bytes_per_s = settings.down_bytes_per_s;
  return line;
}

client::RunnerOptions runner_options(const Settings& settings) {
  client::RunnerOptions options;
  options.limits.poll_default_ms = settings.poll_ms;
  options.limits.request_timeout_ms = settings.request_timeout_ms;
  options.limits.poll_slot_max_ms = settings.poll_slot_max_ms;
  options.limits.up_bytes_per_s = settings.up_bytes_per_s;
  options.limits.down_bytes_per_s = settings.down_bytes_per_s;
  options.limits.bulk_events_min = settings.bulk_events;
  options.bulk_hours = settings.bulk_hours;
  return options;
}

}  // namespace millpond::service
