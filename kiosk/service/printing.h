// SPDX-License-Identifier: Apache-2.0
// Printing: takes print intents from the journal to the printer, one at a time, on a thread of its own. An intent is
// committed as `uncertain` before its first byte leaves, so that a crash in the middle never prints a slip twice by
// itself; afterwards the honest outcome and a PrintFinished fact are committed. While the printer cannot take a byte
// the intent stays queued and is tried again after a back-off of 0.25 to 5 s, and at once when a device was plugged in;
// after 15 minutes nobody waits for it any more and it is recorded as failed.
#pragma once

#include "hardware/ports/printer.h"
#include "kiosk/flow/flow.h"
#include "kiosk/service/settings.h"
#include "sync/base/clock.h"
#include "sync/store/journal_thread.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace millpond::service {

struct PrintNews {
  base::Seq of;
  bool ok{};  // it came out, as far as the printer can tell; false as well for one that waits, and true when that comes
  ports::DeviceState state{};
};

struct PrintingSetup {
  std::filesystem::path folder;  // relative targets and previews are under it
  Settings settings;
  std::function<std::optional<model::Programme>()> programme;  // any thread
  std::function<void(const PrintNews&)> on_news;               // called on the printing thread; must not block
  // What the printer says of itself after a device was plugged in or pulled out. As on_news.
  std::function<void(ports::DeviceState)> on_state{};
  // Makes whatever calls `changed` when devices come and go, for as long as it lives; empty: the printer is asked only
  // when something is to be printed.
  std::function<std::shared_ptr<void>(std::function<void()> changed)> watch{};
};

class Printing {
 public:
  // Errors: config_invalid for a target that does not fit its kind, font_missing naming the package.
  [[nodiscard]] static base::Result<std::unique_ptr<Printing>> start(PrintingSetup setup, store::JournalThread& journal,
                                                                     const base::Clock& clock);
  virtual ~Printing() = default;  // finishes the slip in the printer, leaves the others queued

  virtual void wake() = 0;  // there may be a new intent; any thread; never blocks
  // Runs with the printer on the printing thread, after the slip in hand. Any thread; never blocks. False when more
  // than a few wait already or printing ends; then it never runs.
  [[nodiscard]] virtual bool post(std::function<void(ports::Printer&)> errand) = 0;
  // Prints a slip that was printed before, marked as a reprint, with the same coupons; a person wants it, however the
  // first time went. The outcome is recorded as of the first. As post(). Errors of what `done` gets: not_found,
  // bad_input (the first time is still waiting for the printer), role_missing (a member's card: that has its own
  // command, with an approval), no_programme, and those of Printer::submit().
  [[nodiscard]] virtual bool print_again(base::Seq of, std::function<void(base::Result<ports::PrintReport>)> done) = 0;
  [[nodiscard]] virtual ports::DeviceState state() const = 0;
};

}  // namespace millpond::service
