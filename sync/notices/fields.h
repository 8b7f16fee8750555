// SPDX-License-Identifier: Apache-2.0
// Fields: reads what a notice says by name and remembers the first thing that does not fit, so that a reader is a plain
// list of fields and checks once at the end. Providers add members as they like, so unknown ones are let be; duplicate
// ones are refused, because two readers would take different ones. Inside `notices` only. One thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/money.h"
#include "sync/base/result.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millpond::notices {

inline constexpr std::size_t text_bytes_max = 256;  // of one field, where nothing else is said
inline constexpr int depth_max = 16;
inline constexpr std::size_t notice_bytes_max = 256U << 10;
inline constexpr std::size_t lines_max = 1'000;  // of a sale

// Minor units of an amount in major ones. `exact` refuses more digits than the currency has; otherwise the nearest, as
// systems that count in binary fractions write 59.800000000000004. Nothing for what is no number, and beyond 10^12.
[[nodiscard]] std::optional<std::int64_t> minor_of(std::string_view text, base::Currency currency, bool exact);

class Fields;

// A JSON object: at most notice_bytes_max, depth_max deep, UTF-8.
class Document {
 public:
  [[nodiscard]] static base::Result<Document> parse(base::ByteView json);
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  [[nodiscard]] Fields top();
  // Once all was read. Error: notice_malformed, naming the first field that did not fit, never what it held.
  [[nodiscard]] base::Result<> check() const;

 private:
  friend class Fields;
  struct State;
  explicit Document(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// One object of a document, which outlives it. What is absent or null where something is required is a misfit; reading
// goes on with an empty value.
class Fields {
 public:
  std::string text(std::string_view name, std::size_t max = text_bytes_max);           // not empty
  std::string optional_text(std::string_view name, std::size_t max = text_bytes_max);  // also for null and false
  std::int64_t number(std::string_view name);                                          // whole
  std::optional<std::int64_t> optional_number(std::string_view name);
  // A number, or a decimal in a text, as written.
  std::string decimal(std::string_view name);
  std::string optional_decimal(std::string_view name);
  std::int64_t amount(std::string_view name, base::Currency currency);  // minor_of(), nearest
  std::int64_t optional_amount(std::string_view name, base::Currency currency);
  bool flag(std::string_view name);  // true, or 1; anything absent is false
  // What a link to another record names: "a text", 7, [7, "a text"] (the number is `first`), or nothing.
  struct Link {
    std::string first;
    std::string name;
  };
  Link link(std::string_view name);
  void object(std::string_view name, const std::function<void(Fields&)>& read);           // required
  void optional_object(std::string_view name, const std::function<void(Fields&)>& read);  // null is absent
  // Each of a list of objects; absent is empty.
  void each(std::string_view name, const std::function<void(Fields&)>& read);
  void misfit(std::string_view name, std::string_view what);

 private:
  friend class Document;
  Fields(Document::State& state, const void* object) : state_{&state}, object_{object} {}
  [[nodiscard]] const void* find(std::string_view name) const;
  Document::State* state_;
  const void* object_;
};

}  // namespace millpond::notices
