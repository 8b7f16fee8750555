// SPDX-License-Identifier: Apache-2.0
// How the command line speaks to people: errors as what happened, why, and what to do next, in their language.
#pragma once

#include "sync/base/error.h"
#include "sync/text/text.h"

#include <string>

namespace millpond::cli {

// From LC_ALL, LC_MESSAGES or LANG: Chinese for "zh...", English otherwise.
[[nodiscard]] text::Language language();

// Prints to standard error and returns the exit status 1.
int fail(const base::Error& error);

}  // namespace millpond::cli
