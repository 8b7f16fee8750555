// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/pattern.h"

#include "hardware/capture/tokens.h"

#include <algorithm>

namespace millpond::capture {
namespace {

constexpr std::array<std::string_view, slots> slot_names{"amount", "price", "quantity",  "date",   "time", "receipt",
                                                         "till",   "sku",   "reference", "member", "name"};
constexpr std::size_t parts_max = 64;

std::optional<Slot> slot_of(std::string_view name) {
  const auto* const found = std::find(slot_names.begin(), slot_names.end(), name);
  if (found == slot_names.end()) return std::nullopt;
  return static_cast<Slot>(found - slot_names.begin());
}

// U+FF01 to U+FF5E are the printable ASCII characters, wide; U+3000 is the wide blank, U+FFE5 the wide yen sign.
bool fold_one(std::string_view line, std::size_t& at, std::string& out) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(at + i < line.size() ? line[at + i] : '\0');
  };
  if (byte(0) == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80) {
    out += ' ';
  } else if (byte(0) == 0xEF && byte(1) == 0xBF && byte(2) == 0xA5) {
    out += "¥";
  } else if (byte(0) == 0xEF && (byte(1) == 0xBC || byte(1) == 0xBD) && byte(2) >= 0x80) {
    const int code = 0xFF00 + (byte(1) - 0xBC) * 0x40 + (byte(2) - 0x80);
    if (code < 0xFF01 || code > 0xFF5E) return false;
    out += static_cast<char>(code - 0xFF01 + '!');
  } else {
    return false;
  }
  at += 3;
  return true;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string_view slot_name(Slot slot) { return slot_names[static_cast<std::size_t>(slot)]; }

std::string folded(std::string_view line) {
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    if (!fold_one(line, at, out)) out += line[at++];
  }
  const auto begin = out.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return out.substr(begin, out.find_last_not_of(' ') - begin + 1);
}

std::optional<std::int64_t> parse_amount(std::string_view text, const Notation& notation) {
  const auto amount = amount_at(text, 0, notation);
  if (!amount || amount->end != text.size()) return std::nullopt;
  return amount->value;
}

std::optional<Pattern> Pattern::parse(std::string_view raw, std::string& why) {
  Pattern pattern;
  const auto refuse = [&](std::string what) -> std::optional<Pattern> {
    why = std::move(what);
    return std::nullopt;
  };
  if (raw.size() > pattern_bytes_max) return refuse("is longer than " + std::to_string(pattern_bytes_max) + " bytes");
  const auto text = folded(raw);
  const auto literal = [&](char c) {
    if (pattern.parts_.empty() || pattern.parts_.back().kind != Kind::literal)
      pattern.parts_.push_back({Kind::literal, {}, {}});
    pattern.parts_.back().literal += c;
  };
  const auto add = [&](Kind kind) {
    if (pattern.parts_.empty() || pattern.parts_.back().kind != kind) pattern.parts_.push_back({kind, {}, {}});
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      if (at + 1 == text.size()) return refuse("ends with \\");
      literal(text[++at]);
    } else if (c == ' ') {
      add(Kind::blank);
    } else if (c == '~') {
      add(Kind::maybe_blank);
    } else if (c == '*') {
      add(Kind::any);
    } else if (c == '{') {
      const auto end = text.find('}', at);
      const auto slot = end == std::string::npos ? std::nullopt : slot_of(text.substr(at + 1, end - at - 1));
      if (!slot) return refuse("has an unknown slot at " + text.substr(at, 16));
      if (pattern.has(*slot)) return refuse("has {" + std::string{slot_name(*slot)} + "} twice");
      pattern.parts_.push_back({Kind::slot, {}, *slot});
      at = end;
    } else {
      literal(c);
    }
  }
  if (pattern.parts_.empty()) return refuse("is empty");
  if (pattern.parts_.size() > parts_max) return refuse("has too many parts");
  const bool says_nothing = std::all_of(pattern.parts_.begin(), pattern.parts_.end(), [](const Part& part) {
    return part.kind == Kind::any || part.kind == Kind::blank || part.kind == Kind::maybe_blank;
  });
  if (says_nothing) return refuse("would match every line");
  return pattern;
}

bool Pattern::has(Slot slot) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](const Part& part) { return part.kind == Kind::slot && part.slot == slot; });
}

std::size_t Pattern::literal_bytes() const {
  std::size_t bytes = 0;
  for (const auto& part : parts_) bytes += part.literal.size();
  return bytes;
}

// One attempt at one line. Where a part has failed at a place it is not tried there again.
class Match {
 public:
  Match(const Pattern& pattern, std::string_view line, const Notation& notation)
      : parts_{pattern.parts_}, line_{line}, notation_{notation}, failed_((parts_.size() + 1) * (line.size() + 1)) {}

  std::optional<Captured> run() {
    if (!step(0, 0)) return std::nullopt;
    return captured_;
  }

 private:
  using Kind = Pattern::Kind;

  bool step(std::size_t part, std::size_t at) {
    if (part == parts_.size()) return at == line_.size();
    const auto place = part * (line_.size() + 1) + at;
    if (failed_[place]) return false;
    const bool fits = try_part(part, at);
    failed_[place] = !fits;
    return fits;
  }

  bool try_part(std::size_t part, std::size_t at) {
    const auto& one = parts_[part];
    switch (one.kind) {
      case Kind::literal:
        return line_.substr(at).starts_with(one.literal) && step(part + 1, at + one.literal.size());
      case Kind::blank:
      case Kind::maybe_blank: {
        const auto end = std::min(line_.find_first_not_of(' ', at), line_.size());
        return (one.kind == Kind::maybe_blank || end > at) && step(part + 1, end);
      }
      case Kind::any:
        return any(part, at, at);
      case Kind::slot:
        return slot(part, at, one.slot);
    }
    return false;
  }

  bool any(std::size_t part, std::size_t at, std::size_t from) {
    for (auto end = from; end <= line_.size(); ++end) {
      if (end > at && end < line_.size() && is_continuation(line_[end])) continue;
      if (!step(part + 1, end)) continue;
      if (parts_[part].kind == Kind::slot) keep(Slot::name, at, end);
      return true;
    }
    return false;
  }

  void keep(Slot slot, std::size_t at, std::size_t end) {
    auto text = line_.substr(at, end - at);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    captured_.texts[static_cast<std::size_t>(slot)] = text;
  }

  // Behind a text of any length a number must begin where a number can: else its own first digits would be any text.
  [[nodiscard]] bool begins(std::size_t part, std::size_t at) const {
    while (part > 0 && parts_[part - 1].kind == Kind::maybe_blank) --part;
    const bool after_text = part > 0 && (parts_[part - 1].kind == Kind::any || parts_[part - 1].kind == Kind::slot);
    return !after_text || may_begin_number(line_, at);
  }

  bool slot(std::size_t part, std::size_t at, Slot which) {
    switch (which) {
      case Slot::name:
        return at < line_.size() && any(part, at, at + 1);
      case Slot::amount:
      case Slot::price: {
        const auto amount = begins(part, at) ? amount_at(line_, at, notation_) : std::nullopt;
        if (!amount || !step(part + 1, amount->end)) return false;
        (which == Slot::amount ? captured_.amount_minor : captured_.price_minor) = amount->value;
        return true;
      }
      case Slot::quantity: {
        const auto quantity = begins(part, at) ? quantity_at(line_, at, notation_.point) : std::nullopt;
        if (!quantity || !step(part + 1, quantity->end)) return false;
        captured_.quantity = quantity->value;
        return true;
      }
      case Slot::date: {
        const auto date = begins(part, at) ? date_at(line_, at, notation_.order) : std::nullopt;
        if (!date || !step(part + 1, date->end)) return false;
        captured_.date = date->value;
        return true;
      }
      case Slot::time: {
        const auto time = begins(part, at) ? time_at(line_, at) : std::nullopt;
        if (!time || !step(part + 1, time->end)) return false;
        captured_.minute = time->value;
        return true;
      }
      case Slot::member: {
        const auto end = std::min(line_.find(' ', at), line_.size());
        if (end == at || !step(part + 1, end)) return false;
        keep(which, at, end);
        return true;
      }
      default: {
        const auto word = begins(part, at) ? word_at(line_, at) : std::nullopt;
        if (!word || !step(part + 1, word->end)) return false;
        keep(which, at, word->end);
        return true;
      }
    }
  }

  const std::vector<Pattern::Part>& parts_;
  const std::string_view line_;
  const Notation& notation_;
  std::vector<bool> failed_;
  Captured captured_;
};

std::optional<Captured> Pattern::match(std::string_view folded_line, const Notation& notation) const {
  if (folded_line.size() > matched_bytes_max) return std::nullopt;
  return Match{*this, folded_line, notation}.run();
}

}  // namespace millpond::capture
