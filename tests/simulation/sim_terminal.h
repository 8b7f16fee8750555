// SPDX-License-Identifier: Apache-2.0
// SimTerminal: one terminal with the shipped engine, executor, journal and replica over a disk that crashes, and the
// people in front of it: a till that repeats a sale until it is answered, and members who enrol, earn and redeem.
// What they are told goes to the oracle. One thread.
#pragma once

#include "sync/base/rng.h"
#include "sync/client/executor.h"
#include "sync/engine/engine.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/network.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/timeline.h"
#include "tests/support/crash_vfs.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millpond::simulation {

// What terminals of one simulation share.
struct Surroundings {
  Timeline& timeline;
  Network& network;
  Oracle& oracle;
  FaultCounts& counts;
  std::vector<base::MemberId>& members;  // enrolled anywhere: people walk into other shops
  Bug bug{};
};

class SimTerminal {
 public:
  // sectors_whole: its disk protects single sectors at a power cut; the others garble them too.
  SimTerminal(Surroundings surroundings, client::Credentials credentials, bool sectors_whole, std::uint64_t seed);
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
  };
  struct Happened {  // facts of one action, for the oracle once it is committed
    std::vector<model::Fact> facts;
    std::optional<base::MemberId> enrolled;
    std::optional<base::CouponId> issued;
    std::optional<base::CouponId> spent;
    bool known{};  // the sale was recorded by an earlier attempt
  };

  // sim_terminal.cpp
  void feed(const engine::Input& input);
  void feed_all(const std::vector<engine::Input>& inputs);
  void send(client::Outgoing outgoing);
  void set_timer(std::int64_t at_ms);
  void note_page(const client::Outgoing& outgoing, const base::Result<net::HttpAnswer>& answer);
  [[nodiscard]] bool died();  // after any use of the disk: true when it struck, and then the terminal is down
  void die();
  [[nodiscard]] base::Result<> open_replica();
  void strike();
  void cut_line();

  // visits.cpp
  void visit();
  void enrol();
  void sell();
  [[nodiscard]] Sale make_sale();
  [[nodiscard]] base::Result<> record(store::Transaction& transaction, const Sale& sale, Happened& happened);
  [[nodiscard]] base::Result<base::Seq> append(store::Transaction& transaction, model::FactBody body,
                                               Happened& happened);
  [[nodiscard]] bool commit(const store::Action& action);
  void tell(const Happened& happened);

  Surroundings around_;
  client::Credentials credentials_;
  const bool sectors_whole_;
  base::SeededRng rng_;
  base::SeededRng jitter_;
  base::SeededRng nonces_;
  MachineClock clock_;
  tests::CrashDisk disk_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<store::Replica> replica_;
  std::optional<client::Executor> executor_;
  engine::State engine_;
  base::Epoch epoch_;
  std::uint64_t life_{};
  std::uint64_t deaths_{};
  bool faulty_{true};
  std::int64_t line_back_ms_{};
  std::int64_t disk_free_ms_{};
  base::Epoch included_epoch_;
  base::Seq included_;
  std::int64_t closes_ms_{};
  std::uint64_t transactions_{};
  std::uint64_t commits_{};
  std::optional<Sale> pending_;          // what the till repeats until it is answered
  std::vector<base::CouponId> coupons_;  // issued here and unspent, as people know them
};

}  // namespace millpond::simulation
