// SPDX-License-Identifier: Apache-2.0
// millpond-bench: measures the product against baselines of the same run. One JSON object a line; the exit status is 0
// when it ran, whatever it found.
#include "sync/crypto/hash.h"
#include "tests/bench/bench.h"
#include "tests/support/temp_dir.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

using namespace millpond;

namespace {

int list_benchmarks() {
  for (const auto& benchmark : bench::benchmarks()) std::cout << benchmark.name << "  " << benchmark.about << '\n';
  return 0;
}

void print(const bench::Row& row) {
  nlohmann::ordered_json line{{"name", row.name},
                              {"value", row.value},
                              {"unit", row.unit},
                              {"baseline", row.baseline},
                              {"baseline_name", row.baseline_name},
                              {"ratio", row.ratio},
                              {"target", row.target},
                              {"holds", row.holds},
                              {"n", row.n}};
  if (row.ratio_max > 0) line["ratio_max"] = row.ratio_max;
  std::cout << line.dump() << std::endl;
}

int run(const std::string& name, const bench::Options& options) {
  const auto& all = bench::benchmarks();
  const auto found = std::ranges::find(all, name, &bench::Benchmark::name);
  if (found == all.end()) {
    std::cerr << "There is no benchmark \"" << name << "\". These exist:\n";
    for (const auto& benchmark : all) std::cerr << "  " << benchmark.name << "  " << benchmark.about << '\n';
    return 2;
  }
  const auto rows = found->run(options);
  if (!rows) {
    std::cerr << name << " did not run: " << base::describe(rows.error()) << '\n';
    return 1;
  }
  for (const auto& row : *rows) print(row);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures Millpond against baselines of the same run", "millpond-bench"};
  std::string name;
  std::string folder;
  std::string pictures;
  std::string only;
  bool quick = false;
  bool misses = false;
  app.add_option("name", name, "benchmark; without it the list is printed");
  app.add_option("--dir", folder, "existing folder on the disk to measure (default: a new temporary one)");
  app.add_option("--pictures", pictures, "scan: folder of photographs with their texts in .txt files beside them")
      ->check(CLI::ExistingDirectory);
  app.add_option("--only", only, "scan: one part of it")
      ->check(CLI::IsMember({"frames", "moments", "empty", "streams", "ablation", "idle", "pictures"}));
  app.add_flag("--quick", quick, "a tenth of the work");
  app.add_flag("--misses", misses, "scan: on standard error, which frames ours did not read and how far it came");
  CLI11_PARSE(app, argc, argv);
  if (const auto started = crypto::start(); !started) {
    std::cerr << base::describe(started.error()) << '\n';
    return 1;
  }
  if (name.empty()) return list_benchmarks();
  std::optional<tests::TempDir> temporary;
  bench::Options options{quick, folder, pictures, only, misses};
  if (folder.empty()) {
    temporary.emplace();
    options.dir = temporary->path();
  } else if (!std::filesystem::is_directory(folder)) {
    std::cerr << folder << " is not a folder. Name an existing one with --dir.\n";
    return 2;
  }
  return run(name, options);
}
