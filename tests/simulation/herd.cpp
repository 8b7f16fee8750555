// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/herd.h"

#include "sync/client/hub_line.h"
#include "sync/engine/engine.h"
#include "sync/http/turns.h"
#include "tests/simulation/sim_hub.h"
#include "tests/support/pretend_terminal.h"

#include <algorithm>
#include <deque>
#include <memory>

namespace millpond::simulation {
namespace {

constexpr std::int64_t bucket_ms = 100;
constexpr std::int64_t gives_up_ms = 2 * hour_ms;
constexpr std::int64_t drained_factor_max = 3;  // of the least time that the server needs
constexpr std::int64_t slack_ms = 120'000;      // the longest pause, twice
constexpr std::int64_t settles_ms = 1'000;      // the crowd comes in one millisecond; what counts is what follows
constexpr double crowd_factor_max = 4;

using Answered = std::function<void(const base::Result<net::HttpAnswer>&)>;

// So many requests a second, one after the other; so many wait; the rest is told to come later.
class Door {
 public:
  Door(Timeline& timeline, SimHub& hub, const HerdOptions& options)
      : timeline_{timeline}, hub_{hub}, options_{options}, rng_{options.seed + 7} {}

  void send(net::HttpRequest request, Answered answered) {
    timeline_.after(5 + static_cast<std::int64_t>(rng_.below(60)),
                    [this, request = std::move(request), answered = std::move(answered)]() mutable {
                      arrive(std::move(request), std::move(answered));
                    });
  }

  std::uint64_t served{};
  std::uint64_t shed{};
  std::vector<std::uint64_t> crowd;  // arrivals by tenth of a second

 private:
  void arrive(net::HttpRequest request, Answered answered) {
    const auto bucket = static_cast<std::size_t>(timeline_.now_ms() / bucket_ms);
    if (crowd.size() <= bucket) crowd.resize(bucket + 1);
    ++crowd[bucket];
    if (waiting_.size() >= options_.waiting_max) {
      ++shed;
      // As http::Connection says it.
      const net::HttpAnswer busy{503, {}, {}, 1'000 * turns_.next_s(timeline_.now_ms())};
      timeline_.after(5, [busy, answered = std::move(answered)] { answered(busy); });
      return;
    }
    waiting_.push_back({std::move(request), std::move(answered)});
    if (!busy_) serve_later();
  }

  void serve_later() {
    busy_ = true;
    // In microseconds, because a fast server takes less than a millisecond.
    due_us_ = std::max(due_us_, timeline_.now_ms() * 1'000) + 1'000'000 / options_.requests_per_s;
    timeline_.at(due_us_ / 1'000, [this] {
      auto [request, answered] = std::move(waiting_.front());
      waiting_.pop_front();
      auto answer = hub_.handle(request);
      ++served;
      turns_.served(timeline_.now_ms());
      busy_ = false;
      if (!waiting_.empty()) serve_later();
      timeline_.after(5, [answer = std::move(answer), answered = std::move(answered)] { answered(*answer); });
    });
  }

  struct Waiting {
    net::HttpRequest request;
    Answered answered;
  };
  Timeline& timeline_;
  SimHub& hub_;
  const HerdOptions& options_;
  base::SeededRng rng_;
  std::deque<Waiting> waiting_;
  http::Turns turns_;
  bool busy_{};
  std::int64_t due_us_{};
};

class LightTerminal {
 public:
  LightTerminal(Timeline& timeline, SimHub& hub, Door& door, const HerdOptions& options, std::uint64_t number,
                bool broken)
      : timeline_{timeline},
        door_{door},
        broken_{broken},
        clock_{timeline},
        jitter_{options.seed * 1'000'003 + (options.jitter ? number : 0)},
        nonces_{options.seed * 1'000'033 + number} {
    std::array<std::uint8_t, 32> seed{};
    base::SeededRng keys{options.seed * 7'919 + number};
    keys.fill(seed);
    const auto key = std::make_shared<crypto::SigningKey>(crypto::SigningKey::from_seed(seed));
    const auto id = hub.add_terminal(key->public_key());
    line_.emplace(client::Credentials{id, hub.brand(), key, hub.hub_key()}, clock_, nonces_);
    facts_.emplace(hub.brand(), id, base::Epoch{1 + static_cast<std::uint32_t>(number)},
                   crypto::SigningKey::from_seed(seed));
    facts_->begin_epoch();
    while (facts_->head() < options.facts) {
      facts_->sell({}, std::to_string(facts_->head()), 1'200, 0, {1}, "herd-" + std::to_string(number));
    }
  }

  void begin(wire::DownCursor cursor) {
    cursor_ = cursor;
    feed(engine::Started{});
    feed(outbox());
  }

  [[nodiscard]] bool drained() const { return acked_ == facts_->head(); }
  std::int64_t drained_ms{};
  std::uint64_t refusals{};
  std::string wrong;

 private:
  [[nodiscard]] engine::OutboxChanged outbox() const {
    return {facts_->epoch(), {acked_}, {facts_->head()}, facts_->head() - acked_};
  }

  void feed(const engine::Input& first) {
    std::deque<engine::Input> inputs{first};
    while (!inputs.empty()) {
      const auto actions = engine::step(engine_, timeline_.now_ms(), inputs.front(), jitter_);
      inputs.pop_front();
      for (const auto& action : actions) {
        if (const auto* timer = std::get_if<engine::SetTimer>(&action)) set_timer(timer->at_ms);
        if (const auto* up = std::get_if<engine::SendUp>(&action)) send_up(*up);
        if (const auto* down = std::get_if<engine::AskDown>(&action)) ask_down(*down);
        if (const auto* done = std::get_if<engine::Acknowledge>(&action)) {
          acked_ = done->through.value;
          if (drained()) drained_ms = timeline_.now_ms();
          inputs.emplace_back(outbox());
        }
        if (std::holds_alternative<engine::Rewind>(action) || std::holds_alternative<engine::Reissue>(action)) {
          wrong = "the engine takes the hub for a restored one";
        }
      }
    }
  }

  void set_timer(std::int64_t at_ms) {
    timeline_.at(at_ms, [this, at_ms] {
      if (engine_.timer_ms == at_ms) feed(engine::Tick{});
    });
  }

  void send_up(const engine::SendUp& up) {
    const auto last = std::min<std::uint64_t>(facts_->head(), up.from.value + up.events_max - 1);
    auto batch = facts_->batch(up.from.value, last);
    if (broken_) batch.rows.back().canonical.push_back(0);  // leads to no head that was signed
    auto request = line_->sign("POST", "/v1/up", wire::encode(batch), up.timeout_ms);
    auto http = request.http;
    door_.send(std::move(http),
               [this, request = std::move(request)](const auto& answer) { answered_up(request, answer); });
  }

  void answered_up(const client::SignedRequest& request, const base::Result<net::HttpAnswer>& answer) {
    const auto word = line_->check(request, answer);
    if (!word) return feed(engine::UpFailed{word.error(), answer ? answer->retry_after_ms : 0});
    const auto said = wire::decode_up_answer(word->body);
    if (said && said->status == wire::UpStatus::accepted) {
      return feed(engine::UpAccepted{said->epoch, said->accepted_through, said->accepted_through, said->credit.retry_ms,
                                     said->credit.events, said->credit.bytes});
    }
    ++refusals;
    // As a terminal that believes the line to be at fault, and tries for ever.
    feed(engine::UpFailed{client::HubLine::refusal_of(*word).error, 0});
  }

  void ask_down(const engine::AskDown& down) {
    auto request =
        line_->sign("GET",
                    "/v1/down?cursor=" + std::to_string(cursor_.generation) + "." + std::to_string(cursor_.hub_seq) +
                        "." + std::to_string(cursor_.scoped_seq) + "&epoch=" + std::to_string(facts_->epoch().value),
                    {}, down.timeout_ms);
    auto http = request.http;
    door_.send(std::move(http), [this, request = std::move(request)](const base::Result<net::HttpAnswer>& answer) {
      const auto word = line_->check(request, answer);
      if (!word) return feed(engine::DownFailed{word.error(), answer ? answer->retry_after_ms : 0});
      const auto page = wire::decode_down_page(word->body);
      if (!page) return feed(engine::DownFailed{page.error(), 0});
      if (!page->restart) cursor_ = page->next;
      engine::DownArrived arrived;
      arrived.more = page->more && !page->restart;
      arrived.poll_ms = page->credit.poll_ms;
      feed(arrived);
    });
  }

  Timeline& timeline_;
  Door& door_;
  const bool broken_;
  MachineClock clock_;
  base::SeededRng jitter_;
  base::SeededRng nonces_;
  std::optional<client::HubLine> line_;
  std::optional<tests::PretendTerminal> facts_;
  engine::State engine_;
  wire::DownCursor cursor_;
  std::uint64_t acked_{};
};

void judge(const HerdOptions& options, HerdReport& report) {
  const auto say = [&](const std::string& what) { report.violations.push_back(what); };
  if (report.last_drained_ms > drained_factor_max * report.least_ms + slack_ms) {
    say("the last of " + std::to_string(options.terminals) + " drained after " +
        std::to_string(report.last_drained_ms) + " ms, the server needs " + std::to_string(report.least_ms));
  }
  if (static_cast<double>(report.crowd_peak) > crowd_factor_max * report.crowd_mean + 20) {
    say("a wave of " + std::to_string(report.crowd_peak) + " requests in a tenth of a second, where " +
        std::to_string(report.crowd_mean) + " is the mean");
  }
}

void measure_crowd(const Door& door, HerdReport& report) {
  const auto first = static_cast<std::size_t>(settles_ms / bucket_ms);
  const auto last = std::min(door.crowd.size(), static_cast<std::size_t>(report.last_drained_ms / bucket_ms) + 1);
  std::uint64_t sum = 0;
  for (auto i = first; i < last; ++i) {
    sum += door.crowd[i];
    report.crowd_peak = std::max(report.crowd_peak, door.crowd[i]);
  }
  if (last > first) report.crowd_mean = static_cast<double>(sum) / static_cast<double>(last - first);
}

}  // namespace

HerdReport stampede(const HerdOptions& options) {
  Timeline timeline;
  Oracle oracle;
  Faults faults{FaultSet{}};
  SimHub hub{timeline, oracle, faults, Bug::none, options.seed};
  Door door{timeline, hub, options};
  std::vector<std::unique_ptr<LightTerminal>> herd;
  const auto broken = options.terminals / 2;
  for (std::uint32_t i = 0; i < options.terminals; ++i) {
    herd.push_back(std::make_unique<LightTerminal>(timeline, hub, door, options, i, i == broken));
  }
  const auto cursor = hub.head();
  for (auto& terminal : herd) terminal->begin(cursor);
  HerdReport report;
  std::uint64_t look_at = 0;
  const auto all_drained = [&] {
    return std::ranges::all_of(herd,
                               [&](const auto& terminal) { return terminal->drained() || terminal == herd[broken]; });
  };
  while (timeline.step(gives_up_ms)) {
    if (timeline.done() < look_at) continue;
    look_at = timeline.done() + options.terminals;
    if (all_drained()) break;
  }
  report.served = door.served;
  report.shed = door.shed;
  report.broken_refusals = herd[broken]->refusals;
  report.least_ms = 2'000LL * options.terminals / options.requests_per_s;  // a batch and a page of each
  for (const auto& terminal : herd) {
    if (!terminal->wrong.empty()) report.violations.push_back(terminal->wrong);
    if (terminal == herd[broken]) continue;
    if (!terminal->drained()) report.violations.emplace_back("a terminal never drained");
    report.last_drained_ms = std::max(report.last_drained_ms, terminal->drained_ms);
    if (report.first_drained_ms == 0) report.first_drained_ms = terminal->drained_ms;
    report.first_drained_ms = std::min(report.first_drained_ms, terminal->drained_ms);
  }
  if (herd[broken]->drained()) report.violations.emplace_back("a batch that was not signed so was taken");
  measure_crowd(door, report);
  judge(options, report);
  hub.bring_up();
  while (!hub.settled() && timeline.step(timeline.now_ms() + hour_ms)) {}
  report.facts_held = hub.events_projected();
  const auto expected = (options.terminals - 1ULL) * options.facts;
  if (report.facts_held < expected) report.violations.emplace_back("the hub lacks facts");
  for (const auto& violation : oracle.violations()) report.violations.push_back(violation);
  return report;
}

}  // namespace millpond::simulation
