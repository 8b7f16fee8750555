// SPDX-License-Identifier: Apache-2.0
// Shop: everything that exists once a machine is a terminal: journal, replica, use cases, sync, till gateway and
// printing, in the order in which they depend on each other. Composes and decides nothing. News go to the callbacks,
// which run on foreign threads and must only post.
#pragma once

#include "kiosk/service/hold_keeper.h"
#include "kiosk/service/printing.h"
#include "kiosk/service/settings.h"
#include "sync/client/redeem_line.h"
#include "sync/client/runner.h"
#include "sync/store/hub_time.h"
#include "sync/store/journal_thread.h"
#include "sync/store/replica.h"
#include "sync/terminal/machine_key.h"
#include "sync/terminal/staff_desk.h"
#include "sync/terminal/terminal.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace millpond::service {

struct ShopNews {
  std::function<void(const client::SyncStatus&)> on_sync;
  std::function<void()> on_offers;  // the programme changed; call reload_programme()
  std::function<void(const PrintNews&)> on_print;
  std::function<void(ports::DeviceState)> on_printer{};  // after a cable was plugged in or pulled out
};

class Shop {
 public:
  // Opens everything for the identity in `folder`, and forgets personal data that was due to go while nothing ran, so
  // that nobody meets it. Documents that came with provisioning are stored first. Errors:
  // those of load_identity, load_or_make_machine_key, Journal::open, Replica::open, and config_invalid.
  [[nodiscard]] static base::Result<std::unique_ptr<Shop>> open(const std::filesystem::path& folder,
                                                                const Settings& settings,
                                                                std::vector<wire::DownRow> documents,
                                                                const base::Clock& clock, ShopNews news);
  ~Shop();

  // Begins to sync and to print; separate from open() so that callbacks find their owner complete.
  [[nodiscard]] base::Result<> start();

  [[nodiscard]] terminal::Terminal& terminal() { return *terminal_; }
  [[nodiscard]] store::Replica& replica() { return *replica_; }
  [[nodiscard]] terminal::StaffDesk& staff() { return *staff_; }
  [[nodiscard]] store::JournalThread& journal() { return *journal_; }
  [[nodiscard]] client::Runner& sync() { return *runner_; }
  // Of a line that nobody asked for yet, before it begins.
  [[nodiscard]] client::SyncStatus sync_status() const { return runner_ ? runner_->status() : client::SyncStatus{}; }
  [[nodiscard]] const store::HubTime& time() const { return *time_; }
  // Where the key of personal data on this disk is kept.
  [[nodiscard]] terminal::MachineKey::Source root_key() const { return root_key_; }
  [[nodiscard]] std::int64_t monotonic_ms() const { return clock_->monotonic_ms(); }
  // Asks the hub while somebody waits.
  [[nodiscard]] client::RedeemLine& redemptions() { return *redemptions_; }
  // Coupons kept for baskets.
  [[nodiscard]] HoldKeeper& holds() { return *holds_; }
  [[nodiscard]] ports::DeviceState printer_state() const;
  void wake_printer();
  [[nodiscard]] Printing* printing() { return printing_.get(); }  // nullptr where no printer is set up

  // The programme in force; any thread.
  [[nodiscard]] std::optional<model::Programme> programme() const;
  // Reads it again from the journal; any thread but the journal's. Error: programme_invalid (the old one stays).
  [[nodiscard]] base::Result<> reload_programme();

 private:
  Shop() = default;
  [[nodiscard]] base::Result<> keep_documents(const std::vector<wire::DownRow>& documents);
  [[nodiscard]] base::Result<> keep_granted();
  [[nodiscard]] base::Result<> forget_overdue();
  [[nodiscard]] base::Result<> keep_certificate(const wire::RenewAnswer& answer);
  [[nodiscard]] base::Result<> keep_binding(const wire::ProvisionAnswer& answer);
  [[nodiscard]] client::ErrandHooks errand_hooks();

  std::filesystem::path folder_;
  Settings settings_;
  ShopNews news_;
  const base::Clock* clock_{};
  std::optional<terminal::Identity> identity_;
  std::shared_ptr<client::WithdrawnKeys> withdrawn_keys_ = std::make_shared<client::WithdrawnKeys>();
  terminal::MachineKey::Source root_key_{};
  std::unique_ptr<store::HubTime> time_;
  std::unique_ptr<store::JournalThread> journal_;
  std::unique_ptr<store::Replica> replica_;
  std::unique_ptr<terminal::Terminal> terminal_;
  std::unique_ptr<terminal::StaffDesk> staff_;
  std::unique_ptr<client::Errands> errands_;
  std::unique_ptr<client::RedeemLine> redemptions_;
  std::unique_ptr<HoldKeeper> holds_;
  std::unique_ptr<client::Runner> runner_;
  std::unique_ptr<Printing> printing_;
  std::atomic<std::int64_t> personal_kept_ms_{};  // without the hub, by the country of the programme in force
  mutable std::mutex programme_mutex_;
  std::optional<model::Programme> programme_;  // guarded by programme_mutex_
};

}  // namespace millpond::service
