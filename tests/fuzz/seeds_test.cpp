// SPDX-License-Identifier: Apache-2.0
// The fuzz targets without a fuzzer: what they begin with is accepted, what is near to it is either accepted or refused
// by name, and what once broke a reader does so no more.
#include "sync/base/file.h"
#include "sync/base/rng.h"
#include "sync/crypto/hash.h"
#include "tests/fuzz/target.h"
#include "tests/support/paths.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

void refused_by_name(const base::Result<>& result) {
  if (!result) CHECK(result.error().code != base::Code::internal);
}

// At every byte of a short input, at 200 places of a long one.
std::size_t step_of(const base::Bytes& input) { return std::max<std::size_t>(1, input.size() / 200); }

}  // namespace

TEST_CASE("every reader accepts what its corpus begins with") {
  REQUIRE(crypto::start());
  REQUIRE(fuzz::all_targets().size() >= 20);
  for (const auto& target : fuzz::all_targets()) {
    CAPTURE(target.name);
    const auto seeds = target.seeds();
    REQUIRE_FALSE(seeds.empty());
    for (const auto& seed : seeds) {
      const auto result = target.run(seed);
      CAPTURE(base::to_hex(seed), result ? "" : result.error().detail);
      CHECK(result.has_value());
    }
  }
}

TEST_CASE("cut, lengthened and changed inputs are refused by name or read as something whole") {
  REQUIRE(crypto::start());
  for (const auto& target : fuzz::all_targets()) {
    CAPTURE(target.name);
    for (const auto& seed : target.seeds()) {
      for (std::size_t at = 0; at < seed.size(); at += step_of(seed)) {
        refused_by_name(target.run(base::ByteView{seed}.first(at)));
        auto changed = seed;
        changed[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
        refused_by_name(target.run(changed));
        changed = seed;
        changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at), changed[at]);
        refused_by_name(target.run(changed));
      }
    }
  }
}

TEST_CASE("what once broke a reader breaks it no more") {
  REQUIRE(crypto::start());
  std::size_t inputs = 0;
  for (const auto& target : fuzz::all_targets()) {
    const auto folder = tests::source_dir() / "tests/fuzz/found" / target.name;
    if (!std::filesystem::exists(folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
      CAPTURE(entry.path().string());
      const auto input = base::read_file(entry.path());
      REQUIRE(input);
      refused_by_name(target.run(*input));
      ++inputs;
    }
  }
  CHECK(inputs > 0);
}
