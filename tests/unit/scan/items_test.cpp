// SPDX-License-Identifier: Apache-2.0
// Codes of goods, drawn by ZXing's own writer. It writes no Micro QR, so that symbology is switched on and unproved.
#define ZX_USE_UTF8 1

#include "hardware/scan/decoder.h"
#include "hardware/scan/encode.h"
#include "sync/codes/gs1.h"

#include <ZXing/BitMatrix.h>
#include <ZXing/MultiFormatWriter.h>
#include <catch2/catch_test_macros.hpp>

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
