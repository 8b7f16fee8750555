// SPDX-License-Identifier: Apache-2.0
// Printer: takes the bytes of one job to a device and says honestly how far they got. Does not lay out, does not queue
// and never prints a job again by itself: whether a receipt was printed is a fact that `store` keeps.
// A printer belongs to one thread, which may block.
#pragma once

#include "hardware/ports/device_state.h"
#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace millpond::ports {

struct PrintJob {
  std::string id;     // the print intent's; letters, digits, '-', '_' and '.'; never personal data
  base::Bytes bytes;  // what the device is to receive, unchanged
  friend bool operator==(const PrintJob&, const PrintJob&) = default;
};

// How far a job got. Names are stored; never rename.
enum class PrintOutcome : std::uint8_t {
  queued,     // intent on disk, nothing left this machine yet; the store's state, no printer returns it
  sent,       // every byte was taken by the device or the network, which does not say more
  confirmed,  // the device answered after the last byte that it is fine, or the file is on disk
  uncertain,  // some bytes left, then something failed: paper may or may not have come out; a person decides
};

[[nodiscard]] constexpr std::string_view outcome_name(PrintOutcome outcome) {
  switch (outcome) {
    case PrintOutcome::queued:
      return "queued";
    case PrintOutcome::sent:
      return "sent";
    case PrintOutcome::confirmed:
      return "confirmed";
    case PrintOutcome::uncertain:
      break;
  }
  return "uncertain";
}

struct PrintReport {
  PrintOutcome outcome{};
  DeviceState state{};   // as the device told it after the job; status_unknown when it tells nothing
  std::string detail{};  // technical: what failed; empty when nothing did
};

// How far a pulse for the cash drawer got. Names are stable; never rename.
enum class DrawerOutcome : std::uint8_t {
  sent,       // the device took the pulse, which does not say that a drawer is there, or opened
  moved,      // the drawer's sensor has another level than before the pulse
  uncertain,  // some bytes left, then something failed: somebody looks at the drawer
};

[[nodiscard]] constexpr std::string_view drawer_outcome_name(DrawerOutcome outcome) {
  switch (outcome) {
    case DrawerOutcome::sent:
      return "sent";
    case DrawerOutcome::moved:
      return "moved";
    case DrawerOutcome::uncertain:
      break;
  }
  return "uncertain";
}

struct DrawerReport {
  DrawerOutcome outcome{};
  DeviceState state{};   // of the printer, after the pulse
  std::string detail{};  // technical; empty when nothing failed
};

class Printer {
 public:
  virtual ~Printer() = default;

  // Hands the job over. An Error means that not one byte of the job left, so that trying again is safe; a report means
  // that it is not, whatever the outcome. Errors: device_absent, permission_denied, device_busy, timeout, device_failed
  // (state() says why: paper_out, cover_open), disk_full, file_unwritable. Blocks as long as the adapter's deadlines.
  virtual base::Result<PrintReport> submit(const PrintJob& job) = 0;

  // Opens the cash drawer that hangs on the printer, once. An Error means that no pulse left. Errors: unsupported (no
  // drawer is configured, or the device has none) and those of submit(). A printer without paper still opens it.
  virtual base::Result<DrawerReport> kick_drawer() = 0;

  // Asks the device; status_unknown when it does not tell. Blocks as long as the adapter's deadlines.
  virtual DeviceState probe() = 0;

  // As of the last call; never blocks.
  [[nodiscard]] virtual DeviceState state() const = 0;
};

}  // namespace millpond::ports
