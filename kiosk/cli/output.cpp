// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/output.h"

#include "sync/text/report.h"

#include <iostream>

namespace millpond::cli {

int fail(const base::Error& error) {
  std::cerr << text::report(error, text::environment_language());
  return 1;
}

}  // namespace millpond::cli
