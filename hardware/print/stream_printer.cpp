// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/stream_printer.h"

#include "hardware/print/escpos.h"

#include <optional>
#include <string>
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
    case base::Code::config_invalid:
      return DeviceState::not_configured;
    default:
      return DeviceState::offline;
  }
}

bool prevents_printing(DeviceState state) {
  return state == DeviceState::cover_open || state == DeviceState::paper_out || state == DeviceState::cutter_error;
}

std::optional<DeviceState> ask_one(DeviceStream& stream, base::ByteView question, std::int64_t timeout_ms,
                                   std::optional<DeviceState> (*read)(std::uint8_t)) {
  if (stream.write(question, timeout_ms).failure) return std::nullopt;
  const auto answer = stream.read_byte(timeout_ms);
  if (!answer) return std::nullopt;
  return read(*answer).value_or(DeviceState::protocol_mismatch);
}

}  // namespace

DeviceState StreamPrinter::ask(DeviceStream& stream) const {
  stream.discard_input();
  const auto offline = ask_one(stream, ask_offline_cause(), deadlines_.answer_ms, read_offline_cause);
  if (!offline) return DeviceState::status_unknown;
  if (*offline != DeviceState::ok) return *offline;
  return ask_one(stream, ask_paper(), deadlines_.answer_ms, read_paper).value_or(DeviceState::ok);
}

ports::PrintReport StreamPrinter::confirm(DeviceStream& stream, bool answered_before) const {
  if (!stream.wait_taken(deadlines_.send_ms)) {
    return {PrintOutcome::uncertain, DeviceState::timeout, "the printer stopped taking bytes"};
  }
  if (!answered_before) {
    stream.discard_input();
    if (stream.is_broken()) return {PrintOutcome::uncertain, DeviceState::offline, "connection broken after the job"};
    return {PrintOutcome::sent, DeviceState::status_unknown, {}};
  }
  const auto in_turn = ask_one(stream, ask_in_turn(), deadlines_.confirm_ms, read_in_turn);
  if (in_turn && ports::is_known_good(*in_turn)) return {PrintOutcome::confirmed, *in_turn, {}};
  if (in_turn && prevents_printing(*in_turn)) {
    return {PrintOutcome::uncertain, *in_turn, std::string{ports::state_name(*in_turn)} + " during the job"};
  }
  // Many printers know the real-time questions only, whose answer overtakes the job: it shows a fault, not an end.
  const auto now = ask(stream);
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
  state_ = ask(*stream);
  if (prevents_printing(state_)) {
    return base::Error{base::Code::device_failed, "print", std::string{ports::state_name(state_)}};
  }
  const bool answers = state_ != DeviceState::status_unknown && state_ != DeviceState::protocol_mismatch;
  auto written = stream->write(job.bytes, deadlines_.send_ms);
  if (written.failure) {
    state_ = state_of(written.failure->code);
    if (written.bytes == 0) return std::move(*written.failure);
    return ports::PrintReport{PrintOutcome::uncertain, state_,
                              std::to_string(written.bytes) + " of " + std::to_string(job.bytes.size()) +
                                  " bytes: " + written.failure->detail};
  }
  auto report = confirm(*stream, answers);
  state_ = report.state;
  return report;
}

ports::DeviceState StreamPrinter::probe() {
  auto stream = connect();
  state_ = stream ? ask(*stream) : state_of(stream.error().code);
  return state_;
}

}  // namespace millpond::print
