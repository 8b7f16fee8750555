// SPDX-License-Identifier: Apache-2.0
// news: from the call that makes a fact durable at one terminal until another terminal of the chain finds it in its
// replica, over TLS on loopback, with the hub's stages 1 and 2 between. Once with a question that the hub holds (a
// polling slot) and once by interval, where nothing is held.
#include "sync/base/rng.h"
#include "tests/bench/bench.h"
#include "tests/support/online_terminal.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace millpond::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr double slot_asked_ms = 1'000;       // "a slot holder is within a second of the hub"
constexpr std::uint32_t interval_ms = 1'000;  // of terminals without a slot, in this benchmark
constexpr auto look_every = std::chrono::microseconds{500};
constexpr auto give_up = std::chrono::seconds{60};
constexpr std::int64_t points = 50;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

template <class Condition>
base::Result<> wait_for(const char* what, Condition condition) {
  const auto begin = Clock::now();
  while (!condition()) {
    if (Clock::now() - begin > give_up) return base::Error{base::Code::timeout, "news", what};
    std::this_thread::sleep_for(look_every);
  }
  return {};
}

// Milliseconds of `rounds` facts, sorted. The pauses are drawn, so that a question by interval is met at every age.
base::Result<std::vector<double>> delays(const tests::OnlineHubOptions& options, std::size_t rounds) {
  const tests::OnlineHub hub{options};
  tests::OnlineTerminal seller{hub};
  tests::OnlineTerminal hearer{hub};
  const auto online = [](const tests::OnlineTerminal& terminal) {
    return terminal.status().line == engine::Line::online;
  };
  MILLPOND_TRY_DO(wait_for("both online", [&] { return online(seller) && online(hearer); }));
  base::SeededRng rng{20'261'123};
  std::vector<double> result;
  for (std::size_t i = 0; i < rounds; ++i) {
    std::this_thread::sleep_for(milliseconds{rng.below(options.poll_slots > 0 ? 40 : interval_ms)});
    if (options.poll_slots > 0) MILLPOND_TRY_DO(wait_for("a held question", [&] { return hearer.held(); }));
    const base::MemberId member{1'000 + i};
    const auto begin = Clock::now();
    seller.enrol_with_points(member, points);
    MILLPOND_TRY_DO(wait_for("the news", [&] { return hearer.points_of(member) == points; }));
    result.push_back(ms_since(begin));
  }
  std::ranges::sort(result);
  return result;
}

// The least that any news costs: two exchanges over such a line, the seller's and the hearer's.
base::Result<std::vector<double>> exchanges(std::size_t rounds) {
  const tests::OnlineHub hub{{}};
  MILLPOND_TRY(const auto line, net::HttpClient::create(hub.line()));
  std::vector<double> result;
  for (std::size_t i = 0; i < rounds + 1; ++i) {
    const auto begin = Clock::now();
    for (int one_of_two = 0; one_of_two < 2; ++one_of_two) {
      MILLPOND_TRY(const auto answer, line->perform({.method = "GET", .target = "/livez"}));
      if (answer.status != 200) return base::Error{base::Code::internal, "news", "the hub does not live"};
    }
    if (i > 0) result.push_back(ms_since(begin));  // the first one connects
  }
  std::ranges::sort(result);
  return result;
}

double at(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

// The figure asked is of the value; the baseline says what of it any line costs.
Row row(std::string name, double value, double target, std::size_t n, double baseline, std::string baseline_name) {
  return {std::move(name), value,           "ms", baseline, std::move(baseline_name), value / baseline,
          target,          value <= target, n};
}

base::Result<std::vector<Row>> run_news(const Options& options) {
  const std::size_t held_rounds = options.quick ? 20 : 200;
  const std::size_t interval_rounds = options.quick ? 5 : 40;
  MILLPOND_TRY(const auto floor, exchanges(held_rounds));
  MILLPOND_TRY(const auto held, delays({.poll_slots = 2}, held_rounds));
  MILLPOND_TRY(const auto asked, delays({.poll_ms = interval_ms}, interval_rounds));
  const std::string exchange = "two exchanges over TLS";
  return std::vector{row("news.slot.p50", at(held, 0.5), slot_asked_ms, held.size(), at(floor, 0.5), exchange),
                     row("news.slot.p99", at(held, 0.99), slot_asked_ms, held.size(), at(floor, 0.99), exchange),
                     row("news.slot.worst", held.back(), slot_asked_ms, held.size(), floor.back(), exchange),
                     row("news.interval.p50", at(asked, 0.5), interval_ms, asked.size(), interval_ms, "the interval"),
                     // By then the interval has passed, and what a slot holder's news takes.
                     row("news.interval.worst", asked.back(), interval_ms + at(held, 0.99), asked.size(), interval_ms,
                         "the interval")};
}

const Registration registration{"news", "from a fact at one terminal until another one finds it", run_news};

}  // namespace
}  // namespace millpond::bench
