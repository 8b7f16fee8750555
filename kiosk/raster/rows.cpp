// SPDX-License-Identifier: Apache-2.0
#include "kiosk/raster/rows.h"

namespace millpond::raster {
namespace {

// The same source for every processor: the compiler makes of it what each can do. No branches inside, or it would go
// pixel by pixel: an alpha of 0 or 255 comes out of blend() as if it had been asked for.
#define MILLPOND_INTO [[gnu::always_inline]] inline

MILLPOND_INTO std::uint32_t whole_part(std::int32_t value) {
  return static_cast<std::uint32_t>(std::clamp(value >> 16, 0, 255));
}

MILLPOND_INTO void fill_with(Pixel* row, int count, Pixel color) {
  const std::uint32_t alpha = alpha_of(color);
  if (alpha == 255) {
    std::fill_n(row, count, color);
  } else if (alpha != 0) {
    for (int i = 0; i < count; ++i) row[i] = blend(row[i], color, alpha);
  }
}

MILLPOND_INTO void fade_with(Pixel* row, int count, Pixel color, Run alpha) {
  for (int i = 0; i < count; ++i) row[i] = blend(row[i], color, whole_part(alpha.value + i * alpha.step));
}

MILLPOND_INTO void shade_with(Pixel* row, int count, const std::array<Run, 4>& channels) {
  const auto [red, green, blue, alpha] = channels;
  for (int i = 0; i < count; ++i) {
    const Pixel color = whole_part(red.value + i * red.step) | whole_part(green.value + i * green.step) << 8 |
                        whole_part(blue.value + i * blue.step) << 16;
    row[i] = blend(row[i], color, whole_part(alpha.value + i * alpha.step));
  }
}

MILLPOND_INTO void mask_with(Pixel* row, int count, Pixel color, const std::uint8_t* alphas) {
  const std::uint32_t color_alpha = alpha_of(color);
  for (int i = 0; i < count; ++i) row[i] = blend(row[i], color, multiply_channel(alphas[i], color_alpha));
}

#undef MILLPOND_INTO

constexpr Rows plain{
    [](Pixel* row, int count, Pixel color) { fill_with(row, count, color); },
    [](Pixel* row, int count, Pixel color, Run alpha) { fade_with(row, count, color, alpha); },
    [](Pixel* row, int count, const std::array<Run, 4>& channels) { shade_with(row, count, channels); },
    [](Pixel* row, int count, Pixel color, const std::uint8_t* alphas) { mask_with(row, count, color, alphas); }};

#ifdef __x86_64__
#define MILLPOND_AVX2 __attribute__((target("avx2")))

MILLPOND_AVX2 void fill_wide(Pixel* row, int count, Pixel color) { fill_with(row, count, color); }
MILLPOND_AVX2 void fade_wide(Pixel* row, int count, Pixel color, Run alpha) { fade_with(row, count, color, alpha); }
MILLPOND_AVX2 void shade_wide(Pixel* row, int count, const std::array<Run, 4>& channels) {
  shade_with(row, count, channels);
}
MILLPOND_AVX2 void mask_wide(Pixel* row, int count, Pixel color, const std::uint8_t* alphas) {
  mask_with(row, count, color, alphas);
}

#undef MILLPOND_AVX2

constexpr Rows wide{fill_wide, fade_wide, shade_wide, mask_wide};

const Rows& best() { return __builtin_cpu_supports("avx2") != 0 ? wide : plain; }
#else
const Rows& best() { return plain; }
#endif

// Not inside rows(), which is asked for every row.
const Rows& chosen = best();

}  // namespace

const Rows& rows() { return chosen; }

const Rows& plain_rows() { return plain; }

}  // namespace millpond::raster
