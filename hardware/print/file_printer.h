// SPDX-License-Identifier: Apache-2.0
// FilePrinter: a folder or a file in the place of a printer: for the demo, for spoolers that watch a folder, for
// support. Durable when confirmed. One thread.
#pragma once

#include "hardware/ports/printer.h"

#include <cstdint>
#include <filesystem>

namespace millpond::print {

enum class FileMode : std::uint8_t {
  one_per_job,  // path is a folder, made when missing; each job becomes ID.escpos; the same job again replaces it
  append,       // path is a file that grows; a job that fails in the middle is cut off again
};

struct FilePrinterSettings {
  std::filesystem::path path;
  FileMode mode = FileMode::one_per_job;
};

class FilePrinter final : public ports::Printer {
 public:
  explicit FilePrinter(FilePrinterSettings settings);

  // confirmed once the bytes are on disk. Errors: bad_input for an id that is no file name, disk_full,
  // permission_denied, file_unwritable.
  base::Result<ports::PrintReport> submit(const ports::PrintJob& job) override;
  base::Result<ports::DrawerReport> kick_drawer() override;  // unsupported
  ports::DeviceState probe() override;
  [[nodiscard]] ports::DeviceState state() const override { return state_; }

 private:
  [[nodiscard]] base::Result<> write(const ports::PrintJob& job) const;
  [[nodiscard]] base::Result<> append(base::ByteView bytes) const;

  const FilePrinterSettings settings_;
  ports::DeviceState state_ = ports::DeviceState::status_unknown;
};

}  // namespace millpond::print
