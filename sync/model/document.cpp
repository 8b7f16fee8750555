// SPDX-License-Identifier: Apache-2.0
#include "sync/model/document.h"

#include "sync/model/asked_members.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace millpond::model {
namespace {

using Json = nlohmann::json;

constexpr int day_max = std::numeric_limits<std::uint16_t>::max();  // a coupon code has 2 bytes for a day
constexpr std::int32_t minutes_a_day = 24 * 60;
constexpr int depth_max = 32;  // conditions nest; a parser's stack must not

thread_local AskedMembers* listening = nullptr;  // the youngest one of this thread

std::optional<std::int64_t> whole_number(const Json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > most) return std::nullopt;
  return value.get<std::int64_t>();
}

std::optional<std::int32_t> minutes_of(std::string_view text) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : 100; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hours = digit(0) * 10 + digit(1);
  const auto minutes = digit(3) * 10 + digit(4);
  if (hours > 24 || minutes > 59 || hours * 60 + minutes > minutes_a_day) return std::nullopt;
  return hours * 60 + minutes;
}

std::string one_of(std::initializer_list<std::string_view> names) {
  std::string words = "must be one of";
  for (const auto name : names) words += (name == *names.begin() ? " " : ", ") + std::string{name};
  return words;
}

std::optional<std::size_t> index_of(std::string_view text, std::initializer_list<std::string_view> names) {
  const auto* const found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace

struct Document::Parsed {
  Json json;
};

Document::Document(base::ByteView json, std::size_t bytes_max, std::string what)
    : parsed_{std::make_unique<Parsed>()}, what_{std::move(what)} {
  parsed_->json = Json::object();
  if (json.size() > bytes_max) {
    report({}, "is larger than " + std::to_string(bytes_max >> 10) + " KiB");
    return;
  }
  // Of a member that occurs twice the library would silently keep the last.
  std::vector<std::set<std::string>> open_objects;
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > depth_max) too_deep = true;
    if (event == Json::parse_event_t::object_start) open_objects.emplace_back();
    if (event == Json::parse_event_t::object_end) open_objects.pop_back();
    if (event == Json::parse_event_t::key && !open_objects.back().insert(parsed.get<std::string>()).second) {
      report({}, "\"" + parsed.get<std::string>() + "\" occurs twice in one object");
    }
    return !too_deep;
  };
  parsed_->json = Json::parse(json.begin(), json.end(), watch, /*allow_exceptions=*/false);
  if (too_deep) report({}, "is nested deeper than " + std::to_string(depth_max));
  if (parsed_->json.is_discarded()) report({}, "is not JSON");
  if (problem()) parsed_->json = Json::object();
}

Document::~Document() = default;

std::optional<base::Error> Document::problem() const {
  if (detail_.empty()) return std::nullopt;
  return base::Error{base::Code::programme_invalid, what_, detail_};
}

void Document::report(std::string_view pointer, std::string_view what) {
  if (!detail_.empty()) return;
  detail_ = std::string{pointer.empty() ? "/" : pointer} + ": " + std::string{what};
}

struct ObjectReader::State {
  const Json* value;
  std::string pointer;
  Document* document;
  std::set<std::string, std::less<>> asked;

  const Json* look(const char* key) {
    asked.insert(key);
    if (listening != nullptr) listening->note(pointer, key);
    if (!value->is_object()) return nullptr;
    const auto at = value->find(key);
    return at == value->end() ? nullptr : &*at;
  }

  const Json* find(const char* key) {
    const auto* const member = look(key);
    if (member == nullptr) document->report(pointer + "/" + key, "is missing");
    return member;
  }

  // A required list of at most items_max; nothing when it is missing or something else.
  const Json* list(const char* key, std::size_t items_max) {
    const auto* const member = find(key);
    if (member == nullptr || (member->is_array() && member->size() <= items_max)) return member;
    document->report(pointer + "/" + key, "must be a list of at most " + std::to_string(items_max));
    return nullptr;
  }

  [[nodiscard]] std::string place(const char* key, std::size_t index) const {
    return pointer + "/" + key + "/" + std::to_string(index);
  }
};

ObjectReader::ObjectReader(std::unique_ptr<State> state) : state_{std::move(state)} {
  if (!state_->value->is_object()) state_->document->report(state_->pointer, "must be an object");
}
ObjectReader::ObjectReader(ObjectReader&&) noexcept = default;
ObjectReader& ObjectReader::operator=(ObjectReader&&) noexcept = default;
ObjectReader::~ObjectReader() = default;

ObjectReader Document::root() {
  return ObjectReader{std::make_unique<ObjectReader::State>(ObjectReader::State{&parsed_->json, "", this, {}})};
}

bool ObjectReader::has(const char* key) { return state_->look(key) != nullptr; }

std::int64_t ObjectReader::integer(const char* key, std::int64_t least, std::int64_t most) {
  const auto* const member = state_->find(key);
  if (member == nullptr) return least;
  const auto number = whole_number(*member);
  if (number && *number >= least && *number <= most) return *number;
  report(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

bool ObjectReader::boolean(const char* key) {
  const auto* const member = state_->find(key);
  if (member == nullptr) return false;
  if (member->is_boolean()) return member->get<bool>();
  report(key, "must be true or false");
  return false;
}

std::string ObjectReader::text(const char* key, std::size_t bytes_max) {
  const auto* const member = state_->find(key);
  if (member == nullptr) return {};
  if (member->is_string()) {
    const auto& text = member->get_ref<const std::string&>();
    if (!text.empty() && text.size() <= bytes_max) return text;
  }
  report(key, "must be a text of 1 to " + std::to_string(bytes_max) + " bytes");
  return {};
}

base::LocalDate ObjectReader::date(const char* key) {
  const auto date = base::parse_date(text(key, 10));
  if (!date || date->days < 0 || date->days > day_max) report(key, "must be a date like 2026-11-21");
  return date.value_or(base::LocalDate{});
}

std::int64_t ObjectReader::moment_ms(const char* key) {
  const auto moment = base::parse_rfc3339(text(key, 40));
  if (!moment) report(key, "must be a moment like 2026-01-01T00:00:00+08:00");
  return moment.value_or(0);
}

std::int32_t ObjectReader::minute_of_day(const char* key) {
  const auto minutes = minutes_of(text(key, 5));
  if (!minutes) report(key, "must be a time of day from 00:00 to 24:00");
  return minutes.value_or(0);
}

LocalizedText ObjectReader::localized(const char* key, std::size_t bytes_max) {
  auto both = object(key);
  LocalizedText words{both.text("zh-CN", bytes_max), both.text("en", bytes_max)};
  both.finish();
  return words;
}

ObjectReader ObjectReader::object(const char* key) {
  static const Json nothing = Json::object();
  const auto* const member = state_->find(key);
  return ObjectReader{std::make_unique<State>(
      State{member == nullptr ? &nothing : member, state_->pointer + "/" + key, state_->document, {}})};
}

std::size_t ObjectReader::choice(const char* key, std::initializer_list<std::string_view> names) {
  const auto* const member = state_->find(key);
  if (member == nullptr) return 0;
  const auto index = member->is_string() ? index_of(member->get_ref<const std::string&>(), names) : std::nullopt;
  if (!index) report(key, one_of(names));
  return index.value_or(0);
}

std::int64_t ObjectReader::integer_or(const char* key, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
  return has(key) ? integer(key, least, most) : otherwise;
}

bool ObjectReader::boolean_or(const char* key, bool otherwise) { return has(key) ? boolean(key) : otherwise; }

std::string ObjectReader::text_or(const char* key, std::string otherwise, std::size_t bytes_max) {
  return has(key) ? text(key, bytes_max) : otherwise;
}

std::size_t ObjectReader::choice_or(const char* key, std::size_t otherwise,
                                    std::initializer_list<std::string_view> names) {
  return has(key) ? choice(key, names) : otherwise;
}

std::vector<std::string> ObjectReader::texts(const char* key, std::size_t bytes_max, std::size_t items_max) {
  std::vector<std::string> texts;
  const auto* const list = state_->list(key, items_max);
  if (list == nullptr) return texts;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto& item = (*list)[i];
    if (!item.is_string() || item.get_ref<const std::string&>().empty() ||
        item.get_ref<const std::string&>().size() > bytes_max) {
      state_->document->report(state_->place(key, i), "must be a text of 1 to " + std::to_string(bytes_max) + " bytes");
      return texts;
    }
    const auto& text = item.get_ref<const std::string&>();
    if (!seen.insert(text).second) state_->document->report(state_->place(key, i), "occurs twice");
    texts.push_back(text);
  }
  return texts;
}

std::vector<std::int64_t> ObjectReader::integers(const char* key, std::int64_t least, std::int64_t most,
                                                 std::size_t items_max) {
  std::vector<std::int64_t> numbers;
  const auto* const list = state_->list(key, items_max);
  if (list == nullptr) return numbers;
  std::set<std::int64_t> seen;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto number = whole_number((*list)[i]);
    if (!number || *number < least || *number > most) {
      state_->document->report(state_->place(key, i),
                               "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
      return numbers;
    }
    if (!seen.insert(*number).second) state_->document->report(state_->place(key, i), "occurs twice");
    numbers.push_back(*number);
  }
  return numbers;
}

std::vector<std::size_t> ObjectReader::choices(const char* key, std::initializer_list<std::string_view> names) {
  std::vector<std::size_t> indices;
  const auto* const list = state_->list(key, names.size());
  if (list == nullptr) return indices;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto& item = (*list)[i];
    const auto index = item.is_string() ? index_of(item.get_ref<const std::string&>(), names) : std::nullopt;
    if (!index) state_->document->report(state_->place(key, i), one_of(names));
    if (index && std::find(indices.begin(), indices.end(), *index) != indices.end()) {
      state_->document->report(state_->place(key, i), "occurs twice");
    }
    if (index) indices.push_back(*index);
  }
  return indices;
}

void ObjectReader::each(const char* key, const std::function<void(ObjectReader&)>& read, std::size_t items_max) {
  const auto* const list = state_->list(key, items_max);
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    ObjectReader element{std::make_unique<State>(State{&(*list)[i], state_->place(key, i), state_->document, {}})};
    read(element);
    element.finish();
  }
}

void ObjectReader::finish() {
  const auto unasked = first_unasked();
  if (!unasked.empty()) report(unasked, "is not known");
}

std::string ObjectReader::first_unasked() const {
  if (!state_->value->is_object()) return {};
  for (const auto& [key, ignored] : state_->value->items()) {
    if (!state_->asked.contains(key)) return key;
  }
  return {};
}

// RFC 6901: "~" and "/" within a name are escaped.
void ObjectReader::report(std::string_view key, std::string_view what) {
  std::string escaped;
  for (const char each : key) {
    if (each == '~')
      escaped += "~0";
    else if (each == '/')
      escaped += "~1";
    else
      escaped += each;
  }
  state_->document->report(state_->pointer + "/" + escaped, what);
}

const std::string& ObjectReader::pointer() const { return state_->pointer; }

AskedMembers::AskedMembers() : before_{std::exchange(listening, this)} {}
AskedMembers::~AskedMembers() { listening = before_; }

void AskedMembers::note(std::string_view object, std::string_view key) {
  std::string place;
  for (std::size_t from = 0; from < object.size();) {
    const auto end = std::min(object.find('/', from + 1), object.size());
    const auto step = object.substr(from + 1, end - from - 1);
    const bool index = !step.empty() && step.find_first_not_of("0123456789") == step.npos;
    place += "/" + (index ? std::string{"*"} : std::string{step});
    from = end;
  }
  places_.insert(place + "/" + std::string{key});
}

}  // namespace millpond::model
