// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/link_worker.h"

#include <algorithm>
#include <chrono>

namespace millpond::screen {
namespace {

constexpr std::int64_t listen_slice_ms = 500;  // how long stopping may take
constexpr std::int64_t pause_first_ms = 100;
constexpr std::int64_t pause_most_ms = 2'000;

}  // namespace

LinkWorker::LinkWorker(std::filesystem::path socket, std::string screen_id, std::string role, Inbox& inbox)
    : socket_{std::move(socket)},
      screen_id_{std::move(screen_id)},
      role_{std::move(role)},
      inbox_{inbox},
      thread_{[this] { run(); }} {}

LinkWorker::~LinkWorker() {
  stopping_ = true;
  retry_now();
  thread_.join();
}

void LinkWorker::run() {
  std::int64_t pause_ms = pause_first_ms;
  while (!stopping_) {
    auto connected = link::Client::connect(socket_);
    if (connected) {
      const std::shared_ptr<link::Client> client = std::move(*connected);
      if (client->send(link::Hello{link::protocol_version, screen_id_, role_})) {
        pause_ms = pause_first_ms;
        listen(client);
      }
    }
    if (stopping_) return;
    inbox_.post(LinkLost{});
    pause(pause_ms);
    pause_ms = std::min(pause_ms * 2, pause_most_ms);
  }
}

void LinkWorker::listen(const std::shared_ptr<link::Client>& client) {
  std::optional<ports::DeviceState> camera;
  std::optional<ports::DeviceState> scanner;
  {
    const std::lock_guard lock{mutex_};
    client_ = client;
    camera = camera_;
    scanner = scanner_;
  }
  if (camera) send(link::Camera{*camera});
  if (scanner) send(link::Scanner{*scanner});
  while (!stopping_) {
    auto received = client->receive(listen_slice_ms);
    if (!received) break;
    if (!*received) continue;
    if (auto* show = std::get_if<link::Show>(&**received)) {
      inbox_.post(Shown{std::move(show->view)});
    } else if (std::holds_alternative<link::SessionEnded>(**received)) {
      inbox_.post(SessionOver{});
    }
  }
  const std::lock_guard lock{mutex_};
  client_.reset();
}

void LinkWorker::pause(std::int64_t ms) {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, std::chrono::milliseconds{ms}, [this] { return hurry_; });
  hurry_ = false;
}

void LinkWorker::send(const link::Message& message) {
  // Sending under the lock keeps the client alive; a lost link is noticed and told by the reading side.
  const std::lock_guard lock{mutex_};
  if (client_ != nullptr && !client_->send(message)) client_.reset();
}

void LinkWorker::tell_camera(ports::DeviceState state) {
  {
    const std::lock_guard lock{mutex_};
    if (camera_ == state) return;
    camera_ = state;
  }
  send(link::Camera{state});
}

void LinkWorker::tell_scanner(ports::DeviceState state) {
  {
    const std::lock_guard lock{mutex_};
    if (scanner_ == state) return;
    scanner_ = state;
  }
  send(link::Scanner{state});
}

void LinkWorker::retry_now() {
  {
    const std::lock_guard lock{mutex_};
    hurry_ = true;
  }
  changed_.notify_all();
}

}  // namespace millpond::screen
