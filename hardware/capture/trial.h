// SPDX-License-Identifier: Apache-2.0
// Trial: what a template promises, found out by trying: every digit of a sample changed, every line left out. For
// technicians; takes a fraction of a second a receipt. Pure.
#pragma once

#include "hardware/capture/read_sale.h"

#include <set>

namespace millpond::capture {

struct Trial {
  std::size_t changes{};
  std::size_t kept{};                  // became a review: noticed
  std::size_t same{};                  // the sale is the same: it did not matter
  std::size_t other_amount{};          // another total: must be none
  std::size_t other_key{};             // another receipt number, day or till, which nothing on the paper contradicts
  std::size_t became_sale{};           // of a receipt that is none: leaving out one line or digit makes it one
  std::set<std::size_t> weak_lines{};  // of other_amount and became_sale, from 0
};

[[nodiscard]] Trial try_changes(const Receipt& receipt, const std::vector<Template>& templates,
                                const ReadContext& context);

}  // namespace millpond::capture
