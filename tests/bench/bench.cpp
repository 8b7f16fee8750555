// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bench.h"

#include <algorithm>

namespace millpond::bench {
namespace {

std::vector<Benchmark>& list() {
  static std::vector<Benchmark> benchmarks;
  return benchmarks;
}

}  // namespace

Registration::Registration(std::string_view name, std::string_view about, Run run) {
  auto& all = list();
  all.push_back({name, about, run});
  std::ranges::sort(all, {}, &Benchmark::name);
}

const std::vector<Benchmark>& benchmarks() { return list(); }

}  // namespace millpond::bench
