// SPDX-License-Identifier: Apache-2.0
// How the command line ends when something failed.
#pragma once

#include "sync/base/error.h"

namespace millpond::cli {

// Tells the person on standard error and returns the exit status 1.
int fail(const base::Error& error);

}  // namespace millpond::cli
