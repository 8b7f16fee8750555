// SPDX-License-Identifier: Apache-2.0
// The emulated printer itself: what a command makes of the paper.
#include "hardware/image/image.h"
#include "hardware/scan/decoder.h"
#include "tests/support/escpos_interpreter.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>

using namespace millpond;
using namespace std::string_literals;

namespace {

// A printer that was sent all of this.
struct Printed {
  explicit Printed(const std::string& bytes) {
    for (const char c : bytes) static_cast<void>(printer.take(static_cast<std::uint8_t>(c), state));
  }
  tests::EmulatorState state;
  tests::EscposInterpreter printer;
  [[nodiscard]] tests::EmulatedPaper& paper() { return printer.paper(); }
};

struct Ink {
  int left = 10'000, right = -1, top = 10'000, bottom = -1, dots = 0;
};
Ink ink_of(const tests::EmulatedPaper& paper) {
  Ink ink;
  for (int i = 0; i < static_cast<int>(paper.dots.size()); ++i) {
    if (paper.dots[static_cast<std::size_t>(i)] == 0) continue;
    const int x = i % paper.width_dots;
    const int y = i / paper.width_dots;
    ink = {std::min(ink.left, x), std::max(ink.right, x), std::min(ink.top, y), std::max(ink.bottom, y), ink.dots + 1};
  }
  return ink;
}

std::string bar(char kind, const std::string& content) {
  return "\x1Dk"s + kind + static_cast<char>(content.size()) + content;
}

}  // namespace

TEST_CASE("text is what the bytes say in the code page that is on") {
  struct Row {
    const char* what;
    std::string bytes;
    std::string text;
  };
  for (const auto& row : {
           Row{"plain", "Tea 12.50\n", "Tea 12.50\n"},
           Row{"after a reset", "\x1B@A\n", "A\n"},
           Row{"437", "\x1Bt\x00\x82t\x82\n"s, "été\n"},
           Row{"858 with a euro", "\x1Bt\x13\xD5\n", "€\n"},
           Row{"1252", "\x1Bt\x10\x80 \xE9\n", "€ é\n"},
           Row{"866", "\x1Bt\x11\x8F\n", "П\n"},
           Row{"Chinese of two bytes", "\x1C&\xB2\xE8 A\n", "茶 A\n"},
           Row{"Chinese of four bytes", "\x1C&\x95\x34\xB2\x35\n", "\xF0\xA0\xAE\xB7\n"},
           Row{"Chinese off again", "\x1C&\xB2\xE8\x1C.\x1Bt\x10\xE9\n", "茶é\n"},
           Row{"UTF-8", "\x1C(C\x02\x00\x30\x02\xE8\x8C\xB6\n"s, "茶\n"},
           Row{"a tab", "A\tB\n", "A\tB\n"},
           Row{"a carriage return beside a line feed", "A\r\n", "A\n"},
       }) {
    CAPTURE(row.what);
    Printed printed{row.bytes};
    CHECK(printed.paper().text == row.text);
    CHECK(printed.paper().unknown.empty());
    CHECK(ink_of(printed.paper()).dots > 0);
  }
}

TEST_CASE("formats show on the paper") {
  const auto plain = ink_of(Printed{"H\n"}.paper());
  CHECK(plain.left < 12);
  const auto tall = ink_of(Printed{"\x1D!\x01H\n"}.paper());
  CHECK(tall.bottom - tall.top > plain.bottom - plain.top);
  CHECK(tall.right == plain.right);
  const auto wide = ink_of(Printed{"\x1D!\x10H\n"}.paper());
  CHECK(wide.right > plain.right);
  CHECK(wide.bottom == plain.bottom);
  const auto both = ink_of(Printed{"\x1B!\x30H\n"}.paper());
  CHECK(both.right == wide.right);
  CHECK(both.bottom == tall.bottom);
  CHECK(ink_of(Printed{"\x1B\x45\x01H\n"}.paper()).dots > plain.dots);
  CHECK(ink_of(Printed{"\x1B-\x01H\n"}.paper()).dots > plain.dots);
  CHECK(ink_of(Printed{"\x1D\x42\x01H\n"}.paper()).dots == 12 * 24 - plain.dots);
  CHECK(ink_of(Printed{"\x1BM\x01H\n"}.paper()).bottom < plain.bottom);
  const auto centred = ink_of(Printed{"\x1B\x61\x01H\n"}.paper());
  CHECK(centred.left == plain.left + 576 / 2 - 6);
  CHECK(ink_of(Printed{"\x1B\x61\x02H\n"}.paper()).left == plain.left + 576 - 12);
  CHECK(ink_of(Printed{"\x1DL\x40\x00H\n"s}.paper()).left == plain.left + 64);
  CHECK(ink_of(Printed{"\x1B$\x50\x00H\n"s}.paper()).left == plain.left + 80);
  CHECK(Printed{std::string(49, 'x') + "\n"}.paper().text == std::string(48, 'x') + "\nx\n");
}

TEST_CASE("pictures of every kind are the same dots") {
  // Two columns: black, white; eight rows.
  const std::string eight_rows = "\x80\x80\x80\x80\x80\x80\x80\x80"s;
  const auto raster = ink_of(Printed{"\x1Dv0\x00\x01\x00\x08\x00"s + eight_rows}.paper());
  CHECK((raster.left == 0 && raster.right == 0 && raster.bottom == 7 && raster.dots == 8));
  const auto doubled = ink_of(Printed{"\x1Dv0\x03\x01\x00\x08\x00"s + eight_rows}.paper());
  CHECK((doubled.right == 1 && doubled.bottom == 15 && doubled.dots == 32));
  const std::string show = "\x1D(L\x02\x00\x30\x32"s;
  const auto stored =
      ink_of(Printed{"\x1D(L\x12\x00\x30\x70\x30\x01\x01\x31\x08\x00\x08\x00"s + eight_rows + show}.paper());
  CHECK((stored.right == 0 && stored.bottom == 7 && stored.dots == 8));
  const auto long_form = ink_of(Printed{"\x1D\x38L\x12\x00\x00\x00\x30\x70\x30\x01\x01\x31\x08\x00\x08\x00"s +
                                        eight_rows + "\x1D(L\x02\x00\x30\x32"s}
                                    .paper());
  CHECK(long_form.dots == 8);
  const auto columns = ink_of(Printed{"\x1B*\x21\x01\x00\xFF\xFF\xFF\n"s}.paper());
  CHECK((columns.right == 0 && columns.dots == 24));
  const auto coarse = ink_of(Printed{"\x1B*\x00\x01\x00\xFF\n"s}.paper());
  CHECK((coarse.right == 1 && coarse.dots == 48));
}

TEST_CASE("symbols that the printer draws can be read") {
  struct Row {
    const char* what;
    std::string bytes;
    std::string text;
  };
  const auto qr = [](char size, const std::string& text) {
    const auto length = static_cast<char>(text.size() + 3);
    return "\x1D(k\x03\x00\x31\x43"s + size + "\x1D(k\x03\x00\x31\x45\x31"s + "\x1D(k"s + length + "\x00\x31\x50\x30"s +
           text + "\x1D(k\x03\x00\x31\x51\x30\n"s;
  };
  for (const auto& row : {
           Row{"QR", "\x1B\x61\x01"s + qr(6, "HTTPS://EXAMPLE.COM/1"), "HTTPS://EXAMPLE.COM/1"},
           Row{"EAN-13", "\x1B\x61\x01\x1Dh\x50" + bar(67, "400638133393"), "4006381333931"},
           Row{"EAN-13, older form", "\x1B\x61\x01\x1Dk\x02"s + "400638133393\0"s, "4006381333931"},
           Row{"CODE128", "\x1B\x61\x01\x1Dw\x02" + bar(73, "{BMillpond-7"), "Millpond-7"},
           Row{"CODE128 in pairs", "\x1B\x61\x01" + bar(73, "{C\x0C\x22"s), "1234"},
       }) {
    CAPTURE(row.what);
    Printed printed{row.bytes + "\x1B\x64\x04"};
    CHECK(printed.paper().unknown.empty());
    CHECK(printed.paper().refused.empty());
    const auto picture = image::decode_gray(printed.paper().png());
    REQUIRE(picture);
    const ports::GrayFrame frame{picture->width, picture->height, picture->width, picture->pixels, 0};
    const auto read = scan::Decoder{}.decode(frame, scan::file_ladder);
    REQUIRE(read);
    CHECK(read->text == row.text);
  }
}

TEST_CASE("what no symbology takes is not drawn and not guessed") {
  Printed printed{bar(67, "not a number") + bar(70, "123")};
  CHECK(printed.paper().refused.size() == 2);
  CHECK(printed.paper().barcodes.empty());
}

TEST_CASE("a command that nobody described is kept, and the rest is read on") {
  Printed printed{"A\x1B\x07" + "B\n"s};
  CHECK(printed.paper().unknown == std::vector<std::string>{"1b07"});
  CHECK(printed.paper().text == "AB\n");
}

TEST_CASE("a printer without paper keeps what comes and prints it later") {
  tests::EscposInterpreter printer;
  tests::EmulatorState state;
  state.paper = tests::PaperLeft::none;
  const auto send = [&](const std::string& bytes) {
    std::vector<std::uint8_t> answers;
    for (const char c : bytes) {
      for (const auto answer : printer.take(static_cast<std::uint8_t>(c), state)) answers.push_back(answer);
    }
    return base::to_hex(answers);
  };
  CHECK(send("Tea\n\x1Dr\x01").empty());
  CHECK(printer.paper().text.empty());
  CHECK(send("\x10\x04\x01") == "1a");
  CHECK(send("\x10\x04\x02") == "32");
  CHECK(send("\x10\x04\x04") == "7e");
  state.paper = tests::PaperLeft::enough;
  CHECK(send("\n") == "00");
  CHECK(printer.paper().text == "Tea\n\n");
}

TEST_CASE("every fault has its own answers") {
  struct Row {
    const char* what;
    tests::EmulatorState state;
    std::string answers;  // to DLE EOT 1 to 4
  };
  for (const auto& row : {
           Row{"well", {}, "12121212"},
           Row{"paper low", {.paper = tests::PaperLeft::near_end}, "1212121e"},
           Row{"paper out", {.paper = tests::PaperLeft::none}, "1a32127e"},
           Row{"cover open", {.cover_open = true}, "1a161212"},
           Row{"cutter jammed", {.cutter_jammed = true}, "1a521a12"},
           Row{"hot", {.head_hot = true}, "1a525212"},
           Row{"broken", {.broken = true}, "1a523212"},
           Row{"drawer open", {.drawer_open = true}, "16121212"},
       }) {
    CAPTURE(row.what);
    tests::EscposInterpreter printer;
    auto state = row.state;
    std::string answers;
    for (const char c : "\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"s) {
      answers += base::to_hex(printer.take(static_cast<std::uint8_t>(c), state));
    }
    CHECK(answers == row.answers);
  }
}
