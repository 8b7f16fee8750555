// SPDX-License-Identifier: Apache-2.0
// Reading: words that have no room beside anything, cut into pages that every screen has room for. A notice that
// somebody agrees to is shown to its last word before it can be agreed to. Not for other rooms. Pure.
#pragma once

#include "kiosk/flow/flow.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::flow {

// How much room words take: a Latin letter 1, a hanzi 2, an end of line as much as half a line.
[[nodiscard]] std::size_t weight_of(std::string_view words);

// What the notices of one consent screen may weigh together, and what a page may hold. tests/screens draws as much on
// every display, in every size of letters.
inline constexpr std::size_t beside_weight_max = 860;
inline constexpr std::size_t page_weight_max = 900;

using TextPage = std::vector<TextBlock>;

// In order and whole: the texts under one heading, joined again, are the text that was given. A cut comes after a
// sentence where there is one, else after a word.
[[nodiscard]] std::vector<TextPage> pages_of(const std::vector<TextBlock>& blocks);

// By place: which of these notices are read page by page because there is no room for all. The longest go first.
[[nodiscard]] std::vector<bool> long_ones(const std::vector<std::string>& notices);

// The purposes that a place asks about, in the order of the screen; empty elsewhere.
[[nodiscard]] std::vector<model::Purpose> purposes_of(const Model& model, Place place);
// Whether this purpose's notice has no room on the screen of that place.
[[nodiscard]] bool is_read_by_pages(const Model& model, Place place, model::Purpose purpose);
// What is being read; empty when nothing is. Of coupons only how many pages there are: what they say depends on the
// day.
[[nodiscard]] std::vector<TextPage> reading_pages(const Model& model);

// Coupons have pages of so many.
inline constexpr std::size_t coupons_on_a_page = 3;

[[nodiscard]] text::Key label_of(model::Purpose purpose);

}  // namespace millpond::flow
