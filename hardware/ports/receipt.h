// SPDX-License-Identifier: Apache-2.0
// Receipt: what a slip of paper says, from top to bottom, in final strings. Wording, language, money and dates are
// decided by `flow`; fonts, sizes and dots by `print`. A value; any thread.
#pragma once

#include "hardware/ports/qr_modules.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace millpond::ports {

enum class Align : std::uint8_t { left, center, right };
enum class TextSize : std::uint8_t { small, normal, large };

struct Logo {  // the brand's name as a wordmark, once, on top
  std::string text;
  std::string tagline{};  // a small line under it: shop and branch; may be empty
  friend bool operator==(const Logo&, const Logo&) = default;
};
struct Title {  // the headline of a section, centred
  std::string text;
  friend bool operator==(const Title&, const Title&) = default;
};
struct Highlight {  // white on black: the one thing to notice, a coupon's value
  std::string text;
  std::string caption{};  // a small line in the same band; may be empty
  friend bool operator==(const Highlight&, const Highlight&) = default;
};
struct Text {  // a paragraph, wrapped
  std::string text;
  Align align = Align::left;
  TextSize size = TextSize::normal;
  bool bold = false;
  friend bool operator==(const Text&, const Text&) = default;
};
struct KeyValue {  // name on the left, wrapped; value on the right with digits of equal width
  std::string left;
  std::string right;
  TextSize size = TextSize::normal;
  bool bold = false;
  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};
struct Rule {  // a line across: dotted between parts of a section, solid between sections
  bool solid = false;
  friend bool operator==(const Rule&, const Rule&) = default;
};
struct Qr {
  QrModules modules;
  std::string caption{};  // centred below; may be empty
  std::string text{};     // what is in it, for a printer that draws codes itself; empty: nobody says
  friend bool operator==(const Qr&, const Qr&) = default;
};
struct Feed {  // empty space, in lines of normal text
  int lines = 1;
  friend bool operator==(const Feed&, const Feed&) = default;
};

using ReceiptBlock = std::variant<Logo, Title, Highlight, Text, KeyValue, Rule, Qr, Feed>;

inline constexpr int receipt_blocks_max = 400;  // a receipt of about four metres; more is a mistake upstream

struct Receipt {
  std::vector<ReceiptBlock> blocks;
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

// Every string of a receipt from top to bottom, one a line, a key and its value parted by a tab: for tests, the
// command line and the journal's support export.
[[nodiscard]] std::string plain_text(const Receipt& receipt);

}  // namespace millpond::ports
