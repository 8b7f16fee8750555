// SPDX-License-Identifier: Apache-2.0
// The rules on this checkout.
#include "tests/lint/rules.h"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("the whole tree keeps to the rules of ARCHITECTURE.md and to its own style") {
  const auto tree = millpond::lint::read_tree(MILLPOND_SOURCE_DIR);
  REQUIRE(tree.contains("sync/base/result.h"));
  const auto problems = millpond::lint::check(tree);
  std::string list;
  for (const auto& problem : problems) list += "\n  " + problem;
  INFO(problems.size() << " problems:" << list);
  CHECK(problems.empty());
}
