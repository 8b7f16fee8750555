// SPDX-License-Identifier: Apache-2.0
#include "sync/base/error.h"

#include <catch2/catch_test_macros.hpp>

#include <set>

namespace base = millpond::base;
using base::Code;

TEST_CASE("every code has a name of its own that leads back to it") {
  std::set<std::string_view> names;
#define MILLPOND_CASE(name, retry)                            \
  CHECK(base::code_name(Code::name) == #name);                \
  CHECK(base::code_from_name(#name) == Code::name);           \
  CHECK(base::retry_class(Code::name) == base::Retry::retry); \
  names.insert(#name);
  MILLPOND_ERROR_CODES(MILLPOND_CASE)
#undef MILLPOND_CASE
  CHECK_FALSE(names.empty());
}

TEST_CASE("a name that is no code is not taken for one") {
  CHECK_FALSE(base::code_from_name(""));
  CHECK_FALSE(base::code_from_name("no_such_code"));
  CHECK_FALSE(base::code_from_name("disk_full "));
}

TEST_CASE("an error is described on one line, with the parts that it has") {
  CHECK(base::describe({Code::disk_full, "append", "disk is full", "free some"}) ==
        "disk_full: append: disk is full (free some)");
  CHECK(base::describe({Code::disk_full, "append", ""}) == "disk_full: append");
  CHECK(base::describe({Code::disk_full, "", "", ""}) == "disk_full");
}
