// SPDX-License-Identifier: Apache-2.0
// StrictObject: reads a JSON object member by member and remembers the first thing that does not fit, with its JSON
// pointer, so that a reader is a plain list of fields and checks once at the end. One thread; borrows the document.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/error.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::till {

inline constexpr int json_depth_max = 16;

struct Misfit {
  std::string pointer;  // "/lines/2/net_minor"
  std::string what;     // "must be a whole number"
};

class StrictObject;

// A parsed document; refuses duplicate members, depth past json_depth_max, and anything but an object at the top.
class StrictDocument {
 public:
  explicit StrictDocument(base::ByteView json);
  ~StrictDocument();
  StrictDocument(const StrictDocument&) = delete;
  StrictDocument& operator=(const StrictDocument&) = delete;

  // Reads the top object, then checks that no member was left unread. Nothing when all of it fits.
  [[nodiscard]] std::optional<Misfit> read(const std::function<void(StrictObject&)>& fields);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class StrictObject {
 public:
  // length in bytes; text without control characters.
  std::string text(std::string_view name, std::size_t min, std::size_t max);
  std::string optional_text(std::string_view name, std::size_t max);
  std::int64_t number(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<std::int64_t> optional_number(std::string_view name, std::int64_t min, std::int64_t max);
  bool optional_flag(std::string_view name, bool absent = false);
  // Calls read for each element of an array of objects.
  void objects(std::string_view name, std::size_t min, std::size_t max, const std::function<void(StrictObject&)>& read);
  // Calls read when the member is there.
  void optional_object(std::string_view name, const std::function<void(StrictObject&)>& read);
  std::vector<std::string> optional_texts(std::string_view name, std::size_t count_max, std::size_t length_max);
  // Lets a reader complain about what it read.
  void misfit(std::string_view name, std::string what);

 private:
  friend class StrictDocument;
  struct State;
  explicit StrictObject(State& state) : state_{state} {}
  State& state_;
};

}  // namespace millpond::till
