// SPDX-License-Identifier: Apache-2.0
// ScannerBinding: which of several keyboards is the scanner, and which layout it pretends, by one scan of a code on the
// screen ("scan this code now"). A person's keyboard cannot answer by accident, and no device is taken that did not.
// Pure but for its state. One thread.
#pragma once

#include "hardware/scan/keyboard_decoder.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millpond::scan {

struct BoundScanner {
  std::size_t device{};  // as the caller numbers them
  KeyboardLayout layout{};
  friend bool operator==(const BoundScanner&, const BoundScanner&) = default;
};

// Characters that every layout has somewhere else, so that the answer tells the layouts apart: append a random part.
inline constexpr std::string_view binding_prefix = "BIND-YZQA/:";

class ScannerBinding {
 public:
  explicit ScannerBinding(std::string expected) : expected_{std::move(expected)} {}

  // A key event of a device; the answer when that ended the expected code under a layout. Repeat-safe.
  [[nodiscard]] std::optional<BoundScanner> key(std::size_t device, std::uint16_t code, std::int32_t value,
                                                std::int64_t at_ms);

 private:
  const std::string expected_;
  std::map<std::size_t, std::vector<KeyboardDecoder>> decoders_;  // one for each layout
};

// Names under `folder` that stay with a device and are keyboards ("...-event-kbd"), sorted; empty when there are none.
[[nodiscard]] std::vector<std::filesystem::path> keyboards_in(const std::filesystem::path& folder = "/dev/input/by-id");

}  // namespace millpond::scan
