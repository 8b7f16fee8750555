// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or the Error that explains its absence. Member names follow std::expected, which g++ 12 lacks
// under C++20, so that a later switch is a rename of the type only.
#pragma once

#include "sync/base/check.h"
#include "sync/base/error.h"

#include <concepts>
#include <utility>
#include <variant>

namespace millpond::base {

struct Unit {
  friend bool operator==(Unit, Unit) = default;
};

template <class T = Unit>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result() requires std::same_as<T, Unit> : state_{std::in_place_index<0>} {}
  Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}
  Result(Error error) : state_{std::in_place_index<1>, std::move(error)} {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Asking for what is not there is our own mistake and ends the program.
  T& value() & {
    MILLPOND_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    MILLPOND_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    MILLPOND_CHECK(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  // By value: a range-for over *call() would otherwise read a Result that is gone.
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    MILLPOND_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    MILLPOND_CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

  template <class U>
  T value_or(U&& fallback) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  std::variant<T, Error> state_;
};

// MILLPOND_TRY(auto x, call()): the value of a Result, or return its error from the function around it.
#define MILLPOND_TRY_JOIN_(a, b) a##b
#define MILLPOND_TRY_NAME_(a, b) MILLPOND_TRY_JOIN_(a, b)
#define MILLPOND_TRY_(temporary, declaration, expression) \
  auto temporary = (expression);                          \
  if (!temporary) return std::move(temporary).error();    \
  declaration = std::move(temporary).value()
#define MILLPOND_TRY(declaration, expression) \
  MILLPOND_TRY_(MILLPOND_TRY_NAME_(try_result_, __LINE__), declaration, expression)

// MILLPOND_TRY_DO(call()): the same for a call whose value is not needed.
#define MILLPOND_TRY_DO(expression)                        \
  do {                                                     \
    auto try_result = (expression);                        \
    if (!try_result) return std::move(try_result).error(); \
  } while (false)

}  // namespace millpond::base
