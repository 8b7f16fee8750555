// SPDX-License-Identifier: Apache-2.0
// Oracle: what people were told and what the hub acknowledged, remembered outside every simulated disk, and the checks
// against it. It knows nothing of how the product works. One thread.
#pragma once

#include "sync/hub/core/hub_store.h"
#include "sync/model/facts.h"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace millpond::simulation {

using FactKey = std::tuple<base::TerminalId, base::Epoch, base::Seq>;

class Oracle {
 public:
  // A person or a till was told that this is recorded.
  void told(const model::Fact& fact);
  void told_sale(const model::SaleKey& key);

  // The hub's stage 1 stored through here; what a terminal may drop.
  void hub_stored(base::TerminalId terminal, base::Epoch epoch, base::Seq through);
  // The terminal counts everything through here as acknowledged.
  void terminal_acked(base::TerminalId terminal, base::Epoch epoch, base::Seq through);

  // Everything the hub holds in the end against everything that was told, and its balances against their sum.
  void check_hub(hub::HubStore& store);

  void violated(std::string what);
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  [[nodiscard]] std::uint64_t facts_told() const { return told_.size(); }
  [[nodiscard]] std::uint64_t sales_told() const { return sales_told_.size(); }
  [[nodiscard]] std::uint64_t facts_held() const { return facts_held_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::uint64_t applied_twice() const { return twice_; }

 private:
  struct Held {
    std::map<FactKey, base::Hash> facts;
    std::map<model::SaleKey, std::uint64_t> sales;
    std::map<base::MemberId, std::int64_t> points;
  };
  void hold(const hub::StoredBatch& batch, Held& held);
  void check_told(const Held& held);
  void check_balances(hub::HubStore& store, const Held& held);

  std::map<FactKey, base::Hash> told_;
  std::set<model::SaleKey> sales_told_;
  std::map<std::pair<base::TerminalId, base::Epoch>, base::Seq> stored_;
  std::vector<std::string> violations_;
  std::uint64_t facts_held_{};
  std::uint64_t lost_{};
  std::uint64_t twice_{};
};

}  // namespace millpond::simulation
