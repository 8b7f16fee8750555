// SPDX-License-Identifier: Apache-2.0
// Random surroundings: a store that keeps facts of several epochs, a hub that keeps watermarks, forgets, meets copies
// of this terminal and gives no credit, and answers that are late, doubled, refused, wrong or missing. Whatever happens
// the promises in engine.h hold after every step.
#include "sync/engine/engine.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>

using namespace millpond;
using namespace millpond::engine;

namespace {

using Fact = std::uint64_t;  // its number over all epochs: what must reach the hub

// One epoch as the store keeps it; the ring keeps everything.
struct Life {
  std::uint64_t epoch{};
  std::vector<Fact> facts;  // facts[seq - 1]
  std::uint64_t acked{};
};

class World {
 public:
  explicit World(std::uint64_t seed) : rng_{seed}, jitter_{seed + 1} {
    if (rng_.chance(1, 4)) limits_.up_bytes_per_s = 200;
    if (rng_.chance(1, 4)) limits_.bulk_events_min = 50;
    lives_.push_back({next_epoch_++, {}, 0});
    tell(Started{});
  }

  void random_event(bool faults) {
    now_ms_ += static_cast<std::int64_t>(rng_.below(faults ? 3'000 : 300));
    // Nothing may happen for minutes while the line is stopped.
    if (state_.stopped && !up_ && !down_ && state_.timer_ms) now_ms_ = std::max(now_ms_, *state_.timer_ms);
    switch (rng_.below(9)) {
      case 0:
      case 1:
        if (faults) append();
        break;
      case 2:
        if (faults && rng_.chance(1, 40)) forget();
        if (faults && rng_.chance(1, 10)) fork();
        if (faults && rng_.chance(1, 3)) go_back();
        break;
      case 3:
        if (faults && rng_.chance(1, 4)) tell(PollNow{});
        break;
      case 4:
        if (!late_.empty()) {
          const auto input = late_.front();
          late_.pop_front();
          // The runner matches answers to requests, so a copy is only heard when nothing is under way.
          if (!(std::holds_alternative<UpAccepted>(input) ? up_.has_value() : down_)) tell(input);
        }
        break;
      case 5:
        if (limits_.bulk_events_min > 0 && rng_.chance(1, 5)) tell(BulkWindow{!faults || rng_.chance(1, 2)});
        break;
      default:
        answer(faults);
    }
    if (state_.timer_ms && now_ms_ >= *state_.timer_ms) tell(Tick{});
    if (faults && state_.stopped && rng_.chance(1, 200)) tell(Resumed{});
  }

  // Every fact is at the hub, and the hub holds each once.
  [[nodiscard]] bool drained() const {
    auto held = hubs_alone_;
    for (const auto& [epoch, facts] : hub_) held.insert(facts.begin(), facts.end());
    return queued() == 0 && held.size() >= facts_ && state_.queued == 0;
  }
  [[nodiscard]] bool twice() const {
    std::multiset<Fact> held;
    for (const auto& [epoch, facts] : hub_) held.insert(facts.begin(), facts.end());
    return std::ranges::any_of(held, [&](Fact fact) { return fact != foreign && held.count(fact) > 1; });
  }
  [[nodiscard]] std::uint64_t facts() const { return facts_; }
  [[nodiscard]] std::uint64_t forks() const { return forks_; }
  [[nodiscard]] std::uint64_t rollbacks() const { return rollbacks_; }
  [[nodiscard]] std::uint64_t ended_idle() const { return ended_idle_; }
  // Nothing is queued while the hub holds a longer history of the live epoch.
  [[nodiscard]] bool lives_in_the_past() const {
    const auto held = hub_.find(lives_.back().epoch);
    return held != hub_.end() && held->second.size() > lives_.back().facts.size();
  }
  [[nodiscard]] std::uint64_t asked_again() const { return asked_again_; }
  [[nodiscard]] const std::string& diary() const { return diary_; }

 private:
  static constexpr Fact foreign = 0;  // of another copy

  [[nodiscard]] std::uint64_t queued() const {
    std::uint64_t sum = 0;
    for (const auto& life : lives_) sum += life.facts.size() - life.acked;
    return sum;
  }

  Life& life_of(base::Epoch epoch) {
    return *std::ranges::find_if(lives_, [&](const Life& life) { return life.epoch == epoch.value; });
  }

  Life& to_send() {
    for (auto& life : lives_) {
      if (life.acked < life.facts.size()) return life;
    }
    return lives_.back();
  }

  std::vector<Fact>& hub_of(base::Epoch epoch) { return hub_[epoch.value]; }

  void append() {
    for (auto count = 1 + rng_.below(40); count > 0; --count) lives_.back().facts.push_back(++facts_);
    report();
  }

  // The hub is restored from a backup; perhaps from before it knew some epoch.
  void forget() {
    for (auto& [epoch, facts] : hub_) facts.resize(rng_.below(facts.size() + 1));
    std::erase_if(hub_, [](const auto& entry) { return entry.second.empty(); });
  }

  // A copy of this terminal as of the last acknowledgement got to the hub first.
  void fork() {
    auto& live = lives_.back();
    auto& held = hub_of(base::Epoch{static_cast<std::uint32_t>(live.epoch)});
    if (up_ || held.size() != live.acked || live.acked == live.facts.size()) return;
    held.resize(held.size() + 1 + rng_.below(5), foreign);
    ++forks_;
  }

  // The disk's image of some time ago is back; the hub holds what is missing here. What is recorded next takes its
  // place.
  void go_back() {
    auto& live = lives_.back();
    const auto& held = hub_of(base::Epoch{static_cast<std::uint32_t>(live.epoch)});
    if (up_ || live.facts.empty() || held != live.facts) return;
    const auto kept = static_cast<std::ptrdiff_t>(rng_.below(live.facts.size()));
    hubs_alone_.insert(live.facts.begin() + kept, live.facts.end());
    live.facts.erase(live.facts.begin() + kept, live.facts.end());
    live.acked = rng_.below(live.facts.size() + 1);
    ++rollbacks_;
    if (rng_.chance(1, 2)) return append();
    report();
  }

  void report() {
    const auto& life = to_send();
    tell(OutboxChanged{base::Epoch{static_cast<std::uint32_t>(life.epoch)}, base::Seq{life.acked},
                       base::Seq{life.facts.size()}, queued()});
  }

  void answer(bool faults) {
    const bool up = (rng_.chance(1, 2) && up_) || !down_;
    if (up && up_) {
      const auto request = *up_;
      up_.reset();
      answer_up(request, faults);
    } else if (down_) {
      down_ = false;
      answer_down(faults);
    }
  }

  void answer_up(const SendUp& request, bool faults) {
    tell_moved({request.events_max * 10ULL, 0});
    const auto dice = faults ? rng_.below(14) : 13;
    if (dice == 0) return tell(UpFailed{{base::Code::hub_unreachable, "test", ""}, 0});
    if (dice == 1) return tell(UpFailed{{base::Code::overloaded, "test", ""}, 2'000});
    if (dice == 2 && rng_.chance(1, 10)) return refuse(UpRefused{{base::Code::unauthorized, "test", ""}});
    if (dice == 7) {
      tell(UpWithdrawn{});
      return report();
    }
    auto& held = hub_of(request.epoch);
    const auto& ours = life_of(request.epoch).facts;
    if (held.size() + 1 < request.from.value) return tell(UpGap{request.epoch, base::Seq{held.size()}});
    // A batch may end by its bytes before it has as many facts as it may.
    const auto events = rng_.chance(1, 2) ? request.events_max : 1 + rng_.below(request.events_max);
    const auto last = std::min<std::uint64_t>(ours.size(), request.from.value + events - 1);
    for (auto seq = request.from.value; seq <= last; ++seq) {
      if (seq <= held.size() && held[seq - 1] != ours[seq - 1]) {
        return tell(UpForked{request.epoch, base::Seq{common(held, ours)}});
      }
      if (seq > held.size()) held.push_back(ours[seq - 1]);
    }
    if (dice == 3) return tell(UpFailed{{base::Code::timeout, "test", ""}, 0});  // taken, but the answer is lost
    const UpAccepted accepted{request.epoch,         base::Seq{last},         base::Seq{held.size()},
                              dice == 4 ? 700U : 0U, dice == 5 ? 0U : 1'000U, 10'000};
    if (dice == 6) late_.push_back(accepted);  // a second copy, some time later
    tell(accepted);
  }

  static std::uint64_t common(const std::vector<Fact>& a, const std::vector<Fact>& b) {
    std::uint64_t length = 0;
    while (length < a.size() && length < b.size() && a[length] == b[length]) ++length;
    return length;
  }

  void answer_down(bool faults) {
    tell_moved({0, 100});
    const auto dice = faults ? rng_.below(10) : 9;
    if (dice == 0) return tell(DownFailed{{base::Code::hub_not_a_hub, "test", ""}, 0});
    if (dice == 1 && rng_.chance(1, 10)) return refuse(DownRefused{{base::Code::unauthorized, "test", ""}});
    if (fetching_) return rng_.chance(1, 3) ? tell(SnapshotAdopted{}) : tell(SnapshotProgress{true});
    DownArrived page;
    page.more = dice == 2;
    page.news = dice == 3;
    page.poll_ms = 5'000;
    page.poll_slot_ms = dice == 4 ? 20'000 : 0;
    page.snapshot = dice == 5 ? Snapshot::wanted : Snapshot::none;
    page.value_suspended = dice == 6;
    for (const auto& life : lives_) {
      const base::Epoch epoch{static_cast<std::uint32_t>(life.epoch)};
      const auto held = hub_.contains(epoch.value) ? hub_of(epoch).size() : 0;
      if (held < life.acked) page.behind.push_back({epoch, base::Seq{held}});
    }
    const auto& live = lives_.back();
    const base::Epoch epoch{static_cast<std::uint32_t>(live.epoch)};
    if (hub_.contains(epoch.value) && hub_of(epoch).size() > live.facts.size()) {
      page.ahead = base::EpochMark{epoch, base::Seq{live.facts.size()}};
    }
    if (dice == 3) late_.push_back(page);
    tell(page);
  }

  void refuse(const Input& input) {
    quiet_since_ms_ = now_ms_;
    tell(input);
  }

  // What was refused is asked again after minutes only.
  void check_pause(bool refused) {
    if (!refused) return;
    REQUIRE(now_ms_ - quiet_since_ms_ >= limits_.stop_retry_ms / 2);
    quiet_since_ms_ = now_ms_;
    ++asked_again_;
  }

  void tell_moved(const BytesMoved& moved) {
    for (const auto& action : step(state_, now_ms_, moved, jitter_, limits_)) perform(action);
  }

  void tell(const Input& input) {
    for (const auto& action : step(state_, now_ms_, input, jitter_, limits_)) perform(action);
    check();
  }

  void perform(const Action& action) {
    diary_ += std::to_string(action.index()) + "@" + std::to_string(now_ms_) + " ";
    std::visit([this](const auto& what) { perform_one(what); }, action);
  }

  void perform_one(const SendUp& send) {
    REQUIRE_FALSE(up_.has_value());  // never two uploads
    REQUIRE(send.from.value == life_of(send.epoch).acked + 1);
    REQUIRE(send.events_max >= 1);
    REQUIRE(send.events_max <= limits_.batch_events_max);
    REQUIRE(send.bytes_max >= 1);
    REQUIRE_FALSE(state_.down_stopped);
    check_pause(state_.stopped.has_value());
    up_ = send;
  }
  void perform_one(const Acknowledge& ack) {
    auto& life = life_of(ack.epoch);
    REQUIRE(ack.through.value > life.acked);                 // forward only
    REQUIRE(ack.through.value <= hub_of(ack.epoch).size());  // only what the hub holds
    REQUIRE(ack.through.value <= life.facts.size());
    const auto& held = hub_of(ack.epoch);
    REQUIRE(common(held, life.facts) >= ack.through.value);  // and these very facts
    life.acked = ack.through.value;
    pending_report_ = true;
  }
  void perform_one(const Rewind& rewind) {
    REQUIRE_FALSE(up_.has_value());
    for (const auto& mark : rewind.marks) {
      auto& life = life_of(mark.epoch);
      life.acked = std::min(life.acked, mark.through.value);
    }
    pending_report_ = true;
  }
  void perform_one(const Reissue& reissue) {
    REQUIRE_FALSE(up_.has_value());
    auto& old = life_of(reissue.epoch);
    REQUIRE(reissue.common_through.value <= old.facts.size());
    if (reissue.common_through.value == old.facts.size()) ++ended_idle_;
    std::vector<Fact> moved(old.facts.begin() + static_cast<std::ptrdiff_t>(reissue.common_through.value),
                            old.facts.end());
    old.facts.resize(reissue.common_through.value);
    old.acked = std::min<std::uint64_t>(old.acked, old.facts.size());
    if (old.epoch == lives_.back().epoch) lives_.push_back({next_epoch_++, {}, 0});
    auto& live = lives_.back().facts;
    live.insert(live.end(), moved.begin(), moved.end());
    pending_report_ = true;
  }
  void perform_one(const AskDown& ask) {
    REQUIRE_FALSE(down_);
    REQUIRE(ask.rows_max >= 1);
    REQUIRE(ask.timeout_ms > ask.wait_ms);
    check_pause(state_.down_stopped);
    down_ = true;
    fetching_ = false;
  }
  void perform_one(const FetchSnapshot&) {
    REQUIRE_FALSE(down_);
    check_pause(state_.down_stopped);
    down_ = true;
    fetching_ = true;
  }
  void perform_one(const SetTimer& timer) {
    REQUIRE(timer.at_ms > now_ms_);
    timer_set_ = true;
  }
  void perform_one(const LineChanged& line) {
    REQUIRE((line.line != line_.line || line.reason != line_.reason || line.notice != line_.notice));
    line_ = line;
  }

  void check() {
    if (pending_report_) {
      pending_report_ = false;
      report();
    }
    if (queued() > 0 && !state_.down_stopped) REQUIRE((up_.has_value() || state_.timer_ms.has_value()));
    REQUIRE((down_ || state_.timer_ms.has_value()));
    if (state_.timer_ms) REQUIRE(timer_set_);
  }

  base::SeededRng rng_;
  base::SeededRng jitter_;
  Limits limits_;
  State state_;
  std::int64_t now_ms_{0};
  std::vector<Life> lives_;
  std::uint32_t next_epoch_{7};
  std::uint64_t facts_{};
  std::uint64_t forks_{};
  std::uint64_t rollbacks_{};
  std::uint64_t ended_idle_{};
  std::uint64_t asked_again_{};
  std::int64_t quiet_since_ms_{};
  std::map<std::uint64_t, std::vector<Fact>> hub_;  // by epoch
  std::set<Fact> hubs_alone_;                       // no longer here: a hub that forgets has the last copy
  std::optional<SendUp> up_;
  bool down_{false};
  bool fetching_{false};
  bool timer_set_{false};
  bool pending_report_{false};
  LineChanged line_{Line::unknown, {}, {}};
  std::deque<Input> late_;
  std::string diary_;
};

}  // namespace

TEST_CASE("random surroundings never break the engine's promises, and the queue drains once they behave") {
  std::uint64_t forks = 0;
  std::uint64_t rollbacks = 0;
  std::uint64_t ended_idle = 0;
  std::uint64_t asked_again = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    World world{seed};
    for (int i = 0; i < 400; ++i) world.random_event(true);
    int steps = 0;
    while ((!world.drained() || world.lives_in_the_past()) && steps < 20'000) {
      world.random_event(false);
      ++steps;
    }
    REQUIRE(world.drained());
    REQUIRE_FALSE(world.lives_in_the_past());
    REQUIRE_FALSE(world.twice());
    REQUIRE(world.facts() > 0);
    forks += world.forks();
    rollbacks += world.rollbacks();
    ended_idle += world.ended_idle();
    asked_again += world.asked_again();
  }
  CHECK(forks > 50);
  CHECK(rollbacks > 50);
  CHECK(ended_idle > 5);
  CHECK(asked_again > 50);
}

TEST_CASE("the same seed gives the same actions at the same times") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World first{seed};
    World second{seed};
    for (int i = 0; i < 300; ++i) {
      first.random_event(true);
      second.random_event(true);
    }
    REQUIRE(first.diary() == second.diary());
  }
}
