// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/scanner_worker.h"

#include "hardware/scan/symbology_identifier.h"
#include "sync/codes/classify.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace millpond::screen {
namespace {

constexpr std::int64_t scan_wait_ms = 200;

}  // namespace

bool is_ours(std::string_view text) { return codes::is_ours(codes::classify(scan::without_symbology(text))); }

ScannerWorker::ScannerWorker(ScannerSettings settings, ScannerEvents events)
    : settings_{std::move(settings)}, events_{std::move(events)}, reopen_pause_{settings_.device}, thread_{[this] {
        run();
      }} {}

ScannerWorker::~ScannerWorker() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ScannerWorker::look(Looking how) {
  const std::lock_guard lock{mutex_};
  looking_ = how;
}

void ScannerWorker::run() {
  if (!settings_.scanner) {
    tell(ports::DeviceState::not_configured);
    return;
  }
  std::optional<scan::SharedScanner> shared;
  if (settings_.till) shared.emplace(*settings_.scanner, *settings_.till, is_ours);
  ports::Scanner& scanner = shared ? static_cast<ports::Scanner&>(*shared) : *settings_.scanner;
  while (!stopping()) {
    if (scanner.state() != ports::DeviceState::ok && !open(scanner)) {
      if (!pause()) return;
      continue;
    }
    auto scan = scanner.next(scan_wait_ms);
    tell(scanner.state());
    if (!scan) {
      tell(scan.error());
    } else if (*scan) {
      fault_told_.reset();
      take(std::move((*scan)->text));
    }
  }
}

bool ScannerWorker::open(ports::Scanner& scanner) {
  const auto opened = scanner.open();
  tell(scanner.state());
  if (opened) {
    reopen_pause_.works();
    fault_told_.reset();
    return true;
  }
  tell(opened.error());
  return false;
}

void ScannerWorker::take(std::string text) {
  Looking how{};
  {
    const std::lock_guard lock{mutex_};
    how = looking_;
  }
  if (how == Looking::away) return;
  const std::string code{scan::without_symbology(text)};
  if (codes::is_payment(codes::classify(code))) return events_.payment_code();
  events_.code(code);
}

void ScannerWorker::tell(ports::DeviceState state) {
  if (told_ == state) return;
  told_ = state;
  events_.state(state);
}

void ScannerWorker::tell(const base::Error& error) {
  if (fault_told_ == error.code) return;
  fault_told_ = error.code;
  events_.fault(error);
}

bool ScannerWorker::pause() {
  std::unique_lock lock{mutex_};
  for (auto left_ms = reopen_pause_.after_failure_ms(); left_ms > 0 && !stopping_; left_ms -= ReopenPause::look_ms) {
    const std::chrono::milliseconds step{std::min(left_ms, ReopenPause::look_ms)};
    changed_.wait_for(lock, step, [this] { return stopping_; });
    if (reopen_pause_.is_back()) break;
  }
  return !stopping_;
}

bool ScannerWorker::stopping() {
  const std::lock_guard lock{mutex_};
  return stopping_;
}

}  // namespace millpond::screen
