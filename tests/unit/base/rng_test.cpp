// SPDX-License-Identifier: Apache-2.0
#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <deque>
#include <set>
#include <vector>

namespace base = millpond::base;
using base::SeededRng;

namespace {

// Draws that a test has written down.
class ScriptedRng final : public base::Rng {
 public:
  explicit ScriptedRng(std::deque<std::uint64_t> draws) : draws_{std::move(draws)} {}
  std::uint64_t next() override {
    const auto draw = draws_.front();
    draws_.pop_front();
    return draw;
  }
  [[nodiscard]] std::size_t left() const { return draws_.size(); }

 private:
  std::deque<std::uint64_t> draws_;
};

}  // namespace

TEST_CASE("the same seed gives the published sequence on every machine") {
  // First values for seed 1234567 of the reference implementation of SplitMix64.
  SeededRng rng{1234567};
  for (const std::uint64_t expected : {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                       4593380528125082431U, 16408922859458223821U}) {
    CHECK(rng.next() == expected);
  }
}

TEST_CASE("draws below a bound stay below it and reach every value alike") {
  SeededRng rng{3};
  for (const std::uint64_t bound : {1U, 2U, 3U, 7U, 10U}) {
    std::vector<int> seen(bound, 0);
    constexpr int draws = 50'000;
    for (int i = 0; i < draws; ++i) ++seen.at(rng.below(bound));
    // Chi-squared against a uniform spread; 40 is far beyond the 0.1 % point for nine degrees of freedom.
    const double expected = static_cast<double>(draws) / static_cast<double>(bound);
    double chi_squared = 0;
    for (const int count : seen) chi_squared += (count - expected) * (count - expected) / expected;
    CAPTURE(bound);
    CHECK(chi_squared < 40);
  }
  CHECK(SeededRng{1}.below(~std::uint64_t{0}) < ~std::uint64_t{0});
}

TEST_CASE("draws that would favour small values are thrown away") {
  // 2^64 mod 10 is 6, so the draws 0 .. 5 are one too many for the values 0 .. 5.
  ScriptedRng rng{{0, 5, 6, 42}};
  CHECK(rng.below(10) == 6);
  CHECK(rng.left() == 1);
  CHECK(rng.below(1) == 0);
}

TEST_CASE("chances are kept") {
  SeededRng rng{5};
  int hits = 0;
  for (int i = 0; i < 40'000; ++i) hits += rng.chance(1, 4) ? 1 : 0;
  CHECK(hits > 9'500);
  CHECK(hits < 10'500);
  CHECK_FALSE(rng.chance(0, 4));
  CHECK(rng.chance(4, 4));
}

TEST_CASE("bytes are filled to any length, all of them") {
  SeededRng rng{9};
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 1000U}) {
    std::vector<std::uint8_t> first(size);
    rng.fill(first);
    std::set<std::uint8_t> values{first.begin(), first.end()};
    CAPTURE(size);
    CHECK(values.size() >= (size > 100 ? 200U : 0U));
  }
  ScriptedRng scripted{{0x0807060504030201U, 0x09U}};
  std::array<std::uint8_t, 9> bytes{};
  scripted.fill(bytes);
  CHECK(bytes == std::array<std::uint8_t, 9>{1, 2, 3, 4, 5, 6, 7, 8, 9});
}
