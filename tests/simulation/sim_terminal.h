// SPDX-License-Identifier: Apache-2.0
// SimTerminal: one terminal with the shipped engine, executor, journal and replica over a disk that crashes, and the
// people in front of it: tills that repeat a sale until it is answered, and members who enrol, earn and redeem. What
// happens within a rush shares commits, as waiting actions do in the product. What people are told goes to the oracle.
// One thread.
#pragma once

#include "sync/base/rng.h"
#include "sync/client/executor.h"
#include "sync/client/redeem_line.h"
#include "sync/engine/engine.h"
#include "sync/model/programme.h"
#include "sync/store/journal_thread.h"
#include "sync/terminal/terminal.h"
#include "tests/simulation/crowd.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/network.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/planted.h"
#include "tests/simulation/sim_hub.h"
#include "tests/simulation/timeline.h"
#include "tests/support/crash_vfs.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millpond::simulation {

struct Sold {
  model::SaleKey key;
  base::MemberId member;
  std::int64_t total_minor{};
};

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
  std::vector<Sold>& sold;                 // of all tills: goods may be brought back anywhere
  std::uint32_t actions_a_day{};
  Bug bug{};
  bool lying_disks{};
  Crowd* crowd{};  // shows codes that others were given, and tills ask the hub about them; nullptr: nobody does
};

using KeySeed = std::array<std::uint8_t, 32>;

class SimTerminal {
 public:
  // sectors_whole: its disk protects single sectors at a power cut; the others garble them too.
  SimTerminal(Surroundings surroundings, const wire::Provisioned& provisioned, const KeySeed& key, bool sectors_whole,
              std::uint64_t seed);
  // Another machine with a copy of this one's disk and key, in another shop: its tills have other names.
  [[nodiscard]] std::unique_ptr<SimTerminal> clone(std::uint64_t seed, Oracle::DiskNumber disk);
  ~SimTerminal();
  SimTerminal(const SimTerminal&) = delete;
  SimTerminal& operator=(const SimTerminal&) = delete;

  void boot();
  void open_until(std::int64_t closes_ms);  // people come until then
  void plan_faults(std::int64_t until_ms);
  void jump_years();  // its clock, ten of them, ahead
  void isolate_until(std::int64_t until_ms) { line_back_ms_ = until_ms; }
  // When its next upload is under way, so that it is stored and the answer does not come back.
  void isolate_within_upload(std::int64_t until_ms) { cut_in_upload_until_ms_ = until_ms; }
  // Whoever holds the machine deletes what it was told of other terminals' coupons, and starts it again.
  void lose_replica();
  void heal();                         // line, disk and clock are well from now on
  void fall_ill() { faulty_ = true; }  // after heal(): things go wrong again

  // Nothing to send, nothing to hear, and the last page included everything that happened here.
  [[nodiscard]] bool settled(std::uint64_t hub_seq);
  // The hub believes this terminal no more: nothing leaves, and nothing that was told is dropped.
  [[nodiscard]] bool waits_in_vain();
  void report_queued();  // to the oracle
  [[nodiscard]] std::string describe();
  // In the end: what a member would be shown, and chain, documents and sizes.
  // Shows everybody once. A row that a flipped bit changed is found when it is asked for, and mended by itself after.
  [[nodiscard]] bool all_readable(const std::vector<hub::Balance>& balances);
  void check_shown(const std::vector<hub::Balance>& balances);
  void check_files();
  [[nodiscard]] bool knows_standing();  // this copy knows what the hub thinks of it
  void check_standing();
  [[nodiscard]] base::TerminalId id() const { return credentials_.terminal; }
  [[nodiscard]] std::uint64_t commits() const { return commits_; }

 private:
  struct Sale {  // everything about a sale that its repetition repeats
    model::SaleKey key;
    base::MemberId member;
    std::int64_t total_minor{};
    bool gives_coupon{};
    base::CouponId redeems;
    std::int64_t spends{};  // points, where terminal::Terminal serves
    std::optional<model::CouponIssued> from_elsewhere;
    std::string coupon_code;                // as a till scans it; only where terminal::Terminal serves
    std::optional<model::SaleKey> refunds;  // goods of that sale came back, total_minor of them; there as well
    bool whole{};
  };
  struct Attempt {             // one action of a group, and its facts for the oracle once it is committed
    std::optional<Sale> sale;  // else an enrolment
    std::vector<model::FactBody> facts;
    std::optional<base::MemberId> enrolled;
    std::optional<model::CouponIssued> issued;
  };

  // sim_terminal.cpp
  [[nodiscard]] base::Result<> open_journal();
  void close_files();
  [[nodiscard]] base::Result<> open_replica();
  void feed(const engine::Input& input);
  void feed_all(const std::vector<engine::Input>& inputs);
  void send(client::Outgoing outgoing);
  void set_timer(std::int64_t at_ms);
  [[nodiscard]] Line line() const;
  void note_page(const client::Outgoing& outgoing, const base::Result<net::HttpAnswer>& answer);
  [[nodiscard]] bool died();  // after any use of the disk: true when it struck, and then the terminal is down
  void die();
  void note_lie();
  void look_after(std::uint64_t life);

  // terminal_checks.cpp
  void check_own_points();  // after a start, before the hub says anything
  void check_says_why();    // an operator sees that the certificate is at fault

  // terminal_faults.cpp
  void strike(std::uint64_t one_in);
  void cut_line();
  void shift_clock();
  void fail_disk();
  void lose_disk();
  void delete_journal();
  void delete_replica();
  void keep_image();
  void go_back_to_image();
  void damage_working_journal();
  void note_damage();
  [[nodiscard]] bool disk_is_to_blame(const base::Error& error);
  void touch_sleeping_disk();
  void show_newer_journal();
  void upgrade();
  [[nodiscard]] base::Result<> migrate_journal();

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

  // till_visits.cpp
  void visit_till();
  void take_outcome(Attempt& attempt, const base::Result<terminal::SaleOutcome>& outcome);
  void take_facts(const model::SaleKey& key);
  void check_honoured(const terminal::SaleOutcome& outcome);
  void ring_up(Attempt& attempt);
  void bring_back(Attempt& attempt);
  [[nodiscard]] std::optional<Sale> make_refund();
  void let_crowd_show(Sale& sale);
  [[nodiscard]] std::vector<terminal::HubReply> ask_hub(const terminal::SaleRequest& request);
  void ask_for_points(terminal::SaleRequest& request);
  void post_again(const terminal::SaleRequest& request);
  void check_spent(const terminal::SaleOutcome& outcome);
  [[nodiscard]] bool may_honour();
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
  const wire::Provisioned provisioned_;
  const KeySeed key_;
  terminal::Identity identity_;
  std::unique_ptr<store::JournalThread> journal_thread_;
  store::Journal* journal_{};  // of journal_thread_, which waits while this is used
  std::unique_ptr<store::Replica> replica_;
  std::optional<store::HubTime> time_;
  std::optional<client::Executor> executor_;
  std::optional<terminal::Terminal> terminal_;
  std::optional<client::RedeemLine> redeem_line_;
  Recorder recorder_;
  engine::State engine_;
  std::uint64_t life_{};
  std::uint64_t deaths_{};
  std::uint32_t machine_{1};
  bool faulty_{true};
  bool replica_flipped_{};
  bool replica_of_another_{};  // a journal that is gone stood beside it; until the hub is asked
  bool replica_gone_{};        // deleted, and not everything was heard again since
  bool journal_flipped_{};
  std::uint32_t met_damage_{};  // actions that damage cost
  bool lied_{};                 // and a power cut showed it
  std::uint64_t lies_{};        // cuts of the disk that took what a sync had promised
  bool copied_{};               // another live copy writes under this terminal's name, or did
  struct Image {
    std::shared_ptr<const tests::CrashDisk::Image> files;
    std::size_t told{};
    std::map<base::MemberId, std::int64_t> own_points;
    std::vector<base::CouponId> coupons;
    bool suspended{};
  };
  std::optional<Image> image_;
  bool suspended_{};  // it was told to honour nothing
  bool upgraded_{};   // the journal has been through the next release's migration
  std::int64_t line_back_ms_{};
  std::int64_t cut_in_upload_until_ms_{};
  std::int64_t crawls_until_ms_{};
  std::int64_t trusted_again_ms_{};
  base::Epoch included_epoch_;
  base::Seq included_;
  std::int64_t closes_ms_{};
  std::uint64_t transactions_{};
  std::uint64_t commits_{};
  std::optional<std::int32_t> offset_min_;
  std::map<base::MemberId, std::int64_t> own_points_;  // told here; a few members
  std::vector<Sale> pending_;                          // what tills repeat until it is answered
  std::vector<base::CouponId> coupons_;                // issued here and unspent, as people know them
  std::vector<std::string> coupon_codes_;              // of those that terminal::Terminal issued
};

}  // namespace millpond::simulation
