// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/oracle.h"

#include "sync/crypto/hash.h"
#include "sync/wire/canonical.h"
#include "sync/wire/messages.h"

namespace millpond::simulation {
namespace {

std::string place(const FactKey& key) {
  const auto& [terminal, epoch, seq] = key;
  return "terminal " + std::to_string(terminal.value) + " epoch " + std::to_string(epoch.value) + " seq " +
         std::to_string(seq.value);
}

}  // namespace

void Oracle::violated(std::string what) {
  if (violations_.size() < 20) violations_.push_back(std::move(what));
}

void Oracle::told(const model::Fact& fact) {
  const auto canonical = wire::encode_fact(fact);
  MILLPOND_CHECK(canonical.has_value());
  const FactKey key{fact.stamp.terminal, fact.stamp.epoch, fact.stamp.seq};
  if (!told_.emplace(key, crypto::blake2b(*canonical)).second)
    violated("a sequence number was given twice: " + place(key));
}

void Oracle::told_sale(const model::SaleKey& key) { sales_told_.insert(key); }

void Oracle::hub_stored(base::TerminalId terminal, base::Epoch epoch, base::Seq through) {
  auto& stored = stored_[{terminal, epoch}];
  stored = std::max(stored, through);
}

void Oracle::terminal_acked(base::TerminalId terminal, base::Epoch epoch, base::Seq through) {
  const auto found = stored_.find({terminal, epoch});
  const auto stored = found == stored_.end() ? base::Seq{} : found->second;
  if (through > stored) {
    violated("released before the hub stored it: " + place({terminal, epoch, through}) + ", the hub stored through " +
             std::to_string(stored.value));
  }
}

void Oracle::check_hub(hub::HubStore& store) {
  Held held;
  std::uint64_t position = 0;
  for (;;) {
    const auto batch = store.batch_after(position);
    if (!batch) return violated("the hub's batches cannot be read: " + base::describe(batch.error()));
    if (!*batch) break;
    hold(**batch, held);
  }
  facts_held_ = held.facts.size();
  check_told(held);
  check_balances(store, held);
}

void Oracle::hold(const hub::StoredBatch& batch, Held& held) {
  const auto request = wire::decode_up_request(batch.raw);
  if (!request) return violated("a stored batch cannot be read");
  for (std::size_t i = 0; i < request->rows.size(); ++i) {
    const base::Seq seq{request->first_seq.value + i};
    if (seq < batch.from_seq || seq > batch.last_seq) continue;  // held by an earlier batch
    const FactKey key{batch.terminal, batch.epoch, seq};
    const auto& canonical = request->rows[i].canonical;
    if (!held.facts.emplace(key, crypto::blake2b(canonical)).second) {
      ++twice_;
      violated("held twice: " + place(key));
    }
    const auto fact = wire::decode_fact(canonical);
    if (!fact) {
      violated("a fact cannot be read: " + place(key));
      continue;
    }
    if (const auto* sale = std::get_if<model::SaleRecorded>(&fact->body)) ++held.sales[sale->key];
    if (const auto* earned = std::get_if<model::PointsEarned>(&fact->body))
      held.points[earned->member] += earned->points;
  }
}

void Oracle::check_told(const Held& held) {
  std::map<std::pair<base::TerminalId, base::Epoch>, std::uint64_t> next;
  for (const auto& [key, hash] : held.facts) {
    const auto& [terminal, epoch, seq] = key;
    const auto expected = ++next[{terminal, epoch}];
    if (seq.value != expected) {
      violated("a gap before " + place(key));
      break;
    }
  }
  for (const auto& [key, hash] : told_) {
    const auto found = held.facts.find(key);
    if (found == held.facts.end() || found->second != hash) {
      ++lost_;
      violated(std::string{found == held.facts.end() ? "told and lost: " : "told otherwise: "} + place(key));
    }
  }
  for (const auto& key : sales_told_) {
    if (held.sales.contains(key)) continue;
    ++lost_;
    violated("a sale was told and lost: till " + key.till + " transaction " + key.transaction);
  }
  for (const auto& [key, times] : held.sales) {
    if (times == 1) continue;
    ++twice_;
    violated("a sale was recorded " + std::to_string(times) + " times: till " + key.till + " transaction " +
             key.transaction);
  }
}

void Oracle::check_balances(hub::HubStore& store, const Held& held) {
  const auto balances = store.balances();
  if (!balances) return violated("balances cannot be read: " + base::describe(balances.error()));
  auto expected = held.points;
  for (const auto& balance : *balances) {
    const auto sum = expected[balance.member];
    if (sum != balance.points) {
      violated("member " + std::to_string(balance.member.value) + " has " + std::to_string(balance.points) +
               " points at the hub, the facts make " + std::to_string(sum));
    }
    expected.erase(balance.member);
  }
  for (const auto& [member, sum] : expected) {
    if (sum != 0) violated("member " + std::to_string(member.value) + " has no balance at the hub");
  }
}

}  // namespace millpond::simulation
