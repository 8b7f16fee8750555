// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/evdev_scanner.h"
#include "hardware/scan/keyboard_decoder.h"
#include "hardware/scan/scanner_binding.h"
#include "hardware/scan/symbology_identifier.h"

#include "sync/base/file.h"
#include "tests/support/temp_dir.h"
#include "tests/support/typed_keys.h"

#include <catch2/catch_test_macros.hpp>
#include <fcntl.h>
#include <linux/input.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>

using namespace millpond;
using scan::KeyboardLayout;
using tests::recorded;
using tests::stroke_for;
using tests::type;

TEST_CASE("keys write what their layout says") {
  struct Row {
    KeyboardLayout layout;
    std::uint16_t code;
    scan::Modifiers modifiers;
    std::optional<char> character;
  };
  for (const auto& row : {
           Row{KeyboardLayout::us, KEY_A, {}, 'a'},
           Row{KeyboardLayout::us, KEY_A, {.shift = true}, 'A'},
           Row{KeyboardLayout::us, KEY_A, {.caps = true}, 'A'},
           Row{KeyboardLayout::us, KEY_A, {.shift = true, .caps = true}, 'a'},
           Row{KeyboardLayout::us, KEY_1, {.caps = true}, '1'},
           Row{KeyboardLayout::us, KEY_SEMICOLON, {.shift = true}, ':'},
           Row{KeyboardLayout::us, KEY_SLASH, {}, '/'},
           Row{KeyboardLayout::us, KEY_KP7, {}, '7'},
           Row{KeyboardLayout::us, KEY_SPACE, {}, ' '},
           Row{KeyboardLayout::us, KEY_F1, {}, std::nullopt},
           Row{KeyboardLayout::german, KEY_Y, {.shift = true}, 'Z'},
           Row{KeyboardLayout::german, KEY_Z, {.shift = true}, 'Y'},
           Row{KeyboardLayout::german, KEY_7, {.shift = true}, '/'},
           Row{KeyboardLayout::german, KEY_DOT, {.shift = true}, ':'},
           Row{KeyboardLayout::german, KEY_SLASH, {}, '-'},
           Row{KeyboardLayout::german, KEY_Q, {.alt_gr = true}, '@'},
           Row{KeyboardLayout::german, KEY_RIGHTBRACE, {.alt_gr = true}, '~'},
           Row{KeyboardLayout::german, KEY_3, {.shift = true}, std::nullopt},  // a section sign
           Row{KeyboardLayout::french, KEY_1, {.shift = true}, '1'},
           Row{KeyboardLayout::french, KEY_Q, {.shift = true}, 'A'},
           Row{KeyboardLayout::french, KEY_A, {.shift = true}, 'Q'},
           Row{KeyboardLayout::french, KEY_SEMICOLON, {.shift = true}, 'M'},
           Row{KeyboardLayout::french, KEY_0, {.alt_gr = true}, '@'},
           Row{KeyboardLayout::french, KEY_DOT, {}, ':'},
           Row{KeyboardLayout::french, KEY_DOT, {.shift = true}, '/'},
           Row{KeyboardLayout::french, KEY_6, {}, '-'},
       }) {
    CAPTURE(static_cast<int>(row.layout), row.code);
    CHECK(scan::key_character(row.layout, row.code, row.modifiers) == row.character);
  }
}

TEST_CASE("every character of our codes can be typed in every layout and is the same again") {
  const std::string text = "K1:0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./abcz";
  for (const auto layout : {KeyboardLayout::us, KeyboardLayout::german, KeyboardLayout::french}) {
    for (const std::uint16_t end : std::array<std::uint16_t, 3>{KEY_ENTER, KEY_KPENTER, KEY_TAB}) {
      CAPTURE(static_cast<int>(layout), end);
      scan::KeyboardDecoder decoder{layout};
      std::vector<std::string> scans;
      type(layout, text, end, [&](std::uint16_t code, std::int32_t value) {
        if (auto found = decoder.key(code, value, 1000)) scans.push_back(*found);
      });
      CHECK(scans == std::vector{text});
    }
  }
}

TEST_CASE("half a scan, a held key, an empty line and an endless text are no scans") {
  scan::KeyboardDecoder decoder{KeyboardLayout::us, 300};
  CHECK_FALSE(decoder.key(KEY_ENTER, 1, 0));
  CHECK_FALSE(decoder.key(KEY_A, 1, 1000));
  // A second later somebody else's code begins.
  CHECK_FALSE(decoder.key(KEY_B, 1, 2000));
  CHECK_FALSE(decoder.key(KEY_B, 2, 2001));
  CHECK(decoder.key(KEY_ENTER, 1, 2010) == "b");
  CHECK_FALSE(decoder.key(KEY_ENTER, 1, 2020));
  for (std::size_t i = 0; i < scan::scan_text_max + 5; ++i) CHECK_FALSE(decoder.key(KEY_C, 1, 3000));
  CHECK_FALSE(decoder.key(KEY_ENTER, 1, 3000));
  CHECK_FALSE(decoder.key(KEY_D, 1, 3100));
  CHECK(decoder.key(KEY_ENTER, 1, 3100) == "d");
  CHECK_FALSE(decoder.key(KEY_E, 1, 3200));
  decoder.reset();
  CHECK_FALSE(decoder.key(KEY_ENTER, 1, 3210));
}

TEST_CASE("control characters are typed with CTRL or by number, and a key that writes nothing spoils its scan") {
  struct Event {
    std::uint16_t code;
    std::int32_t value;
  };
  const auto stroke = [](std::uint16_t code) { return std::vector<Event>{{code, 1}, {code, 0}}; };
  const auto held = [&stroke](std::uint16_t modifier, const std::vector<std::uint16_t>& codes) {
    std::vector<Event> events{{modifier, 1}};
    for (const auto code : codes) {
      for (const auto& event : stroke(code)) events.push_back(event);
    }
    events.push_back({modifier, 0});
    return events;
  };
  struct Row {
    const char* what;
    KeyboardLayout layout;
    std::vector<Event> middle;  // between an A and a B
    std::optional<std::string> text;
  };
  for (const auto& row : {
           Row{"a group separator", KeyboardLayout::us, held(KEY_LEFTCTRL, {KEY_RIGHTBRACE}),
               "a\x1d"
               "b"},
           Row{"by the right key", KeyboardLayout::us, held(KEY_RIGHTCTRL, {KEY_RIGHTBRACE}),
               "a\x1d"
               "b"},
           Row{"a letter with CTRL", KeyboardLayout::us, held(KEY_LEFTCTRL, {KEY_G}),
               "a\x07"
               "b"},
           Row{"by number", KeyboardLayout::us, held(KEY_LEFTALT, {KEY_KP0, KEY_KP2, KEY_KP9}),
               "a\x1d"
               "b"},
           Row{"a letter by number", KeyboardLayout::german, held(KEY_LEFTALT, {KEY_KP0, KEY_KP6, KEY_KP5}), "aAb"},
           Row{"a number that is no ASCII", KeyboardLayout::us, held(KEY_LEFTALT, {KEY_KP2, KEY_KP2, KEY_KP8}), {}},
           Row{"another key with ALT", KeyboardLayout::us, held(KEY_LEFTALT, {KEY_F}), {}},
           Row{"CTRL with a digit", KeyboardLayout::us, held(KEY_LEFTCTRL, {KEY_1}), {}},
           Row{"an umlaut", KeyboardLayout::german, stroke(KEY_APOSTROPHE), {}},
           Row{"a function key", KeyboardLayout::us, stroke(KEY_F8), {}},
           Row{"the number block switched on", KeyboardLayout::us, stroke(KEY_NUMLOCK), "ab"},
       }) {
    CAPTURE(row.what);
    scan::KeyboardDecoder decoder{row.layout};
    std::optional<std::string> text;
    const auto press = [&](const std::vector<Event>& events) {
      for (const auto& event : events) {
        if (auto found = decoder.key(event.code, event.value, 10)) text = found;
      }
    };
    press(stroke(KEY_A));
    press(row.middle);
    press(stroke(KEY_B));
    press(stroke(KEY_ENTER));
    CHECK(text == row.text);
    // The next scan is whole again.
    press(stroke(KEY_C));
    press(stroke(KEY_ENTER));
    CHECK(text == "c");
  }
  scan::KeyboardDecoder decoder{KeyboardLayout::us};
  CHECK_FALSE(decoder.key(KEY_A, 1, 10));
  CHECK_FALSE(decoder.key(KEY_LEFTCTRL, 1, 10));
  CHECK(decoder.key(KEY_M, 1, 10) == "a");  // a carriage return
}

TEST_CASE("a symbology identifier is no part of a code, but for element strings") {
  struct Row {
    const char* text;
    const char* without;
  };
  for (const auto& row :
       {Row{"]Q1K1:MEMBER", "K1:MEMBER"}, Row{"]C0134567890123456789", "134567890123456789"},
        Row{"]C10112345", "]C10112345"}, Row{"]d20112345", "]d20112345"}, Row{"]Q30112345", "]Q30112345"},
        Row{"]e00112345", "]e00112345"}, Row{"]E06901234567892", "6901234567892"}, Row{"]", "]"}, Row{"]Q", "]Q"},
        Row{"]11X", "]11X"}, Row{"K1:MEMBER", "K1:MEMBER"}, Row{"", ""}}) {
    CAPTURE(row.text);
    CHECK(scan::without_symbology(row.text) == row.without);
  }
}

TEST_CASE("recorded events are read whole, and a buffer that ran over drops the scan in hand") {
  scan::KeyboardDecoder decoder{KeyboardLayout::us};
  std::deque<ports::Scan> scans;
  base::Bytes records;
  const auto add = [&](std::uint16_t kind, std::uint16_t code, std::int32_t value) {
    const auto bytes = recorded(kind, code, value);
    records.insert(records.end(), bytes.begin(), bytes.end());
  };
  add(EV_MSC, MSC_SCAN, 30);
  add(EV_KEY, KEY_A, 1);
  add(EV_SYN, SYN_REPORT, 0);
  add(EV_SYN, SYN_DROPPED, 0);
  add(EV_KEY, KEY_7, 1);
  add(EV_KEY, KEY_ENTER, 1);
  add(EV_KEY, KEY_8, 1);
  add(EV_KEY, KEY_KPENTER, 1);
  records.resize(records.size() + 5);  // the start of one more
  scan::take_key_events(records, 77, decoder, scans);
  REQUIRE(scans.size() == 1);
  CHECK(scans[0].text == "8");
  CHECK(scans[0].at_ms == 77);
}

TEST_CASE("the scanner is the keyboard that typed the code on the screen, in the layout that makes it so") {
  const std::string expected = std::string{scan::binding_prefix} + "4711";
  for (const auto layout : {KeyboardLayout::us, KeyboardLayout::german, KeyboardLayout::french}) {
    CAPTURE(static_cast<int>(layout));
    scan::ScannerBinding binding{expected};
    std::optional<scan::BoundScanner> bound;
    const auto from = [&](std::size_t device) {
      return [&binding, &bound, device](std::uint16_t code, std::int32_t value) {
        if (auto found = binding.key(device, code, value, 50)) bound = found;
      };
    };
    type(KeyboardLayout::us, "hello", KEY_ENTER, from(0));
    type(layout, "BIND-YZQA/:4712", KEY_ENTER, from(1));
    CHECK_FALSE(bound);
    type(layout, expected, KEY_ENTER, from(2));
    CHECK(bound == scan::BoundScanner{2, layout});
  }
}

TEST_CASE("the scanner is found among keyboards that are held, and Esc, time and an unplug end the search") {
  struct Pipe {
    Pipe() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0); }
    ~Pipe() {
      ::close(ends[0]);
      hang_up();
    }
    void hang_up() {
      if (ends[1] >= 0) ::close(ends[1]);
      ends[1] = -1;
    }
    void press(std::uint16_t code, std::int32_t value) const {
      const auto bytes = recorded(EV_KEY, code, value);
      REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    }
    std::array<int, 2> ends{-1, -1};
  };
  const std::string expected = std::string{scan::binding_prefix} + "0815";
  const auto& clock = base::system_clock();
  const auto press_on = [](const Pipe& pipe) {
    return [&pipe](std::uint16_t code, std::int32_t value) { pipe.press(code, value); };
  };
  Pipe desk;
  Pipe scanner;
  scan::HeldKeyboards held{{{"/desk", desk.ends[0]}, {"/scanner", scanner.ends[0]}}};
  CHECK(held.find(expected, 0, clock).error().code == base::Code::timeout);
  type(KeyboardLayout::us, "hello", KEY_ENTER, press_on(desk));
  type(KeyboardLayout::german, expected, KEY_ENTER, press_on(scanner));
  const auto found = held.find(expected, 5'000, clock);
  REQUIRE(found);
  CHECK(found->device == "/scanner");
  CHECK(scan::layout_from_name(scan::layout_name(found->layout)) == KeyboardLayout::german);
  desk.press(KEY_ESC, 1);
  CHECK(held.find(expected, 5'000, clock).error().code == base::Code::cancelled);
  desk.hang_up();
  scanner.hang_up();
  CHECK(held.find(expected, 5'000, clock).error().code == base::Code::device_absent);
  CHECK(scan::HeldKeyboards::hold({}).error().code == base::Code::device_absent);
  CHECK(scan::HeldKeyboards::hold({"/dev/null"}).error().code == base::Code::unsupported);
}

TEST_CASE("keyboards are found by names that stay with them") {
  const tests::TempDir folder;
  for (const auto* name : {"usb-Scanner-event-kbd", "usb-Mouse-event-mouse", "usb-Another-event-kbd"}) {
    REQUIRE(base::write_file(folder / name, base::view_of("")));
  }
  const auto found = scan::keyboards_in(folder.path());
  REQUIRE(found.size() == 2);
  CHECK(found[0].filename() == "usb-Another-event-kbd");
  CHECK(scan::keyboards_in(folder / "none").empty());
}

TEST_CASE("what is no keyboard is not taken for a scanner") {
  scan::EvdevScanner absent{{"/nowhere/event0"}, base::system_clock()};
  CHECK(absent.state() == ports::DeviceState::not_configured);
  CHECK(absent.open().error().code == base::Code::device_absent);
  CHECK(absent.state() == ports::DeviceState::absent);
  CHECK(absent.next(0).error().code == base::Code::device_absent);
  scan::EvdevScanner null_device{{"/dev/null"}, base::system_clock()};
  CHECK(null_device.open().error().code == base::Code::unsupported);
  CHECK(null_device.state() == ports::DeviceState::unsupported);
}
