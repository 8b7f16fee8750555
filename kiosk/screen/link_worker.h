// SPDX-License-Identifier: Apache-2.0
// LinkWorker: keeps a screen attached to the service. Connects, says Hello with its screen id, hands what it hears to
// the inbox, and after a loss tries again with growing pauses. Owns one thread; send() from any thread.
#pragma once

#include "kiosk/link/link.h"
#include "kiosk/screen/events.h"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace millpond::screen {

class LinkWorker {
 public:
  // role: as link::Hello has it.
  LinkWorker(std::filesystem::path socket, std::string screen_id, std::string role, Inbox& inbox);
  ~LinkWorker();  // at most about half a second
  LinkWorker(const LinkWorker&) = delete;
  LinkWorker& operator=(const LinkWorker&) = delete;

  // Dropped when there is no link: a press without a service has nobody to act on it. Blocks as link::Client::send.
  void send(const link::Message& message);
  // Told now and after every connect, until another state is told.
  void tell_camera(ports::DeviceState state);
  void tell_scanner(ports::DeviceState state);
  void retry_now();

 private:
  void run();
  void listen(const std::shared_ptr<link::Client>& client);
  void pause(std::int64_t ms);

  const std::filesystem::path socket_;
  const std::string screen_id_;
  const std::string role_;
  Inbox& inbox_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<link::Client> client_;       // guarded by mutex_; null: no link
  std::optional<ports::DeviceState> camera_;   // guarded by mutex_
  std::optional<ports::DeviceState> scanner_;  // guarded by mutex_
  bool hurry_ = false;                         // guarded by mutex_
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // last: everything above is ready when it starts
};

}  // namespace millpond::screen
