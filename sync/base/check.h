// SPDX-License-Identifier: Apache-2.0
// MILLPOND_CHECK: stops the program on a mistake of our own, in every build. Not for bad input, which is a Result:
// a terminal that goes on after a broken invariant could lose money, one that stops is restarted within seconds.
#pragma once

namespace millpond::base {

// Prints file, line and condition to standard error and aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace millpond::base

#define MILLPOND_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::millpond::base::check_failed(__FILE__, __LINE__, #condition))
