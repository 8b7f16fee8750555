// SPDX-License-Identifier: Apache-2.0
#include "sync/notices/fields.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace millpond::notices {
namespace {

using base::Code;
using base::Error;

constexpr std::int64_t amount_minor_max = 1'000'000'000'000;
constexpr std::size_t values_max = 100'000;  // of a document

Error malformed(std::string what) { return {Code::notice_malformed, "read notice", std::move(what)}; }

// Numbers keep their spelling: an amount must not pass through a binary fraction.
struct Member;
struct Node {
  enum class Kind : std::uint8_t { null, no, yes, number, text, list, object } kind{};
  std::string text;
  std::vector<Member> members;  // of an object, ascending once whole
  std::vector<Node> items;
};
struct Member {
  std::string name;
  Node value;
};

// Builds the tree without recursion, within the bounds.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Node root;
  std::string wrong;

  bool null() override { return add({Node::Kind::null, {}, {}, {}}); }
  bool boolean(bool value) override { return add({value ? Node::Kind::yes : Node::Kind::no, {}, {}, {}}); }
  bool number_integer(number_integer_t value) override { return number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return number(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& spelled) override { return number(spelled); }
  bool string(string_t& value) override { return add({Node::Kind::text, std::move(value), {}, {}}); }
  bool binary(binary_t& /*value*/) override { return refuse("is not text"); }
  bool start_object(std::size_t /*size*/) override { return open(Node::Kind::object); }
  bool start_array(std::size_t /*size*/) override { return open(Node::Kind::list); }
  bool key(string_t& name) override {
    names_.back() = std::move(name);
    return true;
  }
  bool end_array() override {
    close();
    return true;
  }
  bool end_object() override {
    auto& members = open_.back()->members;
    std::ranges::stable_sort(members, {}, &Member::name);
    const auto twice = std::ranges::adjacent_find(members, {}, &Member::name);
    if (twice != members.end()) return refuse("has a member twice");
    close();
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*why*/) override {
    return refuse("is no JSON at byte " + std::to_string(position));
  }

 private:
  bool refuse(std::string what) {
    if (wrong.empty()) wrong = std::move(what);
    return false;
  }
  bool number(std::string spelled) { return add({Node::Kind::number, std::move(spelled), {}, {}}); }
  bool add(Node node) {
    if (++count_ > values_max) return refuse("has too many values");
    if (open_.empty()) return refuse("is no object");
    place(std::move(node));
    return true;
  }
  Node& place(Node node) {
    auto& into = *open_.back();
    if (into.kind == Node::Kind::list) return into.items.emplace_back(std::move(node));
    return into.members.emplace_back(Member{std::move(names_.back()), std::move(node)}).value;
  }
  // Growing a parent moves its children, but only its last child is ever open, and it is added before it opens.
  bool open(Node::Kind kind) {
    if (++count_ > values_max) return refuse("has too many values");
    if (static_cast<int>(open_.size()) >= depth_max) return refuse("is more than 16 levels deep");
    if (open_.empty()) {
      if (kind != Node::Kind::object) return refuse("is no object");
      root.kind = kind;
      open_.push_back(&root);
    } else {
      open_.push_back(&place({kind, {}, {}, {}}));
    }
    names_.emplace_back();
    return true;
  }
  void close() {
    open_.pop_back();
    names_.pop_back();
  }

  std::vector<Node*> open_;
  std::vector<std::string> names_;  // the member that each open object is at
  std::size_t count_{};
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool has_controls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

std::optional<std::int64_t> minor_of(std::string_view text, base::Currency currency, bool exact) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  // What is left of a sum of binary fractions, "1.4e-14", is nothing; other exponents nobody writes.
  if (const auto at = text.find_first_of("eE"); at != std::string_view::npos && !exact) {
    const auto power = text.substr(at + 1);
    const bool tiny = at > 0 && is_digit(text.front()) && text.substr(1, 1) != "0" && power.starts_with('-') &&
                      power.size() >= 2 && power.size() <= 4 && std::ranges::all_of(power.substr(1), is_digit) &&
                      (power.size() > 2 || power[1] >= '5');
    return tiny ? std::optional<std::int64_t>{0} : std::nullopt;
  }
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  const bool spelled = !whole.empty() && whole.size() <= 13 && std::ranges::all_of(whole, is_digit) &&
                       (point == std::string_view::npos || !fraction.empty()) && fraction.size() <= 40 &&
                       std::ranges::all_of(fraction, is_digit);
  if (!spelled) return std::nullopt;
  const auto digits = static_cast<std::size_t>(base::exponent(currency));
  std::int64_t minor = 0;
  for (const auto c : whole) minor = minor * 10 + (c - '0');
  if (minor > amount_minor_max) return std::nullopt;
  for (std::size_t i = 0; i < digits; ++i) minor = minor * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  if (fraction.size() > digits) {
    const auto rest = fraction.substr(digits);
    if (exact && std::ranges::any_of(rest, [](char c) { return c != '0'; })) return std::nullopt;
    if (!exact && rest.front() >= '5') minor += 1;
  }
  if (minor > amount_minor_max) return std::nullopt;
  return negative ? -minor : minor;
}

struct Document::State {
  Node root;
  std::string misfit;
};

Document::Document(std::unique_ptr<State> state) : state_{std::move(state)} {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

base::Result<Document> Document::parse(base::ByteView json) {
  if (json.size() > notice_bytes_max) return Error{Code::too_large, "read notice", "more than 256 KiB"};
  Builder builder;
  const auto text = base::text_of(json);
  const bool whole = nlohmann::json::sax_parse(text, &builder);
  if (!whole || !builder.wrong.empty()) return malformed(builder.wrong.empty() ? "is no JSON" : builder.wrong);
  return Document{std::make_unique<State>(State{std::move(builder.root), {}})};
}

Fields Document::top() { return {*state_, &state_->root}; }

base::Result<> Document::check() const {
  if (state_->misfit.empty()) return {};
  return malformed(state_->misfit);
}

void Fields::misfit(std::string_view name, std::string_view what) {
  if (state_->misfit.empty()) state_->misfit = std::string{name} + " " + std::string{what};
}

const void* Fields::find(std::string_view name) const {
  if (object_ == nullptr) return nullptr;
  const auto& members = static_cast<const Node*>(object_)->members;
  const auto name_of = [](const Member& member) -> std::string_view { return member.name; };
  const auto found = std::ranges::lower_bound(members, name, {}, name_of);
  if (found == members.end() || found->name != name || found->value.kind == Node::Kind::null) return nullptr;
  return &found->value;
}

std::string Fields::text(std::string_view name, std::size_t max) {
  auto value = optional_text(name, max);
  if (value.empty()) misfit(name, "is missing");
  return value;
}

std::string Fields::optional_text(std::string_view name, std::size_t max) {
  const auto* const node = static_cast<const Node*>(find(name));
  if (node == nullptr || node->kind == Node::Kind::no) return {};
  if (node->kind != Node::Kind::text) {
    misfit(name, "must be a text");
    return {};
  }
  if (node->text.size() > max || has_controls(node->text)) {
    misfit(name, "is too long, or has control characters");
    return {};
  }
  return node->text;
}

std::optional<std::int64_t> Fields::optional_number(std::string_view name) {
  const auto* const node = static_cast<const Node*>(find(name));
  if (node == nullptr) return std::nullopt;
  std::int64_t value = 0;
  const auto* const end = node->text.data() + node->text.size();
  const auto [read, failure] = std::from_chars(node->text.data(), end, value);
  if (node->kind != Node::Kind::number || failure != std::errc{} || read != end) {
    misfit(name, "must be a whole number");
    return std::nullopt;
  }
  return value;
}

std::int64_t Fields::number(std::string_view name) {
  const auto value = optional_number(name);
  if (!value) misfit(name, "is missing");
  return value.value_or(0);
}

std::string Fields::optional_decimal(std::string_view name) {
  const auto* const node = static_cast<const Node*>(find(name));
  if (node == nullptr || node->kind == Node::Kind::no) return {};
  if (node->kind != Node::Kind::number && node->kind != Node::Kind::text) {
    misfit(name, "must be a number");
    return {};
  }
  return node->text;
}

std::string Fields::decimal(std::string_view name) {
  auto value = optional_decimal(name);
  if (value.empty()) misfit(name, "is missing");
  return value;
}

std::int64_t Fields::optional_amount(std::string_view name, base::Currency currency) {
  const auto spelled = optional_decimal(name);
  if (spelled.empty()) return 0;
  const auto minor = minor_of(spelled, currency, false);
  if (!minor) misfit(name, "must be an amount");
  return minor.value_or(0);
}

std::int64_t Fields::amount(std::string_view name, base::Currency currency) {
  if (find(name) == nullptr) misfit(name, "is missing");
  return optional_amount(name, currency);
}

bool Fields::flag(std::string_view name) {
  const auto* const node = static_cast<const Node*>(find(name));
  if (node == nullptr) return false;
  if (node->kind == Node::Kind::yes) return true;
  return node->kind == Node::Kind::number && node->text != "0";
}

Fields::Link Fields::link(std::string_view name) {
  const auto* const node = static_cast<const Node*>(find(name));
  if (node == nullptr || node->kind == Node::Kind::no) return {};
  const auto fits = [](const Node& part) {
    return (part.kind == Node::Kind::text || part.kind == Node::Kind::number) && part.text.size() <= text_bytes_max &&
           !has_controls(part.text);
  };
  if (fits(*node)) return {node->text, node->text};
  if (node->kind == Node::Kind::list && node->items.size() == 2 && fits(node->items[0]) && fits(node->items[1])) {
    return {node->items[0].text, node->items[1].text};
  }
  misfit(name, "must name a record");
  return {};
}

void Fields::object(std::string_view name, const std::function<void(Fields&)>& read) {
  if (find(name) == nullptr) misfit(name, "is missing");
  optional_object(name, read);
}

void Fields::optional_object(std::string_view name, const std::function<void(Fields&)>& read) {
  const auto* const node = static_cast<const Node*>(find(name));
  if (node == nullptr) return;
  if (node->kind != Node::Kind::object) return misfit(name, "must be an object");
  Fields inner{*state_, node};
  read(inner);
}

void Fields::each(std::string_view name, const std::function<void(Fields&)>& read) {
  const auto* const node = static_cast<const Node*>(find(name));
  if (node == nullptr) return;
  if (node->kind != Node::Kind::list || node->items.size() > lines_max) return misfit(name, "must be a list");
  for (const auto& item : node->items) {
    if (item.kind != Node::Kind::object) return misfit(name, "must be a list of objects");
    Fields inner{*state_, &item};
    read(inner);
  }
}

}  // namespace millpond::notices
