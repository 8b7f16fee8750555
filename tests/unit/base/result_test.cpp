// SPDX-License-Identifier: Apache-2.0
#include "sync/base/result.h"

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace base = millpond::base;
using base::Code;
using base::Error;
using base::Result;

namespace {

Result<int> half(int of) {
  if (of % 2 != 0) return Error{Code::bad_input, "half", "odd"};
  return of / 2;
}

Result<int> quarter(int of) {
  MILLPOND_TRY(const auto first, half(of));
  MILLPOND_TRY(const auto second, half(first));
  return second;
}

Result<> check_quarter(int of) {
  MILLPOND_TRY_DO(half(of));
  if (of > 0) MILLPOND_TRY_DO(quarter(of));
  return {};
}

Result<std::unique_ptr<int>> boxed(int of) {
  MILLPOND_TRY(auto value, half(of));
  return std::make_unique<int>(value);
}

// The signal that ends a process which does `mistake`, 0 when it ends by itself.
template <class Mistake>
int ended_by(Mistake mistake) {
  const auto child = ::fork();
  if (child == 0) {
    // Catch2 would report the abort as this test's own.
    std::signal(SIGABRT, SIG_DFL);
    ::close(STDERR_FILENO);
    mistake();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("a result holds a value or the error that explains its absence") {
  const auto good = half(4);
  REQUIRE(good);
  CHECK(good.has_value());
  CHECK(*good == 2);
  CHECK(good.value_or(9) == 2);
  const auto bad = half(3);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == Code::bad_input);
  CHECK(bad.error().operation == "half");
  CHECK(bad.value_or(9) == 9);
}

TEST_CASE("TRY gives the value or leaves with the error") {
  CHECK(*quarter(8) == 2);
  CHECK(quarter(3).error().detail == "odd");
  CHECK(quarter(6).error().detail == "odd");
  CHECK(check_quarter(8));
  CHECK(check_quarter(0));
  CHECK_FALSE(check_quarter(2));
}

TEST_CASE("values that only move come out whole") {
  auto box = boxed(14);
  REQUIRE(box);
  CHECK(**box == 7);
  const std::unique_ptr<int> taken = std::move(box).value();
  CHECK(*taken == 7);
  CHECK(boxed(1).error().code == Code::bad_input);
}

TEST_CASE("members of the value are reached through the result") {
  Result<std::string> text{std::string{"pond"}};
  text->push_back('s');
  CHECK(*text == "ponds");
  CHECK(text->size() == 5);
}

TEST_CASE("a result of an error type still tells value from error") {
  const Result<bool> no{false};
  CHECK(no.has_value());
  CHECK_FALSE(*no);
}

TEST_CASE("asking for what is not there ends the program") {
  CHECK(ended_by([] { static_cast<void>(half(3).value()); }) == SIGABRT);
  CHECK(ended_by([] { static_cast<void>(half(4).error()); }) == SIGABRT);
  CHECK(ended_by([] { MILLPOND_CHECK(1 + 1 == 3); }) == SIGABRT);
  CHECK(ended_by([] { MILLPOND_CHECK(1 + 1 == 2); }) == 0);
}
