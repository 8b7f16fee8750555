// SPDX-License-Identifier: Apache-2.0
// Service: the whole of millpond-terminal. Composes link, screens, shop and till gateway, moves messages between them,
// and decides nothing itself.
//
// Threads: the loop (screens and sessions), work (use cases, so that a slow disk never freezes a screen), the journal,
// sync, printing, the link's, and the gateway's workers. They meet by posted functions only.
#pragma once

#include "hardware/till/file_drop.h"
#include "hardware/till/gateway.h"
#include "kiosk/link/link.h"
#include "kiosk/service/capture_desk.h"
#include "kiosk/service/cashier_desk.h"
#include "kiosk/service/consent_desk.h"
#include "kiosk/service/loop.h"
#include "kiosk/service/screens.h"
#include "kiosk/service/settings.h"
#include "kiosk/service/shop.h"
#include "kiosk/service/till_counter.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

namespace millpond::service {

class Service {
 public:
  Service(std::filesystem::path folder, Settings settings, const base::Clock& clock);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Takes the folder, listens for screens and, when this machine is provisioned, opens the shop. Errors: config_invalid
  // (no such group), already_running (a second service on one folder), and those of link::Server::start and Shop::open.
  [[nodiscard]] base::Result<> start();
  void run();   // until stop()
  void stop();  // any thread

  // --- for commands, on the work thread
  [[nodiscard]] Shop* shop() { return shop_.get(); }                 // nullptr before provisioning
  [[nodiscard]] ConsentDesk* consents() { return consents_.get(); }  // as the shop
  [[nodiscard]] Loop& work() { return work_; }
  [[nodiscard]] base::Result<> open_shop(std::vector<wire::DownRow> documents);
  [[nodiscard]] client::SyncStatus sync_status() const;
  [[nodiscard]] std::string gateway_url() const;  // for tills; of this machine's name where it listens at any address
  [[nodiscard]] base::Result<till::Key> add_till(const std::string& name);
  [[nodiscard]] till::Gateway* gateway() { return gateway_.get(); }  // as the shop
  [[nodiscard]] TillCounter* counter() { return counter_.get(); }    // as the shop
  [[nodiscard]] CaptureDesk* capture() { return capture_.get(); }    // nullptr where the settings want none
  [[nodiscard]] const Screens& screens() const { return screens_; }  // shown() only
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  void on_link_message(link::ConnectionId connection, link::Message message);
  void answer(link::ConnectionId connection, const link::Ask& ask);
  void execute(const std::string& screen_id, const flow::Cmd& command);
  void deliver(const std::string& screen_id, flow::Msg msg);
  void deliver_to_all(flow::Msg msg);
  void deliver_to_cashiers(flow::Msg msg, const std::string& but = {});
  void deliver_to_customers(flow::Msg msg);
  void identify(const std::string& screen_id, const flow::Identify& command);
  void enrol(const std::string& screen_id, const flow::Enrol& command);
  void print_card(const std::string& screen_id, const flow::PrintCard& command);
  void change_consent(const std::string& screen_id, const flow::ChangeConsent& command);
  void sale_committed(const Claim& claim, flow::SaleResult sale, const std::string& till);
  void show_cards_again();
  // What a cashier's screen asks for; true when it was one of these. On the work thread.
  bool serve_cashier(const std::string& screen_id, const flow::Cmd& command);
  void record_by_hand(const std::string& screen_id, const flow::RecordSale& command);
  void tell_standing(const std::string& screen_id, std::uint64_t ticket);
  [[nodiscard]] flow::MemberCard card_of(const terminal::MemberView& member);
  void programme_changed();
  [[nodiscard]] base::Result<> open_file_drop();
  void open_capture();
  void attach_capture();
  void on_sync(const client::SyncStatus& status);

  const std::filesystem::path folder_;
  const Settings settings_;
  const base::Clock& clock_;
  Loop loop_;
  Loop work_;
  Screens screens_;
  int lock_file_ = -1;
  mutable std::mutex sync_mutex_;
  client::SyncStatus sync_status_;  // guarded by sync_mutex_
  std::unique_ptr<link::Server> link_;
  std::unique_ptr<Shop> shop_;
  std::unique_ptr<ConsentDesk> consents_;
  std::unique_ptr<CashierDesk> cashier_;
  std::unique_ptr<TillCounter> counter_;
  std::unique_ptr<till::Gateway> gateway_;
  std::unique_ptr<till::FileDrop> file_drop_;
  std::unique_ptr<CaptureDesk> capture_;
  std::thread work_thread_;
};

}  // namespace millpond::service
