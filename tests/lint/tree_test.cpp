// SPDX-License-Identifier: Apache-2.0
// The rules on this checkout.
#include "tests/lint/rules.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>

#include <iostream>

TEST_CASE("the whole tree keeps to the rules of ARCHITECTURE.md and to its own style") {
  const auto tree = millpond::lint::read_tree(millpond::tests::source_dir());
  REQUIRE(tree.contains("sync/base/result.h"));
  const auto problems = millpond::lint::check(tree);
  // Not through INFO, which breaks lines in the middle of a path.
  for (const auto& problem : problems) std::cout << problem << '\n';
  CHECK(problems.empty());
}
