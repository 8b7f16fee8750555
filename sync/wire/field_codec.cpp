// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/field_codec.h"

namespace millpond::wire {

namespace {

constexpr std::size_t varint_bytes_max = 10;

std::uint8_t* put_varint(std::uint8_t* to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<std::uint8_t>(value | 0x80);
  *to++ = static_cast<std::uint8_t>(value);
  return to;
}

}  // namespace

void FieldWriter::integer(std::uint32_t number, std::int64_t value) {
  if (value == 0) return;
  std::array<std::uint8_t, 2 * varint_bytes_max> field;
  auto* end = put_varint(field.data(), std::uint64_t{number} << 1);
  end = put_varint(end, zigzag(value));
  out_.insert(out_.end(), field.data(), end);
}

void FieldWriter::bytes(std::uint32_t number, base::ByteView value, bool even_if_empty) {
  if (value.empty() && !even_if_empty) return;
  std::array<std::uint8_t, 2 * varint_bytes_max> head;
  auto* end = put_varint(head.data(), (std::uint64_t{number} << 1) | 1);
  end = put_varint(end, value.size());
  out_.insert(out_.end(), head.data(), end);
  base::append(out_, value);
}

void FieldReader::fail(Failure failure) {
  if (failure_ == Failure::none) failure_ = failure;
  have_ = false;
  in_ = {};
}

bool FieldReader::varint(std::uint64_t& value) {
  if (!in_.empty() && in_[0] < 0x80) {  // nearly always
    value = in_[0];
    in_ = in_.subspan(1);
    return true;
  }
  value = 0;
  for (std::size_t i = 0; i < varint_bytes_max && i < in_.size(); ++i) {
    const std::uint64_t digit = in_[i] & 0x7FU;
    if (i == 9 && digit > 1) return false;  // past 64 bits
    value |= digit << (7 * i);
    if ((in_[i] & 0x80U) == 0) {
      if (i > 0 && digit == 0) return false;  // a shorter form exists
      in_ = in_.subspan(i + 1);
      return true;
    }
  }
  return false;
}

void FieldReader::advance() {
  have_ = false;
  if (in_.empty()) return;
  std::uint64_t tag = 0;
  std::uint64_t value = 0;
  if (!varint(tag) || !varint(value)) return fail(Failure::malformed);
  const auto number = tag >> 1;
  const auto kind = static_cast<Kind>(tag & 1);
  // Equal numbers are a list, which only bytes can be; a second value of a single field is caught by its reader.
  const bool list = number == number_ && kind == Kind::bytes && kind_ == Kind::bytes;
  if (number == 0 || (number <= number_ && !list)) return fail(Failure::malformed);
  if (kind == Kind::integer) {
    if (value == 0) return fail(Failure::malformed);
    integer_ = value;
  } else {
    if (value > in_.size()) return fail(Failure::malformed);
    bytes_ = in_.first(static_cast<std::size_t>(value));
    in_ = in_.subspan(static_cast<std::size_t>(value));
  }
  number_ = number;
  kind_ = kind;
  have_ = true;
}

void FieldReader::skip_below(std::uint32_t number) {
  while (have_ && number_ < number) {
    stepped_over_ = true;
    advance();
  }
}

bool FieldReader::seek(std::uint32_t number, Kind kind) {
  skip_below(number);
  if (!have_ || number_ != number) return false;
  if (kind_ != kind) fail(Failure::malformed);
  return have_;
}

void FieldReader::finish() {
  while (have_) {
    stepped_over_ = true;
    advance();
  }
}

void FieldReader::operator()(std::uint32_t number, std::string& text) {
  if (!seek(number, Kind::bytes)) return;
  if (bytes_.empty()) return fail(Failure::malformed);
  text = base::text_of(bytes_);
  advance();
  if (have_ && number_ == number) fail(Failure::malformed);
}

void FieldReader::fixed(std::uint32_t number, std::span<std::uint8_t> out) {
  if (!seek(number, Kind::bytes)) return;
  const bool zero = std::ranges::all_of(bytes_, [](std::uint8_t byte) { return byte == 0; });
  if (bytes_.size() != out.size() || zero) return fail(Failure::malformed);
  std::ranges::copy(bytes_, out.begin());
  advance();
  if (have_ && number_ == number) fail(Failure::malformed);
}

void FieldReader::operator()(std::uint32_t number, std::vector<std::string>& texts) {
  while (seek(number, Kind::bytes)) {
    texts.emplace_back(base::text_of(bytes_));
    advance();
  }
}

void FieldReader::operator()(std::uint32_t number, base::Currency& currency) {
  if (!seek(number, Kind::bytes)) return;
  const auto known = base::parse_currency(base::text_of(bytes_));
  if (!known) return fail(bytes_.size() == 3 ? Failure::unknown_value : Failure::malformed);
  currency = *known;
  advance();
  if (have_ && number_ == number) fail(Failure::malformed);
}

}  // namespace millpond::wire
