// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/scanner_binding.h"

#include <algorithm>
#include <array>
#include <system_error>

namespace millpond::scan {
namespace {

constexpr std::array layouts{KeyboardLayout::us, KeyboardLayout::german, KeyboardLayout::french};

}  // namespace

std::optional<BoundScanner> ScannerBinding::key(std::size_t device, std::uint16_t code, std::int32_t value,
                                                std::int64_t at_ms) {
  auto& decoders = decoders_[device];
  if (decoders.empty()) {
    decoders.reserve(layouts.size());
    for (const auto layout : layouts) decoders.emplace_back(layout);
  }
  std::optional<BoundScanner> bound;
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const auto text = decoders[i].key(code, value, at_ms);
    if (text == expected_ && !bound) bound = BoundScanner{device, layouts[i]};
  }
  return bound;
}

std::vector<std::filesystem::path> keyboards_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code cause;
  std::filesystem::directory_iterator entry{folder, cause};
  for (; !cause && entry != std::filesystem::directory_iterator{}; entry.increment(cause)) {
    if (entry->path().filename().string().ends_with("-event-kbd")) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace millpond::scan
