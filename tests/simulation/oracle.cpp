// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/oracle.h"

#include "sync/crypto/hash.h"
#include "sync/wire/batch_chain.h"
#include "sync/wire/canonical.h"
#include "sync/wire/messages.h"

namespace millpond::simulation {
namespace {

std::string place(const FactKey& key) {
  const auto& [terminal, epoch, seq] = key;
  return "terminal " + std::to_string(terminal.value) + " epoch " + std::to_string(epoch.value) + " seq " +
         std::to_string(seq.value);
}

// The sale that a fact names, by its place; nothing for facts that name none.
template <class Fact>
constexpr bool names_sale = requires(Fact fact) {
  fact.sale;
  fact.sale_epoch;
};

}  // namespace

std::uint64_t tag_of(const model::FactBody& body, std::uint64_t sale) {
  model::Fact fact;
  fact.body = body;
  std::visit(
      [&sale](auto& each) {
        if constexpr (names_sale<decltype(each)>) {
          each.sale = {};
          each.sale_epoch = {};
        } else {
          sale = 0;
        }
      },
      fact.body);
  const auto canonical = wire::encode_fact(fact);
  MILLPOND_CHECK(canonical.has_value());
  base::Bytes of_sale;
  base::append_big_endian(of_sale, sale, 8);
  return base::read_big_endian(base::ByteView{crypto::blake2b(*canonical, of_sale)}.first(8));
}

std::uint64_t tag_of(const model::SaleKey& key) {
  const auto text = std::to_string(key.store.value) + "|" + key.till + "|" + std::to_string(key.business_date.days) +
                    "|" + key.transaction;
  return base::read_big_endian(base::ByteView{crypto::blake2b(base::view_of(text))}.first(8));
}

void Oracle::violated(std::string what) {
  if (violations_.size() < 20) violations_.push_back(std::move(what));
}

void Oracle::made(const model::FactBody& body, std::uint64_t sale) {
  const auto tag = tag_of(body, sale);
  if (made_.insert(tag).second && sale != 0) made_with_sale_.emplace(tag_of(body, 0), tag);
}

void Oracle::told(DiskNumber disk, std::uint64_t fact_tag) {
  ++facts_told_;
  made_.insert(fact_tag);
  told_.insert(fact_tag);
  told_on_[disk].push_back(fact_tag);
}

void Oracle::told_sale(DiskNumber disk, const model::SaleKey& key) {
  ++sales_told_;
  told_.insert(tag_of(key));
  told_on_[disk].push_back(tag_of(key));
}

std::size_t Oracle::told_on(DiskNumber disk) const {
  const auto found = told_on_.find(disk);
  return found == told_on_.end() ? 0 : found->second.size();
}

void Oracle::disk_went_back(DiskNumber disk, base::TerminalId terminal, std::size_t mark, hub::HubStore& store) {
  went_back_.insert(terminal);
  auto& told = told_on_[disk];
  if (mark >= told.size()) return;
  const auto held = read_hub(store);
  for (auto i = mark; i < told.size(); ++i) {
    const bool at_hub = held.tags.contains(told[i]) || held.sales.contains(told[i]);
    if (at_hub) {
      last_at_hub_.insert(told[i]);
    } else {
      forgotten_ += told_.erase(told[i]);
    }
  }
  told.resize(mark);
}

void Oracle::disk_damaged(DiskNumber disk, base::TerminalId terminal) {
  lacks_sales_.insert(terminal);
  for (const auto tag : told_on_[disk]) damageable_.emplace(tag, disk);
}

void Oracle::disk_lied(DiskNumber disk, base::TerminalId terminal) {
  ++lies_;
  went_back_.insert(terminal);
  disk_damaged(disk, terminal);
}

std::uint64_t Oracle::missed_on(DiskNumber disk) const {
  const auto found = missed_.find(disk);
  return found == missed_.end() ? 0 : found->second;
}

void Oracle::hub_went_back(hub::HubStore& store) {
  standing_.clear();
  if (last_at_hub_.empty()) return;
  const auto held = read_hub(store);
  std::erase_if(last_at_hub_, [&](std::uint64_t tag) {
    if (held.tags.contains(tag) || held.sales.contains(tag)) return false;
    forgotten_ += told_.erase(tag);
    return true;
  });
}

void Oracle::hub_started(hub::HubStore& store) {
  for (const auto& [key, through] : standing_) {
    const auto marks = store.watermarks(key.first);
    if (!marks) return violated("watermarks cannot be read: " + base::describe(marks.error()));
    base::Seq held;
    for (const auto& mark : *marks) {
      if (mark.epoch == key.second) held = mark.through;
    }
    if (held < through) violated("the hub forgot what it acknowledged: " + place({key.first, key.second, through}));
  }
}

void Oracle::hub_stored(base::TerminalId terminal, base::Epoch epoch, base::Seq through) {
  auto& stored = stored_[{terminal, epoch}];
  stored = std::max(stored, through);
  auto& standing = standing_[{terminal, epoch}];
  standing = std::max(standing, through);
}

void Oracle::terminal_acked(base::TerminalId terminal, base::Epoch epoch, base::Seq through) {
  const auto found = stored_.find({terminal, epoch});
  const auto stored = found == stored_.end() ? base::Seq{} : found->second;
  if (through > stored) {
    violated("released before the hub stored it: " + place({terminal, epoch, through}) + ", the hub stored through " +
             std::to_string(stored.value));
  }
}

Oracle::Held Oracle::read_hub(hub::HubStore& store) {
  Held held;
  std::uint64_t position = 0;
  for (;;) {
    const auto batch = store.batch_after(position);
    if (!batch) {
      violated("the hub's batches cannot be read: " + base::describe(batch.error()));
      return held;
    }
    if (!*batch) return held;
    hold(**batch, held);
  }
}

void Oracle::still_here(const model::Fact& fact, bool queued) {
  const auto& at = fact.stamp;
  const auto keep = [&](std::uint64_t tag) {
    if (queued) queued_.insert(tag);
  };
  if (const auto* recorded = std::get_if<model::SaleRecorded>(&fact.body)) {
    kept_sales_[{at.terminal, at.epoch, at.seq}] = tag_of(recorded->key);
    keep(tag_of(recorded->key));
    return keep(tag_of(fact.body, 0));
  }
  if (const auto* back = std::get_if<model::SaleRefunded>(&fact.body)) {
    kept_sales_[{at.terminal, at.epoch, at.seq}] = tag_of(back->key);
  }
  std::uint64_t sale = 0;
  std::visit(
      [&](const auto& each) {
        if constexpr (names_sale<decltype(each)>) {
          sale = kept_sales_[{at.terminal, each.sale_epoch ? each.sale_epoch : at.epoch, each.sale}];
        }
      },
      fact.body);
  keep(tag_of(fact.body, sale));
}

void Oracle::check_hub(hub::HubStore& store, const std::vector<hub::Balance>& balances, std::int64_t lost_points) {
  held_ = read_hub(store);
  take_back(held_);
  check_told();
  check_balances(balances, lost_points);
}

void Oracle::hold(const hub::StoredBatch& batch, Held& held) {
  const auto request = wire::decode_up_request(batch.raw);
  if (lacks_a_batch_ && (!request || !wire::check_batch_chain(*request))) {
    held.through[{batch.terminal, batch.epoch}] = batch.last_seq;
    return;
  }
  if (!request) return violated("a stored batch cannot be read");
  for (std::size_t i = 0; i < request->rows.size(); ++i) {
    const base::Seq seq{request->first_seq.value + i};
    if (seq < batch.from_seq || seq > batch.last_seq) continue;  // held by an earlier batch
    const FactKey key{batch.terminal, batch.epoch, seq};
    auto& through = held.through[{batch.terminal, batch.epoch}];
    if (seq.value <= through.value) {
      ++twice_;
      violated("held twice: " + place(key));
    } else if (seq.value != through.value + 1) {
      violated("a gap before " + place(key));
    }
    through = std::max(through, seq);
    hold_fact(key, request->rows[i].canonical, held);
  }
}

void Oracle::hold_fact(const FactKey& key, base::ByteView canonical, Held& held) {
  ++held.facts;
  if (poison_.contains(key)) return;
  const auto fact = wire::decode_fact(canonical);
  if (!fact) return violated("a fact cannot be read: " + place(key));
  const auto& [terminal, epoch, seq] = key;
  // What a terminal says of itself, as often as it likes.
  if (std::holds_alternative<model::EpochBegun>(fact->body)) return;
  if (std::holds_alternative<model::RightsReleased>(fact->body)) return;
  if (std::holds_alternative<model::LeaseReturned>(fact->body)) return;
  SaleAt sale;
  bool sale_gone = false;
  if (const auto* recorded = std::get_if<model::SaleRecorded>(&fact->body)) {
    sale.tag = tag_of(recorded->key);
    sale.counts = held.sales.insert(sale.tag).second;
    held.sale_at[key] = sale;
    if (!sale.counts) held_again(key, sale.tag);
    const auto recorded_tag = tag_of(fact->body, 0);
    if (!is_made(terminal, recorded_tag)) violated("a sale that nobody recorded: " + place(key));
    held.tags.insert(recorded_tag);
    if (sale.counts) held.sold[sale.tag] = {recorded->member.value, recorded->total_minor, {}, {}};
    if (sale.counts && recorded->member && fact->stamp.programme_version == 0) rated_by_hub(*recorded, sale.tag, held);
    return;
  }
  if (const auto* back = std::get_if<model::SaleRefunded>(&fact->body)) {
    sale.tag = tag_of(back->key);
    sale.counts = held.sales.insert(sale.tag).second;
    held.sale_at[key] = sale;  // for the coupon that comes back with it
    if (!sale.counts) held_again(key, sale.tag);
    auto& all = held.back[tag_of(back->of)];
    if (sale.counts) all = {all.net_minor + back->total_minor, all.whole || back->whole};
  }
  std::visit(
      [&](const auto& each) {
        if constexpr (names_sale<decltype(each)>) {
          const auto found = held.sale_at.find({terminal, each.sale_epoch ? each.sale_epoch : epoch, each.sale});
          if (found != held.sale_at.end()) {
            sale = found->second;
            return;
          }
          if (!lacks_sales_.contains(terminal)) violated("a fact names no sale: " + place(key));
          sale_gone = true;
          sale.counts = true;  // what the sale brought is booked all the same
        }
      },
      fact->body);
  auto tag = sale_gone ? tag_without_sale(fact->body, held) : tag_of(fact->body, sale.tag);
  // A disk that forgot gives a sale's number to another one, and the hub has either.
  if (went_back_.contains(terminal) && !is_made(terminal, tag)) {
    tag = tag_without_sale(fact->body, held);
    held.unsure.insert(model::member_of(fact->body).value);
  }
  if (!is_made(terminal, tag)) {
    violated("a fact that nobody made: " + std::string{model::kind_name(model::kind_of(fact->body))} + " at " +
             place(key));
  }
  if (!held.tags.insert(tag).second) held_again(key, tag);
  if (const auto* enrolled = std::get_if<model::MemberEnrolled>(&fact->body)) {
    held.members.insert(enrolled->member.value);
  }
  const auto* redeemed = std::get_if<model::CouponRedeemed>(&fact->body);
  if (redeemed != nullptr && !held.redeemed.insert(redeemed->coupon.value).second) held_again(key, tag);
  const auto* earned = std::get_if<model::PointsEarned>(&fact->body);
  if (earned != nullptr && sale.counts) {
    held.points[earned->member.value] += earned->points;
    if (const auto of = held.sold.find(sale.tag); of != held.sold.end()) of->second.earned.push_back(earned->points);
  }
  const auto* spent = std::get_if<model::PointsSpent>(&fact->body);
  if (spent != nullptr && sale.counts) {
    held.points[spent->member.value] -= spent->points;
    held.spenders.insert(spent->member.value);
    held.spent += static_cast<std::uint64_t>(spent->points);
  }
  const auto* given = std::get_if<model::AwardGiven>(&fact->body);
  // Whatever brought it, it is given once.
  const bool first_given = given != nullptr && sale.counts && held.causes.insert(given->cause).second;
  if (first_given) {
    held.points[given->member.value] += given->number;
    if (const auto of = held.sold.find(sale.tag); of != held.sold.end())
      of->second.given.push_back({given->number, given->least_paid_minor});
  }
}

// Its terminal had no programme: the hub gives what the one programme of the simulation says, a point for 100.
void Oracle::rated_by_hub(const model::SaleRecorded& sale, std::uint64_t tag, Held& held) {
  const auto points = sale.total_minor / 100;
  held.points[sale.member.value] += points;
  held.sold[tag].earned.push_back(points);
  ++held.rated_by_hub;
}

// In the simulation every sale is paid with money, so that what a refund takes is its share of the total.
void Oracle::take_back(Held& held) {
  for (const auto& [tag, back] : held.back) {
    const auto of = held.sold.find(tag);
    if (of == held.sold.end()) continue;  // a claim
    const auto& sold = of->second;
    const bool whole = back.whole || back.net_minor >= sold.total_minor;
    auto& points = held.points[sold.member];
    for (const auto earned : sold.earned) points -= whole ? earned : earned * back.net_minor / sold.total_minor;
    const auto left_minor = whole ? 0 : sold.total_minor - back.net_minor;
    for (const auto& given : sold.given) {
      if (whole || left_minor < given.least_paid_minor) points -= given.points;
    }
  }
}

std::uint64_t Oracle::tag_without_sale(const model::FactBody& body, const Held& held) const {
  const auto without = tag_of(body, 0);
  const auto [first, last] = made_with_sale_.equal_range(without);
  for (auto made = first; made != last; ++made) {
    if (!held.tags.contains(made->second)) return made->second;
  }
  return first == last ? without : first->second;  // held already: whoever asks finds it held again
}

// A till repeats a sale that it was not answered; only a disk that forgot can record it again.
void Oracle::held_again(const FactKey& key, std::uint64_t tag) {
  if (went_back_.contains(std::get<0>(key))) return;
  ++twice_;
  violated("recorded twice: " + place(key) + ", tag " + std::to_string(tag));
}

void Oracle::check_told() {
  for (const auto tag : told_) {
    if (held_.tags.contains(tag) || held_.sales.contains(tag) || queued_.contains(tag)) continue;
    if (const auto damaged = damageable_.find(tag); damaged != damageable_.end()) {
      ++missed_[damaged->second];
      ++forgotten_;
      continue;
    }
    ++lost_;
    violated("told and lost: tag " + std::to_string(tag));
  }
}

void Oracle::check_balances(const std::vector<hub::Balance>& balances, std::int64_t lost_points) {
  auto expected = held_.points;
  std::int64_t overdrawn = 0;
  for (const auto& balance : balances) {
    const auto sum = expected[balance.member.value];
    if (sum < balance.points && held_.spenders.contains(balance.member.value)) {
      overdrawn += balance.points - sum;
    } else if (sum != balance.points && !held_.unsure.contains(balance.member.value)) {
      violated("member " + std::to_string(balance.member.value) + " has " + std::to_string(balance.points) +
               " points at the hub, the facts make " + std::to_string(sum));
    }
    expected.erase(balance.member.value);
  }
  for (const auto& [member, sum] : expected) {
    if (sum < 0 && held_.spenders.contains(member)) {
      overdrawn -= sum;
    } else if (sum != 0) {
      violated("member " + std::to_string(member) + " has no balance at the hub");
    }
  }
  if (overdrawn == lost_points || !held_.unsure.empty()) return;
  violated("the hub says that " + std::to_string(lost_points) + " points were lost, by the facts it is " +
           std::to_string(overdrawn));
}

}  // namespace millpond::simulation
