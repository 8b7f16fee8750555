// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/escpos_reader.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>

using namespace millpond;
using capture::CodePage;
using capture::EscposReader;
using capture::LineKind;
using capture::Receipt;

namespace {

using namespace std::string_literals;

struct Read {
  std::vector<Receipt> cut;
  std::optional<Receipt> rest;
};

Read read(std::string_view bytes, capture::PrinterPages pages = {}, std::size_t step = 0) {
  EscposReader reader{pages};
  Read result;
  const auto keep = [&](Receipt receipt) { result.cut.push_back(std::move(receipt)); };
  const auto view = base::view_of(bytes);
  if (step == 0) step = std::max<std::size_t>(view.size(), 1);
  for (std::size_t at = 0; at < view.size(); at += step)
    reader.feed(view.subspan(at, std::min(step, view.size() - at)), keep);
  result.rest = reader.finish();
  return result;
}

std::string lines_of(const Receipt& receipt) {
  std::string text;
  for (const auto& line : receipt.lines) {
    if (line.kind == LineKind::image) text += "[image]";
    if (line.kind == LineKind::code) text += "[code]";
    text += line.text + "|";
  }
  return text;
}

constexpr capture::PrinterPages western{CodePage::cp437, CodePage::gb18030, false};

}  // namespace

TEST_CASE("Text in its code pages becomes lines") {
  struct Row {
    const char* what;
    std::string bytes;
    capture::PrinterPages pages;
    const char* lines;
  };
  const Row rows[]{
      {"GB18030 from the start", "\xBA\xCF\xBC\xC6\xA3\xBA\xA3\xA4 12.00\n"s, {}, "合计：￥ 12.00|"},
      {"four bytes", "\x95\x34\xB2\x35 ok\n"s, {}, "𠮷 ok|"},
      {"CP437",
       "caf\x82 \x9C"s
       "5\n",
       western, "café £5|"},
      {"ESC t 16", "\x1Bt\x10\x80 5 \xE9\n"s, western, "€ 5 é|"},
      {"ESC t 19", "\x1Bt\x13\xD5 5\n"s, western, "€ 5|"},
      {"ESC t 2", "\x1Bt\x02\x9C\n"s, western, "£|"},
      {"FS & and FS .", "\x1C&\xB2\xE8\x1C.\x82\n"s, western, "茶é|"},
      {"FS C 1 is Shift JIS",
       "\x1C&\x1C"
       "C\x01\x93\xFA\n"s,
       western, "日|"},
      {"ESC @ forgets", "\x1C&\xB2\xE8\n\x1B@\x82\n"s, western, "茶|é|"},
      {"blanks at the end go", "Total   5.00   \r\n\n\n"s, western, "Total   5.00|"},
      {"tabs and jumps are room",
       "Tea\t5.00\nMilk\x1B$\x10\x01"s
       "2.00\n",
       western, "Tea  5.00|Milk  2.00|"},
      {"feeds end lines",
       "a\x1B"
       "d\x03"s
       "b\x1BJ\x10"s
       "c\f",
       western, "a|b|c|"},
      {"styles are skipped",
       "\x1B!\x38\x1D!\x11\x1B"
       "E\x01Total\x1B"
       "a\x01 5\n"s,
       western, "Total 5|"},
      {"a drawer and a question", "\x1Bp\x00\x19\xFA\x10\x04\x01Paid\n"s, western, "Paid|"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const auto result = read(row.bytes, row.pages);
    REQUIRE(result.rest.has_value());
    CHECK(lines_of(*result.rest) == row.lines);
    CHECK(result.rest->unread == 0);
    const auto slowly = read(row.bytes, row.pages, 1);
    CHECK(slowly.rest->lines == result.rest->lines);
  }
}

TEST_CASE("Pictures and codes are marked and are never text") {
  std::string raster = "\x1Dv0\x00\x02\x00\x03\x00"s;
  raster +=
      "A\nB\x1D"
      "VC";  // six bytes of dots that look like commands
  const auto result = read("Shop\n" + raster + "Total 5.00\n\x1D(k\x07\x00\x31\x50\x30"s + "R-17" +
                               "\x1D(k\x03\x00\x31\x51\x30"s + "\x1Dk\x49\x05{B123" + "\x1Dk\x04" + "ABC\x00" + "Bye\n",
                           western);
  REQUIRE(result.rest.has_value());
  CHECK(lines_of(*result.rest).starts_with("Shop|[image]|Total 5.00|[code]R-17|[code]{B123|"));
  const auto strips =
      read("\x1B*\x21\x02\x00"s + "\x01\x02\x03\x04\x05\x06" + "\n" + "\x1B*\x00\x02\x00"s + "\x01\x02" + "\nEnd\n",
           western);
  CHECK(lines_of(*strips.rest) == "[image]|End|");
}

TEST_CASE("Every way to cut ends a receipt, and what belongs to the next one stays there") {
  for (const auto& cut : {"\x1DV\x00"s, "\x1DV\x01"s, "\x1DV\x42\x10"s, "\x1DV\x41\x00"s, "\x1Bi"s, "\x1Bm"s}) {
    const auto result = read("One\n" + cut + "Two\n" + cut + cut + "Three", western);
    REQUIRE(result.cut.size() == 2);
    CHECK(lines_of(result.cut[0]) == "One|");
    CHECK(result.cut[0].cut);
    CHECK(base::text_of(result.cut[0].raw) == "One\n" + cut);
    CHECK(lines_of(result.cut[1]) == "Two|");
    REQUIRE(result.rest.has_value());
    CHECK(lines_of(*result.rest) == "Three|");
    CHECK_FALSE(result.rest->cut);
  }
  CHECK_FALSE(read("\x1B@\x1B@\x1DV\x00"s).rest.has_value());
}

TEST_CASE("What nobody can read is said and never guessed") {
  const auto unread = read("\x1Bt\x21\xE9 5.00\n"s, western);
  CHECK(unread.rest->unread == 1);
  CHECK(lines_of(*unread.rest) == "\xEF\xBF\xBD 5.00|");
  const auto broken = read("\xBA 5.00\n\x81"s);
  CHECK(broken.rest->unread >= 1);
  const auto controls = read(
      "\x1Bt\x10"s
      "a\x81"
      "b\n",
      western);
  CHECK(lines_of(*controls.rest).find("\xC2\x81") == std::string::npos);
  CHECK(read("Total 5.00\n\x1Dv0\x00\xFF\xFF"s, western).rest->interrupted);
}

TEST_CASE("A hole is told with its receipt and only with that") {
  EscposReader reader{western};
  std::vector<Receipt> receipts;
  const auto keep = [&](Receipt receipt) { receipts.push_back(std::move(receipt)); };
  reader.feed(base::view_of("One\n\x1Dv0"), keep);
  reader.lose(40);
  reader.feed(base::view_of("Total 5\n\x1Bi"), keep);
  reader.feed(base::view_of("Two\n\x1Bi"), keep);
  REQUIRE(receipts.size() == 2);
  CHECK(receipts[0].lost_bytes == 40);
  CHECK(receipts[1].lost_bytes == 0);
  reader.lose(7);
  CHECK(reader.has_part());
  CHECK(reader.finish()->lost_bytes == 7);
  CHECK_FALSE(reader.has_part());
}

TEST_CASE("Whatever comes, the bounds hold") {
  std::mt19937 rng{7};
  const std::string_view likely{
      "\x1B\x1D\x1C\x10\n@!tVvk(8*DCq&\x00\x01\xFF"
      "0A",
      25};
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    for (int i = 0; i < 3'000; ++i) bytes += rng() % 3 != 0 ? likely[rng() % likely.size()] : static_cast<char>(rng());
    const auto result = read(bytes, {}, 1 + rng() % 700);
    for (const auto& receipt : result.cut) {
      CHECK(receipt.lines.size() <= capture::receipt_lines_max);
      CHECK(receipt.raw.size() <= capture::receipt_bytes_max);
    }
  }
  const auto endless = read(std::string(600'000, 'x') + "\n", western);
  CHECK(endless.rest->too_long);
  CHECK(endless.rest->raw.size() == capture::receipt_bytes_max);
  CHECK(endless.rest->lines.at(0).text.size() == capture::line_bytes_max);
  std::string many;
  for (int i = 0; i < 3'000; ++i) many += "x\n";
  CHECK(read(many).rest->lines.size() == capture::receipt_lines_max);
  CHECK(read(many).rest->too_long);
}
