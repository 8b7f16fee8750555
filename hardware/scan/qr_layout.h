// SPDX-License-Identifier: Apache-2.0
// Where everything stands in a QR symbol (ISO/IEC 18004): patterns that are the same in every symbol of a size, the
// order of the data, masks, blocks. Versions 1 to 20, which are all that we issue and that a camera can tell apart.
// Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace millpond::scan {

inline constexpr int qr_version_max = 20;
[[nodiscard]] constexpr int qr_size_of(int version) { return 17 + 4 * version; }

enum class QrModule : std::uint8_t {
  data,    // data and check bits, masked
  format,  // format and version bits: differ between symbols of one size
  light,   // patterns that are the same in all
  dark,
};

struct QrPlace {
  std::int16_t x{};
  std::int16_t y{};
};

struct QrLayout {
  int version{};
  int size{};
  std::vector<QrModule> modules;    // row-major, size * size
  std::vector<QrPlace> data_order;  // the places of data bits, first to last
  std::vector<int> alignment;       // coordinates of alignment patterns' middles

  [[nodiscard]] QrModule at(int x, int y) const { return modules[static_cast<std::size_t>(y * size + x)]; }
};

// Version within 1 .. qr_version_max; made once and kept.
[[nodiscard]] const QrLayout& qr_layout(int version);

enum class QrLevel : std::uint8_t { l, m, q, h };

struct QrBlocks {
  int count{};        // blocks; the later ones may have one data byte more
  int check_bytes{};  // in each block
};
[[nodiscard]] QrBlocks qr_blocks(int version, QrLevel level);

// Whether mask 0 .. 7 turns over the data bit at a place.
[[nodiscard]] bool qr_mask(int mask, int x, int y);

struct QrFormat {
  QrLevel level{};
  int mask{};
};
// The places of the fifteen format bits, first bit first, of one of the two copies.
[[nodiscard]] std::array<QrPlace, 15> qr_format_places(int size, bool second_copy);
// The fifteen bits that stand for a format, first bit in the highest place.
[[nodiscard]] std::uint32_t qr_format_bits(QrFormat format);

}  // namespace millpond::scan
