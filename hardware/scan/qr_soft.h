// SPDX-License-Identifier: Apache-2.0
// The text of a QR symbol whose modules are known with doubt: each one a number, positive for dark, the larger the
// surer. Doubtful bytes are treated as erasures, so a symbol with twice the damage can be read that a hard decision
// allows, and modules from several frames can be added up. Reads what we issue (numeric, alphanumeric, bytes in UTF-8,
// versions 1 to 20) and refuses the rest, and so is not a general reader: that is ZXing. Pure; any thread.
#pragma once

#include "hardware/scan/qr_layout.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace millpond::scan {

struct SoftModules {
  int size{};                 // 21 .. 97
  std::vector<float> levels;  // row-major, size * size; -1 surely light .. 1 surely dark, 0 unknown

  [[nodiscard]] float at(int x, int y) const { return levels[static_cast<std::size_t>(y * size + x)]; }
};

// How far a symbol could be read. Blocks are interleaved byte by byte, so that what one of them makes sure lies all
// over the symbol.
struct SoftRead {
  std::optional<std::string> text;
  int blocks{};       // of the error correction; 0: not even the format is known
  int mended{};       // of them
  SoftModules known;  // 1 or -1 where a mended block says so, 0 elsewhere; size 0 when none was mended
};

// Where bytes are erased, four check bytes of every block stay unused: of noise, less than one block in 10^7 then looks
// like a codeword. About 0.1 ms, and 2 ms for large symbols that cannot be read.
[[nodiscard]] SoftRead read_soft(const SoftModules& modules);

// The steps, for tests.
[[nodiscard]] std::optional<QrFormat> soft_format(const SoftModules& modules);
[[nodiscard]] std::optional<std::string> qr_text(std::span<const std::uint8_t> data, int version);

}  // namespace millpond::scan
