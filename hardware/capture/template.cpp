// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/template.h"

#include "hardware/till/strict_json.h"

#include <array>
#include <utility>

namespace millpond::capture {
namespace {

using base::Code;
using base::Error;
using base::Result;
using till::StrictObject;

constexpr std::int64_t version = 1;
constexpr std::size_t rows_max = 32;

Pattern nothing() {
  std::string ignored;
  return *Pattern::parse("\\*", ignored);
}

// What goes wrong is kept by the object, and the document is refused at its end.
Pattern pattern_of(StrictObject& object, std::string_view name, const std::string& text,
                   std::optional<Slot> must_have) {
  std::string why;
  const auto parsed = Pattern::parse(text, why);
  if (!parsed) {
    object.misfit(name, why);
    return nothing();
  }
  if (must_have && !parsed->has(*must_have)) {
    object.misfit(name, "needs {" + std::string{slot_name(*must_have)} + "}");
  }
  return *parsed;
}

Pattern read_pattern(StrictObject& object, std::string_view name, std::optional<Slot> must_have) {
  const auto text = object.text(name, 1, pattern_bytes_max);
  return text.empty() ? nothing() : pattern_of(object, name, text, must_have);
}

Patterns read_patterns(StrictObject& object, std::string_view name, std::optional<Slot> must_have,
                       bool needed = false) {
  Patterns patterns;
  const auto texts = object.optional_texts(name, rule_patterns_max, pattern_bytes_max);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    patterns.push_back(pattern_of(object, std::string{name} + "/" + std::to_string(i), texts[i], must_have));
  }
  if (needed && texts.empty()) object.misfit(name, "must have at least one pattern");
  return patterns;
}

template <class Value, std::size_t N>
Value one_of(StrictObject& object, std::string_view name, const std::array<std::pair<const char*, Value>, N>& names,
             bool needed) {
  const auto text = needed ? object.text(name, 1, 32) : object.optional_text(name, 32);
  if (text.empty() && !needed) return names[0].second;
  std::string list;
  for (const auto& [word, value] : names) {
    if (text == word) return value;
    list += (list.empty() ? "" : ", ") + std::string{word};
  }
  object.misfit(name, "must be one of " + list);
  return names[0].second;
}

void read_notation(StrictObject& object, Template& read) {
  const auto currency = base::parse_currency(object.text("currency", 3, 3));
  if (!currency) object.misfit("currency", "is not known");
  read.currency = currency.value_or(base::Currency{});
  if (currency) read.notation.exponent = base::exponent(*currency);
  constexpr std::array points{std::pair{"1,234.56", '.'}, std::pair{"1.234,56", ','}};
  read.notation.point = one_of(object, "numbers", points, false);
  read.notation.short_fractions = object.optional_flag("short_fractions");
  constexpr std::array orders{std::pair{"ymd", DateOrder::ymd}, std::pair{"dmy", DateOrder::dmy},
                              std::pair{"mdy", DateOrder::mdy}};
  read.notation.order = one_of(object, "dates", orders, false);
  constexpr std::int64_t minute_max = 12 * 60;
  read.day_begins_min = static_cast<int>(object.optional_number("day_begins_minute", 0, minute_max).value_or(0));
  constexpr std::int64_t total_max = 1'000'000'000'000;
  read.total_minor_max = object.optional_number("total_minor_max", 1, total_max).value_or(total_minor_max_default);
}

void read_items(StrictObject& object, Template& read) {
  object.optional_object("items", [&](StrictObject& items) {
    ItemRules rules{read_pattern(items, "from", {}), read_pattern(items, "until", {}), {}, {}};
    items.objects("lines", 1, rows_max, [&](StrictObject& row) {
      const auto then = row.optional_text("then", pattern_bytes_max);
      ItemRule rule{read_pattern(row, "line", then.empty() ? std::optional{Slot::amount} : std::nullopt), {}};
      if (!then.empty()) rule.then = pattern_of(row, "then", then, Slot::amount);
      rules.lines.push_back(std::move(rule));
    });
    rules.ignore = read_patterns(items, "ignore", {});
    read.items = std::move(rules);
  });
}

void read_markers(StrictObject& object, Template& read) {
  object.optional_object("markers", [&](StrictObject& markers) {
    read.training = read_patterns(markers, "training", {});
    read.refund = read_patterns(markers, "refund", {});
    read.voided = read_patterns(markers, "void", {});
    read.copy = read_patterns(markers, "copy", {});
    read.no_sale = read_patterns(markers, "no_sale", {});
  });
}

void read_sale_rules(StrictObject& object, Template& read) {
  read_notation(object, read);
  read.receipt = read_patterns(object, "receipt", Slot::receipt, true);
  read.date = read_patterns(object, "date", Slot::date, true);
  read.time = read_patterns(object, "time", Slot::time);
  read.total = read_patterns(object, "total", Slot::amount, true);
  read.till = read_patterns(object, "till", Slot::till);
  read.member = read_patterns(object, "member", Slot::member);
  read.reference = read_patterns(object, "reference", Slot::reference);
  read.change = read_patterns(object, "change", Slot::amount);
  read_items(object, read);
  object.objects("adjustments", 0, rows_max, [&](StrictObject& row) {
    constexpr std::array signs{std::pair{"add", false}, std::pair{"subtract", true}};
    const bool subtract = one_of(row, "sign", signs, true);
    read.adjustments.push_back({subtract, read_pattern(row, "line", Slot::amount)});
  });
  object.objects("tenders", 0, rows_max, [&](StrictObject& row) {
    const auto type = one_of(row, "type", ports::till_tender_names, true);
    read.tenders.push_back({type, read_pattern(row, "line", Slot::amount)});
  });
  if (!read.change.empty() && read.tenders.empty()) object.misfit("change", "needs tenders that it is given back from");
  if (!read.adjustments.empty() && !read.items) object.misfit("adjustments", "need items that they adjust");
  read_markers(object, read);
}

}  // namespace

Result<Template> parse_template(base::ByteView json) {
  if (json.size() > template_bytes_max) return Error{Code::too_large, "read template", "more than 64 KiB"};
  Template read;
  till::StrictDocument document{json};
  const auto misfit = document.read([&](StrictObject& object) {
    static_cast<void>(object.number("version", version, version));
    read.name = object.text("name", 1, 64);
    constexpr std::array kinds{std::pair{"sale", TemplateKind::sale}, std::pair{"no_sale", TemplateKind::no_sale}};
    read.kind = one_of(object, "kind", kinds, false);
    read.signature = read_patterns(object, "signature", {}, true);
    if (read.kind == TemplateKind::sale) read_sale_rules(object, read);
  });
  if (!misfit) return read;
  return Error{Code::bad_input, "read template", misfit->pointer + ": " + misfit->what, misfit->pointer};
}

}  // namespace millpond::capture
