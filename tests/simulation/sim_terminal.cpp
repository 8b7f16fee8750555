// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/sim_terminal.h"

#include "tests/simulation/planted.h"

#include <deque>

namespace millpond::simulation {
namespace {

constexpr const char* journal_file = "journal.db";
constexpr const char* replica_file = "replica.db";

bool is_down(const client::Outgoing& outgoing) { return outgoing.question == client::Question::page; }

}  // namespace

SimTerminal::SimTerminal(Surroundings surroundings, client::Credentials credentials, bool sectors_whole,
                         std::uint64_t seed)
    : around_{surroundings},
      credentials_{std::move(credentials)},
      sectors_whole_{sectors_whole},
      rng_{seed},
      jitter_{seed + 1},
      nonces_{seed + 2},
      clock_{surroundings.timeline},
      disk_{"sim-terminal-" + std::to_string(credentials_.terminal.value) + "-" +
                std::to_string(reinterpret_cast<std::uintptr_t>(this)),
            seed + 3},
      disk_number_{credentials_.terminal.value} {
  if (sectors_whole_) disk_.keep_sectors_whole();
}

SimTerminal::~SimTerminal() {
  disk_.kill();
  executor_.reset();
}

void SimTerminal::boot() {
  disk_.power_on();
  disk_.heal();
  ++life_;
  deaths_ = disk_.deaths();
  if (faulty_ && rng_.chance(1, 8)) disk_.fail_after(rng_.below(80), tests::FaultKind::power_cut);  // while it starts
  const auto opened = open_journal();
  if (died()) return;
  if (!opened) return around_.oracle.violated("the journal does not open: " + base::describe(opened.error()));
  const auto replica = open_replica();
  if (died()) return;
  if (!replica) return around_.oracle.violated("the replica does not open: " + base::describe(replica.error()));
  time_.emplace(clock_, "boot-" + std::to_string(life_), store::HubTime::Span{});
  if (const auto loaded = time_->load(*journal_); !loaded && !died()) {
    around_.oracle.violated("the hub's time cannot be read: " + base::describe(loaded.error()));
  }
  if (died()) return;
  executor_.emplace(
      credentials_, *time_,
      [this](const std::function<void(store::Journal&)>& function) -> base::Result<> {
        function(*journal_);
        return {};
      },
      *replica_, clock_, nonces_);
  engine_ = {};
  check_own_points();
  if (died()) return;
  feed(engine::Started{});
  if (executor_) feed_all(executor_->report_outbox());
}

base::Result<> SimTerminal::open_journal() {
  store::JournalOptions options;
  options.path = journal_file;
  options.owner = {credentials_.brand, credentials_.terminal, base::StoreId{1}};
  options.machine = {"machine-" + std::to_string(machine_), "disk", 7, {}};
  options.vfs = disk_.vfs_name();
  auto journal = store::Journal::open(std::move(options), clock_, nonces_);
  if (!journal) return journal.error();
  journal_ = watch(std::move(*journal), credentials_.terminal, disk_, clock_, around_.oracle, around_.bug);
  return {};
}

base::Result<> SimTerminal::open_replica() {
  auto replica = store::Replica::open(replica_file, disk_.vfs_name());
  if (!replica && replica.error().code == base::Code::store_corrupt) {
    // The product sets a damaged file aside with the file system's means, which files in memory lack.
    disk_.remove(replica_file);
    disk_.remove(std::string{replica_file} + "-wal");
    replica = store::Replica::open(replica_file, disk_.vfs_name());
  }
  if (!replica) return replica.error();
  replica_ = watch(std::move(*replica), around_.oracle, around_.bug,
                   sectors_whole_ && !replica_flipped_ && !replica_of_another_ && !journal_flipped_);
  return {};
}

void SimTerminal::feed_all(const std::vector<engine::Input>& inputs) {
  for (const auto& input : inputs) feed(input);
}

void SimTerminal::feed(const engine::Input& first) {
  std::deque<engine::Input> inputs{first};
  while (!inputs.empty() && executor_) {
    const auto actions = engine::step(engine_, clock_.monotonic_ms(), inputs.front(), jitter_);
    inputs.pop_front();
    for (const auto& action : actions) {
      if (const auto* timer = std::get_if<engine::SetTimer>(&action)) set_timer(timer->at_ms);
      auto outcome = executor_->execute(action);
      if (died()) return;
      for (auto& input : outcome.inputs) inputs.push_back(std::move(input));
      if (outcome.outgoing) send(std::move(*outcome.outgoing));
    }
  }
}

void SimTerminal::set_timer(std::int64_t at_ms) {
  around_.timeline.at(at_ms, [this, at_ms, life = life_] {
    if (life == life_ && engine_.timer_ms == at_ms) feed(engine::Tick{});
  });
}

void SimTerminal::send(client::Outgoing outgoing) {
  if (outgoing.work) {
    around_.timeline.after(1, [this, life = life_, outgoing = std::move(outgoing)] {
      if (life != life_ || !executor_) return;
      const std::atomic<bool> never{};
      const auto done = outgoing.work(never);
      if (died()) return;
      auto inputs = executor_->finish(outgoing, done ? base::Result<net::HttpAnswer>{net::HttpAnswer{200, {}, {}}}
                                                     : base::Result<net::HttpAnswer>{done.error()});
      if (!died()) feed_all(inputs);
    });
    return;
  }
  auto request = outgoing.signed_request.http;
  const auto line = [this] {
    if (around_.timeline.now_ms() < line_back_ms_) return Line::cut;
    return around_.timeline.now_ms() < crawls_until_ms_ ? Line::crawls : Line::well;
  };
  around_.network.send(
      std::move(request), line,
      [this, life = life_, outgoing = std::move(outgoing)](const base::Result<net::HttpAnswer>& answer) {
        if (life != life_ || !executor_) return;  // whoever asked is gone
        strike();
        const auto inputs = executor_->finish(outgoing, answer);
        if (died()) return;
        for (const auto& input : inputs) {
          if (std::holds_alternative<engine::DownArrived>(input)) note_page(outgoing, answer);
        }
        feed_all(inputs);
      });
}

void SimTerminal::note_page(const client::Outgoing& outgoing, const base::Result<net::HttpAnswer>& answer) {
  if (!is_down(outgoing) || !answer) return;
  const auto page = wire::decode_down_page(answer->body);
  if (!page || page->more) return;
  replica_of_another_ = false;
  included_epoch_ = page->includes_epoch;
  included_ = page->includes_your_seq;
}

bool SimTerminal::died() {
  if (disk_.deaths() == deaths_) return false;
  // A strike that was planned has happened whatever its name; counting cannot be switched off any more.
  static_cast<void>(around_.faults.begins(disk_.powered() ? Fault::terminal_killed : Fault::terminal_power_cut));
  die();
  return true;
}

void SimTerminal::die() {
  executor_.reset();
  replica_.reset();
  journal_.reset();
  deaths_ = disk_.deaths();
  ++life_;
  if (faulty_) touch_sleeping_disk();
  const auto pause_ms = second_ms + static_cast<std::int64_t>(rng_.below(10 * minute_ms));
  around_.timeline.after(pause_ms, [this, life = life_] {
    if (life == life_) boot();
  });
}

}  // namespace millpond::simulation
