// SPDX-License-Identifier: Apache-2.0
// The documents that docs/points.md shows are documents.
#include "sync/model/distributors.h"
#include "sync/model/points_rules.h"
#include "sync/model/referral.h"
#include "sync/model/tier_rules.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>
#include <string>

using namespace millpond;

namespace {

std::string shown(const std::string& name) {
  std::ifstream stream{tests::source_dir() / "docs/points.md"};
  const std::string page{std::istreambuf_iterator<char>{stream}, {}};
  const auto fence = "```json " + name + "\n";
  const auto begin = page.find(fence);
  REQUIRE(begin != std::string::npos);
  const auto from = begin + fence.size();
  return page.substr(from, page.find("```", from) - from);
}

template <class T>
std::string outcome(const base::Result<T>& result) {
  return result ? "good" : base::describe(result.error());
}

}  // namespace

TEST_CASE("The documents in docs/points.md are good", "[points_documents]") {
  CHECK(outcome(model::parse_points_rules(base::view_of(shown("points")))) == "good");
  CHECK(outcome(model::parse_tier_rules(base::view_of(shown("tiers")))) == "good");
  CHECK(outcome(model::parse_referral_rules(base::view_of(shown("referral")))) == "good");
  CHECK(outcome(model::parse_distributors(base::view_of(shown("distributors")))) == "good");
}
