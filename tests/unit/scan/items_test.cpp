// SPDX-License-Identifier: Apache-2.0
// Codes of goods, drawn by ZXing's own writer; Micro QR, which it does not write, from module strings.
#define ZX_USE_UTF8 1

#include "hardware/scan/decoder.h"
#include "hardware/scan/encode.h"
#include "sync/codes/gs1.h"

#include <ZXing/BitMatrix.h>
#include <ZXing/MultiFormatWriter.h>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <string_view>
#include <utility>

using namespace millpond;

namespace {

// A symbol in the middle of a light picture.
ports::GrayFrame drawn(const std::string& text, ZXing::BarcodeFormat format) {
  const bool square = format == ZXing::BarcodeFormat::DataMatrix;
  const auto matrix = ZXing::MultiFormatWriter{format}.setMargin(10).encode(text, square ? 200 : 400, 200);
  constexpr int width = 640;
  constexpr int height = 360;
  ports::GrayFrame frame{width, height, width, base::Bytes(std::size_t{width} * height, 230), 0};
  for (int y = 0; y < matrix.height(); ++y) {
    for (int x = 0; x < matrix.width(); ++x) {
      const int at_x = x + (width - matrix.width()) / 2;
      const int at_y = y + (height - matrix.height()) / 2;
      if (matrix.get(x, y)) frame.bytes[static_cast<std::size_t>(at_y * width + at_x)] = 20;
    }
  }
  return frame;
}

// Micro QR symbols, row by row, placed after ISO/IEC 18004 by a program of a hundred lines that is not kept: mode,
// count and data, terminator, pad bytes 0xEC and 0x11, Reed-Solomon over 0x11D, the mask of the highest score, format
// word masked with 0x4445. It gave the check codewords that the standard prints for "01234567" in M2-L. The texts of M1
// and M3 leave the last codeword, of four bits, at zero: which half of a byte it is was compared with no other encoder.
struct MicroQr {
  const char* text;
  int size;
  std::string_view modules;
};

constexpr std::array micro_qr_symbols{
    MicroQr{"1234", 11,
            "#######.#.#"
            "#.....#.#.."
            "#.###.#.###"
            "#.###.#...."
            "#.###.#.###"
            "#.....#..##"
            "#######.#.."
            ".........##"
            "##..###..##"
            ".#.....#..#"
            "#####..#.##"},  // M1
    MicroQr{"01234567", 13,
            "#######.#.#.#"
            "#.....#.###.#"
            "#.###.#..##.#"
            "#.###.#..####"
            "#.###.#.###.."
            "#.....#.#...#"
            "#######..####"
            ".........##.."
            "##.#....#...#"
            ".##.#.#.#.#.#"
            "###..#######."
            "...#.#....##."
            "###.#..##.###"},  // M2-L
    MicroQr{"TEA-500G/7", 15,
            "#######.#.#.#.#"
            "#.....#.#...#.."
            "#.###.#.###...#"
            "#.###.#.###.#.#"
            "#.###.#.###.#.."
            "#.....#...#.#.#"
            "#######....##.#"
            "........####.##"
            "####..##....###"
            ".#...####..##.#"
            "#....#.#.###..#"
            ".#...#.#.###..#"
            "#.#...###..#.#."
            "....#.##.###.#."
            "##....####.#.#."},  // M3-L
    MicroQr{"tea-500g/7", 17,
            "#######.#.#.#.#.#"
            "#.....#........#."
            "#.###.#..#####.##"
            "#.###.#......##.#"
            "#.###.#.#####.#.#"
            "#.....#..####..#."
            "#######..#..#...#"
            ".........#####..#"
            "#.#..#.#.####.#.#"
            "..#.##....###...."
            "##..#.#.#.......#"
            ".#..#.#..#..#..##"
            "#...#.#....####.#"
            "....####...##...#"
            "#####.####..#..#."
            "..##...##...#...."
            "##..##....#.###.#"},  // M4-M
};

// The symbol turned clockwise by quarters, in the middle of a light picture.
ports::GrayFrame drawn(const MicroQr& symbol, int scale, int quarters) {
  constexpr int width = 640;
  constexpr int height = 360;
  const int size = symbol.size;
  ports::GrayFrame frame{width, height, width, base::Bytes(std::size_t{width} * height, 230), 0};
  for (int y = 0; y < size * scale; ++y) {
    for (int x = 0; x < size * scale; ++x) {
      int row = y / scale;
      int column = x / scale;
      for (int i = 0; i < quarters; ++i) row = size - 1 - std::exchange(column, row);
      if (symbol.modules[static_cast<std::size_t>(row * size + column)] != '#') continue;
      const int at_x = x + (width - size * scale) / 2;
      const int at_y = y + (height - size * scale) / 2;
      frame.bytes[static_cast<std::size_t>(at_y * width + at_x)] = 20;
    }
  }
  return frame;
}

}  // namespace

TEST_CASE("codes of goods are read with their symbology, and by no pass for codes of people") {
  struct Row {
    const char* text;
    ZXing::BarcodeFormat format;
    ports::Symbology symbology;
  };
  scan::Decoder decoder;
  for (const auto& row : {Row{"6901234567892", ZXing::BarcodeFormat::EAN13, ports::Symbology::ean13},
                          Row{"96385074", ZXing::BarcodeFormat::EAN8, ports::Symbology::ean8},
                          Row{"TEA-500G", ZXing::BarcodeFormat::Code128, ports::Symbology::code128},
                          Row{"TEA-500G/7", ZXing::BarcodeFormat::DataMatrix, ports::Symbology::data_matrix}}) {
    CAPTURE(row.text);
    const auto frame = drawn(row.text, row.format);
    const auto found = decoder.try_rung(frame, scan::Rung::items);
    REQUIRE(found);
    CHECK(found->text == row.text);
    CHECK(found->symbology == row.symbology);
    CHECK_FALSE(decoder.decode(frame, scan::full_ladder));
  }
}

TEST_CASE("a GS1 code keeps its symbology identifier, and its text is an element string") {
  scan::Decoder decoder;
  // ZXing's writer takes 0xF1 for FNC1.
  const auto found = decoder.try_rung(drawn("\xC3\xB1"
                                            "0106901234567892"
                                            "17261231",
                                            ZXing::BarcodeFormat::Code128),
                                      scan::Rung::items);
  REQUIRE(found);
  const auto elements = codes::parse_gs1(found->text);
  REQUIRE(elements);
  CHECK(codes::gs1_value(*elements, "01") == "06901234567892");
  CHECK(codes::gs1_value(*elements, "17") == "261231");
}

TEST_CASE("an item's pass reads no QR, so nobody is identified by it") {
  scan::Decoder decoder;
  const auto modules = *scan::encode_qr("K1:PERSON");
  ports::GrayFrame frame{400, 400, 400, base::Bytes(160'000, 230), 0};
  for (int y = 0; y < 8 * modules.size; ++y) {
    for (int x = 0; x < 8 * modules.size; ++x) {
      if (modules.get(x / 8, y / 8)) frame.bytes[static_cast<std::size_t>((y + 80) * 400 + x + 80)] = 20;
    }
  }
  CHECK(decoder.try_rung(frame, scan::Rung::half));
  CHECK_FALSE(decoder.try_rung(frame, scan::Rung::items));
}

TEST_CASE("Micro QR of every size is read at any scale and turn, by passes for goods and files alone") {
  scan::Decoder decoder;
  for (const auto& symbol : micro_qr_symbols) {
    CAPTURE(symbol.text);
    REQUIRE(symbol.modules.size() == static_cast<std::size_t>(symbol.size * symbol.size));
    for (const int scale : {2, 3, 5, 8, 14}) {
      for (int quarters = 0; quarters < 4; ++quarters) {
        CAPTURE(scale, quarters);
        const auto frame = drawn(symbol, scale, quarters);
        for (const auto rung : {scan::Rung::items, scan::Rung::thorough}) {
          CAPTURE(scan::rung_name(rung));
          const auto found = decoder.try_rung(frame, rung);
          CHECK(found);
          if (!found) continue;
          CHECK(found->text == symbol.text);
          CHECK(found->symbology == ports::Symbology::micro_qr);
        }
        CHECK_FALSE(decoder.decode(frame, scan::full_ladder));
      }
    }
  }
}

TEST_CASE("a Micro QR with a module in the wrong colour is read rightly or not at all") {
  scan::Decoder decoder;
  for (const auto& symbol : micro_qr_symbols) {
    CAPTURE(symbol.text);
    constexpr int scale = 4;
    const int size = symbol.size;
    const auto frame = drawn(symbol, scale, 0);
    int read = 0;
    for (int place = 0; place < size * size; ++place) {
      auto spoilt = frame;
      const int x = place % size * scale + (frame.width - size * scale) / 2;
      const int y = place / size * scale + (frame.height - size * scale) / 2;
      for (int i = 0; i < scale * scale; ++i) {
        auto& pixel = spoilt.bytes[static_cast<std::size_t>((y + i / scale) * frame.stride + x + i % scale)];
        pixel = pixel == 20 ? 230 : 20;
      }
      const auto found = decoder.try_rung(spoilt, scan::Rung::items);
      if (!found) continue;
      ++read;
      CHECK(found->text == symbol.text);
    }
    CHECK(read > size * size / 3);
  }
}
