// SPDX-License-Identifier: Apache-2.0
// Oracle: what people were told and what the hub acknowledged, remembered outside every simulated disk, and the checks
// against it. It knows nothing of how the product works. A told fact is known by what it says (its body with the sale
// it belongs to), not by its place: a fork moves facts to another epoch, and each must still arrive once. One thread.
#pragma once

#include "sync/hub/core/hub_store.h"
#include "sync/model/facts.h"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace millpond::simulation {

using FactKey = std::tuple<base::TerminalId, base::Epoch, base::Seq>;

// What a fact says, as a number. sale: of the sale that it belongs to, for facts that name one; 0 for none.
[[nodiscard]] std::uint64_t tag_of(const model::FactBody& body, std::uint64_t sale);
[[nodiscard]] std::uint64_t tag_of(const model::SaleKey& key);

class Oracle {
 public:
  using DiskNumber = std::uint32_t;

  // Somebody tried to record this, with the sale that it belongs to (0 for none); what nobody made must never be held.
  void made(const model::FactBody& body, std::uint64_t sale);
  // A terminal whose facts are not told here one by one.
  void stranger(base::TerminalId terminal) { strangers_.insert(terminal); }
  // A person or a till was told that this is recorded, on this disk.
  void told(DiskNumber disk, std::uint64_t fact_tag);
  void told_sale(DiskNumber disk, const model::SaleKey& key);
  // Points of this member went at a terminal, for goods that came back or a sale that was paid with them, or the hub
  // joins their numbers: others hear of it by the hub alone.
  void debited_elsewhere(base::MemberId member) { debited_elsewhere_.insert(member.value); }
  [[nodiscard]] bool was_debited_elsewhere(base::MemberId member) const {
    return debited_elsewhere_.contains(member.value);
  }
  // How much a disk was told so far; for disk_went_back().
  [[nodiscard]] std::size_t told_on(DiskNumber disk) const;

  // The disk forgot what it was told after `mark`. The promise ends for what only it held: the hub's copies are the
  // last ones from now on.
  void disk_went_back(DiskNumber disk, base::TerminalId terminal, std::size_t mark, hub::HubStore& store);
  // A bit of this terminal's disk changed: what was told on it so far may be missed, but only with a word about it. A
  // sale may be among it while what it brought stayed whole: that arrives, because somebody was promised it.
  // A stored batch changed on the hub's disk, and its terminal has not told it again yet: what it held is not looked
  // at.
  void hub_lacks_a_batch(bool lacks) { lacks_a_batch_ = lacks; }
  void disk_damaged(DiskNumber disk, base::TerminalId terminal);
  // The disk said that it had synced what a power cut took: what was told on it so far is counted when it is missed.
  void disk_lied(DiskNumber disk, base::TerminalId terminal);
  [[nodiscard]] std::uint64_t lies() const { return lies_; }
  // In the end, after check_hub(): told on this disk before it was damaged, and nowhere now.
  [[nodiscard]] std::uint64_t missed_on(DiskNumber disk) const;
  // Facts whose last copy was the hub's and that a restored hub has no more are beyond the promise.
  void hub_went_back(hub::HubStore& store);
  // The hub started again on its own disk: it holds all that it acknowledged.
  void hub_started(hub::HubStore& store);

  // The hub's stage 1 stored through here; what a terminal may drop.
  void hub_stored(base::TerminalId terminal, base::Epoch epoch, base::Seq through);
  // The terminal counts everything through here as acknowledged.
  void terminal_acked(base::TerminalId terminal, base::Epoch epoch, base::Seq through);

  // Bytes that no reader understands, stored like any fact and never applied.
  void expect_poison(const FactKey& key) { poison_.insert(key); }

  // Of a terminal that the hub believes no more: what its journal has, and whether it waits to be sent.
  void still_here(const model::Fact& fact, bool queued);

  // Everything the hub holds in the end against everything that was told, and its balances against their sum. A balance
  // stops at 0 where points were spent that were not there: all such differences together are what the hub says it
  // lost.
  void check_hub(hub::HubStore& store, const std::vector<hub::Balance>& balances, std::int64_t lost_points);
  [[nodiscard]] std::uint64_t points_spent() const { return held_.spent; }
  [[nodiscard]] std::uint64_t rated_by_hub() const { return held_.rated_by_hub; }
  // After check_hub(): the hub was told of this member's enrolment.
  [[nodiscard]] bool enrolled(base::MemberId member) const { return held_.members.contains(member.value); }

  void violated(std::string what);
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  [[nodiscard]] std::uint64_t facts_told() const { return facts_told_; }
  [[nodiscard]] std::uint64_t sales_told() const { return sales_told_; }
  [[nodiscard]] std::uint64_t facts_forgotten() const { return forgotten_; }
  [[nodiscard]] std::uint64_t facts_held() const { return held_.facts; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::uint64_t applied_twice() const { return twice_; }

 private:
  struct SaleAt {
    std::uint64_t tag{};
    bool counts{};  // false: the hub had the same sale before
  };
  struct Held {
    std::map<std::pair<base::TerminalId, base::Epoch>, base::Seq> through;
    std::unordered_set<std::uint64_t> tags;
    std::unordered_set<std::uint64_t> sales;
    std::map<FactKey, SaleAt> sale_at;                       // for facts that name a sale by its place
    std::unordered_map<std::uint64_t, std::int64_t> points;  // by member
    struct Sold {                                            // what a sale that counts brought its member
      std::uint64_t member{};
      std::int64_t total_minor{};
      std::vector<std::int64_t> earned;
      struct Given {
        std::int64_t points{};
        std::int64_t least_paid_minor{};
      };
      std::vector<Given> given;
    };
    struct Back {  // of it, over all refunds
      std::int64_t net_minor{};
      bool whole{};
    };
    std::unordered_map<std::uint64_t, Sold> sold;  // by the sale's tag
    std::unordered_map<std::uint64_t, Back> back;
    std::set<base::Hash> causes;  // of awards
    std::unordered_set<std::uint64_t> spenders;
    std::uint64_t spent{};                     // points
    std::unordered_set<std::uint64_t> unsure;  // members whose points may be of either of two sales
    std::unordered_set<std::uint64_t> members;
    std::unordered_set<std::uint64_t> redeemed;  // coupons
    std::uint64_t facts{};
    std::uint64_t rated_by_hub{};  // sales
  };
  [[nodiscard]] Held read_hub(hub::HubStore& store);
  void hold(const hub::StoredBatch& batch, Held& held);
  void hold_fact(const FactKey& key, base::ByteView canonical, Held& held);
  void check_told();
  static void rated_by_hub(const model::SaleRecorded& sale, std::uint64_t tag, Held& held);
  static void take_back(Held& held);
  void check_balances(const std::vector<hub::Balance>& balances, std::int64_t lost_points);
  void held_again(const FactKey& key, std::uint64_t tag);
  // The tag of a fact whose sale is gone for a reason that is known: that of one made and not yet held.
  [[nodiscard]] std::uint64_t tag_without_sale(const model::FactBody& body, const Held& held) const;

  std::unordered_set<std::uint64_t> made_;
  std::set<base::TerminalId> strangers_;
  std::unordered_multimap<std::uint64_t, std::uint64_t> made_with_sale_;  // tag without its sale to tag with it
  std::set<base::TerminalId> lacks_sales_;  // a sale may be gone while facts that name it are left
  [[nodiscard]] bool is_made(base::TerminalId by, std::uint64_t tag) const {
    return made_.contains(tag) || strangers_.contains(by);
  }
  std::unordered_set<std::uint64_t> told_;
  std::unordered_set<std::uint64_t> debited_elsewhere_;  // members
  std::unordered_set<std::uint64_t> queued_;             // in vain
  std::map<FactKey, std::uint64_t> kept_sales_;
  std::map<DiskNumber, std::vector<std::uint64_t>> told_on_;
  std::unordered_map<std::uint64_t, DiskNumber> damageable_;
  std::map<DiskNumber, std::uint64_t> missed_;
  std::unordered_set<std::uint64_t> last_at_hub_;  // told, and the terminal's copy is gone
  std::set<base::TerminalId> went_back_;           // may record again what the hub has and their disk forgot
  std::set<FactKey> poison_;
  std::map<std::pair<base::TerminalId, base::Epoch>, base::Seq> stored_;    // ever
  std::map<std::pair<base::TerminalId, base::Epoch>, base::Seq> standing_;  // by this life of the hub's file
  Held held_;
  std::vector<std::string> violations_;
  std::uint64_t facts_told_{};
  std::uint64_t sales_told_{};
  std::uint64_t forgotten_{};
  std::uint64_t lies_{};
  std::uint64_t lost_{};
  std::uint64_t twice_{};
  bool lacks_a_batch_{};
};

}  // namespace millpond::simulation
