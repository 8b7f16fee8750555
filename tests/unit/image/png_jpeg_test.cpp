// SPDX-License-Identifier: Apache-2.0
#include "hardware/image/image.h"

#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace millpond;

namespace {

image::GrayImage slope(int width, int height) {
  image::GrayImage picture{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) picture.pixels.push_back(static_cast<std::uint8_t>(x * 7 + y * 13));
  }
  return picture;
}

// The header of a PNG file that claims these sides and holds no pixel.
base::Bytes png_claiming(std::uint32_t width, std::uint32_t height) {
  auto file = *image::encode_png(image::GrayImage{1, 1, {0}});
  for (int i = 0; i < 4; ++i) {
    file[static_cast<std::size_t>(16 + i)] = static_cast<std::uint8_t>(width >> (24 - 8 * i));
    file[static_cast<std::size_t>(20 + i)] = static_cast<std::uint8_t>(height >> (24 - 8 * i));
  }
  return file;
}

}  // namespace

TEST_CASE("a gray picture comes back from PNG bit for bit, at any size from one pixel") {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 300}, {300, 1}, {33, 17}, {640, 480}}) {
    CAPTURE(width, height);
    const auto picture = slope(width, height);
    const auto file = image::encode_png(picture);
    REQUIRE(file);
    const auto back = image::decode_gray(*file);
    REQUIRE(back);
    CHECK(*back == picture);
  }
}

TEST_CASE("colour and transparency come back from PNG, and colour reads as luma") {
  const image::RgbaImage picture{2, 1, {255, 0, 0, 255, 10, 200, 30, 128}};
  const auto file = image::encode_png(picture);
  REQUIRE(file);
  CHECK(*image::decode_rgba(*file) == picture);
  const auto gray = image::decode_gray(*file);
  REQUIRE(gray);
  CHECK(gray->pixels[0] < gray->pixels[1]);
}

TEST_CASE("a picture is saved and loaded by path") {
  const tests::TempDir folder;
  const auto picture = slope(40, 30);
  REQUIRE(image::save_png(folder / "a.png", picture));
  CHECK(*image::load_gray(folder / "a.png") == picture);
  CHECK(image::load_gray(folder / "b.png").error().code == base::Code::not_found);
}

TEST_CASE("what is no sound picture is refused with a reason and without a crash") {
  const auto good = *image::encode_png(slope(64, 64));
  auto damaged = good;
  for (std::size_t i = 60; i < damaged.size(); i += 3) damaged[i] = static_cast<std::uint8_t>(~damaged[i]);
  const base::Bytes gif{'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0, 0, 0};
  struct Row {
    const char* what;
    base::Bytes file;
    base::Code code;
  };
  for (const auto& row : {
           Row{"nothing", {}, base::Code::picture_unreadable},
           Row{"text", {'h', 'e', 'l', 'l', 'o'}, base::Code::picture_unreadable},
           Row{"a format that we do not read", gif, base::Code::picture_unreadable},
           Row{"magic only", {good.begin(), good.begin() + 8}, base::Code::picture_unreadable},
           Row{"header only", {good.begin(), good.begin() + 33}, base::Code::picture_unreadable},
           Row{"damaged", damaged, base::Code::picture_unreadable},
           Row{"too wide", png_claiming(20000, 1), base::Code::too_large},
           Row{"a bomb", png_claiming(16000, 16000), base::Code::too_large},
       }) {
    CAPTURE(row.what);
    const auto read = image::decode_gray(row.file);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == row.code);
  }
}

TEST_CASE("a PNG cut off anywhere is unreadable") {
  const auto good = *image::encode_png(slope(64, 64));
  for (std::size_t length = 0; length + 16 < good.size(); length += 7) {
    CAPTURE(length);
    const auto read = image::decode_gray(base::ByteView{good}.first(length));
    CHECK_FALSE(read);
  }
}

TEST_CASE("pixels that do not match the sides are not written") {
  CHECK(image::encode_png(image::GrayImage{3, 3, {1, 2}}).error().code == base::Code::bad_input);
  CHECK(image::encode_png(image::GrayImage{0, 3, {}}).error().code == base::Code::too_large);
}
