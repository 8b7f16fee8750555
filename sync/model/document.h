// SPDX-License-Identifier: Apache-2.0
// Document: strict reading of the JSON that a brand publishes. Not a schema: ranges are checked where a value is read,
// and what belongs together by whoever reads it. Every getter notes what is wrong and returns an empty value, so that
// reading goes on to its end without a branch for each member; only the first problem counts, later ones are often its
// echo. A misspelt rule must not silently be no rule: members that nobody asked for are refused, as are members that
// occur twice. Pure; one thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/result.h"

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::model {

struct LocalizedText {
  std::string zh_cn;
  std::string en;
  friend bool operator==(const LocalizedText&, const LocalizedText&) = default;
};

inline constexpr std::size_t name_bytes_max = 200;
inline constexpr std::int64_t amount_minor_max = 1'000'000'000'000'000;  // keeps every sum of a rule far from overflow

class ObjectReader;

// The bytes of a document and the first thing wrong with it. Outlives its readers.
class Document {
 public:
  // what: "read programme"; of the error. A document of more than bytes_max is refused unread.
  Document(base::ByteView json, std::size_t bytes_max, std::string what);
  ~Document();
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  // The object that the document is; an empty one when it is none.
  [[nodiscard]] ObjectReader root();
  // programme_invalid with "POINTER: what is wrong" (RFC 6901) as detail; nothing while all was well.
  [[nodiscard]] std::optional<base::Error> problem() const;
  void report(std::string_view pointer, std::string_view what);

 private:
  friend class ObjectReader;
  struct Parsed;
  std::unique_ptr<Parsed> parsed_;
  std::string what_;
  std::string detail_;
};

class ObjectReader {
 public:
  ObjectReader(ObjectReader&&) noexcept;
  ObjectReader& operator=(ObjectReader&&) noexcept;
  ~ObjectReader();

  // Whether the member is there; asking makes it known to finish().
  [[nodiscard]] bool has(const char* key);

  // Required members. Bounds are inclusive; text is UTF-8 of 1 to bytes_max bytes.
  std::int64_t integer(const char* key, std::int64_t least, std::int64_t most);
  bool boolean(const char* key);
  std::string text(const char* key, std::size_t bytes_max);
  base::LocalDate date(const char* key);        // 2026-11-21; from 1970 on, within the two bytes that codes have for it
  std::int64_t moment_ms(const char* key);      // RFC 3339
  std::int32_t minute_of_day(const char* key);  // "00:00" to "24:00"
  LocalizedText localized(const char* key, std::size_t bytes_max = name_bytes_max);
  ObjectReader object(const char* key);
  // The index of the text among the names.
  std::size_t choice(const char* key, std::initializer_list<std::string_view> names);

  // Optional members: `otherwise` when the member is not there, and refused when it is there and wrong.
  std::int64_t integer_or(const char* key, std::int64_t otherwise, std::int64_t least, std::int64_t most);
  bool boolean_or(const char* key, bool otherwise);
  std::string text_or(const char* key, std::string otherwise, std::size_t bytes_max);
  std::size_t choice_or(const char* key, std::size_t otherwise, std::initializer_list<std::string_view> names);

  // Required lists of at most items_max; no text and no number may occur twice.
  std::vector<std::string> texts(const char* key, std::size_t bytes_max, std::size_t items_max = list_items_max);
  std::vector<std::int64_t> integers(const char* key, std::int64_t least, std::int64_t most,
                                     std::size_t items_max = list_items_max);
  // Each text of the list as an index among the names.
  std::vector<std::size_t> choices(const char* key, std::initializer_list<std::string_view> names);
  // read(ObjectReader&) for each object of a list, then finish() on it.
  void each(const char* key, const std::function<void(ObjectReader&)>& read, std::size_t items_max = list_items_max);

  // Refuses members that nobody asked for.
  void finish();
  // Only the first member that is there and has not been asked for, for objects whose kind is the name of their one
  // member; empty when there is none.
  [[nodiscard]] std::string first_unasked() const;

  void report(std::string_view key, std::string_view what);
  [[nodiscard]] const std::string& pointer() const;

  static constexpr std::size_t list_items_max = 400;

 private:
  friend class Document;
  struct State;
  explicit ObjectReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace millpond::model
