// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/encode.h"

#include "hardware/print/rasterize.h"
#include "hardware/scan/decoder.h"

#include <catch2/catch_test_macros.hpp>

#include "sync/base/rng.h"

#include <string>

using namespace millpond;

namespace {

constexpr std::string_view alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

std::string random_text(std::size_t length, std::uint64_t seed) {
  base::SeededRng rng{seed};
  std::string text = "K1:";
  while (text.size() < length) text += alphanumeric[rng.below(alphanumeric.size())];
  return text;
}

// The symbol as pixels, four to a module, with its quiet zone.
ports::GrayFrame drawn(const ports::QrModules& modules) {
  constexpr int scale = 4;
  const int side = (modules.size + 2 * ports::qr_quiet_zone_modules) * scale;
  ports::GrayFrame frame{side, side, side, {}, 0};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const bool dark = modules.get(x / scale - ports::qr_quiet_zone_modules, y / scale - ports::qr_quiet_zone_modules);
      frame.bytes.push_back(dark ? 0 : 255);
    }
  }
  return frame;
}

}  // namespace

TEST_CASE("a symbol is the smallest that holds its text at error correction M") {
  struct Row {
    std::size_t length;
    int size;
  };
  // ISO/IEC 18004, table 7, alphanumeric at M: version 1 holds 20, 2 38, 6 154, 7 178.
  for (const auto& row : {Row{20, 21}, Row{21, 25}, Row{38, 25}, Row{128, 41}, Row{154, 41}, Row{159, 45}}) {
    CAPTURE(row.length);
    const auto modules = scan::encode_qr(random_text(row.length, 4));
    REQUIRE(modules);
    CHECK(modules->is_sound());
    CHECK(modules->size == row.size);
    // A finder pattern stands in the corner: there is no quiet zone in the value.
    CHECK(modules->get(0, 0));
    CHECK_FALSE(modules->get(1, 1));
    CHECK(modules->get(3, 3));
  }
}

TEST_CASE("what is encoded is what is read") {
  scan::Decoder decoder;
  for (const auto& text :
       {std::string{"0"}, std::string{alphanumeric}, std::string{"https://example.org/join?s=12&x=~a"},
        random_text(159, 1), random_text(159, 2), random_text(scan::qr_text_max, 3)}) {
    CAPTURE(text);
    const auto modules = scan::encode_qr(text);
    REQUIRE(modules);
    const auto found = decoder.decode(drawn(*modules), scan::half_then_full);
    REQUIRE(found);
    CHECK(found->text == text);
  }
}

TEST_CASE("text that a code cannot or should not hold is refused") {
  CHECK(scan::encode_qr("").error().code == base::Code::bad_input);
  CHECK(scan::encode_qr("caf\xC3\xA9").error().code == base::Code::bad_input);
  CHECK(scan::encode_qr(std::string(1, '\0')).error().code == base::Code::bad_input);
  CHECK(scan::encode_qr(std::string(scan::qr_text_max + 1, 'A')).error().code == base::Code::too_large);
}

TEST_CASE("a coupon's code is read back from the printed receipt, on either paper") {
  const auto text = random_text(159, 77);
  const auto modules = scan::encode_qr(text);
  REQUIRE(modules);
  const ports::Receipt receipt{{ports::Logo{"MILLPOND"}, ports::Rule{true}, ports::Highlight{"10", "50"},
                                ports::Qr{*modules, "C-4K7Q-9XZP-2B3D6"}, ports::Text{"Thank you"}}};
  for (const int width : {print::width_80mm_dots, print::width_58mm_dots}) {
    CAPTURE(width);
    const auto paper = print::rasterize(receipt, {width, {}});
    REQUIRE(paper);
    auto picture = print::to_image(*paper, 24);
    const ports::GrayFrame frame{picture.width, picture.height, picture.width, picture.pixels, 0};
    scan::Decoder decoder;
    const auto found = decoder.decode(frame, scan::half_then_full);
    REQUIRE(found);
    CHECK(found->text == text);
  }
}
