// SPDX-License-Identifier: Apache-2.0
// ui: what screens cost: to draw, by our own rasteriser and by SDL's renderers of the same draw lists, and as the
// program in a window under an X server without a display (Xvfb), with a service of this benchmark's own behind the
// link. There is no game with a wheel yet, so its frame time has no row.
#include "tests/bench/ui_rows.h"

#include "tests/support/x_server.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <stdexcept>

namespace millpond::bench {
namespace {

double clock_ms(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

base::Result<std::vector<Row>> measure(const Options& options) {
  MILLPOND_TRY(const auto fonts, view::Fonts::load());
  MILLPOND_TRY(auto rows, window_rows(fonts, options));
  const tests::XServer server{1080, 1920};
  ::setenv("DISPLAY", server.name().c_str(), 1);
  ::setenv("SDL_VIDEODRIVER", "x11", 1);
  MILLPOND_TRY(const auto drawing, drawing_rows(fonts, options));
  rows.insert(rows.begin(), drawing.begin(), drawing.end());
  return rows;
}

base::Result<std::vector<Row>> run_ui(const Options& options) {
  if (!tests::XServer::is_installed()) {
    return base::Error{base::Code::display_absent, "ui", "Xvfb is not installed", "apt-get install xvfb"};
  }
  try {
    return measure(options);
  } catch (const std::runtime_error& failed) {  // of tests/support, which has no results
    return base::Error{base::Code::internal, "ui", failed.what()};
  }
}

const Registration registration{"ui", "what a screen costs to draw, and as a program in a window", run_ui};

}  // namespace

double process_cpu_ms() { return clock_ms(CLOCK_PROCESS_CPUTIME_ID); }
double thread_cpu_ms() { return clock_ms(CLOCK_THREAD_CPUTIME_ID); }

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Drawn::Drawn(const view::Fonts& fonts, view::SizePx size_px)
    : size{size_px},
      view{fonts, view::Look::of(view::tea_house())},
      raster{size_px.width, size_px.height, view::tea_house().paper} {}

void Drawn::draw(const flow::ViewModel& model, std::int64_t now_ms) {
  static_cast<void>(view.draw(model, scratch, size, now_ms));
  raster.draw(view.draw_data());
}

std::uint32_t Drawn::pixel(int x, int y) const {
  const auto abgr =
      raster.pixels()[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(x)];
  return (abgr & 0xFF) << 16 | (abgr & 0xFF00) | (abgr >> 16 & 0xFF);
}

view::Point Drawn::place_of(flow::Target target) const {
  const auto found = std::ranges::find(scratch.targets, target, &view::PlacedTarget::target);
  if (found == scratch.targets.end()) throw std::runtime_error{"a target that is not on its screen"};
  return found->box_px.center();
}

}  // namespace millpond::bench
