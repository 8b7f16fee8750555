// SPDX-License-Identifier: Apache-2.0
// ZBar as one more decoder to measure against: QR only, its other options as they come. Only where libzbar-dev was
// installed when the benchmark was configured. One thread.
#pragma once

#include "hardware/ports/camera.h"

#include <memory>
#include <optional>
#include <string>

namespace millpond::bench {

class ZbarReader {
 public:
  ZbarReader();
  ~ZbarReader();
  ZbarReader(const ZbarReader&) = delete;
  ZbarReader& operator=(const ZbarReader&) = delete;

  // False: this program was built without it, and read() must not be called.
  [[nodiscard]] static bool is_built_in();
  // The first code's text. The frame must be sound.
  [[nodiscard]] std::optional<std::string> read(const ports::GrayFrame& frame);

 private:
  struct Scanner;
  std::unique_ptr<Scanner> scanner_;
};

}  // namespace millpond::bench
