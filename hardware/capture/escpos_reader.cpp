// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/escpos_reader.h"

#include <algorithm>
#include <utility>

namespace millpond::capture {
namespace {

constexpr std::uint8_t dle = 0x10;
constexpr std::uint8_t esc = 0x1B;
constexpr std::uint8_t fs = 0x1C;
constexpr std::uint8_t gs = 0x1D;
constexpr std::size_t payload_kept_max = 4'096;  // the longest QR code has 2,953 bytes

std::uint64_t little_endian(const std::vector<std::uint8_t>& bytes, std::size_t from, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i > 0; --i) value = (value << 8) | bytes[from + i - 1];
  return value;
}

// How many parameters follow before anything depends on them.
struct Length {
  char command;
  std::size_t parameters;
};

template <std::size_t N>
std::size_t length_of(const Length (&table)[N], std::uint8_t command) {
  const auto* const found = std::find_if(
      table, table + N, [&](const Length& row) { return static_cast<std::uint8_t>(row.command) == command; });
  return found == table + N ? 0 : found->parameters;
}

constexpr Length escape_lengths[]{{' ', 1}, {'!', 1}, {'$', 2}, {'%', 1}, {'&', 3}, {'(', 3}, {'*', 3},  {'-', 1},
                                  {'3', 1}, {'=', 1}, {'?', 1}, {'B', 2}, {'E', 1}, {'G', 1}, {'J', 1},  {'K', 1},
                                  {'M', 1}, {'R', 1}, {'T', 1}, {'U', 1}, {'V', 1}, {'W', 8}, {'\\', 2}, {'a', 1},
                                  {'c', 2}, {'d', 1}, {'e', 1}, {'p', 3}, {'r', 1}, {'t', 1}, {'u', 1},  {'{', 1}};
constexpr Length group_lengths[]{{'!', 1}, {'$', 2}, {'(', 3},  {'*', 2}, {'/', 1}, {'8', 5}, {'B', 1},
                                 {'C', 1}, {'E', 1}, {'H', 1},  {'I', 1}, {'L', 2}, {'P', 2}, {'T', 1},
                                 {'V', 1}, {'W', 2}, {'\\', 2}, {'^', 3}, {'a', 1}, {'b', 1}, {'f', 1},
                                 {'g', 4}, {'h', 1}, {'k', 1},  {'r', 1}, {'v', 6}, {'w', 1}, {'z', 3}};
constexpr Length field_lengths[]{{'!', 1}, {'(', 3}, {'-', 1}, {'2', 2}, {'?', 2},
                                 {'C', 1}, {'S', 2}, {'W', 1}, {'p', 2}, {'q', 1}};
constexpr Length real_time_lengths[]{{'\x04', 1}, {'\x05', 1}, {'\x14', 3}};

}  // namespace

void EscposReader::power_on() {
  single_ = pages_.single;
  wide_ = pages_.wide;
  wide_on_ = pages_.wide_at_start;
}

void EscposReader::feed(base::ByteView bytes, const OnReceipt& on_receipt) {
  for (const auto byte : bytes) take(byte, on_receipt);
}

// After a hole nobody knows where in a command the rest begins: it is read as text, and whoever gets it knows.
void EscposReader::lose(std::uint64_t bytes) {
  state_ = State::text;
  run_.clear();
  payload_.clear();
  receipt_.lost_bytes += bytes;
}

std::optional<Receipt> EscposReader::finish() {
  const bool inside = state_ != State::text;
  end_line();
  auto receipt = std::exchange(receipt_, {});
  receipt.interrupted = inside;
  state_ = State::text;
  payload_.clear();
  stored_code_.clear();
  power_on();
  if (receipt.lines.empty() && receipt.lost_bytes == 0 && !receipt.too_long) return std::nullopt;
  return receipt;
}

void EscposReader::take(std::uint8_t byte, const OnReceipt& on_receipt) {
  if (receipt_.raw.size() < receipt_bytes_max)
    receipt_.raw.push_back(byte);
  else
    receipt_.too_long = true;
  switch (state_) {
    case State::text:
      return take_text(byte);
    case State::command:
      return take_command(byte, on_receipt);
    case State::parameters:
      return take_parameter(byte, on_receipt);
    case State::payload:
      if (payload_.size() < payload_kept_max) payload_.push_back(byte);
      if (--payload_left_ == 0) payload_done();
      return;
    case State::until_nul:
      if (byte != 0) {
        if (payload_.size() < payload_kept_max) payload_.push_back(byte);
        return;
      }
      return payload_done();
  }
}

void EscposReader::take_text(std::uint8_t byte) {
  if (byte >= 0x20 && byte != 0x7F) {
    if (line_bytes_++ < line_bytes_max)
      run_.push_back(byte);
    else
      receipt_.too_long = true;
    return;
  }
  flush_run();
  if (byte == esc || byte == fs || byte == gs || byte == dle) {
    prefix_ = byte;
    state_ = State::command;
  } else if (byte == '\n' || byte == '\f') {
    end_line();
  } else if (byte == '\t') {
    gap();
  }
}

void EscposReader::take_command(std::uint8_t byte, const OnReceipt& on_receipt) {
  command_ = byte;
  parameters_.clear();
  std::size_t count = 0;
  if (prefix_ == esc) count = length_of(escape_lengths, byte);
  if (prefix_ == gs) count = length_of(group_lengths, byte);
  if (prefix_ == fs) count = length_of(field_lengths, byte);
  if (prefix_ == dle) count = length_of(real_time_lengths, byte);
  if (prefix_ == esc && byte == 'D') {
    payload_.clear();
    state_ = State::until_nul;
  } else if (count > 0) {
    want(count);
  } else {
    run_command(on_receipt);
  }
}

void EscposReader::want(std::size_t parameters) {
  wanted_ = parameters;
  state_ = State::parameters;
}

void EscposReader::take_parameter(std::uint8_t byte, const OnReceipt& on_receipt) {
  parameters_.push_back(byte);
  if (parameters_.size() >= wanted_) run_command(on_receipt);
}

// A command may ask for more: more parameters, or a payload.
void EscposReader::run_command(const OnReceipt& on_receipt) {
  state_ = State::text;
  if (prefix_ == esc) run_escape(on_receipt);
  if (prefix_ == gs) run_group(on_receipt);
  if (prefix_ == fs) run_field();
}

void EscposReader::run_escape(const OnReceipt& on_receipt) {
  switch (command_) {
    case '@':
      if (!line_.empty()) end_line();
      return power_on();
    case 'i':
    case 'm':
      return end_receipt(on_receipt);
    case 'J':
    case 'K':
    case 'd':
    case 'e':
      return end_line();
    case '$':
    case '\\':
      return gap();
    case 't':
      single_ = page_of_table(parameters_[0]);
      return;
    case '(':
      return want_payload(little_endian(parameters_, 1, 2));
    case '*': {
      const std::uint64_t bytes_a_column = parameters_[0] >= 32 ? 3 : 1;
      return graphics(little_endian(parameters_, 1, 2) * bytes_a_column);
    }
    case '&': {
      // Characters drawn by the till: y bytes a column, then for each of them its width and its columns.
      const std::size_t characters = parameters_[2] >= parameters_[1] ? parameters_[2] - parameters_[1] + 1U : 0;
      std::size_t at = 3;
      for (std::size_t i = 0; i < characters; ++i) {
        if (parameters_.size() <= at) return want(at + 1);
        at += 1 + std::size_t{parameters_[at]} * parameters_[0];
        if (at > receipt_bytes_max) return;
      }
      if (parameters_.size() < at) want(at);
      return;
    }
    default:
      return;
  }
}

void EscposReader::run_group(const OnReceipt& on_receipt) {
  switch (command_) {
    case 'V': {
      const auto mode = parameters_[0];
      const bool has_feed = mode == 65 || mode == 66 || mode == 97 || mode == 98 || mode == 103 || mode == 104;
      if (has_feed && parameters_.size() == 1) return want(2);
      return end_receipt(on_receipt);
    }
    case '$':
    case '\\':
      return gap();
    case '(':
      return want_payload(little_endian(parameters_, 1, 2));
    case '8':
      return want_payload(little_endian(parameters_, 1, 4));
    case 'v':
      return graphics(little_endian(parameters_, 2, 2) * little_endian(parameters_, 4, 2));
    case '*':
      return want_payload(std::uint64_t{parameters_[0]} * parameters_[1] * 8);
    case '/':
      return add_line({LineKind::image, {}});
    case 'C':
      if (parameters_.size() == 1) return want(parameters_[0] == '1' ? 7 : 3);
      return;
    case 'k':
      if (parameters_[0] > 6 && parameters_.size() == 1) return want(2);
      payload_.clear();
      if (parameters_.size() == 2) return want_payload(parameters_[1]);
      state_ = State::until_nul;
      return;
    default:
      return;
  }
}

void EscposReader::run_field() {
  switch (command_) {
    case '&':
      wide_on_ = true;
      return;
    case '.':
      wide_on_ = false;
      return;
    case 'C':
      // Japanese printers: 1 and 2 are Shift JIS. Elsewhere the printer has one wide page.
      wide_ = parameters_[0] % 48 == 1 || parameters_[0] % 48 == 2 ? CodePage::cp932 : pages_.wide;
      return;
    case '(':
      return want_payload(little_endian(parameters_, 1, 2));
    case '2':
      return want_payload(72);
    case 'p':
      return add_line({LineKind::image, {}});
    case 'q': {
      // Pictures to keep: of each its size in eights of dots, and its dots.
      std::size_t at = 1;
      for (std::size_t i = 0; i < parameters_[0]; ++i) {
        if (parameters_.size() < at + 4) return want(at + 4);
        at +=
            4 + static_cast<std::size_t>(little_endian(parameters_, at, 2) * little_endian(parameters_, at + 2, 2)) * 8;
        if (at > receipt_bytes_max) return;
      }
      if (parameters_.size() < at) want(at);
      return;
    }
    default:
      return;
  }
}

void EscposReader::want_payload(std::uint64_t bytes) {
  payload_.clear();
  payload_left_ = bytes;
  if (bytes == 0) return payload_done();
  state_ = State::payload;
}

void EscposReader::graphics(std::uint64_t bytes) {
  if (receipt_.lines.empty() || receipt_.lines.back().kind != LineKind::image || !line_.empty()) {
    end_line();
    add_line({LineKind::image, {}});
  }
  want_payload(bytes);
}

// A code is text for people at most where it is printed: control characters in it stay out.
void EscposReader::payload_done() {
  state_ = State::text;
  const auto payload = std::exchange(payload_, {});
  const auto plain = [&](std::size_t from) {
    std::string text;
    for (std::size_t i = from; i < payload.size(); ++i) {
      if (payload[i] >= 0x20 && payload[i] < 0x7F) text += static_cast<char>(payload[i]);
    }
    return text;
  };
  if (prefix_ != gs) return;
  if (command_ == 'k') {
    end_line();
    return add_line({LineKind::code, plain(0)});
  }
  if ((command_ == '(' || command_ == '8') && parameters_[0] == 'L') {
    const bool prints = payload.size() >= 2 && (payload[1] == 50 || payload[1] == 2);
    if (prints) add_line({LineKind::image, {}});
    return;
  }
  if (command_ != '(' || parameters_[0] != 'k' || payload.size() < 3) return;
  if (payload[1] == 80) stored_code_ = plain(3);
  if (payload[1] == 81) add_line({LineKind::code, stored_code_});
}

void EscposReader::flush_run() {
  if (run_.empty()) return;
  receipt_.unread += decoder_.decode(wide_on_ ? wide_ : single_, run_, line_);
  run_.clear();
}

// A jump of the print head is room between two words; how wide it is does not matter.
void EscposReader::gap() {
  flush_run();
  if (!line_.empty() && line_.back() != ' ') line_ += "  ";
}

void EscposReader::end_line() {
  flush_run();
  line_bytes_ = 0;
  auto text = std::exchange(line_, {});
  // Windows-1252 and the like have control characters of their own, which would end up in JSON and terminals.
  for (std::size_t at = text.find("\xC2"); at != std::string::npos; at = text.find("\xC2", at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) text.replace(at, 2, "?");
  }
  const auto end = text.find_last_not_of(' ');
  if (end == std::string::npos) return;
  text.erase(end + 1);
  add_line({LineKind::text, std::move(text)});
}

void EscposReader::add_line(ReceiptLine line) {
  if (receipt_.lines.size() >= receipt_lines_max) {
    receipt_.too_long = true;
    return;
  }
  receipt_.lines.push_back(std::move(line));
}

void EscposReader::end_receipt(const OnReceipt& on_receipt) {
  end_line();
  if (receipt_.lines.empty() && receipt_.lost_bytes == 0 && !receipt_.too_long) {
    receipt_ = {};
    return;
  }
  receipt_.cut = true;
  on_receipt(std::exchange(receipt_, {}));
}

}  // namespace millpond::capture
