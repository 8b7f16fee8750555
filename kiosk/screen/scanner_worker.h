// SPDX-License-Identifier: Apache-2.0
// ScannerWorker: waits for the screen's hand scanner. Drops payment codes, sends other texts to the service while the
// screen can use one, and opens the device again after an unplug. With a line for the till, what is not ours goes there
// and nowhere else. Owns one thread, the scanner and the line.
#pragma once

#include "hardware/ports/scanner.h"
#include "hardware/scan/shared_scanner.h"
#include "kiosk/screen/looking.h"
#include "kiosk/screen/reopen_pause.h"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace millpond::screen {

struct ScannerSettings {
  std::unique_ptr<ports::Scanner> scanner;  // null: there is none
  std::unique_ptr<scan::TextOutlet> till;   // null: the scanner serves this screen alone
  // Its name under /dev: when it comes back the scanner is opened at once. Empty: only after the pause.
  std::filesystem::path device{};
};

struct ScannerEvents {
  std::function<void(const std::string& text)> code;  // never a payment code
  std::function<void()> payment_code;
  std::function<void(ports::DeviceState)> state;
  // Why the device cannot be used, or that the till took nothing; the same one once until something else was so.
  std::function<void(const base::Error&)> fault;
};

// Whether this terminal answers a code, as a scanner typed it; the till's are all others.
[[nodiscard]] bool is_ours(std::string_view text);

class ScannerWorker {
 public:
  // Events come from the worker's thread.
  ScannerWorker(ScannerSettings settings, ScannerEvents events);
  ~ScannerWorker();  // at most about a second
  ScannerWorker(const ScannerWorker&) = delete;
  ScannerWorker& operator=(const ScannerWorker&) = delete;

  // Away: our codes are lost, the till's are passed on as ever. The scanner itself cannot rest: what it types would
  // press what is on the screen.
  void look(Looking how);

 private:
  void run();
  [[nodiscard]] bool open(ports::Scanner& scanner);
  void take(std::string text);
  void tell(ports::DeviceState state);
  void tell(const base::Error& error);
  [[nodiscard]] bool pause();  // after a failure; false: stop
  [[nodiscard]] bool stopping();

  const ScannerSettings settings_;
  const ScannerEvents events_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Looking looking_ = Looking::away;  // guarded by mutex_
  bool stopping_ = false;            // guarded by mutex_

  // The worker's own.
  std::optional<ports::DeviceState> told_;
  std::optional<base::Code> fault_told_;
  ReopenPause reopen_pause_;
  std::thread thread_;  // last: everything above is ready when it starts
};

}  // namespace millpond::screen
