// SPDX-License-Identifier: Apache-2.0
// Every screen in both languages and every theme against what was recorded, to the bit.
#include "tests/screens/gallery.h"
#include "tests/screens/shots.h"
#include "tests/support/paths.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <iostream>
#include <set>

using namespace millpond;
using namespace millpond::tests;

namespace {

// recorded | now | where they differ
std::filesystem::path show_difference(const std::string& shot, const image::RgbaImage& now) {
  const auto folder = bin_dir().parent_path() / "screen-differences";
  std::filesystem::create_directories(folder);
  const auto small = thumbnail(now, thumbnail_factor(shot));
  std::vector<image::RgbaImage> pictures;
  if (const auto before = Gallery::recorded(shot, small.width, small.height)) {
    pictures = {*before, small, difference(*before, small)};
  } else {
    pictures = {small};
  }
  const auto path = folder / (shot + ".png");
  static_cast<void>(image::save_png(path, side_by_side(pictures)));
  return path;
}

}  // namespace

TEST_CASE("every screen in every language and theme looks as it was recorded, to the bit") {
  const Goldens goldens = load_goldens();
  if (!goldens.recorded) {
    std::cout << "not compared: no pictures are recorded for this set-up:\n";
    for (const auto& line : golden_setup()) std::cout << "  " << line << '\n';
  }
  std::set<std::string> drawn;
  for_every_shot([&](const Shot& shot, Stage& stage) {
    stage.show(shot.sample.view);
    drawn.insert(shot.name);
    INFO(shot.name);
    // Everywhere: what tiles have left of earlier screens is what a whole drawing gives.
    if (!goldens.recorded || shot.dress.name == dresses().front().name) {
      raster::Raster afresh{shot.display.golden.width, shot.display.golden.height, 0};
      afresh.draw(stage.view().draw_data());
      CHECK(std::equal(afresh.pixels().begin(), afresh.pixels().end(), stage.raster().pixels().begin()));
    }
    if (!goldens.recorded) return;
    const auto golden = goldens.hashes.find(shot.name);
    const auto picture = stage.image();
    if (golden != goldens.hashes.end() && golden->second == picture_hash(picture)) return;
    FAIL_CHECK((golden == goldens.hashes.end() ? "not recorded: " : "differs: ")
               << show_difference(shot.name, picture) << "; if it is meant, run millpond-gallery");
  });
  for (const auto& [name, hash] : goldens.hashes) {
    INFO(name << " is recorded and no longer drawn; run millpond-gallery");
    CHECK(drawn.contains(name));
  }
}

TEST_CASE("a picture does not depend on what was drawn before it") {
  const auto& dress = dresses().front();
  for (const char* name : {"card", "issued", "attract"}) {
    INFO(name);
    const auto view = sample_view(name, flow::Locale::zh_cn);
    const auto size = display_of(view).golden;
    Stage alone{size, dress.theme()};
    alone.show(view);
    Stage later{size, dress.theme()};
    for (const SampleView& sample : sample_views(flow::Locale::zh_cn)) later.show(sample.view);
    later.show(view);
    CHECK(picture_hash(alone.image()) == picture_hash(later.image()));
  }
}

TEST_CASE("a difference is shown in red, and only where there is one") {
  image::RgbaImage before{3, 1, std::vector<std::uint8_t>(12, 100)};
  auto after = before;
  after.pixels[4] = 180;
  const auto marked = difference(before, after);
  CHECK(marked.pixels[4] == 200);
  CHECK(marked.pixels[5] == 0);
  CHECK(marked.pixels[0] == marked.pixels[1]);
  CHECK(side_by_side({before, after, marked}).width == 3 * 3 + 4 * 12);
}
