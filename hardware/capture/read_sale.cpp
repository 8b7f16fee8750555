// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/read_sale.h"

#include <algorithm>
#include <cstdlib>

namespace millpond::capture {
namespace {

constexpr std::array<std::string_view, 19> reason_names{"none",
                                                        "no_template",
                                                        "several_templates",
                                                        "hole",
                                                        "too_long",
                                                        "only_pictures",
                                                        "field_missing",
                                                        "field_ambiguous",
                                                        "line_unknown",
                                                        "items_differ",
                                                        "tenders_differ",
                                                        "amount_implausible",
                                                        "date_implausible",
                                                        "training",
                                                        "refund",
                                                        "void",
                                                        "copy",
                                                        "amount_changed",
                                                        "not_recorded"};

constexpr std::size_t sale_lines_max = 500;
constexpr std::int64_t minute_ms = 60'000;
constexpr int day_min = 24 * 60;
constexpr std::int32_t days_off_max = 1;

struct Line {
  std::size_t number{};
  std::string text{};  // folded
};

struct Stop {
  Reason reason{};
  std::string detail{};
};

// One template at one receipt. Stops at the first thing that does not hold.
class Reader {
 public:
  Reader(const std::vector<Line>& lines, const Template& rules, const ReadContext& context)
      : lines_{lines}, rules_{rules}, context_{context} {}

  Reading run() {
    reading_.template_name = rules_.name;
    auto& sale = reading_.sale;
    sale.currency = rules_.currency;
    sale.key.store = context_.store;
    const auto stop = read();
    reading_.verdict = stop.reason == Reason::none ? Verdict::sale : Verdict::review;
    if (stop.reason == Reason::training) reading_.verdict = Verdict::no_sale;
    reading_.reason = stop.reason;
    reading_.detail = stop.detail;
    return std::move(reading_);
  }

 private:
  Stop read() {
    for (const auto& step : {&Reader::read_markers, &Reader::read_key, &Reader::read_total, &Reader::read_items,
                             &Reader::read_tenders, &Reader::read_rest}) {
      auto stop = (this->*step)();
      if (stop.reason != Reason::none) return stop;
    }
    return {};
  }

  [[nodiscard]] bool marked(const Patterns& patterns) const {
    return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
      return std::any_of(patterns.begin(), patterns.end(),
                         [&](const Pattern& pattern) { return pattern.match(line.text, rules_.notation).has_value(); });
    });
  }

  Stop read_markers() {
    if (marked(rules_.training)) return {Reason::training, {}};
    if (marked(rules_.voided)) return {Reason::voided, {}};
    if (marked(rules_.refund)) return {Reason::refund, {}};
    is_copy_ = marked(rules_.copy);
    return {};
  }

  // Every line that a field's patterns match must say the same. value: what it says, as text.
  template <class Value>
  Stop one(const char* name, const Patterns& patterns, const Value& value, std::string& found) {
    bool any = false;
    for (const auto& line : lines_) {
      for (const auto& pattern : patterns) {
        const auto captured = pattern.match(line.text, rules_.notation);
        if (!captured) continue;
        const auto says = value(*captured);
        if (any && says != found) return {Reason::field_ambiguous, name};
        if (!any) note(name, says, line.number);
        found = says;
        any = true;
        break;
      }
    }
    return {};
  }

  Stop read_key() {
    auto& key = reading_.sale.key;
    auto stop = one(
        "receipt", rules_.receipt, [](const Captured& c) { return c.text(Slot::receipt); }, key.transaction);
    if (stop.reason != Reason::none) return stop;
    if (key.transaction.empty()) return {Reason::field_missing, "receipt"};
    key.till = context_.till;
    if (!rules_.till.empty()) {
      key.till.clear();
      stop = one(
          "till", rules_.till, [](const Captured& c) { return c.text(Slot::till); }, key.till);
      if (stop.reason != Reason::none) return stop;
      if (key.till.empty()) return {Reason::field_missing, "till"};
    }
    return read_moment();
  }

  Stop read_moment() {
    std::string day;
    auto stop = one(
        "date", rules_.date, [](const Captured& c) { return base::format_date(*c.date); }, day);
    if (stop.reason != Reason::none) return stop;
    const auto date = base::parse_date(day);
    if (!date) return {Reason::field_missing, "date"};
    std::string minute;
    const auto minute_of = [](const Captured& c) { return std::to_string(c.minute.value_or(0)); };
    stop = one("time", rules_.time, minute_of, minute);
    if (stop.reason != Reason::none) return stop;
    if (!rules_.time.empty() && minute.empty()) return {Reason::field_missing, "time"};
    const bool off = std::abs(date->days - context_.today.days) > days_off_max;
    if (off && !context_.any_day) return {Reason::date_implausible, day};
    auto& sale = reading_.sale;
    const int of_day = minute.empty() ? rules_.day_begins_min : std::atoi(minute.c_str());
    sale.key.business_date = of_day < rules_.day_begins_min ? base::LocalDate{date->days - 1} : *date;
    const auto at_min = std::int64_t{date->days} * day_min + of_day - context_.utc_offset_min;
    sale.completed_at_ms = minute.empty() ? context_.now_ms : at_min * minute_ms;
    return {};
  }

  Stop read_total() {
    std::string text;
    const auto stop = one(
        "total", rules_.total, [](const Captured& c) { return std::to_string(*c.amount_minor); }, text);
    if (stop.reason != Reason::none) return stop;
    if (text.empty()) return {Reason::field_missing, "total"};
    auto& sale = reading_.sale;
    sale.total_minor = sale.eligible_minor = std::atoll(text.c_str());
    if (sale.total_minor <= 0 || sale.total_minor > rules_.total_minor_max) return {Reason::amount_implausible, text};
    return {};
  }

  Stop read_items() {
    auto& sale = reading_.sale;
    if (!rules_.items) {
      sale.lines.push_back({"1", {}, "1", {}, {}, {}, sale.total_minor, 0});
      return {};
    }
    const auto& items = *rules_.items;
    const auto from = find(items.from, 0);
    const auto until = from ? find(items.until, *from + 1) : std::nullopt;
    if (!from) return {Reason::field_missing, "items/from"};
    if (!until) return {Reason::field_missing, "items/until"};
    for (std::size_t at = *from + 1; at < *until;) {
      const auto taken = take_item(at, *until);
      if (taken == 0) return {Reason::line_unknown, "line " + std::to_string(lines_[at].number + 1)};
      at += taken;
    }
    if (sale.lines.empty()) return {Reason::field_missing, "items"};
    read_adjustments(*from, *until);
    std::int64_t sum = 0;
    for (const auto& line : sale.lines) sum += line.net_minor;
    if (sale.lines.size() > sale_lines_max) return {Reason::too_long, "items"};
    if (sum == sale.total_minor) return {};
    return {Reason::items_differ, std::to_string(sum) + " against " + std::to_string(sale.total_minor)};
  }

  [[nodiscard]] std::optional<std::size_t> find(const Pattern& pattern, std::size_t from) const {
    for (auto at = from; at < lines_.size(); ++at) {
      if (pattern.match(lines_[at].text, rules_.notation)) return at;
    }
    return std::nullopt;
  }

  // How many lines the item at this place takes; 0: no rule knows it.
  std::size_t take_item(std::size_t at, std::size_t until) {
    const auto& items = *rules_.items;
    for (const auto& pattern : items.ignore) {
      if (pattern.match(lines_[at].text, rules_.notation)) return 1;
    }
    for (const auto& rule : items.lines) {
      auto first = rule.line.match(lines_[at].text, rules_.notation);
      if (!first) continue;
      if (!rule.then) {
        add_item(*first, *first, lines_[at].number);
        return 1;
      }
      if (at + 1 >= until) continue;
      const auto second = rule.then->match(lines_[at + 1].text, rules_.notation);
      if (!second) continue;
      add_item(*second, *first, lines_[at].number);
      return 2;
    }
    return take_adjustment(at) ? 1 : 0;
  }

  // amount stands on the second of two lines; what else there is, on either.
  void add_item(const Captured& amount, const Captured& other, std::size_t number) {
    auto& lines = reading_.sale.lines;
    ports::TillLine line;
    line.id = std::to_string(lines.size() + 1);
    line.sku = amount.text(Slot::sku).empty() ? other.text(Slot::sku) : amount.text(Slot::sku);
    line.quantity = amount.quantity.empty() ? other.quantity : amount.quantity;
    if (line.quantity.empty() || line.quantity.front() == '-') line.quantity = "1";
    line.net_minor = *amount.amount_minor;
    const auto& name = other.text(Slot::name).empty() ? amount.text(Slot::name) : other.text(Slot::name);
    note("item", name + " | " + line.quantity + " | " + std::to_string(line.net_minor), number);
    lines.push_back(std::move(line));
  }

  bool take_adjustment(std::size_t at) {
    for (const auto& rule : rules_.adjustments) {
      const auto captured = rule.line.match(lines_[at].text, rules_.notation);
      if (!captured) continue;
      auto& lines = reading_.sale.lines;
      ports::TillLine line;
      line.id = std::to_string(lines.size() + 1);
      line.quantity = "1";
      line.net_minor = rule.subtract ? -std::abs(*captured->amount_minor) : *captured->amount_minor;
      note(rule.subtract ? "subtracted" : "added", std::to_string(line.net_minor), lines_[at].number);
      lines.push_back(std::move(line));
      return true;
    }
    return false;
  }

  // Those among the items were taken there.
  void read_adjustments(std::size_t from, std::size_t until) {
    for (std::size_t at = 0; at < lines_.size(); ++at) {
      if (at <= from || at >= until) take_adjustment(at);
    }
  }

  Stop read_tenders() {
    auto& sale = reading_.sale;
    if (rules_.tenders.empty()) {
      sale.tenders.push_back({ports::TillTenderType::other, sale.total_minor, 0, {}, {}, 0});
      return {};
    }
    for (const auto& line : lines_) {
      for (const auto& rule : rules_.tenders) {
        const auto captured = rule.line.match(line.text, rules_.notation);
        if (!captured) continue;
        if (*captured->amount_minor < 0) return {Reason::amount_implausible, "tender"};
        sale.tenders.push_back({rule.type, *captured->amount_minor, 0, captured->text(Slot::reference), {}, 0});
        note("tender", std::to_string(*captured->amount_minor), line.number);
        break;
      }
    }
    if (sale.tenders.empty()) return {Reason::field_missing, "tenders"};
    const auto stop = read_change();
    if (stop.reason != Reason::none) return stop;
    std::int64_t sum = 0;
    for (const auto& tender : sale.tenders) sum += tender.amount_minor - tender.change_minor;
    if (sum == sale.total_minor) return {};
    return {Reason::tenders_differ, std::to_string(sum) + " against " + std::to_string(sale.total_minor)};
  }

  // Change is given in cash, or it belongs to the only tender.
  Stop read_change() {
    std::string text;
    const auto value = [](const Captured& c) { return std::to_string(std::abs(*c.amount_minor)); };
    auto stop = one("change", rules_.change, value, text);
    if (stop.reason != Reason::none || text.empty()) return stop;
    auto& tenders = reading_.sale.tenders;
    const auto cash = std::find_if(tenders.begin(), tenders.end(), [](const ports::TillTender& tender) {
      return tender.type == ports::TillTenderType::cash;
    });
    const auto change = std::atoll(text.c_str());
    auto& from = cash != tenders.end() ? *cash : tenders.front();
    if (change > from.amount_minor || (cash == tenders.end() && tenders.size() > 1 && change > 0))
      return {Reason::tenders_differ, "change of " + text};
    from.change_minor = change;
    return {};
  }

  Stop read_rest() {
    auto& sale = reading_.sale;
    std::string member;
    auto stop = one(
        "member", rules_.member, [](const Captured& c) { return c.text(Slot::member); }, member);
    if (stop.reason != Reason::none) return stop;
    // A number with stars in it is for people.
    if (member.find('*') == std::string::npos) sale.member_code = member;
    std::string reference;
    stop = one(
        "reference", rules_.reference, [](const Captured& c) { return c.text(Slot::reference); }, reference);
    if (stop.reason != Reason::none) return stop;
    if (!reference.empty()) give_reference(reference);
    if (is_copy_) return {Reason::copy, {}};
    return {};
  }

  void give_reference(const std::string& reference) {
    ports::TillTender* only = nullptr;
    std::size_t count = 0;
    for (auto& tender : reading_.sale.tenders) {
      if (tender.type == ports::TillTenderType::cash) continue;
      only = &tender;
      ++count;
    }
    if (count == 1) only->provider_transaction = reference;
  }

  void note(std::string name, std::string value, std::size_t line) {
    reading_.fields.push_back({std::move(name), std::move(value), line});
  }

  const std::vector<Line>& lines_;
  const Template& rules_;
  const ReadContext& context_;
  Reading reading_{};
  bool is_copy_{};
};

bool fits(const Template& rules, const std::vector<Line>& lines) {
  return std::all_of(rules.signature.begin(), rules.signature.end(), [&](const Pattern& pattern) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const Line& line) { return pattern.match(line.text, rules.notation).has_value(); });
  });
}

// How much a template's signature says: the one that says most is meant.
std::size_t weight_of(const Template& rules) {
  std::size_t weight = 0;
  for (const auto& pattern : rules.signature) weight += pattern.literal_bytes();
  return weight;
}

Reading review(Reason reason, std::string detail = {}) {
  Reading reading;
  reading.reason = reason;
  reading.detail = std::move(detail);
  return reading;
}

}  // namespace

std::string_view reason_name(Reason reason) { return reason_names[static_cast<std::size_t>(reason)]; }

Reading read_sale(const Receipt& receipt, const std::vector<Template>& templates, const ReadContext& context) {
  if (receipt.lost_bytes > 0) return review(Reason::hole, std::to_string(receipt.lost_bytes) + " bytes");
  if (receipt.too_long) return review(Reason::too_long);
  std::vector<Line> lines;
  for (std::size_t i = 0; i < receipt.lines.size(); ++i) {
    if (receipt.lines[i].kind != LineKind::text) continue;
    lines.push_back({i, folded(receipt.lines[i].text)});
  }
  if (lines.empty()) return review(Reason::only_pictures);
  const Template* chosen = nullptr;
  bool several = false;
  for (const auto& each : templates) {
    if (!fits(each, lines)) continue;
    const auto more = chosen == nullptr ? 1
                                        : static_cast<int>(weight_of(each) > weight_of(*chosen)) -
                                              static_cast<int>(weight_of(each) < weight_of(*chosen));
    several = more == 0 || (several && more < 0);
    if (more > 0) chosen = &each;
  }
  if (chosen == nullptr) return review(Reason::no_template);
  if (several) return review(Reason::several_templates);
  if (chosen->kind == TemplateKind::no_sale) {
    auto reading = review(Reason::none);
    reading.verdict = Verdict::no_sale;
    reading.template_name = chosen->name;
    return reading;
  }
  auto reading = Reader{lines, *chosen, context}.run();
  const bool no_sale = std::any_of(lines.begin(), lines.end(), [&](const Line& line) {
    return std::any_of(chosen->no_sale.begin(), chosen->no_sale.end(),
                       [&](const Pattern& pattern) { return pattern.match(line.text, chosen->notation).has_value(); });
  });
  if (no_sale) reading.verdict = Verdict::no_sale;
  return reading;
}

}  // namespace millpond::capture
