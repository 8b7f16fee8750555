// SPDX-License-Identifier: Apache-2.0
// Learn: a receipt template from samples whose values somebody has marked. Looks for the lines that hold the values,
// and keeps of each what all samples have in common. What it makes is a beginning that reads these samples as they are
// marked, or an error that says which mark it could not find; a technician looks at it and checks it against more
// samples. Pure.
#pragma once

#include "hardware/capture/escpos_reader.h"
#include "hardware/capture/template.h"

#include <map>
#include <string>
#include <vector>

namespace millpond::capture {

// What stands on one sample, as it is printed there: {"total", "38.00"}, {"receipt", "A0042"}, {"date", ...},
// {"time", ...}, {"till", ...}, {"member", ...}, {"change", ...}, {"tender.cash", "100.00"}, {"item", "18.00"} for each
// item's amount, {"add", "2.48"} and {"subtract", "7.00"} for adjustments.
struct Marked {
  Receipt receipt{};
  std::vector<std::pair<std::string, std::string>> marks{};
};

// "name: value" a line; blank lines and # are left out. Error: bad_input, with the line.
[[nodiscard]] base::Result<std::vector<std::pair<std::string, std::string>>> parse_marks(std::string_view text);

struct LearnSettings {
  std::string name{};
  std::string currency{};
  Notation notation{};
};

// The template's JSON. Error: bad_input, with the mark and the sample.
[[nodiscard]] base::Result<std::string> learn(const std::vector<Marked>& samples, const LearnSettings& settings);

}  // namespace millpond::capture
