// SPDX-License-Identifier: Apache-2.0
#include "tests/chaos/compare.h"

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/crypto/hash.h"
#include "sync/sqlite/connection.h"
#include "sync/store/journal.h"
#include "sync/terminal/identity.h"

#include <algorithm>
#include <limits>

namespace millpond::chaos {
namespace {

using nlohmann::json;

class Judge {
 public:
  Judge(Floor& floor, const Told& told) : floor_{floor}, told_{told} {}

  Comparison judge() {
    result_.acknowledged = told_.sales.size() + told_.phones.size();
    for (const auto& [what, times] : told_.contradictions) expect(what, false, std::to_string(times) + " times");
    compare_counts();
    compare_balances();
    for (std::size_t i = 0; i < floor_.terminals(); ++i) compare_journal(i);
    expect("the hub's own check holds", floor_.ask_hub({"verify"}).at("holds").get<bool>());
    expect("the hub stops when asked", floor_.stop_hub() == 0);
    if (const auto read = compare_sales(); !read)
      expect("the hub's database is readable", false, base::describe(read.error()));
    return std::move(result_);
  }

 private:
  void expect(const std::string& name, bool held, const std::string& detail = {}) {
    result_.findings.push_back({name, held, held ? std::string{} : detail});
  }
  void expect_equal(const std::string& name, std::uint64_t told, std::uint64_t found) {
    expect(name, told == found, "told " + std::to_string(told) + ", found " + std::to_string(found));
    if (found < told) result_.lost += told - found;
    if (found > told) result_.twice += found - told;
  }

  void compare_counts();
  void compare_balances();
  void compare_journal(std::size_t terminal);
  [[nodiscard]] base::Result<std::map<std::string, std::size_t>> recorded_sales(std::size_t terminal) const;
  base::Result<> compare_sales();

  Floor& floor_;
  const Told& told_;
  Comparison result_;
};

void Judge::compare_counts() {
  const auto status = floor_.ask_hub({"status"});
  expect("every event is projected", status.at("events_received") == status.at("events_projected"), status.dump());
  expect_equal("members enrolled", told_.phones.size(), status.at("members").get<std::uint64_t>());
  expect_equal("coupons issued", told_.coupons.size(), status.at("coupons_issued").get<std::uint64_t>());
  expect_equal("coupons redeemed", told_.redeemed.size(), status.at("coupons_redeemed").get<std::uint64_t>());
  std::uint64_t repeats = 0;
  for (const auto& [key, terminals] : told_.sales) repeats += terminals - 1;
  const auto duplicates = status.at("verdicts").value("sale_duplicate", std::uint64_t{0});
  expect("sales told at two terminals are counted once", duplicates == repeats,
         std::to_string(repeats) + " told, " + std::to_string(duplicates) + " verdicts");
}

void Judge::compare_balances() {
  std::map<std::string, std::int64_t> at_hub;
  const auto balances = floor_.ask_hub({"balances"});
  for (const auto& row : balances.at("members")) at_hub[row.at("member")] = row.at("points");
  for (const auto& [member, points] : told_.points) {
    expect("points of " + member + " at the hub", at_hub[member] == points,
           "told " + std::to_string(points) + ", booked " + std::to_string(at_hub[member]));
    if (at_hub[member] < points) ++result_.lost;
    if (at_hub[member] > points) ++result_.twice;
    for (std::size_t i = 0; i < floor_.terminals(); ++i) {
      json view;
      wait_until("a terminal to hear of every point", [&] {
        view = floor_.look_up(i, member);
        return view.at("pending") == 0 && view.at("points") == at_hub[member];
      });
    }
  }
}

// From a copy, because a listing of a long run is more than one answer holds. It stands beside the terminal's folder,
// which may be a disk without room for it.
base::Result<std::map<std::string, std::size_t>> Judge::recorded_sales(std::size_t terminal) const {
  auto copy = floor_.terminal_folder(terminal);
  copy += "-compared.db";
  static_cast<void>(floor_.ask_terminal(terminal, {"journal", "--copy", copy.string()}));
  MILLPOND_TRY(const auto identity, terminal::load_identity(floor_.terminal_folder(terminal)));
  store::JournalOptions options;
  options.path = copy;
  options.owner = {identity.brand, identity.certificate.terminal, identity.certificate.store};
  options.repair = false;
  MILLPOND_TRY(const auto journal,
               store::Journal::open(std::move(options), base::system_clock(), crypto::system_rng()));
  MILLPOND_TRY(const auto entries, journal->entries(std::numeric_limits<std::int32_t>::max(), false));
  std::map<std::string, std::size_t> recorded;
  for (const auto& entry : entries) {
    const auto* sale = std::get_if<model::SaleRecorded>(&entry.fact.body);
    if (sale != nullptr)
      ++recorded[sale->key.till + " " + base::format_date(sale->key.business_date) + " " + sale->key.transaction];
  }
  return recorded;
}

void Judge::compare_journal(std::size_t terminal) {
  const auto name = "terminal " + std::to_string(terminal + 1);
  const auto verified = floor_.ask_terminal(terminal, {"verify"});
  expect(name + "'s chain holds", verified.at("holds").get<bool>(), verified.dump());
  const auto recorded = recorded_sales(terminal);
  expect(name + "'s copy of its journal is readable", recorded.has_value(),
         recorded ? "" : base::describe(recorded.error()));
  if (!recorded) return;
  const auto twice = std::ranges::count_if(*recorded, [](const auto& sale) { return sale.second > 1; });
  expect(name + " recorded each sale once", twice == 0, std::to_string(twice) + " more than once");
  result_.twice += static_cast<std::uint64_t>(twice);
}

base::Result<> Judge::compare_sales() {
  MILLPOND_TRY(const auto database, sqlite::Connection::open({.path = floor_.hub_folder() / "hub.db"}));
  MILLPOND_TRY(auto query, database->prepare("SELECT till, business_date, transaction_id FROM sales"));
  std::set<std::string> booked;
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) break;
    const base::LocalDate date{static_cast<std::int32_t>(query.integer(1))};
    booked.insert(std::string{query.text(0)} + " " + base::format_date(date) + " " + std::string{query.text(2)});
  }
  std::uint64_t missing = 0;
  for (const auto& [key, terminals] : told_.sales) missing += booked.contains(key) ? 0U : 1U;
  std::uint64_t unknown = 0;
  for (const auto& key : booked) unknown += told_.sales.contains(key) ? 0U : 1U;
  expect("every acknowledged sale is at the hub", missing == 0, std::to_string(missing) + " are not");
  expect("the hub has no other sale", unknown == 0, std::to_string(unknown) + " were never acknowledged");
  result_.lost += missing;
  result_.twice += unknown;
  return {};
}

}  // namespace

bool Comparison::holds() const {
  return lost == 0 && twice == 0 && acknowledged > 0 && std::ranges::all_of(findings, &Finding::held);
}

Comparison compare(Floor& floor, const Told& told) { return Judge{floor, told}.judge(); }

}  // namespace millpond::chaos
