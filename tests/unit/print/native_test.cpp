// SPDX-License-Identifier: Apache-2.0
// Receipts in a printer's own letters, judged by the emulated printer.
#include "hardware/print/native.h"

#include "hardware/pages/code_page.h"
#include "tests/support/escpos_interpreter.h"

#include <catch2/catch_test_macros.hpp>
#include <memory>

using namespace millpond;

namespace {

constexpr const char* code_text = "K1:ABCDEFGH0123456789";

ports::Receipt slip() {
  ports::QrModules modules{21, std::vector<std::uint8_t>(21 * 21, 1)};
  return {{ports::Logo{"灯笼茶铺", "2026年11月21日 10:42"}, ports::Title{"会员小票"}, ports::Rule{true},
           ports::Highlight{"送您 ¥8 优惠券", "暖冬一杯茶"}, ports::Text{"满 ¥30 可用", ports::Align::center},
           ports::KeyValue{"实付", "¥68.50", ports::TextSize::normal, true}, ports::KeyValue{"可用积分", "−1,400"},
           ports::Rule{}, ports::Qr{modules, "下次付款前请出示", code_text}, ports::Feed{2}}};
}

std::unique_ptr<tests::EscposInterpreter> printed(const base::Bytes& bytes, int width_dots = 576) {
  auto printer = std::make_unique<tests::EscposInterpreter>(width_dots);
  tests::EmulatorState state;
  for (const auto byte : bytes) CHECK(printer->take(byte, state).empty());
  CHECK(printer->paper().unknown.empty());
  CHECK(printer->paper().refused.empty());
  return printer;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a receipt in the printer's own letters says the same in a fiftieth of the bytes") {
  const auto bytes = print::to_native(slip(), {.codes = true});
  REQUIRE(bytes);
  const auto dots = print::to_escpos(*print::rasterize(slip()));
  CHECK(bytes->size() * 50 < dots.size());
  const auto paper = printed(*bytes)->paper();
  for (const auto* const part : {"灯笼茶铺\n", "2026年11月21日 10:42\n", "会员小票\n", "送您 ￥8 优惠券", "暖冬一杯茶",
                                 "满 ￥30 可用\n", "下次付款前请出示\n"}) {
    CAPTURE(part, paper.text);
    CHECK(contains(paper.text, part));
  }
  CHECK(contains(paper.text, "实付" + std::string(37, ' ') + "￥68.50\n"));  // 48 columns in all
  CHECK(contains(paper.text, "可用积分" + std::string(34, ' ') + "-1,400\n"));
  CHECK(contains(paper.text, std::string(48, '-') + "\n"));
  CHECK(paper.qr_texts == std::vector<std::string>{code_text});
  CHECK(paper.cuts == 1);
}

TEST_CASE("a code is dots where the printer draws none, or nobody says what is in it") {
  for (const bool codes : {false, true}) {
    auto receipt = slip();
    if (codes) std::get<ports::Qr>(receipt.blocks.at(8)).text.clear();
    const auto bytes = print::to_native(receipt, {.codes = codes});
    REQUIRE(bytes);
    const auto paper = printed(*bytes)->paper();
    CHECK(paper.qr_texts.empty());
    CHECK_FALSE(contains(paper.text, "下次付款前请出示"));  // in the dots, with its code
    CHECK(paper.height() > 300);
  }
}

TEST_CASE("a block with a letter that printers do not have comes as dots, and the others as letters") {
  const ports::Receipt receipt{
      {ports::Text{"a𠮷b"}, ports::Text{"茶"}, ports::KeyValue{"naïve", "1"}, ports::Text{"é"}}};
  const auto bytes = print::to_native(receipt, {});
  REQUIRE(bytes);
  const auto paper = printed(*bytes)->paper();
  CHECK(contains(paper.text, "茶\n"));
  CHECK_FALSE(contains(paper.text, "𠮷"));
  CHECK_FALSE(contains(paper.text, "a"));
  CHECK(paper.height() > 80);
}

TEST_CASE("lines break between words and between Chinese letters, never within one") {
  struct Row {
    const char* text;
    std::size_t columns;
    std::vector<std::string> lines;
  };
  for (const Row& row :
       {Row{"", 10, {""}}, Row{"one two", 10, {"one two"}}, Row{"one two three", 8, {"one two", "three"}},
        Row{"abcdefghij", 4, {"abcd", "efgh", "ij"}}, Row{"ab cdefghi", 5, {"ab", "cdefg", "hi"}},
        Row{"茶茶茶", 4, {"茶茶", "茶"}}, Row{"茶茶茶", 5, {"茶茶", "茶"}}, Row{"茶 8.50", 4, {"茶", "8.50"}}}) {
    CAPTURE(row.text, row.columns);
    std::vector<std::string> lines;
    for (const auto& line : row.lines) lines.push_back(*pages::to_printer_gb18030(line));
    CHECK(print::native_lines(*pages::to_printer_gb18030(row.text), row.columns) == lines);
  }
}

TEST_CASE("narrow paper has 32 columns, and what no paper has is refused") {
  const auto bytes = print::to_native(slip(), {.raster = {.width_dots = 384}, .codes = true});
  REQUIRE(bytes);
  CHECK(contains(printed(*bytes, 384)->paper().text, "实付" + std::string(21, ' ') + "￥68.50\n"));
  CHECK_FALSE(print::to_native(slip(), {.raster = {.width_dots = 100}}));
  ports::Receipt endless;
  endless.blocks.assign(ports::receipt_blocks_max + 1, ports::Text{"x"});
  CHECK(print::to_native(endless, {}).error().code == base::Code::too_large);
}

TEST_CASE("only letters that receipt printers have are given to them") {
  CHECK(pages::to_printer_gb18030("Tea 8.50") == "Tea 8.50");
  CHECK(pages::to_printer_gb18030("茶") == "\xB2\xE8");
  CHECK(pages::to_printer_gb18030("¥8") == pages::to_printer_gb18030("￥8"));
  for (const auto* const text : {"𠮷", "é\n", "\n", "\x1B@", "\xFF", "ï"}) {
    CAPTURE(text);
    CHECK_FALSE(pages::to_printer_gb18030(text));
  }
}
