// SPDX-License-Identifier: Apache-2.0
// What the benchmark ui shares: screens as they are drawn into memory, and what a drawing costs.
#pragma once

#include "kiosk/flow/view_model.h"
#include "kiosk/raster/raster.h"
#include "kiosk/view/view.h"
#include "tests/bench/bench.h"

#include <vector>

namespace millpond::bench {

// Processor time of this process, all threads, and of this thread. Milliseconds.
[[nodiscard]] double process_cpu_ms();
[[nodiscard]] double thread_cpu_ms();
[[nodiscard]] double median(std::vector<double> values);

// A screen without its window.
struct Drawn {
  Drawn(const view::Fonts& fonts, view::SizePx size);

  void draw(const flow::ViewModel& model, std::int64_t now_ms);
  [[nodiscard]] std::uint32_t pixel(int x, int y) const;  // 0xRRGGBB
  [[nodiscard]] view::Point place_of(flow::Target target) const;

  const view::SizePx size;
  view::View view;
  view::Scratch scratch;
  raster::Raster raster;
};

// Full redraws against SDL's renderers, and a frame in which nothing changed. Needs DISPLAY.
[[nodiscard]] base::Result<std::vector<Row>> drawing_rows(const view::Fonts& fonts, const Options& options);
// The program in a window: first frame, key to pixels, idle share, memory.
[[nodiscard]] base::Result<std::vector<Row>> window_rows(const view::Fonts& fonts, const Options& options);

}  // namespace millpond::bench
