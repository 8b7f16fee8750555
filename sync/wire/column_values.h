// SPDX-License-Identifier: Apache-2.0
// How single values become numbers in columns: differences to a promise, places in dictionaries, identities, lists.
// Each serves both directions (column_planes.h). Part of schema_columns: never change. Inside `wire` only.
#pragma once

#include "sync/wire/canonical.h"
#include "sync/wire/column_state.h"
#include "sync/wire/field_codec.h"

#include <concepts>
#include <type_traits>

namespace millpond::wire {

template <class T>
requires std::integral<T> || std::is_enum_v<T> std::uint64_t wide_of(T value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
}
template <class Tag, class Rep>
std::uint64_t wide_of(base::Id<Tag, Rep> id) {
  return id.value;
}
inline std::uint64_t wide_of(base::LocalDate date) { return wide_of(date.days); }

template <class T>
requires std::integral<T> || std::is_enum_v<T>
void narrow(std::uint64_t wide, T& value) { value = static_cast<T>(wide); }
template <class Tag, class Rep>
void narrow(std::uint64_t wide, base::Id<Tag, Rep>& id) {
  id.value = static_cast<Rep>(wide);
}
inline void narrow(std::uint64_t wide, base::LocalDate& date) { date.days = static_cast<std::int32_t>(wide); }

// What a reader finds must fit where it belongs.
template <class Io, class T>
void take(Io& io, std::uint64_t wide, T& value) {
  narrow(wide, value);
  if (wide_of(value) != wide) io.fail();
}

// A number by its difference to the promise, modulo 2^64, zigzag.
template <class Io, class T>
void promised(Io& io, Column column, T& value, std::uint64_t promise = 0) {
  const auto difference = static_cast<std::int64_t>(wide_of(value) - promise);
  const auto found = static_cast<std::uint64_t>(unzigzag(io.code(column, zigzag(difference))));
  if constexpr (!Io::writing) take(io, promise + found, value);
}

// A number that is small and never negative, as it is.
template <class Io, class T>
void plain(Io& io, Column column, T& value) {
  const auto found = io.code(column, wide_of(value));
  if constexpr (!Io::writing) take(io, found, value);
}

// Exactly so many bytes.
template <class Io, std::size_t size>
void fixed(Io& io, Column column, std::array<std::uint8_t, size>& value) {
  if constexpr (Io::writing) {
    io.bytes(column, value);
  } else {
    const auto found = io.bytes(column, size);
    if (found.size() == size) std::copy(found.begin(), found.end(), value.begin());
  }
}

template <class Io>
void fresh_text(Io& io, std::string& text) {
  const auto size = io.code(Column::text_size, text.size());
  if constexpr (Io::writing) {
    io.bytes(Column::text, base::view_of(text));
  } else {
    text = base::text_of(io.bytes(Column::text, size));
  }
}

// A text by its place in a dictionary, counted from `reserved` + 1; `reserved` itself announces a fresh one. Returns
// its place. Smaller codes are the caller's and were read before: `code` holds what was read or, writing, nothing.
template <class Io>
std::size_t place_of_text(Io& io, Column column, Dictionary<std::string>& dictionary, std::string& text,
                          std::uint64_t reserved = 0, std::optional<std::uint64_t> code = std::nullopt) {
  if constexpr (Io::writing) {
    const auto known = dictionary.find(text);
    io.code(column, known ? reserved + 1 + *known : reserved);
    if (known) return *known;
  } else {
    const auto found = code ? *code : io.code(column);
    if (found < reserved) io.fail();
    if (found > reserved) {
      const auto place = static_cast<std::size_t>(found - reserved - 1);
      if (place < dictionary.size()) {
        text = dictionary[place];
        io.spend(text.size());
        return place;
      }
      io.fail();
    }
  }
  fresh_text(io, text);
  io.spend(text.size());
  return dictionary.add(io, text);
}

inline constexpr unsigned id_counter_bits = 24;
inline constexpr std::uint64_t id_counter_mask = (1U << id_counter_bits) - 1;

template <class Io>
std::uint64_t coded_prefix(Io& io, Column column, ColumnState& state, std::uint64_t prefix) {
  if constexpr (Io::writing) {
    const auto known = state.id_prefixes.find(prefix);
    io.code(column, known ? 1 + *known : 0);
    if (known) return prefix;
  } else {
    const auto place = io.code(column);
    if (place > state.id_prefixes.size()) io.fail();
    if (place > 0 && place <= state.id_prefixes.size()) return state.id_prefixes[static_cast<std::size_t>(place - 1)];
  }
  prefix = io.code(Column::id_prefix_new, prefix) & ((std::uint64_t{1} << 40) - 1);
  state.id_prefixes.add(io, prefix);
  return prefix;
}

// A member: nobody, a new one, or a number in the order of first appearance.
template <class Io>
std::uint64_t coded_member(Io& io, Column column, ColumnState& state, std::uint64_t member, std::uint64_t reserved = 0,
                           std::optional<std::uint64_t> code = std::nullopt) {
  if constexpr (Io::writing) {
    const auto known = member == 0 ? std::nullopt : state.members.find(member);
    io.code(column, member == 0 ? reserved : known ? reserved + 2 + *known : reserved + 1);
    if (member == 0 || known) return member;
  } else {
    const auto found = code ? *code : io.code(column);
    if (found <= reserved) return 0;
    if (found > reserved + 1) {
      const auto place = found - reserved - 2;
      if (place < state.members.size()) return state.members[static_cast<std::size_t>(place)];
      io.fail();
      return 0;
    }
  }
  const auto prefix = coded_prefix(io, Column::id_prefix, state, member >> id_counter_bits);
  const auto counter = io.code(Column::id_counter, member & id_counter_mask) & id_counter_mask;
  member = prefix << id_counter_bits | counter;
  state.members.add(io, member);
  return member;
}

// Makes room for as many records as the column says, as far as a fact could hold them.
template <class Io, class Record>
void list_size(Io& io, Column column, std::vector<Record>& list, std::uint64_t promise = 0) {
  std::uint64_t size = list.size();
  promised(io, column, size, promise);
  if constexpr (!Io::writing) {
    if (size > canonical_bytes_max / 2) {
      io.fail();
      size = 0;
    }
    io.spend(2 * static_cast<std::size_t>(size));
    if (!io.failed()) list.resize(static_cast<std::size_t>(size));
  }
}

}  // namespace millpond::wire
