// SPDX-License-Identifier: Apache-2.0
// FieldWriter and FieldReader: the two directions of the canonical format (canonical.h). One function lists the fields
// of a record for both, so that they cannot disagree. Inside `wire` only. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/money.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace millpond::wire {

// The largest number of an enumeration that this release knows; specialised beside the field lists. A larger one was
// written by a later release and must not be taken for something else.
template <class Enum>
inline constexpr std::uint64_t enum_max = 0;

template <class Io, class Record>
void record_fields(Io& io, Record& record);  // of a record inside a list; specialised beside the field lists

inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (0 - (value & 1)));
}

class FieldWriter {
 public:
  explicit FieldWriter(base::Bytes& out) : out_{out} {}

  template <class T>
  requires std::integral<T> || std::is_enum_v<T>
  void operator()(std::uint32_t number, T value) { integer(number, static_cast<std::int64_t>(value)); }
  template <class Tag, class Rep>
  void operator()(std::uint32_t number, base::Id<Tag, Rep> id) {
    integer(number, static_cast<std::int64_t>(id.value));
  }
  void operator()(std::uint32_t number, base::LocalDate date) { integer(number, date.days); }
  void operator()(std::uint32_t number, const std::string& text) { bytes(number, base::view_of(text), false); }
  template <std::size_t size>
  void operator()(std::uint32_t number, const std::array<std::uint8_t, size>& hash) {
    if (hash != std::array<std::uint8_t, size>{}) bytes(number, hash, false);
  }
  void operator()(std::uint32_t number, const base::Currency& currency) {
    if (currency != base::Currency{}) bytes(number, base::view_of(currency.view()), false);
  }
  void operator()(std::uint32_t number, const std::vector<std::string>& texts) {
    for (const auto& text : texts) bytes(number, base::view_of(text), true);
  }
  template <class Record>
  void operator()(std::uint32_t number, const std::vector<Record>& list) {
    for (const auto& record : list) {
      base::Bytes nested;
      FieldWriter inner{nested};
      record_fields(inner, record);
      bytes(number, nested, true);
    }
  }

 private:
  void integer(std::uint32_t number, std::int64_t value);
  void bytes(std::uint32_t number, base::ByteView value, bool even_if_empty);

  base::Bytes& out_;
};

// Strict: ascending numbers, shortest varints, no zero values, no bytes past the end. Fields with numbers it is not
// asked for are stepped over: a later release may have added them. The first failure sticks.
class FieldReader {
 public:
  enum class Failure : std::uint8_t { none, unknown_value, malformed };

  explicit FieldReader(base::ByteView in) : in_{in} { advance(); }

  template <class T>
  requires std::integral<T> || std::is_enum_v<T>
  void operator()(std::uint32_t number, T& value) {
    if (!seek(number, Kind::integer)) return;
    const auto wide = unzigzag(integer_);
    if constexpr (std::is_enum_v<T>) {
      if (wide < 0 || static_cast<std::uint64_t>(wide) > enum_max<T>) return fail(Failure::unknown_value);
      value = static_cast<T>(wide);
    } else {
      value = static_cast<T>(wide);
      if (static_cast<std::int64_t>(value) != wide) return fail(Failure::malformed);
    }
    advance();
  }
  template <class Tag, class Rep>
  void operator()(std::uint32_t number, base::Id<Tag, Rep>& id) {
    (*this)(number, id.value);
  }
  void operator()(std::uint32_t number, base::LocalDate& date) { (*this)(number, date.days); }
  void operator()(std::uint32_t number, std::string& text);
  template <std::size_t size>
  void operator()(std::uint32_t number, std::array<std::uint8_t, size>& hash) {
    fixed(number, hash);
  }
  void operator()(std::uint32_t number, base::Currency& currency);
  void operator()(std::uint32_t number, std::vector<std::string>& texts);  // empty ones too
  template <class Record>
  void operator()(std::uint32_t number, std::vector<Record>& list) {
    while (seek(number, Kind::bytes)) {
      FieldReader inner{bytes_};
      record_fields(inner, list.emplace_back());
      inner.finish();
      stepped_over_ |= inner.stepped_over_;
      if (inner.failure_ != Failure::none) return fail(inner.failure_);
      advance();
    }
  }

  void skip_below(std::uint32_t number);  // steps over unknown fields
  void finish();                          // steps over the rest
  [[nodiscard]] Failure failure() const { return failure_; }
  [[nodiscard]] bool stepped_over() const { return stepped_over_; }  // any unknown field

 private:
  enum class Kind : std::uint8_t { integer = 0, bytes = 1 };

  void fail(Failure failure);
  void fixed(std::uint32_t number, std::span<std::uint8_t> out);  // exactly so many bytes, not all zero
  void advance();                                                 // parses the next field, if any
  [[nodiscard]] bool seek(std::uint32_t number, Kind kind);       // is this field next?
  [[nodiscard]] bool varint(std::uint64_t& value);

  base::ByteView in_;
  bool have_{};  // number_, kind_ and one of the values describe a field not consumed yet
  std::uint64_t number_{};
  Kind kind_{};
  std::uint64_t integer_{};
  base::ByteView bytes_;
  bool stepped_over_{};
  Failure failure_{Failure::none};
};

// The same list serves a record that is written (const) and one that is read.
template <class Record, class Of>
concept RecordOf = std::same_as<std::remove_const_t<Record>, Of>;

}  // namespace millpond::wire
