// SPDX-License-Identifier: Apache-2.0
// The pages that say how figures are computed and what documents look like, against the code that does.
#include "sync/model/contact_policy.h"
#include "sync/model/figures_members.h"
#include "sync/model/gestures.h"
#include "sync/model/rating.h"
#include "sync/model/staff_goals.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace millpond;

namespace {

std::string page(const char* name) {
  std::ifstream file{tests::source_dir() / "docs" / name};
  REQUIRE(file);
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<std::string> json_blocks(const std::string& text) {
  const std::string opening = "```json\n";
  std::vector<std::string> blocks;
  for (auto at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
    at += opening.size();
    const auto end = text.find("```", at);
    REQUIRE(end != std::string::npos);
    blocks.push_back(text.substr(at, end - at));
  }
  return blocks;
}

}  // namespace

TEST_CASE("The page of figures has every formula, word for word, and no other", "[figures]") {
  const auto text = page("figures.md");
  for (const auto& formula : model::all_formulas()) {
    CAPTURE(formula.id);
    const auto row = "| `" + std::string{formula.id} + "` | " + std::string{formula.formula} + " |\n";
    CHECK(text.find(row) != std::string::npos);
  }
  std::size_t rows = 0;
  for (auto at = text.find("\n| `"); at != std::string::npos; at = text.find("\n| `", at + 1)) ++rows;
  CHECK(rows == model::all_formulas().size());
}

TEST_CASE("The documents of the page are read as they stand", "[figures]") {
  const auto blocks = json_blocks(page("contact-and-counter.md"));
  REQUIRE(blocks.size() == 5);
  const auto contact = model::parse_contact_policy(base::view_of(blocks[0]));
  REQUIRE(contact);
  CHECK(contact->order ==
        std::vector{model::MessageChannel::wechat, model::MessageChannel::app_push, model::MessageChannel::sms});
  const auto gestures = model::parse_gesture_policy(base::view_of(blocks[1]));
  REQUIRE(gestures);
  CHECK(gestures->a_member_days == 30);
  const auto rating = model::parse_rating_policy(base::view_of(blocks[2]));
  REQUIRE(rating);
  CHECK(rating->successor == "manager");
  const auto commission = model::parse_commission_rules(base::view_of(blocks[3]));
  REQUIRE(commission);
  CHECK(commission->return_days == 14);
  const auto bands = model::parse_rfm_bands(base::view_of(blocks[4]));
  REQUIRE(bands);
  CHECK(bands->recency_days_max[0] == 180);
}
