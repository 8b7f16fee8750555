// SPDX-License-Identifier: Apache-2.0
// Bench: what every benchmark of millpond-bench shares: rows of figures, and the list that finds a benchmark by name.
// A baseline is measured in the same run and interleaved with the value, so that a busy machine slows both. Not a unit
// test: nothing fails because a figure is poor, it is printed as not holding. A rows file registers itself:
//
//   const bench::Registration commit{"commit", "a durable sale against raw append and fdatasync", run_commit};
#pragma once

#include "sync/base/result.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::bench {

struct Row {
  std::string name;  // "commit.safe.p50"
  double value{};
  std::string unit;           // "us", "/s", "bytes"
  double baseline{};          // in the same unit; 0: there is none
  std::string baseline_name;  // "append + fdatasync"
  double ratio{};             // value / baseline; 0 without a baseline
  double target{};            // of the ratio, or of the value where there is no baseline
  bool holds{};
  std::size_t n{};     // measurements behind the value
  double ratio_max{};  // of counts: the ratio when nothing at all is missed, so that nobody chases more; 0: no such end
};

struct Options {
  bool quick{};                    // a tenth of the work, to see that it runs
  std::filesystem::path dir;       // an existing folder on the disk to measure; the benchmark leaves it as it was
  std::filesystem::path pictures;  // photographs with their texts in .txt files beside them; empty: none
  std::string only;                // one part of a benchmark that has several; empty: all of them
  bool misses{};                   // scan: tell on standard error which frames ours did not read, and how far it came
};

using Run = base::Result<std::vector<Row>> (*)(const Options& options);

struct Benchmark {
  std::string_view name;   // as given on the command line
  std::string_view about;  // one line for the listing
  Run run;
};

// A static one in each rows file puts its benchmark on the list.
class Registration {
 public:
  Registration(std::string_view name, std::string_view about, Run run);
};

[[nodiscard]] const std::vector<Benchmark>& benchmarks();  // by name

}  // namespace millpond::bench
