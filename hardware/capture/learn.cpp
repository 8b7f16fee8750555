// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/learn.h"

#include "hardware/capture/read_sale.h"
#include "hardware/capture/tokens.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace millpond::capture {
namespace {

using base::Code;
using base::Error;
using base::Result;
using Json = nlohmann::ordered_json;

struct Sample {
  std::vector<std::string> lines{};  // folded text lines
  const Marked* marked{};
};

struct Hint {
  std::string_view mark;
  std::vector<std::string_view> words;
};

// Where two lines say the same amount, the label tells which is meant.
const std::vector<Hint>& hints() {
  static const std::vector<Hint> table{
      {"total",
       {"合计", "总计", "应付", "应收", "实收", "TOTAL", "Total", "Amount due", "AMOUNT DUE", "SUMME", "Summe"}},
      {"tender.cash", {"现金", "Cash", "CASH", "Bar"}},
      {"tender.card", {"卡", "Card", "CARD", "Visa", "VISA", "Karte", "karte"}},
      {"tender.wechat_pay", {"微信", "WeChat"}},
      {"tender.alipay", {"支付宝", "Alipay", "ALIPAY"}},
      {"change", {"找零", "Change", "CHANGE", "RÜCKGELD"}},
  };
  return table;
}

std::string slot_text(const std::string& mark) {
  if (mark == "receipt" || mark == "till" || mark == "member" || mark == "date" || mark == "time" ||
      mark == "reference")
    return "{" + mark + "}";
  return "{amount}";
}

bool is_word_char(char c) { return is_digit(c) || is_letter(c); }

bool is_ruler(const std::string& line) {
  return line.size() >= 4 && line.find_first_not_of(line.substr(0, 1)) == std::string::npos && !is_word_char(line[0]);
}

// Words with digits in them change from receipt to receipt.
std::string general(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ') {
      while (at < text.size() && text[at] == ' ') ++at;
      out += ' ';
      continue;
    }
    auto end = std::min(text.find(' ', at), text.size());
    const auto word = text.substr(at, end - at);
    const auto digit = std::find_if(word.begin(), word.end(), is_digit);
    if (digit != word.end()) {
      // A label that is glued to its value stays.
      const auto label = word.substr(0, word.find_first_of("0123456789"));
      const bool glued = label.ends_with(':') || label.ends_with('#');
      out += glued ? general(label) + "*" : "*";
    } else {
      for (const char c : word) {
        if (c == '*' || c == '~' || c == '{' || c == '}' || c == '\\') out += '\\';
        out += c;
      }
    }
    at = end;
  }
  return out;
}

// A pattern must have room where a number is set to the right, and none where it touches its label.
std::string pattern_around(const std::string& line, std::size_t at, std::size_t size, const std::string& slot) {
  auto before = std::string_view{line}.substr(0, at);
  for (const std::string_view sign : {"¥", "$", "€", "£"}) {
    if (slot == "{amount}" && before.ends_with(sign)) before.remove_suffix(sign.size());
  }
  const bool room = before.empty() || before.back() == ' ' || before.back() == ':';
  while (before.ends_with(' ')) before.remove_suffix(1);
  auto after = std::string_view{line}.substr(at + size);
  auto head = general(before);
  if (!head.empty() && room) head += head.ends_with('*') ? " " : "~";
  return head + slot + general(after);
}

std::vector<std::size_t> places(const std::string& line, const std::string& value) {
  std::vector<std::size_t> found;
  for (auto at = line.find(value); at != std::string::npos; at = line.find(value, at + 1)) {
    const char after = at + value.size() < line.size() ? line[at + value.size()] : ' ';
    const bool begins = at == 0 || !is_word_char(line[at - 1]) || !is_word_char(value.front());
    const bool part = at > 0 && (line[at - 1] == '.' || line[at - 1] == ',') && is_digit(value.front());
    if (begins && !part && !is_word_char(after)) found.push_back(at);
  }
  return found;
}

class Learner {
 public:
  Learner(const std::vector<Marked>& samples, const LearnSettings& settings) : settings_{settings} {
    for (const auto& marked : samples) {
      Sample sample{{}, &marked};
      for (const auto& line : marked.receipt.lines) {
        if (line.kind == LineKind::text) sample.lines.push_back(folded(line.text));
      }
      samples_.push_back(std::move(sample));
    }
  }

  Result<std::string> run() {
    Json json{{"version", 1}, {"name", settings_.name}, {"currency", settings_.currency}};
    if (settings_.notation.point == ',') json["numbers"] = "1.234,56";
    if (settings_.notation.order != DateOrder::ymd)
      json["dates"] = settings_.notation.order == DateOrder::dmy ? "dmy" : "mdy";
    MILLPOND_TRY(json["signature"], signature());
    for (const auto* const name : {"receipt", "date", "time", "till", "member", "reference", "total", "change"}) {
      MILLPOND_TRY(const auto patterns, patterns_of(name));
      if (!patterns.empty()) json[name] = patterns;
    }
    MILLPOND_TRY_DO(add_rows(json, "adjustments", "sign", {"add", "subtract"}, ""));
    std::vector<std::string> tenders;
    for (const auto& [tender, type] : ports::till_tender_names) tenders.emplace_back(tender);
    MILLPOND_TRY_DO(add_rows(json, "tenders", "type", tenders, "tender."));
    MILLPOND_TRY(const auto items, items_of());
    if (!items.is_null()) json["items"] = items;
    auto text = json.dump(2);
    MILLPOND_TRY_DO(prove(text));
    return text + "\n";
  }

 private:
  [[nodiscard]] static Error missing(const std::string& mark, std::size_t sample) {
    return {Code::bad_input, "learn template",
            mark + " of sample " + std::to_string(sample + 1) + " stands on no line of it"};
  }

  // Lines that all samples share, and that no other till's would have by chance.
  Result<Json> signature() const {
    auto chosen = Json::array();
    for (const auto& line : samples_.front().lines) {
      const bool plain = line.size() >= 4 && !is_ruler(line) && std::none_of(line.begin(), line.end(), is_digit);
      const bool shared = std::all_of(samples_.begin(), samples_.end(), [&](const Sample& sample) {
        return std::find(sample.lines.begin(), sample.lines.end(), line) != sample.lines.end();
      });
      if (plain && shared && chosen.size() < 2) chosen.push_back(general(line));
    }
    if (chosen.empty()) {
      return Error{Code::bad_input, "learn template",
                   "no line without digits is on every sample: nothing to know the till by"};
    }
    return chosen;
  }

  // Of each sample's marks of this name, the pattern that most samples have in common and that reads nothing else.
  Result<std::vector<std::string>> patterns_of(const std::string& mark) const {
    std::map<std::string, std::size_t> support;
    std::vector<std::set<std::string>> of_sample;
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      for (const auto& [name, raw] : samples_[i].marked->marks) {
        if (name != mark) continue;
        const auto value = folded(raw);
        std::set<std::string> candidates;
        for (const auto& line : samples_[i].lines) {
          for (const auto at : places(line, value))
            candidates.insert(pattern_around(line, at, value.size(), slot_text(mark)));
        }
        if (candidates.empty()) return missing(mark, i);
        for (const auto& candidate : candidates) ++support[candidate];
        of_sample.push_back(std::move(candidates));
      }
    }
    std::vector<std::string> chosen;
    for (const auto& candidates : of_sample) {
      const auto best = *std::max_element(candidates.begin(), candidates.end(), [&](const auto& a, const auto& b) {
        return score(mark, a, support[a]) < score(mark, b, support[b]);
      });
      if (std::find(chosen.begin(), chosen.end(), best) == chosen.end()) chosen.push_back(best);
    }
    return chosen;
  }

  static std::size_t score(const std::string& mark, const std::string& pattern, std::size_t support) {
    std::size_t score = support * 10;
    for (const auto& hint : hints()) {
      const bool named = std::any_of(hint.words.begin(), hint.words.end(),
                                     [&](std::string_view word) { return pattern.find(word) != std::string::npos; });
      if (!named) continue;
      if (hint.mark == mark)
        score += 1'000;
      else
        score /= 2;
    }
    return score;
  }

  Result<> add_rows(Json& json, const char* name, const char* kind, const std::vector<std::string>& kinds,
                    const std::string& prefix) const {
    for (const auto& each : kinds) {
      MILLPOND_TRY(const auto patterns, patterns_of(prefix + each));
      for (const auto& pattern : patterns) json[name].push_back({{kind, each}, {"line", pattern}});
    }
    return {};
  }

  struct Region {
    std::size_t first{};
    std::size_t last{};
  };

  // Lines from the first item to the last; the marks are in the order of the paper.
  Result<std::optional<Region>> region_of(std::size_t number, std::vector<Json>& rules) const {
    const auto& sample = samples_[number];
    std::optional<Region> region;
    std::size_t from = 0;
    for (const auto& [name, raw] : sample.marked->marks) {
      if (name != "item") continue;
      const auto value = folded(raw);
      auto at = from;
      while (at < sample.lines.size() && places(sample.lines[at], value).empty()) ++at;
      if (at == sample.lines.size()) return missing("item " + raw, number);
      auto first = at;
      auto rule = rule_of(sample.lines, at, value, first);
      if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(std::move(rule));
      if (!region) region = Region{first, at};
      region->last = at;
      from = at + 1;
    }
    return region;
  }

  // What an item's line looks like; first becomes the line before when its name stands there.
  static Json rule_of(const std::vector<std::string>& lines, std::size_t at, const std::string& value,
                      std::size_t& first) {
    const auto& line = lines[at];
    const auto place = places(line, value).back();
    auto head = line.substr(0, place);
    while (!head.empty() && (head.back() == ' ' || head.back() == '$')) head.pop_back();
    const auto tail = general(std::string_view{line}.substr(place + value.size()));
    const auto last_blank = head.rfind(' ');
    const auto last = last_blank == std::string::npos ? head : head.substr(last_blank + 1);
    const auto rest = last_blank == std::string::npos ? std::string{} : folded(head.substr(0, last_blank));
    const bool named = std::any_of(head.begin(), head.end(), [](char c) {
      return (is_letter(c) && c != 'x' && c != 'X') || static_cast<unsigned char>(c) >= 0x80;
    });
    if (!named && at > 0) {
      first = at - 1;
      const bool priced = rest.find(' ') != std::string::npos;
      const auto sign = priced ? rest.substr(rest.rfind(' ') + 1) : std::string{"x"};
      return {{"line", "{name}"},
              {"then", priced ? "{quantity} " + general(sign) + " {price} {amount}" + tail
                              : "{quantity} {price} {amount}" + tail}};
    }
    const auto digits = last.find_first_of("0123456789");
    const auto prefix = digits == std::string::npos ? std::string{} : last.substr(0, digits);
    const auto quantity = digits == std::string::npos ? std::nullopt : quantity_at(last, digits, '.');
    const bool whole = quantity && quantity->end == last.size() && (prefix.empty() || prefix == "x" || prefix == "X");
    if (whole && !rest.empty()) return {{"line", "{name} " + prefix + "{quantity} {amount}" + tail}};
    const auto leading = quantity_at(head, 0, '.');
    if (leading && leading->end < head.size() && head[leading->end] == ' ')
      return {{"line", "{quantity} {name} {amount}" + tail}};
    return {{"line", "{name} {amount}" + tail}};
  }

  static std::string edge(const std::string& line) {
    return is_ruler(line) ? general(line.substr(0, 2)) + "*" : general(line);
  }

  Result<Json> items_of() const {
    std::vector<Json> rules;
    std::string from;
    std::string until;
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      MILLPOND_TRY(const auto region, region_of(i, rules));
      if (!region) {
        if (!from.empty()) return missing("item", i);
        continue;
      }
      const auto& lines = samples_[i].lines;
      if (region->first == 0 || region->last + 1 == lines.size()) return missing("a line around the items", i);
      const auto before = edge(lines[region->first - 1]);
      const auto after = edge_after(lines[region->last + 1]);
      if (!from.empty() && (before != from || after != until)) {
        return Error{Code::bad_input, "learn template", "the lines around the items differ: " + from + ", " + before};
      }
      from = before;
      until = after;
    }
    if (rules.empty()) return Json{};
    // The rule that says most first: a name takes anything.
    std::stable_sort(rules.begin(), rules.end(),
                     [](const Json& a, const Json& b) { return a.dump().size() > b.dump().size(); });
    return Json{{"from", from}, {"until", until}, {"lines", rules}};
  }

  // A sum ends the items: its amount is another one on every receipt.
  static std::string edge_after(const std::string& line) { return edge(line); }

  Result<> prove(const std::string& text) const {
    auto parsed = parse_template(base::view_of(text));
    if (!parsed) return Error{Code::bad_input, "learn template", parsed.error().detail};
    const std::vector<Template> templates{*parsed};
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      ReadContext context;
      context.till = "till";
      context.any_day = true;
      const auto reading = read_sale(samples_[i].marked->receipt, templates, context);
      const auto number = "sample " + std::to_string(i + 1);
      if (reading.verdict != Verdict::sale) {
        return Error{Code::bad_input, "learn template",
                     number + " is not read: " + std::string{reason_name(reading.reason)} + " " + reading.detail};
      }
      for (const auto& [name, value] : samples_[i].marked->marks) {
        const auto amount = parse_amount(folded(value), parsed->notation);
        const bool wrong = (name == "receipt" && reading.sale.key.transaction != folded(value)) ||
                           (name == "total" && reading.sale.total_minor != amount);
        if (wrong) return Error{Code::bad_input, "learn template", number + " is read with another " + name};
      }
    }
    return {};
  }

  const LearnSettings& settings_;
  std::vector<Sample> samples_;
};

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> parse_marks(std::string_view text) {
  static const std::set<std::string, std::less<>> names{"receipt",       "date",
                                                        "time",          "till",
                                                        "member",        "reference",
                                                        "total",         "change",
                                                        "add",           "subtract",
                                                        "item",          "tender.cash",
                                                        "tender.card",   "tender.wechat_pay",
                                                        "tender.alipay", "tender.points",
                                                        "tender.coupon", "tender.gift_card",
                                                        "tender.other"};
  std::vector<std::pair<std::string, std::string>> marks;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = folded(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto colon = line.find(':');
    const auto name = folded(line.substr(0, colon));
    const auto value = colon == std::string::npos ? std::string{} : folded(line.substr(colon + 1));
    if (!names.contains(name) || value.empty()) {
      return Error{Code::bad_input, "read marks", "line " + std::to_string(number) + " is no mark: " + name};
    }
    marks.emplace_back(name, value);
  }
  return marks;
}

Result<std::string> learn(const std::vector<Marked>& samples, const LearnSettings& settings) {
  if (samples.empty()) return Error{Code::bad_input, "learn template", "needs a sample"};
  return Learner{samples, settings}.run();
}

}  // namespace millpond::capture
