// SPDX-License-Identifier: Apache-2.0
// Sample ViewModels of customers' screens as present() makes them: every screen in both languages, with and without
// trouble, for tests that draw or carry them. Member codes and names are made up.
#pragma once

#include "kiosk/flow/view_model.h"

#include <string>
#include <vector>

namespace millpond::tests {

struct SampleView {
  std::string name;  // "card-offline"
  flow::ViewModel view;
};

// Every sample in this language; names are the same in both.
[[nodiscard]] std::vector<SampleView> sample_views(flow::Locale locale);
[[nodiscard]] flow::ViewModel sample_view(const std::string& name, flow::Locale locale);

// The text in the QR codes of the card and issued samples.
[[nodiscard]] std::string sample_code_text();

}  // namespace millpond::tests
