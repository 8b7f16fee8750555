// SPDX-License-Identifier: Apache-2.0
// Sample models of a cashier's screen, each in one state, and their ViewModels as present() makes them. Members are
// made up.
#pragma once

#include "kiosk/flow/cashier.h"
#include "tests/support/sample_views.h"

namespace millpond::tests {

struct SampleDesk {
  std::string name;  // "desk-receipt"
  flow::CashierModel model;
};

[[nodiscard]] std::vector<SampleDesk> sample_desks();
[[nodiscard]] std::vector<SampleView> sample_desk_views(flow::Locale locale);

}  // namespace millpond::tests
