// SPDX-License-Identifier: Apache-2.0
// StopSignals: SIGTERM, SIGINT and SIGHUP as a Stop event, so that stopping runs in ordinary code.
#pragma once

#include "kiosk/screen/events.h"

#include <thread>

namespace millpond::screen {

class StopSignals {
 public:
  // For every thread that is started afterwards. Call first.
  static void block();

  explicit StopSignals(Inbox& inbox);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  std::thread thread_;
};

}  // namespace millpond::screen
