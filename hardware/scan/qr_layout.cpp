// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/qr_layout.h"

#include "sync/base/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace millpond::scan {
namespace {

// ISO/IEC 18004, table 9: check bytes of a block, and blocks, by level L, M, Q, H and version from 1.
constexpr std::array<std::array<int, qr_version_max>, 4> check_bytes{
    {{7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28},
     {10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26},
     {13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30},
     {17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28}}};
constexpr std::array<std::array<int, qr_version_max>, 4> block_counts{
    {{1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8},
     {1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16},
     {1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20},
     {1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25}}};

std::vector<int> alignment_of(int version) {
  if (version == 1) return {};
  const int count = version / 7 + 2;
  const int last = qr_size_of(version) - 7;
  // Even steps, counted from the last one; the first stands on the timing pattern.
  const int step = (last - 6 + 2 * (count - 1) - 1) / (2 * (count - 1)) * 2;
  std::vector<int> middles{6};
  for (int i = count - 2; i >= 0; --i) middles.push_back(last - i * step);
  return middles;
}

class Drawing {
 public:
  explicit Drawing(QrLayout& to) : to_{to} {}

  void draw() {
    const int size = to_.size;
    for (int i = 0; i < size; ++i) {
      set(i, 6, i % 2 == 0 ? QrModule::dark : QrModule::light);
      set(6, i, i % 2 == 0 ? QrModule::dark : QrModule::light);
    }
    for (const auto [x, y] : {QrPlace{3, 3}, QrPlace{static_cast<std::int16_t>(size - 4), 3},
                              QrPlace{3, static_cast<std::int16_t>(size - 4)}}) {
      square(x, y, 4);
    }
    const auto& middles = to_.alignment;
    for (const int y : middles) {
      for (const int x : middles) {
        const bool on_finder = (x == 6 && y == 6) || (x == 6 && y == size - 7) || (x == size - 7 && y == 6);
        if (!on_finder) square(x, y, 2);
      }
    }
    for (const bool second : {false, true}) {
      for (const auto [x, y] : qr_format_places(size, second)) set(x, y, QrModule::format);
    }
    set(8, size - 8, QrModule::dark);
    if (to_.version >= 7) {
      for (int i = 0; i < 18; ++i) {
        set(size - 11 + i % 3, i / 3, QrModule::format);
        set(i / 3, size - 11 + i % 3, QrModule::format);
      }
    }
  }

 private:
  void set(int x, int y, QrModule module) {
    if (x < 0 || y < 0 || x >= to_.size || y >= to_.size) return;
    to_.modules[static_cast<std::size_t>(y * to_.size + x)] = module;
  }
  // Squares in squares: a finder pattern with its light border for reach 4, an alignment pattern for 2.
  void square(int middle_x, int middle_y, int reach) {
    for (int dy = -reach; dy <= reach; ++dy) {
      for (int dx = -reach; dx <= reach; ++dx) {
        const int ring = std::max(std::abs(dx), std::abs(dy));
        const bool light = reach == 4 ? ring == 2 || ring == 4 : ring == 1;
        set(middle_x + dx, middle_y + dy, light ? QrModule::light : QrModule::dark);
      }
    }
  }
  QrLayout& to_;
};

// Two columns at a time from the right, upwards and downwards by turns; the timing column is left out.
std::vector<QrPlace> data_order_of(const QrLayout& layout) {
  std::vector<QrPlace> order;
  bool upwards = true;
  for (int right = layout.size - 1; right > 0; right -= 2) {
    if (right == 6) right = 5;
    for (int i = 0; i < layout.size; ++i) {
      const int y = upwards ? layout.size - 1 - i : i;
      for (const int x : {right, right - 1}) {
        if (layout.at(x, y) != QrModule::data) continue;
        order.push_back({static_cast<std::int16_t>(x), static_cast<std::int16_t>(y)});
      }
    }
    upwards = !upwards;
  }
  return order;
}

QrLayout make_layout(int version) {
  QrLayout layout{version, qr_size_of(version), {}, {}, alignment_of(version)};
  layout.modules.assign(static_cast<std::size_t>(layout.size * layout.size), QrModule::data);
  Drawing{layout}.draw();
  layout.data_order = data_order_of(layout);
  return layout;
}

}  // namespace

const QrLayout& qr_layout(int version) {
  MILLPOND_CHECK(version >= 1 && version <= qr_version_max);
  static const auto all = [] {
    std::vector<QrLayout> layouts;
    for (int v = 1; v <= qr_version_max; ++v) layouts.push_back(make_layout(v));
    return layouts;
  }();
  return all[static_cast<std::size_t>(version - 1)];
}

QrBlocks qr_blocks(int version, QrLevel level) {
  const auto v = static_cast<std::size_t>(version - 1);
  const auto l = static_cast<std::size_t>(level);
  return {block_counts[l][v], check_bytes[l][v]};
}

bool qr_mask(int mask, int x, int y) {
  switch (mask) {
    case 0:
      return (x + y) % 2 == 0;
    case 1:
      return y % 2 == 0;
    case 2:
      return x % 3 == 0;
    case 3:
      return (x + y) % 3 == 0;
    case 4:
      return (x / 3 + y / 2) % 2 == 0;
    case 5:
      return x * y % 2 + x * y % 3 == 0;
    case 6:
      return (x * y % 2 + x * y % 3) % 2 == 0;
    default:
      return ((x + y) % 2 + x * y % 3) % 2 == 0;
  }
}

std::array<QrPlace, 15> qr_format_places(int size, bool second_copy) {
  std::array<QrPlace, 15> places{};
  for (int i = 0; i < 15; ++i) {
    int x = 8;
    int y = 8;
    if (second_copy) {
      if (i < 7) {
        y = size - 1 - i;
      } else {
        x = size - 15 + i;
      }
    } else if (i < 8) {
      x = i < 6 ? i : i + 1;  // past the timing column
      if (i == 7) x = 8;
    } else {
      y = i == 8 ? 7 : 14 - i;
    }
    places[static_cast<std::size_t>(i)] = {static_cast<std::int16_t>(x), static_cast<std::int16_t>(y)};
  }
  return places;
}

std::uint32_t qr_format_bits(QrFormat format) {
  constexpr std::array<std::uint32_t, 4> level_bits{1, 0, 3, 2};
  const std::uint32_t data =
      level_bits[static_cast<std::size_t>(format.level)] << 3 | static_cast<std::uint32_t>(format.mask);
  // BCH(15, 5) with the generator 10100110111, masked so that no format is all light.
  std::uint32_t rest = data << 10;
  for (int bit = 14; bit >= 10; --bit) {
    if ((rest >> bit & 1U) != 0) rest ^= 0x537U << (bit - 10);
  }
  return (data << 10 | rest) ^ 0x5412U;
}

}  // namespace millpond::scan
