// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/qr_detector.h"

#include "hardware/scan/decoder.h"
#include "hardware/scan/encode.h"
#include "hardware/scan/least_squares.h"
#include "hardware/scan/qr_equalizer.h"
#include "hardware/sim/phone.h"
#include "hardware/sim/scene_classes.h"
#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cmath>
#include <string>

using namespace millpond;

namespace {

constexpr int px = 6;  // of a module, in the drawing below

std::string text_of(std::size_t length, std::uint64_t seed) {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  base::SeededRng rng{seed};
  std::string text = "K1:";
  while (text.size() < length) text += alphabet[rng.below(alphabet.size())];
  return text;
}

float noise(base::Rng& rng, float levels) {
  float sum = 0;
  for (int i = 0; i < 4; ++i) sum += static_cast<float>(rng.below(1000)) / 1000 - 0.5F;
  return sum * levels * 1.73F;
}

// What a camera that is moved straight down the symbol while its shutter is open sees of each module, under a light
// that grows to the right.
scan::ModuleGrid smeared(const ports::QrModules& code, int smear_px, base::Rng& rng) {
  const auto level = [&](int x, int y) {  // in pixels of the drawing
    const int column = (x + 60 * px) / px - 60;
    const int row = (y + 60 * px) / px - 60;
    const bool inside = column >= 0 && row >= 0 && column < code.size && row < code.size;
    return (inside && code.get(column, row) ? 40.0F : 200.0F) + 0.15F * static_cast<float>(x);
  };
  scan::ModuleGrid grid;
  grid.size = code.size;
  grid.samples.resize(static_cast<std::size_t>(grid.side() * grid.side() * scan::ModuleGrid::phases));
  const auto count = static_cast<std::size_t>(grid.side() * grid.side());
  for (int y = -scan::ModuleGrid::margin; y < code.size + scan::ModuleGrid::margin; ++y) {
    for (int x = -scan::ModuleGrid::margin; x < code.size + scan::ModuleGrid::margin; ++x) {
      float mean = 0;
      for (std::size_t phase = 0; phase < scan::ModuleGrid::phases; ++phase) {
        const int u = x * px + 1 + 2 * static_cast<int>(phase % 3);
        const int v = y * px + 1 + 2 * static_cast<int>(phase / 3);
        float sum = 0;
        for (int i = 0; i < smear_px; ++i) sum += level(u, v + i - smear_px / 2);
        const float seen = sum / static_cast<float>(smear_px) + noise(rng, 1.5F);
        grid.samples[phase * count + grid.levels.size()] = seen;
        mean += seen / scan::ModuleGrid::phases;
      }
      grid.levels.push_back(mean);
    }
  }
  return grid;
}

}  // namespace

TEST_CASE("least squares find the weights that made what was seen, for several things seen at once") {
  base::SeededRng rng{3};
  constexpr std::array true_weights{0.5F, -2.0F, 0.25F};
  scan::LeastSquares squares{3, 2};
  for (int i = 0; i < 60; ++i) {
    const std::array inputs{noise(rng, 1), noise(rng, 1), 1.0F};
    float sum = 0;
    for (std::size_t k = 0; k < 3; ++k) sum += true_weights[k] * inputs[k];
    squares.learn(inputs, std::array{sum, 3 * sum}, i % 2 == 0 ? 1.0F : 0.5F);
  }
  const auto weights = squares.solve(0);
  REQUIRE(weights.size() == 6);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(std::abs(weights[k] - true_weights[k]) < 0.01F);
    CHECK(std::abs(weights[3 + k] - 3 * true_weights[k]) < 0.03F);
  }
  // The ridge shortens them, and leaves what nothing was learnt of at nothing.
  CHECK(std::abs(squares.solve(1)[1]) < 2);
  CHECK(scan::LeastSquares{2}.solve(0.1) == std::vector<float>{0, 0});
}

TEST_CASE("a smear of more than two modules is read by the modules that explain it, and by no filter") {
  base::SeededRng rng{11};
  int filtered = 0;
  int detected = 0;
  for (std::uint64_t round = 0; round < 6; ++round) {
    const auto text = text_of(128, round);
    const auto code = *scan::encode_qr(text);
    const auto grid = smeared(code, 2 * px + 2 + static_cast<int>(round % 3), rng);
    const auto& layout = scan::qr_layout((code.size - 17) / 4);
    const auto guess = scan::equalize(grid, layout);
    auto read = scan::read_soft(guess);
    filtered += read.text ? 1 : 0;
    scan::ModuleDetector detector{grid, layout, guess};
    for (int i = 0; i < 4 && !read.text; ++i) {
      if (read.known.size != 0) detector.make_certain(read.known);
      read = scan::read_soft(detector.next_round());
    }
    if (!read.text) continue;
    CHECK(*read.text == text);
    ++detected;
  }
  CHECK(filtered <= 1);
  CHECK(detected == 6);
}

TEST_CASE("what is certain stays, and lets the modules around it be found") {
  base::SeededRng rng{12};
  const auto code = *scan::encode_qr(text_of(128, 40));
  const auto grid = smeared(code, 4 * px, rng);
  const auto& layout = scan::qr_layout((code.size - 17) / 4);
  // A guess that knows nothing, and every other module told.
  const scan::SoftModules nothing{code.size, std::vector<float>(static_cast<std::size_t>(code.size * code.size))};
  auto half = nothing;
  for (int y = 0; y < code.size; ++y) {
    for (int x = 0; x < code.size; ++x) {
      if ((x + y) % 2 == 0) half.levels[static_cast<std::size_t>(y * code.size + x)] = code.get(x, y) ? 1.0F : -1.0F;
    }
  }
  const auto wrong = [&](bool tell) {
    scan::ModuleDetector detector{grid, layout, nothing};
    if (tell) detector.make_certain(half);
    static_cast<void>(detector.next_round());
    const auto& modules = detector.next_round();
    int count = 0;
    for (int y = 0; y < code.size; ++y) {
      for (int x = 0; x < code.size; ++x) {
        if ((x + y) % 2 == 1) count += (modules.at(x, y) > 0) != code.get(x, y) ? 1 : 0;
      }
    }
    return count;
  };
  const int alone = wrong(false);
  const int told = wrong(true);
  CHECK(alone > 100);
  CHECK(told < 40);
}

TEST_CASE("noise and flat ground explain no text") {
  base::SeededRng rng{13};
  for (int round = 0; round < 12; ++round) {
    scan::ModuleGrid grid;
    grid.size = scan::qr_size_of(1 + round % 6);
    const auto count = static_cast<std::size_t>(grid.side() * grid.side());
    for (std::size_t i = 0; i < count; ++i) grid.levels.push_back(120);
    for (std::size_t i = 0; i < count * scan::ModuleGrid::phases; ++i) {
      grid.samples.push_back(round < 2 ? 120 : 120 + noise(rng, 40));
    }
    const auto& layout = scan::qr_layout(1 + round % 6);
    const auto guess = scan::equalize(grid, layout);
    scan::ModuleDetector detector{grid, layout, guess};
    for (int i = 0; i < 3; ++i) {
      const auto read = scan::read_soft(detector.next_round());
      CHECK_FALSE(read.text);
      if (read.known.size != 0) detector.make_certain(read.known);
    }
  }
}

TEST_CASE("the grid of a smeared symbol is found where the symbol is, the corner without a finder too") {
  const auto text = text_of(128, 50);
  const auto code = *scan::encode_qr(text);
  scan::Decoder decoder;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    auto scene = sim::draw_scene(sim::SceneClass::plain, code, seed);
    scene.motion_px = 11.7;
    const auto truth = sim::code_corners(scene);
    const auto found = decoder.try_rung(sim::render(scene), scan::Rung::soft);
    REQUIRE(found);
    CHECK(found->text == text);
    for (std::size_t i = 0; i < 4; ++i) {
      // The middle of a smear is anywhere within it.
      CHECK(std::hypot(found->corners[i].x - truth[2 * i], found->corners[i].y - truth[2 * i + 1]) < 6);
    }
  }
}
