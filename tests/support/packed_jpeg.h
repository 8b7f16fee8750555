// SPDX-License-Identifier: Apache-2.0
// JPEG pictures as cameras send them: colour, dark on the left half and light on the right.
#pragma once

#include "sync/base/bytes.h"

namespace millpond::tests {

struct PackedJpeg {
  int width{};
  int height{};
  bool progressive = false;
  bool with_tables = true;  // MJPEG cameras leave the Huffman tables out
};

inline constexpr int packed_dark = 30;
inline constexpr int packed_light = 220;

[[nodiscard]] base::Bytes packed_jpeg(const PackedJpeg& picture);

}  // namespace millpond::tests
