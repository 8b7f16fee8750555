// SPDX-License-Identifier: Apache-2.0
// Facts that cannot stay in their epoch go on in a new one.
#include "sync/store/action_transaction.h"
#include "sync/store/personal_rows.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::store {

// One run of reissue(), inside its transaction. Facts move in order, so a run of neighbours has one shift.
class Reissue {
 public:
  Reissue(SqliteJournal& journal, const EpochState& from, base::Seq common)
      : journal_{journal}, db_{*journal.db_}, from_{from}, common_{common} {}

  [[nodiscard]] base::Result<> run() {
    MILLPOND_TRY_DO(move_ring());
    MILLPOND_TRY_DO(move_outbox());
    MILLPOND_TRY_DO(move_tables());
    return {};
  }
  // The old epoch as it ends.
  [[nodiscard]] const EpochState& ended() const { return from_; }

 private:
  struct Run {
    std::uint64_t first{};  // old position
    std::uint64_t last{};
    std::uint64_t to{};  // new position of first
  };

  [[nodiscard]] base::Result<> move_ring();
  [[nodiscard]] base::Result<> move_batch(std::int64_t first_position);
  [[nodiscard]] base::Result<> move_outbox();
  [[nodiscard]] base::Result<> move_tables();
  [[nodiscard]] base::Result<> move_fact(std::uint64_t position, base::ByteView canonical);
  [[nodiscard]] base::Result<> follow(std::uint64_t to, const model::Fact& fact);

  // The new position of an old one; 0 where nothing moved.
  [[nodiscard]] std::uint64_t moved(std::uint64_t position) const;
  void rename_sale(base::Epoch& epoch, base::Seq& sale) const;
  void rename(model::FactBody& body) const;

  SqliteJournal& journal_;
  sqlite::Connection& db_;
  EpochState from_;
  base::Seq common_;
  std::vector<Run> runs_;
};

std::uint64_t Reissue::moved(std::uint64_t position) const {
  auto run = std::upper_bound(runs_.begin(), runs_.end(), position,
                              [](std::uint64_t value, const Run& candidate) { return value < candidate.first; });
  if (run == runs_.begin()) return 0;
  --run;
  return position <= run->last ? run->to + (position - run->first) : 0;
}

// A sale that moved is named as one of the new epoch; one that stayed, or is lost, keeps its old name.
void Reissue::rename_sale(base::Epoch& epoch, base::Seq& sale) const {
  if (!sale || (epoch && epoch != from_.epoch)) return;
  const auto to = sale > common_ ? moved(from_.position(sale)) : 0;
  epoch = to == 0 ? from_.epoch : base::Epoch{};
  if (to != 0) sale = {to - journal_.epochs_.back().base};
}

void Reissue::rename(model::FactBody& body) const {
  std::visit(
      [this](auto& fact) {
        if constexpr (requires { fact.sale_epoch; }) rename_sale(fact.sale_epoch, fact.sale);
      },
      body);
  if (auto* const print = std::get_if<model::PrintFinished>(&body)) {
    base::Epoch epoch;
    rename_sale(epoch, print->intent);
    if (epoch) print->intent = {};  // the fact has no room for another epoch, and no number is better than a wrong one
  }
}

base::Result<> Reissue::move_fact(std::uint64_t position, base::ByteView canonical) {
  auto fact = wire::decode_fact(canonical);
  if (!fact) return journal_.set_apart(position, "unreadable", canonical);
  if (std::holds_alternative<model::EpochBegun>(fact->body)) return {};  // it spoke of the epoch, which is another now
  rename(fact->body);
  auto& growth = journal_.growth_;
  const auto& live = journal_.epochs_.back();
  growth.head.value += 1;
  fact->stamp.epoch = live.epoch;
  fact->stamp.seq = growth.head;
  const auto stamped = wire::encode_fact(*fact);
  if (!stamped) {  // the longer stamp was too much for the largest fact there may be
    growth.head.value -= 1;
    return journal_.set_apart(position, "too_large", canonical);
  }
  growth.chain = wire::chain_next(growth.chain, *stamped);
  const auto to = live.position(growth.head);
  MILLPOND_TRY_DO(db_.run("INSERT INTO outbox(position, canonical, chain, sum) VALUES(?1, ?2, ?3, ?4)", to, *stamped,
                          growth.chain, sum_of(*stamped)));
  if (!runs_.empty() && runs_.back().last + 1 == position && moved(position - 1) + 1 == to) {
    runs_.back().last = position;
  } else {
    runs_.push_back({position, position, to});
  }
  return follow(to, *fact);
}

// Projections that are found through the fact itself.
base::Result<> Reissue::follow(std::uint64_t to, const model::Fact& fact) {
  const auto& body = fact.body;
  const auto& live = journal_.epochs_.back();
  const auto sale_at = [&](base::Epoch epoch, base::Seq sale) -> std::uint64_t {
    if (!sale) return 0;
    const auto* const of = epoch ? journal_.find_epoch(epoch) : &live;
    return of == nullptr ? 0 : of->position(sale);
  };
  // Also points and gifts that were pruned: the hub's word cannot have included what the hub does not hold.
  if (const auto points = points_of(to, body)) MILLPOND_TRY_DO(journal_.write_points(*points));
  if (const auto gift = gift_of(body)) {
    const auto sale = sale_at(gift->sale_epoch, gift->sale);
    const GivenBy given{gift->member, gift->campaign, fact.stamp.local_date, sale == 0 ? to : sale};
    MILLPOND_TRY_DO(journal_.write_gift({to, given}));
  }
  if (const auto* const enrolled = std::get_if<model::MemberEnrolled>(&body)) {
    return db_.run("UPDATE members SET position = ?2 WHERE member = ?1", enrolled->member, to);
  }
  if (const auto* const found = till_key_of(body)) {
    const auto& key = *found;
    return db_.run(
        "UPDATE sales SET position = ?5 WHERE business_day = ?1 AND store = ?2 AND till = ?3 AND "
        "transaction_id = ?4",
        key.business_date.days, key.store, key.till, key.transaction, to);
  }
  if (std::holds_alternative<model::RightsReleased>(body)) return journal_.write_release(to);
  if (const auto* const issued = std::get_if<model::CouponIssued>(&body)) {
    journal_.rights_.last_issued = to;
    return db_.run("UPDATE coupons SET position = ?2, ordinal = ?3, sale_position = ?4 WHERE coupon = ?1",
                   issued->coupon, to, live.ordinal, sale_at(issued->sale_epoch, issued->sale));
  }
  if (const auto used = use_of(body, {}); used && !used->voided) {
    return db_.run("UPDATE coupons SET redeemed_position = ?2 WHERE coupon = ?1", used->use.coupon,
                   sale_at(used->sale_epoch, used->sale));
  }
  return {};
}

base::Result<> Reissue::move_ring() {
  std::vector<std::int64_t> batches;
  {
    MILLPOND_TRY(auto query, db_.prepare("SELECT first_position FROM ring WHERE last_position > ?1 AND "
                                         "first_position BETWEEN ?2 AND ?3 ORDER BY first_position"));
    MILLPOND_TRY_DO(query.bind(from_.position(common_), from_.base + 1, from_.position(from_.head)));
    for (;;) {
      MILLPOND_TRY(const bool row, query.step());
      if (!row) break;
      batches.push_back(query.integer(0));
    }
  }
  if (from_.acked > common_) {
    from_.acked = common_;
    from_.acked_chain = {};  // unless a batch says what it was
  }
  for (const auto first_position : batches) MILLPOND_TRY_DO(move_batch(first_position));
  return {};
}

base::Result<> Reissue::move_batch(std::int64_t first_position) {
  MILLPOND_TRY(auto batch, journal_.ring_batch(first_position));
  MILLPOND_TRY(const auto acked_at_ms,
               db_.query_integer("SELECT acked_at_ms FROM ring WHERE first_position = ?1", first_position));
  MILLPOND_TRY_DO(journal_.drop_from_ring(first_position));
  auto chain = batch.chain_before;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const auto& canonical = batch.rows[i].canonical;
    if (batch.first_seq.value + i > common_.value) {
      MILLPOND_TRY_DO(move_fact(static_cast<std::uint64_t>(first_position) + i, canonical));
    } else {
      chain = wire::chain_next(chain, canonical);
      kept = i + 1;
    }
  }
  if (batch.first_seq.value + kept == common_.value + 1) from_.acked_chain = chain;
  if (kept == 0) return {};
  batch.rows.resize(kept);
  batch.chain_head = chain;
  batch.signature = {};
  return journal_.put_in_ring(from_, std::move(batch), {}, acked_at_ms.value_or(0));
}

base::Result<> Reissue::move_outbox() {
  constexpr int rows_at_once = 1'000;  // read before they are written: both are one table
  const auto end = from_.position(from_.head);
  for (auto after = from_.position(common_);;) {
    std::vector<std::pair<std::uint64_t, base::Bytes>> rows;
    {
      MILLPOND_TRY(auto query, db_.prepare("SELECT position, canonical, sum FROM outbox WHERE position > ?1 AND "
                                           "position <= ?2 ORDER BY position LIMIT ?3"));
      MILLPOND_TRY_DO(query.bind(after, end, rows_at_once));
      for (;;) {
        MILLPOND_TRY(const bool row, query.step());
        if (!row) break;
        const auto canonical = query.bytes(1);
        // A new stamp would make a fact that changed on the disk look whole.
        if (sum_of(canonical) != query.unsigned_integer(2)) {
          return journal_.broken("reissue", from_, {query.unsigned_integer(0) - from_.base});
        }
        rows.emplace_back(query.unsigned_integer(0), base::Bytes{canonical.begin(), canonical.end()});
      }
    }
    if (rows.empty()) break;
    for (const auto& [position, canonical] : rows) MILLPOND_TRY_DO(move_fact(position, canonical));
    after = rows.back().first;
  }
  return db_.run("DELETE FROM outbox WHERE position > ?1 AND position <= ?2", from_.position(common_), end);
}

// Tables in the order of positions, whose rows no fact names.
base::Result<> Reissue::move_tables() {
  const auto first = from_.position(common_) + 1;
  const auto last = from_.position(from_.head);
  MILLPOND_TRY_DO(db_.run("DELETE FROM deltas WHERE position BETWEEN ?1 AND ?2", first, last));
  MILLPOND_TRY_DO(db_.run("DELETE FROM gifts WHERE position BETWEEN ?1 AND ?2", first, last));
  for (const auto& run : runs_) {
    const auto shift = run.to - run.first;
    for (const auto* sql : {"UPDATE payloads SET position = position + ?3 WHERE position BETWEEN ?1 AND ?2",
                            "UPDATE prints SET position = position + ?3 WHERE position BETWEEN ?1 AND ?2",
                            "UPDATE coupon_uses SET position = position + ?3 WHERE position BETWEEN ?1 AND ?2",
                            "UPDATE lease_uses SET position = position + ?3 WHERE position BETWEEN ?1 AND ?2",
                            "UPDATE phones SET position = position + ?3 WHERE position BETWEEN ?1 AND ?2"}) {
      MILLPOND_TRY_DO(overwriting(db_, [&] { return db_.run(sql, run.first, run.last, shift); }));
    }
  }
  from_.head = common_;
  return {};
}

base::Result<base::Epoch> SqliteJournal::reissue(base::Epoch epoch, base::Seq common_through,
                                                 model::EpochReason reason) {
  MILLPOND_TRY_DO(ready());
  const auto* const found = find_epoch(epoch);
  if (found == nullptr) return base::Error{base::Code::not_found, "reissue", "an epoch that was never begun here"};
  if (found->ended && found->head <= common_through) return epochs_.back().epoch;
  const auto common = std::min(common_through, found->head);
  MILLPOND_TRY_DO(write([&] { return reissue_within(epoch, common, reason); }));
  until_measured_ = 0;
  return epochs_.back().epoch;
}

base::Result<> SqliteJournal::reissue_within(base::Epoch epoch, base::Seq common, model::EpochReason reason) {
  MILLPOND_TRY_DO(settle());
  auto whole = *find_epoch(epoch);
  MILLPOND_TRY_DO(enter_epoch({reason, epoch, common}));
  whole.ended = true;
  Reissue moving{*this, whole, common};
  MILLPOND_TRY_DO(moving.run());
  *find_epoch(epoch) = moving.ended();
  MILLPOND_TRY_DO(put_epoch(*db_, moving.ended()));
  epochs_.back().head = growth_.head;
  damaged_.erase(epoch);
  return put_settled(epochs_.back().position(growth_.head));  // what moved has its effects already
}

}  // namespace millpond::store
