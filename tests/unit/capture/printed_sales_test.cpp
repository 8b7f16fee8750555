// SPDX-License-Identifier: Apache-2.0
// From the printer's line to a recorded sale, or to the shelf.
#include "hardware/capture/printed_sales.h"
#include "sync/base/file.h"
#include "tests/support/receipt_source.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

using namespace millpond;
using capture::Reason;
using capture::Verdict;
using till::Once;

namespace {

// What record_once does, from memory.
struct Ledger {
  std::mutex mutex;
  std::map<std::string, std::int64_t> totals;
  std::vector<ports::TillSale> sales;
  bool open = true;

  till::OnceAnswer record(const ports::TillSale& sale, bool only_look) {
    const std::lock_guard lock{mutex};
    if (!open) return {Once::unavailable, "closed"};
    const auto key = sale.key.till + "/" + base::format_date(sale.key.business_date) + "/" + sale.key.transaction;
    const auto before = totals.find(key);
    if (before != totals.end()) return {before->second == sale.total_minor ? Once::known : Once::changed, {}};
    if (only_look) return {Once::recorded, {}};
    totals[key] = sale.total_minor;
    sales.push_back(sale);
    return {Once::recorded, {}};
  }
  std::size_t count() {
    const std::lock_guard lock{mutex};
    return sales.size();
  }
};

struct Counter {
  tests::TempDir dir;
  capture::Tap tap{capture::tap_pieces_max, base::Overflow::refuse};
  capture::ReviewShelf shelf{dir.path() / "review"};
  Ledger ledger;
  std::vector<tests::SourceReceipt> sources = tests::source_receipts();
  std::unique_ptr<capture::PrintedSales> printed;

  explicit Counter(std::int64_t idle_ms = 60'000, std::int64_t retry_ms = 60'000) {
    std::vector<capture::Template> templates;
    for (const auto& document : tests::source_templates()) templates.push_back(*capture::parse_template(document));
    capture::PrintedSalesSettings settings;
    settings.idle_ms = idle_ms;
    settings.retry_ms = retry_ms;
    printed = std::make_unique<capture::PrintedSales>(
        settings, std::move(templates), tap, shelf, tests::source_context,
        [this](const ports::TillSale& sale, bool only_look) { return ledger.record(sale, only_look); });
  }
  const tests::SourceReceipt& source(const std::string& till, std::size_t number) const {
    for (const auto& each : sources) {
      if (each.till == till && each.number == number) return each;
    }
    throw std::runtime_error{"no such receipt"};
  }
  void print(const base::Bytes& bytes, std::uint64_t connection = 1, bool ended = false, std::uint64_t lost = 0) {
    REQUIRE(tap.push({connection, lost, bytes, ended}));
  }
  std::uint64_t considered() const {
    const auto counts = printed->counts();
    return counts.recorded + counts.known + counts.no_sales + counts.kept + counts.not_kept;
  }
  void wait_for(std::uint64_t receipts) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (considered() < receipts && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    REQUIRE(considered() == receipts);
  }
};

}  // namespace

TEST_CASE("A printed sale is recorded once, copies and kitchen slips are none, and the rest is kept") {
  Counter counter;
  for (std::size_t number = 1; number <= 5; ++number) counter.print(counter.source("tea_shop", number).bytes);
  counter.print(counter.source("tea_shop", 1).bytes, 2);  // printed again without saying so
  counter.wait_for(6);
  const auto counts = counter.printed->counts();
  CHECK(counts.recorded == 2);
  CHECK(counts.known == 2);
  CHECK(counts.no_sales == 1);
  CHECK(counts.kept == 1);
  const auto kept = counter.shelf.list();
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].reason == "refund");
  CHECK(counter.shelf.find(kept[0].id)->raw == counter.source("tea_shop", 3).bytes);
  CHECK(counter.ledger.sales.at(0).heard == "capture");
  CHECK_FALSE(counter.ledger.sales.at(0).late);
}

TEST_CASE("A copy of what was never heard of, and a number that was used for another amount, wait for a person") {
  Counter counter;
  counter.print(counter.source("tea_shop", 4).bytes);
  counter.wait_for(1);
  CHECK(counter.shelf.list().at(0).reason == "copy");
  CHECK(counter.ledger.count() == 0);
  counter.ledger.totals["T1/2026-11-21/A0042"] = 1;
  counter.print(counter.source("tea_shop", 1).bytes);
  counter.wait_for(2);
  CHECK(counter.shelf.list().at(1).reason == "amount_changed");
}

TEST_CASE("A hole in the copy keeps its receipt for review and not the next one") {
  Counter counter;
  const auto& bytes = counter.source("tea_shop", 1).bytes;
  counter.print({bytes.begin(), bytes.begin() + 40});
  counter.print({bytes.begin() + 60, bytes.end()}, 1, false, 20);
  counter.print(counter.source("tea_shop", 2).bytes);
  counter.wait_for(2);
  CHECK(counter.shelf.list().at(0).reason == "hole");
  CHECK(counter.printed->read_again(counter.shelf.list().at(0).id)->reason == Reason::hole);
  CHECK(counter.ledger.count() == 1);
}

TEST_CASE("Silence, the end of a line and the end of the service end a receipt that no cut ended") {
  const auto uncut = [](const Counter& counter) { return counter.source("generic_58mm", 1).bytes; };
  {
    Counter counter{50};
    counter.print(uncut(counter));
    counter.wait_for(1);
    CHECK(counter.ledger.count() == 1);
  }
  {
    Counter counter;
    counter.print(uncut(counter), 7, true);
    counter.wait_for(1);
    CHECK(counter.ledger.count() == 1);
  }
  Counter counter;
  counter.print(uncut(counter));
  counter.printed.reset();
  CHECK(counter.ledger.count() == 1);
}

TEST_CASE("What could not be recorded is tried again by itself, as of its day and of nobody at the screen") {
  Counter counter{60'000, 20};
  counter.ledger.open = false;
  counter.print(counter.source("tea_shop", 1).bytes);
  counter.wait_for(1);
  CHECK(counter.shelf.list().at(0).reason == "not_recorded");
  {
    const std::lock_guard lock{counter.ledger.mutex};
    counter.ledger.open = true;
  }
  counter.wait_for(2);
  CHECK(counter.ledger.sales.at(0).late);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!counter.shelf.list().empty() && std::chrono::steady_clock::now() < until) {}
  CHECK(counter.shelf.list().empty());
}

TEST_CASE("A mended template reads what was kept") {
  Counter counter;
  counter.printed->set_templates({});
  counter.print(counter.source("tea_shop", 1).bytes);
  counter.wait_for(1);
  const auto id = counter.shelf.list().at(0).id;
  CHECK(counter.printed->read_again(id)->reason == Reason::no_template);
  CHECK(counter.shelf.list().size() == 1);
  std::vector<capture::Template> templates;
  for (const auto& document : tests::source_templates()) templates.push_back(*capture::parse_template(document));
  counter.printed->set_templates(std::move(templates));
  CHECK(counter.printed->read_again(id)->verdict == Verdict::sale);
  CHECK(counter.shelf.list().empty());
  CHECK(counter.printed->read_again(id).error().code == base::Code::not_found);
  CHECK(counter.printed->read_again("../1").error().code == base::Code::not_found);
}

TEST_CASE("The shelf holds so many, the oldest go, and its files are the owner's alone") {
  tests::TempDir dir;
  capture::ReviewShelf shelf{dir.path() / "review"};
  constexpr std::int64_t day_ms = 86'400'000;
  REQUIRE(shelf.keep({{}, 1 * day_ms, "old", {}, {}, 0, {1}}));
  const auto id = shelf.keep({{}, 40 * day_ms, "no_template", "x", "t", 3, {0, '\n', 255}});
  REQUIRE(id);
  CHECK(shelf.list().size() == 1);
  const auto kept = shelf.find(*id);
  CHECK(kept->raw == base::Bytes{0, '\n', 255});
  CHECK(kept->lost_bytes == 3);
  const auto file = dir.path() / "review" / (*id + ".receipt");
  CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::others_all) ==
        std::filesystem::perms::none);
  CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::group_all) ==
        std::filesystem::perms::none);
  for (std::size_t i = 0; i < capture::kept_max + 5; ++i)
    REQUIRE(shelf.keep({{}, 41 * day_ms + static_cast<std::int64_t>(i), "no_template", {}, {}, 0, {1}}));
  CHECK(shelf.list().size() == capture::kept_max);
  CHECK_FALSE(shelf.find(*id).has_value());
  CHECK(shelf.drop(shelf.list().back().id));
  CHECK_FALSE(shelf.drop("../../etc/passwd"));
}
