// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/strict_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace millpond::till {
namespace {

using Json = nlohmann::json;

// The first duplicate member or level too deep while parsing.
class ParseGuard {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > json_depth_max) note("", "nested deeper than " + std::to_string(json_depth_max));
    if (event == Json::parse_event_t::object_start) open_.emplace_back();
    if (event == Json::parse_event_t::object_end && !open_.empty()) open_.pop_back();
    if (event == Json::parse_event_t::key && !open_.empty()) {
      const auto name = parsed.get<std::string>();
      if (!open_.back().insert(name).second) note("/" + name, "appears twice");
    }
    return true;
  }
  [[nodiscard]] const std::optional<Misfit>& misfit() const { return misfit_; }

 private:
  void note(std::string pointer, std::string what) {
    if (!misfit_) misfit_ = Misfit{std::move(pointer), std::move(what)};
  }
  std::vector<std::set<std::string>> open_;
  std::optional<Misfit> misfit_;
};

bool is_plain(const std::string& text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string in_range(std::int64_t min, std::int64_t max) {
  return "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max);
}

}  // namespace

struct StrictDocument::State {
  Json root;
  std::optional<Misfit> misfit;
};

struct StrictObject::State {
  const Json& object;
  std::string pointer;
  std::optional<Misfit>& misfit;
  std::set<std::string, std::less<>> read{};

  const Json* take(std::string_view name) {
    read.insert(std::string{name});
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
  }
  void complain(std::string_view name, std::string what) {
    if (!misfit) misfit = Misfit{pointer + "/" + std::string{name}, std::move(what)};
  }
  void check_all_read() {
    for (const auto& [name, value] : object.items()) {
      if (read.count(name) == 0) complain(name, "is not known here");
    }
  }
};

StrictDocument::StrictDocument(base::ByteView json) : state_{std::make_unique<State>()} {
  ParseGuard guard;
  state_->root = Json::parse(json.begin(), json.end(), std::ref(guard), false);
  state_->misfit = guard.misfit();
  if (!state_->misfit && !state_->root.is_object()) state_->misfit = Misfit{"", "must be a JSON object"};
}

StrictDocument::~StrictDocument() = default;

std::optional<Misfit> StrictDocument::read(const std::function<void(StrictObject&)>& fields) {
  if (state_->misfit) return state_->misfit;
  StrictObject::State state{state_->root, "", state_->misfit};
  StrictObject object{state};
  fields(object);
  state.check_all_read();
  return state_->misfit;
}

std::string StrictObject::text(std::string_view name, std::size_t min, std::size_t max) {
  const auto* value = state_.take(name);
  if (value == nullptr) {
    if (min > 0) state_.complain(name, "is missing");
    return {};
  }
  if (!value->is_string()) {
    state_.complain(name, "must be a text");
    return {};
  }
  auto text = value->get<std::string>();
  if (text.size() < min || text.size() > max || !is_plain(text)) {
    state_.complain(name,
                    "must be a text of " + std::to_string(min) + " to " + std::to_string(max) + " plain characters");
  }
  return text;
}

std::string StrictObject::optional_text(std::string_view name, std::size_t max) { return text(name, 0, max); }

std::optional<std::int64_t> StrictObject::optional_number(std::string_view name, std::int64_t min, std::int64_t max) {
  const auto* value = state_.take(name);
  if (value == nullptr) return std::nullopt;
  const bool fits =
      value->is_number_integer() &&
      !(value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) &&
      value->get<std::int64_t>() >= min && value->get<std::int64_t>() <= max;
  if (!fits) {
    state_.complain(name, in_range(min, max));
    return std::nullopt;
  }
  return value->get<std::int64_t>();
}

std::int64_t StrictObject::number(std::string_view name, std::int64_t min, std::int64_t max) {
  if (!state_.object.contains(name)) state_.complain(name, "is missing");
  return optional_number(name, min, max).value_or(0);
}

bool StrictObject::optional_flag(std::string_view name, bool absent) {
  const auto* value = state_.take(name);
  if (value == nullptr) return absent;
  if (!value->is_boolean()) {
    state_.complain(name, "must be true or false");
    return false;
  }
  return value->get<bool>();
}

void StrictObject::objects(std::string_view name, std::size_t min, std::size_t max,
                           const std::function<void(StrictObject&)>& read) {
  const auto* value = state_.take(name);
  const std::size_t size = value != nullptr && value->is_array() ? value->size() : 0;
  if ((value != nullptr && !value->is_array()) || size < min || size > max) {
    return state_.complain(name,
                           "must be a list of " + std::to_string(min) + " to " + std::to_string(max) + " objects");
  }
  for (std::size_t i = 0; i < size; ++i) {
    const auto place = state_.pointer + "/" + std::string{name} + "/" + std::to_string(i);
    if (!(*value)[i].is_object()) {
      return state_.complain(std::string{name} + "/" + std::to_string(i), "must be an object");
    }
    State inner{(*value)[i], place, state_.misfit};
    StrictObject object{inner};
    read(object);
    inner.check_all_read();
  }
}

void StrictObject::optional_object(std::string_view name, const std::function<void(StrictObject&)>& read) {
  const auto* value = state_.take(name);
  if (value == nullptr) return;
  if (!value->is_object()) return state_.complain(name, "must be an object");
  State inner{*value, state_.pointer + "/" + std::string{name}, state_.misfit};
  StrictObject object{inner};
  read(object);
  inner.check_all_read();
}

std::vector<std::string> StrictObject::optional_texts(std::string_view name, std::size_t count_max,
                                                      std::size_t length_max) {
  const auto* value = state_.take(name);
  if (value == nullptr) return {};
  std::vector<std::string> texts;
  bool fits = value->is_array() && value->size() <= count_max;
  for (std::size_t i = 0; fits && i < value->size(); ++i) {
    const auto& element = (*value)[i];
    fits = element.is_string() && !element.get_ref<const std::string&>().empty() &&
           element.get_ref<const std::string&>().size() <= length_max &&
           is_plain(element.get_ref<const std::string&>());
    if (fits) texts.push_back(element.get<std::string>());
  }
  if (!fits) {
    state_.complain(name, "must be a list of at most " + std::to_string(count_max) + " texts of at most " +
                              std::to_string(length_max) + " plain characters");
  }
  return texts;
}

void StrictObject::misfit(std::string_view name, std::string what) { state_.complain(name, std::move(what)); }

}  // namespace millpond::till
