// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/stream_printer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

namespace millpond::print {
namespace {

using ports::DeviceState;
using ports::PrintOutcome;

DeviceState state_of(base::Code code) {
  switch (code) {
    case base::Code::device_absent:
      return DeviceState::absent;
    case base::Code::permission_denied:
      return DeviceState::permission_denied;
    case base::Code::device_busy:
      return DeviceState::busy;
    case base::Code::timeout:
      return DeviceState::timeout;
    case base::Code::unsupported:
      return DeviceState::unsupported;
    case base::Code::config_invalid:
      return DeviceState::not_configured;
    default:
      return DeviceState::offline;
  }
}

// What the printer itself said that keeps paper from coming out.
bool prevents_printing(DeviceState state) {
  constexpr std::array states{DeviceState::cover_open, DeviceState::paper_out, DeviceState::cutter_error,
                              DeviceState::offline, DeviceState::busy};
  return std::find(states.begin(), states.end(), state) != states.end();
}

// The answer to one question, past whatever the printer sends unasked; nothing when none came in time.
std::optional<std::uint8_t> ask_one(DeviceStream& stream, base::ByteView question, StatusReader::Kind kind,
                                    std::int64_t timeout_ms, const base::Clock& clock, StatusReader& reader,
                                    bool& garbage) {
  if (stream.write(question, timeout_ms).failure) return std::nullopt;
  const auto deadline_ms = clock.monotonic_ms() + timeout_ms;
  while (const auto byte = stream.read_byte(std::max<std::int64_t>(0, deadline_ms - clock.monotonic_ms()))) {
    const auto found = reader.take(*byte);
    if (found == kind) return *byte;
    garbage = garbage || found == StatusReader::Kind::garbage;
  }
  return std::nullopt;
}

std::string bytes_of(const Written& written, std::size_t all) {
  return std::to_string(written.bytes) + " of " + std::to_string(all) + " bytes: " + written.failure->detail;
}

}  // namespace

std::int64_t StreamPrinter::send_ms(std::size_t) const { return deadlines().send_ms; }

// A printer that leaves the first question unanswered is asked no more: each silence costs a deadline. Later ones may
// be left out by small printers, which then say less.
StreamPrinter::Answers StreamPrinter::ask(DeviceStream& stream) const {
  stream.discard_input();
  StatusReader reader;
  bool garbage = false;
  const auto answer_to = [&](RealTime question) {
    return ask_one(stream, ask_real_time(question), StatusReader::Kind::real_time, deadlines().answer_ms, clock_,
                   reader, garbage);
  };
  const auto first = answer_to(RealTime::printer);
  if (!first) {
    // An automatic status is no answer, but a fault that it tells is one.
    if (reader.automatic() && *reader.automatic() != DeviceState::ok) return {*reader.automatic(), {}};
    return {garbage ? DeviceState::protocol_mismatch : DeviceState::status_unknown, {}};
  }
  const auto said = [](RealTime question, std::optional<std::uint8_t> answer) {
    return answer ? *read_real_time(question, *answer) : DeviceState::ok;
  };
  auto state = said(RealTime::printer, first);
  const auto cause = said(RealTime::offline_cause, answer_to(RealTime::offline_cause));
  const bool unexplained = cause == DeviceState::offline || (cause == DeviceState::ok && state == DeviceState::offline);
  const auto error = unexplained ? said(RealTime::error_cause, answer_to(RealTime::error_cause)) : DeviceState::ok;
  // A known cause says more than "off-line", even when it only says that it passes.
  const auto explained = cause == DeviceState::offline ? error : worse(cause, error);
  state = explained == DeviceState::ok ? worse(state, cause) : explained;
  state = worse(state, said(RealTime::paper, answer_to(RealTime::paper)));
  return {state, read_drawer_sensor(*first)};
}

ports::PrintReport StreamPrinter::confirm(DeviceStream& stream, std::size_t bytes, bool answered_before) const {
  if (!stream.wait_taken(send_ms(bytes))) {
    if (stream.is_broken()) return {PrintOutcome::uncertain, DeviceState::offline, "connection broken after the job"};
    return {PrintOutcome::uncertain, DeviceState::timeout, "the printer stopped taking bytes"};
  }
  if (!answered_before) {
    stream.discard_input();
    if (stream.is_broken()) return {PrintOutcome::uncertain, DeviceState::offline, "connection broken after the job"};
    return {PrintOutcome::sent, DeviceState::status_unknown, {}};
  }
  StatusReader reader;
  bool garbage = false;
  const auto answer =
      ask_one(stream, ask_in_turn(), StatusReader::Kind::in_turn, deadlines().confirm_ms, clock_, reader, garbage);
  const auto in_turn = answer ? *read_in_turn(*answer) : DeviceState::status_unknown;
  if (prevents_printing(in_turn)) {
    return {PrintOutcome::uncertain, in_turn, std::string{ports::state_name(in_turn)} + " during the job"};
  }
  const auto now = ask(stream).state;
  // The answer in turn is the job's; what is the matter by now, or is not told any more, is the next one's.
  if (answer) return {PrintOutcome::confirmed, now == DeviceState::ok ? in_turn : now, {}};
  // Many printers know the real-time questions only, whose answer overtakes the job: it shows a fault, not an end.
  if (ports::is_known_good(now)) return {PrintOutcome::sent, now, {}};
  if (prevents_printing(now)) {
    return {PrintOutcome::uncertain, now, std::string{ports::state_name(now)} + " during the job"};
  }
  const bool gone = stream.has_ended() || stream.is_broken();
  return {PrintOutcome::uncertain, gone ? DeviceState::offline : DeviceState::timeout, "silent after the job"};
}

base::Result<ports::PrintReport> StreamPrinter::submit(const ports::PrintJob& job) {
  auto stream = connect();
  if (!stream) {
    state_ = state_of(stream.error().code);
    return std::move(stream).error();
  }
  state_ = ask(*stream).state;
  if (prevents_printing(state_)) {
    return base::Error{base::Code::device_failed, "print", std::string{ports::state_name(state_)}};
  }
  const bool answers = ports::is_known_good(state_);
  const auto written = stream->write(job.bytes, send_ms(job.bytes.size()));
  if (written.failure) {
    state_ = state_of(written.failure->code);
    if (written.bytes == 0) return *written.failure;
    return ports::PrintReport{PrintOutcome::uncertain, state_, bytes_of(written, job.bytes.size())};
  }
  auto report = confirm(*stream, job.bytes.size(), answers);
  state_ = report.state;
  return report;
}

// A drawer takes some tenths of a second to spring open.
bool StreamPrinter::sees_drawer_move(DeviceStream& stream, bool level) const {
  constexpr std::int64_t look_ms = 600;
  constexpr std::int64_t pause_ms = 40;
  const auto deadline_ms = clock_.monotonic_ms() + look_ms;
  StatusReader reader;
  bool garbage = false;
  while (clock_.monotonic_ms() < deadline_ms) {
    const auto answer = ask_one(stream, ask_real_time(RealTime::printer), StatusReader::Kind::real_time,
                                deadlines().answer_ms, clock_, reader, garbage);
    if (!answer) return false;
    if (read_drawer_sensor(*answer) != level) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{pause_ms});
  }
  return false;
}

base::Result<ports::DrawerReport> StreamPrinter::kick_drawer() {
  const auto pulse = drawer_pulse(settings_.drawer);
  if (pulse.empty()) return base::Error{base::Code::unsupported, "open drawer", "no drawer is configured"};
  auto stream = connect();
  if (!stream) {
    state_ = state_of(stream.error().code);
    return std::move(stream).error();
  }
  const auto before = ask(*stream);
  state_ = before.state;
  const auto written = stream->write(pulse, deadlines().answer_ms);
  if (written.failure) {
    state_ = state_of(written.failure->code);
    if (written.bytes == 0) return *written.failure;
    return ports::DrawerReport{ports::DrawerOutcome::uncertain, state_, bytes_of(written, pulse.size())};
  }
  if (!stream->wait_taken(deadlines().answer_ms)) {
    state_ = DeviceState::timeout;
    return ports::DrawerReport{ports::DrawerOutcome::uncertain, state_, "the printer stopped taking bytes"};
  }
  const bool moved = before.drawer && sees_drawer_move(*stream, *before.drawer);
  return ports::DrawerReport{moved ? ports::DrawerOutcome::moved : ports::DrawerOutcome::sent, state_, {}};
}

ports::DeviceState StreamPrinter::probe() {
  auto stream = connect();
  state_ = stream ? ask(*stream).state : state_of(stream.error().code);
  return state_;
}

}  // namespace millpond::print
