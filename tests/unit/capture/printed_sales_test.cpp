// SPDX-License-Identifier: Apache-2.0
// From the printer's line to a recorded sale, or to the shelf.
#include "hardware/capture/printed_sales.h"
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
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

crypto::SecretKey key_of(std::uint8_t seed) {
  REQUIRE(crypto::start());
  std::array<std::uint8_t, crypto::SecretKey::size> bytes{};
  bytes.fill(seed);
  return crypto::SecretKey::of(bytes);
}

struct Counter {
  tests::TempDir dir;
  capture::Tap tap{capture::tap_pieces_max, base::Overflow::refuse};
  capture::ReviewShelf shelf{dir.path() / "review", key_of(1)};
  Ledger ledger;
  std::vector<tests::SourceReceipt> sources = tests::source_receipts();
  std::unique_ptr<capture::PrintedSales> printed;

  explicit Counter(std::int64_t idle_ms = 60'000, std::int64_t retry_ms = 60'000, std::int64_t wait_ms = 0) {
    std::vector<capture::Template> templates;
    for (const auto& document : tests::source_templates()) templates.push_back(*capture::parse_template(document));
    capture::PrintedSalesSettings settings;
    settings.idle_ms = idle_ms;
    settings.retry_ms = retry_ms;
    if (wait_ms > 0) settings.wait_ms = [wait_ms](const std::string& till) { return till == "T1" ? wait_ms : 0; };
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

TEST_CASE("What a till tells itself is waited for, and without its word the receipt counts") {
  Counter counter{60'000, 60'000, 50};
  counter.print(counter.source("tea_shop", 1).bytes);
  counter.wait_for(1);
  CHECK(counter.printed->counts().recorded == 1);
  CHECK(counter.printed->counts().waiting == 0);
}

TEST_CASE("A till's own word comes before the receipt that waits, whose copy waits behind it") {
  Counter counter{60'000, 60'000, 3'600'000};
  counter.print(counter.source("tea_shop", 1).bytes);
  counter.print(counter.source("tea_shop", 1).bytes, 2);
  counter.print(counter.source("tea_shop", 3).bytes);  // a refund has nothing to wait for
  counter.wait_for(1);
  for (int i = 0; i < 1'000 && counter.printed->counts().waiting < 2; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  CHECK(counter.printed->counts().waiting == 2);
  CHECK(counter.ledger.count() == 0);
  {
    const std::lock_guard lock{counter.ledger.mutex};
    counter.ledger.totals["T1/2026-11-21/A0042"] = 3'800;
  }
  counter.printed.reset();  // nothing waits past the end
  CHECK(counter.ledger.count() == 0);
  CHECK(counter.shelf.list().size() == 1);
}

TEST_CASE("No more receipts wait than there is room for") {
  Counter counter{60'000, 60'000, 3'600'000};
  for (std::size_t i = 0; i < capture::waiting_receipts_max + 3; ++i)
    counter.print(counter.source("tea_shop", 1).bytes);
  counter.wait_for(3);
  CHECK(counter.printed->counts().recorded == 1);
  CHECK(counter.printed->counts().known == 2);
  CHECK(counter.printed->counts().waiting == capture::waiting_receipts_max);
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
  capture::ReviewShelf shelf{dir.path() / "review", key_of(1)};
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

TEST_CASE("What a receipt says is on the disk only for this machine's key, and only under its own name") {
  const tests::TempDir dir;
  const auto folder = dir.path() / "review";
  capture::ReviewShelf shelf{folder, key_of(1)};
  const std::string printed = "No 17  MEMBER 13800138000\n";
  const auto id =
      shelf.keep({{}, 86'400'000, "no_total", "TEL 13900139000", "mart", 0, {printed.begin(), printed.end()}});
  REQUIRE(id);
  const auto file = folder / (*id + ".receipt");
  const auto content = base::read_file(file);
  REQUIRE(content);
  for (const auto* const secret : {"13800138000", "13900139000", "no_total", "mart", "No 17"})
    CHECK(base::text_of(*content).find(secret) == std::string_view::npos);
  CHECK(base::text_of(shelf.find(*id)->raw) == printed);
  CHECK(shelf.list().at(0).detail == "TEL 13900139000");

  const capture::ReviewShelf elsewhere{folder, key_of(2)};
  CHECK(elsewhere.find(*id).error().code == base::Code::signature_invalid);
  CHECK(elsewhere.list().empty());
  std::filesystem::copy_file(file, folder / "000000086400000-002.receipt");
  CHECK(shelf.find("000000086400000-002").error().code == base::Code::signature_invalid);
  CHECK(shelf.list().size() == 1);
}

TEST_CASE("Tidying takes away what is too old and encrypts what an earlier version kept in plain text") {
  const tests::TempDir dir;
  const auto folder = dir.path() / "review";
  constexpr std::int64_t day_ms = 86'400'000;
  capture::ReviewShelf shelf{folder, key_of(1)};
  const auto old = shelf.keep({{}, 1 * day_ms, "old", {}, {}, 0, {1}});
  const auto young = shelf.keep({{}, 5 * day_ms, "young", {}, {}, 0, {'{'}});
  REQUIRE(old);
  REQUIRE(young);
  const auto put = [&](std::int64_t day, const char* text) {
    char name[48];
    std::snprintf(name, sizeof name, "%015lld-777", static_cast<long long>(day * day_ms));
    REQUIRE(base::write_file(folder / (std::string{name} + ".receipt"), base::view_of(std::string_view{text})));
    return std::string{name};
  };
  const char* const plain = "{\"at_ms\":7,\"reason\":\"no_total\",\"lost_bytes\":0}\nTEL 13800138000";
  const auto plain_old = put(2, plain);
  const auto plain_young = put(6, plain);
  const auto broken = put(7, "{no receipt");
  shelf.tidy((capture::kept_days_max + 3) * day_ms);
  CHECK(shelf.find(*old).error().code == base::Code::not_found);
  CHECK(shelf.find(plain_old).error().code == base::Code::not_found);
  CHECK(shelf.find(*young)->reason == "young");
  const auto sealed = shelf.find(plain_young);
  REQUIRE(sealed);
  CHECK(sealed->reason == "no_total");
  CHECK(base::text_of(sealed->raw) == "TEL 13800138000");
  const auto content = base::read_file(folder / (plain_young + ".receipt"));
  REQUIRE(content);
  CHECK(base::text_of(*content).find("13800138000") == std::string_view::npos);
  CHECK_FALSE(shelf.find(broken));
  shelf.tidy((capture::kept_days_max + 3) * day_ms);
  CHECK(base::text_of(shelf.find(plain_young)->raw) == "TEL 13800138000");
  shelf.tidy(100 * day_ms);
  CHECK(std::filesystem::is_empty(folder));
}

TEST_CASE("A pass-through tidies its shelf when it begins, though nothing is printed") {
  Counter counter;
  REQUIRE(counter.shelf.keep({{}, 1, "old", {}, {}, 0, {1}}));
  std::vector<capture::Template> none;
  counter.printed.reset();
  capture::Tap quiet{capture::tap_pieces_max, base::Overflow::refuse};
  const capture::PrintedSales again{{},
                                    none,
                                    quiet,
                                    counter.shelf,
                                    tests::source_context,
                                    [](const ports::TillSale&, bool) { return till::OnceAnswer{}; }};
  for (int i = 0; i < 1'000 && !counter.shelf.list().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  CHECK(counter.shelf.list().empty());
}
