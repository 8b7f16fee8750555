// SPDX-License-Identifier: Apache-2.0
// SimTerminal: one terminal with the shipped engine, executor, journal and replica over a disk that crashes, and the
// people in front of it: tills that repeat a sale until it is answered, and members who enrol, earn and redeem. What
// happens within a rush shares commits, as waiting actions do in the product. What people are told goes to the oracle.
// One thread.
#pragma once

#include "sync/base/rng.h"
#include "sync/client/executor.h"
#include "sync/engine/engine.h"
#include "sync/model/programme.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/network.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/sim_hub.h"
#include "tests/simulation/timeline.h"
#include "tests/support/crash_vfs.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millpond::simulation {

// What terminals of one simulation share.
struct Surroundings {
  Timeline& timeline;
  SimHub& hub;
  Network& network;
  Oracle& oracle;
  Faults& faults;
  const model::Programme& programme;
  std::vector<base::MemberId>& members;    // enrolled anywhere: people walk into other shops
  std::vector<model::CouponIssued>& seen;  // coupons of all terminals, as people show them elsewhere
  std::uint32_t actions_a_day{};
  Bug bug{};
};

class SimTerminal {
 public:
  // sectors_whole: its disk protects single sectors at a power cut; the others garble them too.
  SimTerminal(Surroundings surroundings, client::Credentials credentials, bool sectors_whole, std::uint64_t seed);
  // Another machine with a copy of this one's disk and key, in another shop: its tills have other names.
  [[nodiscard]] std::unique_ptr<SimTerminal> clone(std::uint64_t seed, Oracle::DiskNumber disk);
  ~SimTerminal();
  SimTerminal(const SimTerminal&) = delete;
  SimTerminal& operator=(const SimTerminal&) = delete;

  void boot();
  void open_until(std::int64_t closes_ms);  // people come until then
  void plan_faults(std::int64_t until_ms);
  void heal();  // line, disk and clock are well from now on

  // Nothing to send, nothing to hear, and the last page included everything that happened here.
  [[nodiscard]] bool settled(std::uint64_t hub_seq);
  [[nodiscard]] std::string describe();
  // In the end: what a member would be shown, and chain, documents and sizes.
  void check_shown(const std::vector<hub::Balance>& balances);
  void check_files();
  [[nodiscard]] std::uint64_t commits() const { return commits_; }

 private:
  struct Sale {  // everything about a sale that its repetition repeats
    model::SaleKey key;
    base::MemberId member;
    std::int64_t total_minor{};
    bool gives_coupon{};
    base::CouponId redeems;
    std::optional<model::CouponIssued> from_elsewhere;
  };
  struct Attempt {             // one action of a group, and its facts for the oracle once it is committed
    std::optional<Sale> sale;  // else an enrolment
    std::vector<model::FactBody> facts;
    std::optional<base::MemberId> enrolled;
    std::optional<model::CouponIssued> issued;
  };

  // sim_terminal.cpp
  [[nodiscard]] base::Result<> open_journal();
  [[nodiscard]] base::Result<> open_replica();
  void feed(const engine::Input& input);
  void feed_all(const std::vector<engine::Input>& inputs);
  void send(client::Outgoing outgoing);
  void set_timer(std::int64_t at_ms);
  void note_page(const client::Outgoing& outgoing, const base::Result<net::HttpAnswer>& answer);
  [[nodiscard]] bool died();  // after any use of the disk: true when it struck, and then the terminal is down
  void die();

  // terminal_checks.cpp
  void check_own_points();  // after a start, before the hub says anything

  // terminal_faults.cpp
  void strike();
  void cut_line();
  void shift_clock();
  void fail_disk();
  void lose_disk();
  void delete_journal();
  void keep_image();
  void go_back_to_image();
  void touch_sleeping_disk();
  void show_newer_journal();

  // visits.cpp
  void rush();
  [[nodiscard]] std::vector<Attempt> make_attempts();
  [[nodiscard]] Sale make_sale();
  [[nodiscard]] base::Result<> act(store::Transaction& transaction, Attempt& attempt);
  [[nodiscard]] base::Result<> enrol(store::Transaction& transaction, Attempt& attempt);
  [[nodiscard]] base::Result<> record(store::Transaction& transaction, Attempt& attempt);
  [[nodiscard]] base::Result<> use_coupons(store::Transaction& transaction, Attempt& attempt, base::Seq seq);
  [[nodiscard]] base::Result<base::Seq> append(store::Transaction& transaction, model::FactBody body, Attempt& attempt);
  void tell(const Attempt& attempt);
  [[nodiscard]] std::int32_t utc_offset_min();

  Surroundings around_;
  client::Credentials credentials_;
  const bool sectors_whole_;
  base::SeededRng rng_;
  base::SeededRng jitter_;
  base::SeededRng nonces_;
  MachineClock clock_;
  tests::CrashDisk disk_;
  Oracle::DiskNumber disk_number_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<store::Replica> replica_;
  std::optional<store::HubTime> time_;
  std::optional<client::Executor> executor_;
  engine::State engine_;
  std::uint64_t life_{};
  std::uint64_t deaths_{};
  std::uint32_t machine_{1};
  bool faulty_{true};
  bool replica_flipped_{};
  bool replica_of_another_{};  // a journal that is gone stood beside it; until the hub is asked

  bool journal_flipped_{};
  bool copied_{};  // another live copy writes under this terminal's name, or did
  struct Image {
    std::shared_ptr<const tests::CrashDisk::Image> files;
    std::size_t told{};
    std::map<base::MemberId, std::int64_t> own_points;
    std::vector<base::CouponId> coupons;
  };
  std::optional<Image> image_;
  std::int64_t line_back_ms_{};
  std::int64_t crawls_until_ms_{};
  base::Epoch included_epoch_;
  base::Seq included_;
  std::int64_t closes_ms_{};
  std::uint64_t transactions_{};
  std::uint64_t commits_{};
  std::optional<std::int32_t> offset_min_;
  std::map<base::MemberId, std::int64_t> own_points_;  // told here; a few members
  std::vector<Sale> pending_;                          // what tills repeat until it is answered
  std::vector<base::CouponId> coupons_;                // issued here and unspent, as people know them
};

}  // namespace millpond::simulation
