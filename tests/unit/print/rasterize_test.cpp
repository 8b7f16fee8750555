// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/rasterize.h"

#include "hardware/image/image.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace millpond;
using namespace millpond::ports;

namespace {

QrModules checkered(int size) {
  QrModules modules{size, {}};
  for (int i = 0; i < size * size; ++i) modules.bits.push_back(static_cast<std::uint8_t>((i + i / size) % 2));
  return modules;
}

Receipt full_receipt() {
  return {{Logo{"灯笼茶铺", "南京西路店"}, Rule{true}, KeyValue{"单号", "0042", TextSize::small}, Rule{},
           KeyValue{"桂花乌龙 Osmanthus oolong with everything that the menu offers × 2", "¥56.00"},
           KeyValue{"合计", "¥198.00", TextSize::large, true}, Title{"优惠券"}, Highlight{"满50减10", "全场可用"},
           Qr{checkered(41), "有效期至 12月21日"}, Text{"谢谢惠顾", Align::center}, Feed{1}}};
}

bool any_dot(const print::Bitmap& paper, print::Rect area) {
  for (int y = area.y; y < area.y + area.height; ++y) {
    for (int x = area.x; x < area.x + area.width; ++x) {
      if (paper.get(x, y)) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("a receipt fills the width of its paper and repeats to the dot") {
  for (const int width : {print::width_80mm_dots, print::width_58mm_dots}) {
    const auto paper = print::rasterize(full_receipt(), {width, {}});
    REQUIRE(paper);
    CHECK(paper->width == width);
    CHECK(paper->height > 600);
    CHECK(paper->height < 1600);
    CHECK(*paper == *print::rasterize(full_receipt(), {width, {}}));
    CHECK(any_dot(*paper, {0, 0, width / 4, paper->height}));
    CHECK(any_dot(*paper, {width * 3 / 4, 0, width / 4, paper->height}));
  }
}

TEST_CASE("a QR symbol is printed with whole dots and a quiet zone") {
  const auto modules = checkered(45);
  const auto paper = print::rasterize({{Qr{modules, ""}}}, {});
  REQUIRE(paper);
  constexpr int module = 6;  // 45 + 8 modules in 62 % of 576 dots
  const int left = (576 - 45 * module) / 2;
  const int top = 4 * module;
  CHECK_FALSE(any_dot(*paper, {0, 0, 576, top}));
  CHECK_FALSE(any_dot(*paper, {left - 4 * module, 0, 4 * module, paper->height}));
  bool equal = true;
  for (int y = 0; y < 45 * module; ++y) {
    for (int x = 0; x < 45 * module; ++x) {
      equal = equal && paper->get(left + x, top + y) == modules.get(x / module, y / module);
    }
  }
  CHECK(equal);
}

TEST_CASE("values stand at the right edge, one under another") {
  const auto one = print::rasterize({{KeyValue{"a", "0.00"}}}, {});
  const auto other = print::rasterize({{KeyValue{"b", "11.00"}}}, {});
  REQUIRE(one);
  REQUIRE(other);
  const auto rightmost = [](const print::Bitmap& paper) {
    for (int x = paper.width - 1; x >= 0; --x) {
      if (any_dot(paper, {x, 0, 1, paper.height})) return x;
    }
    return -1;
  };
  CHECK(rightmost(*one) == rightmost(*other));
  CHECK(rightmost(*one) > 576 - 16);
}

TEST_CASE("a receipt that cannot be printed is refused with a reason") {
  struct Row {
    const char* what;
    Receipt receipt;
    print::RasterOptions options;
    base::Code code;
  };
  print::RasterOptions no_font;
  no_font.fonts = print::FontPaths{"/nonexistent.otf", "/nonexistent.otf", "/nonexistent.ttc", "/nonexistent.ttc"};
  for (const auto& row : {
           Row{"paper too narrow", {}, {100, {}}, base::Code::bad_input},
           Row{"paper too wide", {}, {5000, {}}, base::Code::bad_input},
           Row{"no symbol", {{Qr{}}}, {}, base::Code::bad_input},
           Row{"symbol too dense for the paper", {{Qr{checkered(177), ""}}}, {384, {}}, base::Code::bad_input},
           Row{"too many blocks", {std::vector<ReceiptBlock>(500, Rule{})}, {}, base::Code::too_large},
           Row{"too long", {std::vector<ReceiptBlock>(300, Feed{40})}, {}, base::Code::too_large},
           Row{"font missing", {}, no_font, base::Code::font_missing},
       }) {
    CAPTURE(row.what);
    const auto paper = print::rasterize(row.receipt, row.options);
    REQUIRE_FALSE(paper);
    CHECK(paper.error().code == row.code);
  }
}

TEST_CASE("an empty receipt is no paper, and a long value takes a line of its own") {
  CHECK(print::rasterize({}, {})->height == 0);
  const auto single = print::rasterize({{KeyValue{"a", "b"}}}, {})->height;
  CHECK(print::rasterize({{KeyValue{"name", std::string(40, '9')}}}, {})->height > single);
}

TEST_CASE("the preview is a PNG of the paper with its margins") {
  const auto paper = print::rasterize(full_receipt(), {});
  REQUIRE(paper);
  const auto file = print::to_png(*paper);
  REQUIRE(file);
  const auto picture = image::decode_gray(*file);
  REQUIRE(picture);
  CHECK(picture->width > paper->width);
  CHECK(picture->height > paper->height);
}
