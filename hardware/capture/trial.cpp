// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/trial.h"

namespace millpond::capture {
namespace {

bool same_key(const ports::TillSale& a, const ports::TillSale& b) {
  return a.key.transaction == b.key.transaction && a.key.till == b.key.till &&
         a.key.business_date == b.key.business_date;
}

}  // namespace

Trial try_changes(const Receipt& receipt, const std::vector<Template>& templates, const ReadContext& context) {
  Trial trial;
  const auto before = read_sale(receipt, templates, context);
  const auto look = [&](const Receipt& changed, std::size_t line) {
    const auto after = read_sale(changed, templates, context);
    ++trial.changes;
    if (after.verdict != Verdict::sale) {
      ++trial.kept;
    } else if (before.verdict != Verdict::sale) {
      ++trial.became_sale;
      trial.weak_lines.insert(line);
    } else if (after.sale.total_minor != before.sale.total_minor) {
      ++trial.other_amount;
      trial.weak_lines.insert(line);
    } else if (!same_key(after.sale, before.sale)) {
      ++trial.other_key;
    } else {
      ++trial.same;
    }
  };
  auto changed = receipt;
  for (std::size_t i = 0; i < receipt.lines.size(); ++i) {
    if (receipt.lines[i].kind != LineKind::text) continue;
    auto& text = changed.lines[i].text;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const char digit = text[at];
      if (digit < '0' || digit > '9') continue;
      for (char other = '0'; other <= '9'; ++other) {
        if (other == digit) continue;
        text[at] = other;
        look(changed, i);
      }
      text[at] = digit;
    }
    auto without = receipt;
    without.lines.erase(without.lines.begin() + static_cast<std::ptrdiff_t>(i));
    look(without, i);
  }
  return trial;
}

}  // namespace millpond::capture
