// SPDX-License-Identifier: Apache-2.0
// ScannerBinding: which of several keyboards is the scanner, and which layout it pretends, by one scan of a code on the
// screen ("scan this code now"). A person's keyboard cannot answer by accident, and no device is taken that did not.
// Pure but for its state. One thread.
#pragma once

#include "hardware/scan/keyboard_decoder.h"
#include "sync/base/clock.h"
#include "sync/base/result.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
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

// Keyboards that are held for a binding: nobody else hears them until this ends. What cannot be held is left out.
class HeldKeyboards {
 public:
  // Errors: device_absent when `devices` is empty, and of the first device when none can be held.
  [[nodiscard]] static base::Result<HeldKeyboards> hold(const std::vector<std::filesystem::path>& devices);
  // Records of key events from files of the caller's, which stay open: for tests.
  explicit HeldKeyboards(std::vector<std::pair<std::filesystem::path, int>> opened) : keyboards_{std::move(opened)} {}
  HeldKeyboards(HeldKeyboards&& other) noexcept = default;
  HeldKeyboards& operator=(HeldKeyboards&&) = delete;
  ~HeldKeyboards();

  struct Found {
    std::filesystem::path device;
    KeyboardLayout layout{};
  };
  // Waits for the scan of `expected`. Errors: timeout, cancelled by the Esc key of any of them, device_absent when all
  // were unplugged. Blocks at most timeout_ms.
  [[nodiscard]] base::Result<Found> find(const std::string& expected, std::int64_t timeout_ms,
                                         const base::Clock& clock);

 private:
  std::vector<std::pair<std::filesystem::path, int>> keyboards_;
  bool owned_ = false;
};

// Names under `folder` that stay with a device and are keyboards ("...-event-kbd"), sorted; empty when there are none.
[[nodiscard]] std::vector<std::filesystem::path> keyboards_in(const std::filesystem::path& folder = "/dev/input/by-id");

}  // namespace millpond::scan
