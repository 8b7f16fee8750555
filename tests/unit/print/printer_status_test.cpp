// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/printer_status.h"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace millpond;
using ports::DeviceState;
using print::RealTime;

TEST_CASE("status answers mean what the manual says, and other bytes mean nothing") {
  struct Row {
    RealTime question;
    std::uint8_t answer;
    std::optional<DeviceState> state;
  };
  for (const auto& row : {
           Row{RealTime::printer, 0x12, DeviceState::ok},
           Row{RealTime::printer, 0x16, DeviceState::ok},  // the drawer's sensor
           Row{RealTime::printer, 0x1A, DeviceState::offline},
           Row{RealTime::printer, 0x32, DeviceState::busy},
           Row{RealTime::printer, 0x52, DeviceState::busy},
           Row{RealTime::printer, 0x5A, DeviceState::offline},
           Row{RealTime::offline_cause, 0x12, DeviceState::ok},
           Row{RealTime::offline_cause, 0x16, DeviceState::cover_open},
           Row{RealTime::offline_cause, 0x1A, DeviceState::busy},
           Row{RealTime::offline_cause, 0x32, DeviceState::paper_out},
           Row{RealTime::offline_cause, 0x36, DeviceState::cover_open},
           Row{RealTime::offline_cause, 0x52, DeviceState::offline},
           Row{RealTime::error_cause, 0x12, DeviceState::ok},
           Row{RealTime::error_cause, 0x16, DeviceState::offline},
           Row{RealTime::error_cause, 0x1A, DeviceState::cutter_error},
           Row{RealTime::error_cause, 0x32, DeviceState::offline},
           Row{RealTime::error_cause, 0x52, DeviceState::busy},
           Row{RealTime::error_cause, 0x7E, DeviceState::cutter_error},
           Row{RealTime::paper, 0x12, DeviceState::ok},
           Row{RealTime::paper, 0x1E, DeviceState::paper_low},
           Row{RealTime::paper, 0x72, DeviceState::paper_out},
           Row{RealTime::paper, 0x7E, DeviceState::paper_out},
           // not shaped like an answer
           Row{RealTime::printer, 0x00, std::nullopt},
           Row{RealTime::printer, 0x10, std::nullopt},
           Row{RealTime::offline_cause, 0xFF, std::nullopt},
           Row{RealTime::error_cause, 0x13, std::nullopt},
           Row{RealTime::paper, 0x41, std::nullopt},
           Row{RealTime::paper, 0x92, std::nullopt},
       }) {
    CAPTURE(static_cast<int>(row.question), int{row.answer});
    CHECK(print::read_real_time(row.question, row.answer) == row.state);
  }
  struct InTurn {
    std::uint8_t answer;
    std::optional<DeviceState> state;
  };
  for (const auto& row :
       {InTurn{0x00, DeviceState::ok}, InTurn{0x03, DeviceState::paper_low}, InTurn{0x0C, DeviceState::paper_out},
        InTurn{0x0F, DeviceState::paper_out}, InTurn{0x12, std::nullopt}, InTurn{0x80, std::nullopt}}) {
    CAPTURE(int{row.answer});
    CHECK(print::read_in_turn(row.answer) == row.state);
  }
  CHECK(print::read_drawer_sensor(0x16) == true);
  CHECK(print::read_drawer_sensor(0x12) == false);
  CHECK_FALSE(print::read_drawer_sensor(0x00));
}

TEST_CASE("every question has its own number") {
  CHECK(base::to_hex(print::ask_real_time(RealTime::printer)) == "100401");
  CHECK(base::to_hex(print::ask_real_time(RealTime::offline_cause)) == "100402");
  CHECK(base::to_hex(print::ask_real_time(RealTime::error_cause)) == "100403");
  CHECK(base::to_hex(print::ask_real_time(RealTime::paper)) == "100404");
  CHECK(base::to_hex(print::ask_in_turn()) == "1d7201");
}

TEST_CASE("an automatic status tells the worst of its bits, and only as four bytes of its shape") {
  struct Row {
    std::array<std::uint8_t, 4> bytes;
    std::optional<DeviceState> state;
  };
  for (const auto& row : {
           Row{{0x10, 0x00, 0x00, 0x00}, DeviceState::ok},
           Row{{0x14, 0x00, 0x00, 0x00}, DeviceState::ok},  // the drawer's sensor
           Row{{0x18, 0x00, 0x00, 0x00}, DeviceState::offline},
           Row{{0x38, 0x00, 0x00, 0x00}, DeviceState::cover_open},
           Row{{0x18, 0x08, 0x00, 0x00}, DeviceState::cutter_error},
           Row{{0x18, 0x20, 0x00, 0x0F}, DeviceState::offline},
           Row{{0x10, 0x00, 0x03, 0x00}, DeviceState::paper_low},
           Row{{0x18, 0x00, 0x0F, 0x00}, DeviceState::paper_out},
           Row{{0x12, 0x00, 0x00, 0x00}, std::nullopt},
           Row{{0x10, 0x10, 0x00, 0x00}, std::nullopt},
           Row{{0x10, 0x00, 0x00, 0x80}, std::nullopt},
       }) {
    CAPTURE(base::to_hex(row.bytes));
    CHECK(print::read_automatic(row.bytes) == row.state);
  }
}

TEST_CASE("what a printer sends unasked is never taken for an answer") {
  struct Row {
    const char* what;
    base::Bytes bytes;
    std::string kinds;  // one letter a byte: . nothing, r real time, t in turn, a automatic, x garbage
    std::optional<DeviceState> automatic;
  };
  for (const auto& row : {
           Row{"answers alone", {0x12, 0x00, 0x1E, 0x03}, "rtrt", std::nullopt},
           Row{"a status alone", {0x10, 0x00, 0x00, 0x00}, "...a", DeviceState::ok},
           Row{"a status before an answer in turn", {0x10, 0, 0, 0, 0x03}, "...at", DeviceState::ok},
           Row{"a status before a real-time answer", {0x18, 0, 0x0C, 0, 0x32}, "...ar", DeviceState::paper_out},
           Row{"two of them", {0x18, 0, 0x0C, 0, 0x10, 0, 0, 0}, "...a...a", DeviceState::ok},
           Row{"one that breaks off", {0x10, 0, 0x12, 0x00}, "..rt", std::nullopt},
           Row{"one that breaks off for another", {0x10, 0, 0x18, 0, 0, 0}, ".....a", DeviceState::offline},
           Row{"flow control in the middle", {0x10, 0x13, 0, 0x11, 0, 0}, ".....a", DeviceState::ok},
           Row{"bytes of something else", {0xFF, 0xC1, 0x80, 0x12}, "xxxr", std::nullopt},
       }) {
    CAPTURE(row.what);
    print::StatusReader reader;
    std::string kinds;
    for (const auto byte : row.bytes) kinds += ".rtax"[static_cast<std::size_t>(reader.take(byte))];
    CHECK(kinds == row.kinds);
    CHECK(reader.automatic() == row.automatic);
  }
}

TEST_CASE("of two states the one that tells a person what to do counts") {
  CHECK(print::worse(DeviceState::ok, DeviceState::paper_low) == DeviceState::paper_low);
  CHECK(print::worse(DeviceState::offline, DeviceState::paper_out) == DeviceState::paper_out);
  CHECK(print::worse(DeviceState::cover_open, DeviceState::paper_out) == DeviceState::cover_open);
  CHECK(print::worse(DeviceState::busy, DeviceState::paper_low) == DeviceState::busy);
  CHECK(print::worse(DeviceState::ok, DeviceState::ok) == DeviceState::ok);
}
