// SPDX-License-Identifier: Apache-2.0
// What reaches the window's thread from outside: the link, the camera, standard input, signals. Values in one bounded
// queue; whoever puts one in wakes the window.
#pragma once

#include "hardware/ports/camera.h"
#include "kiosk/flow/scan_tip.h"
#include "kiosk/link/messages.h"
#include "kiosk/view/geometry.h"
#include "sync/base/queue.h"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace millpond::screen {

struct LinkLost {};
struct Shown {
  flow::ViewModel view;
};
struct SessionOver {};
struct Pictured {  // a camera frame without a payment code in it
  ports::GrayFrame frame;
  std::optional<std::array<view::Point, 4>> outline;
  flow::ScanTip tip{};  // what would help whoever holds something up
};
struct Commanded {
  std::string line;
};  // from standard input
struct Stop {};
using Event = std::variant<LinkLost, Shown, SessionOver, Pictured, Commanded, Stop>;

// Overflow drops the oldest: of views and pictures only the newest matter, and the window empties it every few
// milliseconds.
class Inbox {
 public:
  void post(Event event) {
    if (queue_.push(std::move(event)) && wake_) wake_();
  }
  // Called after every post, on the poster's thread; set before any thread starts.
  void on_post(std::function<void()> wake) { wake_ = std::move(wake); }
  [[nodiscard]] std::optional<Event> take() { return queue_.try_pop(); }
  // Waits at most timeout_ms.
  [[nodiscard]] std::optional<Event> wait(std::int64_t timeout_ms) { return queue_.pop(timeout_ms); }

 private:
  base::Queue<Event> queue_{256, base::Overflow::drop_oldest};
  std::function<void()> wake_;
};

}  // namespace millpond::screen
