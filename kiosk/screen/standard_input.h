// SPDX-License-Identifier: Apache-2.0
// StandardInput: standard input as a finger, for scripts: every line becomes a Commanded event. Its end is not an
// event. Owns one thread.
#pragma once

#include "kiosk/screen/events.h"

#include <thread>

namespace millpond::screen {

class StandardInput {
 public:
  explicit StandardInput(Inbox& inbox);
  ~StandardInput();
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

 private:
  int stop_;  // an eventfd that ends the wait
  std::thread thread_;
};

}  // namespace millpond::screen
