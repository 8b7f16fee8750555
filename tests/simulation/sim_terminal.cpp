// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/sim_terminal.h"

#include <deque>

namespace millpond::simulation {
namespace {

constexpr const char* journal_file = "journal.db";
constexpr const char* replica_file = "replica.db";
constexpr const char* download_file = "replica.db.download";
constexpr const char* incoming_file = "replica.db.incoming";

// So that a snapshot of these small worlds takes several pieces. Half of the terminals have a line whose bytes end a
// batch before the number of its facts does.
engine::Limits limits_of(base::TerminalId terminal) {
  engine::Limits small;
  small.snapshot_piece_bytes_max = 4'096;
  if (terminal.value % 2 == 0) small.batch_bytes_max = 4'096;
  return small;
}

// Answers at once: whoever stands at a till waits, and no virtual time goes by.
class TillLine final : public net::HttpClient {
 public:
  TillLine(Network& network, std::function<Line()> line) : network_{network}, line_{std::move(line)} {}
  base::Result<net::HttpAnswer> perform(const net::HttpRequest& request) override {
    return network_.ask(request, line_());
  }

 private:
  Network& network_;
  std::function<Line()> line_;
};

bool is_down(const client::Outgoing& outgoing) { return outgoing.question == client::Question::page; }

}  // namespace

SimTerminal::SimTerminal(Surroundings surroundings, const wire::Provisioned& provisioned, const KeySeed& key,
                         bool sectors_whole, std::uint64_t seed)
    : around_{surroundings},
      credentials_{provisioned.certificate.terminal, provisioned.brand,
                   std::make_shared<crypto::SigningKey>(crypto::SigningKey::from_seed(key)), provisioned.hub_key},
      sectors_whole_{sectors_whole},
      rng_{seed},
      jitter_{seed + 1},
      nonces_{seed + 2},
      clock_{surroundings.timeline},
      disk_{"sim-terminal-" + std::to_string(credentials_.terminal.value) + "-" +
                std::to_string(reinterpret_cast<std::uintptr_t>(this)),
            seed + 3},
      disk_number_{credentials_.terminal.value},
      provisioned_{provisioned},
      key_{key},
      identity_{"sim",
                provisioned.root,
                provisioned.brand,
                provisioned.hub_key,
                {},
                provisioned.certificate,
                crypto::SigningKey::from_seed(key),
                {},
                {},
                terminal::MovingDay{provisioned.certificate.last_day}} {
  if (sectors_whole_) disk_.keep_sectors_whole();
}

SimTerminal::~SimTerminal() {
  disk_.kill();
  close_files();
}

void SimTerminal::close_files() {
  redeem_line_.reset();
  terminal_.reset();
  executor_.reset();
  replica_.reset();
  journal_thread_.reset();
  journal_ = nullptr;
}

void SimTerminal::boot() {
  disk_.power_on();
  disk_.heal();
  ++life_;
  deaths_ = disk_.deaths();
  disk_.lie_about_syncs(around_.lying_disks && faulty_ && rng_.chance(1, 2));
  if (faulty_ && rng_.chance(1, 8)) disk_.fail_after(rng_.below(80), tests::FaultKind::power_cut);  // while it starts
  const auto opened = open_journal();
  if (died()) return;
  if (!opened) return around_.oracle.violated("the journal does not open: " + base::describe(opened.error()));
  if (const auto health = journal_->health(); health && health->salvaged && !journal_flipped_) {
    around_.oracle.violated("a journal was mended that nothing had damaged");
  }
  const auto replica = open_replica();
  if (died()) return;
  if (!replica) return around_.oracle.violated("the replica does not open: " + base::describe(replica.error()));
  const auto& certificate = provisioned_.certificate;
  time_.emplace(clock_, "boot-" + std::to_string(life_),
                store::HubTime::Span{certificate.first_day * day_ms, (certificate.last_day + 1) * day_ms});
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
  terminal_.emplace(identity_, *journal_thread_, *replica_, *time_, nonces_);
  redeem_line_.emplace(credentials_, std::make_unique<TillLine>(around_.network, [this] { return line(); }), clock_,
                       *time_, nonces_);
  if (const auto loaded = terminal_->load_programme(); !loaded && !died() && !journal_flipped_) {
    around_.oracle.violated("the programme does not load: " + base::describe(loaded.error()));
  }
  engine_ = {};
  check_own_points();
  if (died()) return;
  feed(engine::Started{});
  if (executor_) feed_all(executor_->report_outbox());
  look_after(life_);
}

// Now and then somebody sees that the hub revoked this terminal, and has it asked again: a hub that was restored from
// before that knows nothing of it. After every other refusal the engine asks again by itself.
void SimTerminal::look_after(std::uint64_t life) {
  const auto pause_ms = faulty_ ? static_cast<std::int64_t>(rng_.below(4 * hour_ms)) : 10 * minute_ms;
  around_.timeline.after(pause_ms, [this, life] {
    if (life != life_ || !executor_) return;
    if (engine_.stopped && engine_.stopped->code == base::Code::terminal_revoked) feed(engine::Resumed{});
    look_after(life);
  });
}

base::Result<> SimTerminal::open_journal() {
  store::JournalOptions options;
  options.path = journal_file;
  options.owner = {credentials_.brand, credentials_.terminal, base::StoreId{1}};
  options.machine = {"machine-" + std::to_string(machine_), "disk", 7, {}};
  options.vfs = disk_.vfs_name();
  options.cache_kib = 64;  // small beside the files of a short life, so that pages are read from the disk again
  if (around_.bug == Bug::ring_pruned_early) options.retention_ms = hour_ms;
  auto journal = store::Journal::open(std::move(options), clock_, nonces_);
  if (!journal) return journal.error();
  auto watched = watch(std::move(*journal), credentials_.terminal, disk_, around_.oracle, recorder_, around_.bug);
  journal_ = watched.get();
  journal_thread_ = std::make_unique<store::JournalThread>(std::move(watched));
  return journal_thread_->with([](store::Journal&) {});  // it has started, and waits from now on
}

base::Result<> SimTerminal::open_replica() {
  auto replica = store::Replica::open(replica_file, disk_.vfs_name());
  if (!replica) return replica.error();
  replica_ = watch(std::move(*replica), disk_, around_.oracle, around_.bug,
                   sectors_whole_ && !replica_flipped_ && !replica_of_another_ && !journal_flipped_);
  return {};
}

void SimTerminal::feed_all(const std::vector<engine::Input>& inputs) {
  for (const auto& input : inputs) feed(input);
}

void SimTerminal::feed(const engine::Input& first) {
  std::deque<engine::Input> inputs{first};
  while (!inputs.empty() && executor_) {
    const auto actions =
        engine::step(engine_, clock_.monotonic_ms(), inputs.front(), jitter_, limits_of(credentials_.terminal));
    inputs.pop_front();
    for (const auto& action : actions) {
      if (const auto* timer = std::get_if<engine::SetTimer>(&action)) set_timer(timer->at_ms);
      executor_->tend_personal();
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
      strike(3);
      static const std::atomic<bool> never{};  // outlives what was staged
      const auto done = outgoing.work(never);
      if (died()) return;
      auto inputs = executor_->finish(outgoing, done ? base::Result<net::HttpAnswer>{net::HttpAnswer{200, {}, {}}}
                                                     : base::Result<net::HttpAnswer>{done.error()});
      if (!died()) feed_all(inputs);
    });
    return;
  }
  auto request = outgoing.signed_request.http;
  if (request.target == "/v1/up" && cut_in_upload_until_ms_ > around_.timeline.now_ms()) {
    around_.timeline.after(1,
                           [this, until_ms = std::exchange(cut_in_upload_until_ms_, 0)] { isolate_until(until_ms); });
  }
  if (request.part) {
    request.part->sink = [this, life = life_, keep = request.part->sink](base::ByteView piece) -> base::Result<> {
      if (life != life_ || !executor_) return base::Error{base::Code::cancelled, "keep piece", "nobody is there"};
      strike(6);
      return keep(piece);
    };
  }
  around_.network.send(
      std::move(request), [this] { return line(); },
      [this, life = life_, outgoing = std::move(outgoing)](const base::Result<net::HttpAnswer>& answer) {
        if (life != life_ || !executor_ || died()) return;  // whoever asked is gone
        strike(12);
        const auto inputs = executor_->finish(outgoing, answer);
        if (died()) return;
        for (const auto& input : inputs) {
          if (std::holds_alternative<engine::DownArrived>(input)) note_page(outgoing, answer);
        }
        feed_all(inputs);
        if (executor_ && executor_->take_new_programme()) static_cast<void>(terminal_->load_programme());
        if (!answer && answer.error().code == base::Code::certificate_invalid) check_says_why();
      });
}

Line SimTerminal::line() const {
  const auto now_ms = around_.timeline.now_ms();
  if (now_ms < line_back_ms_) return Line::cut;
  if (now_ms < trusted_again_ms_) return Line::untrusted;
  return now_ms < crawls_until_ms_ ? Line::crawls : Line::well;
}

void SimTerminal::note_page(const client::Outgoing& outgoing, const base::Result<net::HttpAnswer>& answer) {
  if (!is_down(outgoing) || !answer) return;
  const auto page = wire::decode_down_page(answer->body);
  if (page) suspended_ = page->value_suspended;
  if (!page || page->more || page->snapshot_required) return;
  replica_of_another_ = replica_gone_ = false;
  included_epoch_ = page->includes_epoch;
  included_ = page->includes_your_seq;
}

bool SimTerminal::died() {
  if (disk_.deaths() == deaths_) return false;
  // A strike that was planned has happened whatever its name; counting cannot be switched off any more.
  static_cast<void>(around_.faults.begins(disk_.powered() ? Fault::terminal_killed : Fault::terminal_power_cut));
  if (disk_.bytes_of(download_file) + disk_.bytes_of(incoming_file) > 0) {
    static_cast<void>(around_.faults.begins(Fault::snapshot_crash));
  }
  die();
  return true;
}

// Nothing on this disk can be relied on, and no program can tell: what was told is counted where it is missed, and what
// the promise is about goes on with what is told from now on.
void SimTerminal::note_lie() {
  if (disk_.lies() == lies_) return;
  lies_ = disk_.lies();
  lied_ = copied_ = replica_flipped_ = journal_flipped_ = true;
  image_.reset();
  around_.oracle.disk_lied(disk_number_, id());
}

void SimTerminal::die() {
  note_lie();
  close_files();
  deaths_ = disk_.deaths();
  ++life_;
  if (faulty_) touch_sleeping_disk();
  const auto pause_ms = second_ms + static_cast<std::int64_t>(rng_.below(10 * minute_ms));
  around_.timeline.after(pause_ms, [this, life = life_] {
    if (life == life_) boot();
  });
}

}  // namespace millpond::simulation
