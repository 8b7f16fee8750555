// SPDX-License-Identifier: Apache-2.0
// Shops of a brand: real identities, journals and replicas in temporary folders.
#pragma once

#include "sync/crypto/hash.h"
#include "sync/crypto/seal.h"
#include "sync/terminal/terminal.h"
#include "sync/wire/people_rows.h"
#include "tests/support/brand.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/terminal/shop_programme.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

namespace millpond::tests {

inline constexpr std::int64_t noon_ms = 1'795'233'600'000;  // 2026-11-21 04:00 UTC, noon in Shanghai

inline const base::Currency cny = *base::parse_currency("CNY");

// One shop: opened, provisioned, with the programme unless told otherwise.
class Shop {
 public:
  explicit Shop(const Brand& of_brand, std::uint32_t number = 1, bool with_programme = true, std::string vfs = {})
      : brand{of_brand}, number_{number}, vfs_{std::move(vfs)}, identity_{make_identity()} {
    open();
    if (with_programme) publish(programme_json());
  }

  void open() {
    store::JournalOptions options;
    options.path =
        vfs_.empty() ? folder / "journal.db" : std::filesystem::path{"/journal-" + std::to_string(number_) + ".db"};
    options.owner = {brand.id, identity_.certificate.terminal, identity_.certificate.store};
    options.machine = {"machine", "disk", 1};
    options.vfs = vfs_;
    if (journal_budget_bytes > 0) options.budget_bytes_max = journal_budget_bytes;
    auto opened = store::Journal::open(options, clock, rng);
    REQUIRE(opened);
    journal = std::make_unique<store::JournalThread>(std::move(*opened));
    if (!replica) {
      auto opened_replica = store::Replica::open(folder / "replica.db");
      REQUIRE(opened_replica);
      replica = std::move(*opened_replica);
      give_secrets();
    }
    start_time();
    terminal = std::make_unique<terminal::Terminal>(identity_, *journal, *replica, *time, rng);
    REQUIRE(terminal->load_programme());
  }

  // The row that a hub makes for this terminal; not a word about time.
  void give_secrets() {
    secrets.phone_key.fill(0x5a);
    secrets.pin_key.fill(0x3c);
    const auto receiver = crypto::sealing_key_of(identity_.key.public_key());
    REQUIRE(receiver);
    wire::DownPage page;
    page.next = {1, 0};
    page.rows = {row_of(wire::RowKind::store_secrets, number_, crypto::seal(*receiver, wire::encode(secrets)))};
    REQUIRE(replica->apply(page, 0));
  }

  // As a start of the program does, of the machine too when the boot's name changed.
  void start_time() {
    const auto& certificate = identity_.certificate;
    constexpr std::int64_t day_ms = 86'400'000;
    time = std::make_unique<store::HubTime>(
        clock, boot_id, store::HubTime::Span{certificate.first_day * day_ms, (certificate.last_day + 1) * day_ms});
    REQUIRE(journal->with([&](store::Journal& open) { REQUIRE(time->load(open)); }));
  }
  void hub_says_time(std::int64_t hub_wall_ms) {
    time->hear(hub_wall_ms);
    REQUIRE(journal->with([&](store::Journal& open) { REQUIRE(time->save(open)); }));
  }

  void close() {
    terminal.reset();
    journal.reset();
  }

  void publish(const std::string& json, std::uint32_t version = 1) {
    const auto bytes = wire::encode(brand.programme(json, version));
    REQUIRE(journal->commit([&](store::Transaction& t) { return t.put_document("programme", version, bytes); }));
    REQUIRE(terminal->load_programme());
  }

  // What the hub says of a member, as of this terminal's position.
  void hub_says(std::vector<wire::DownRow> rows, std::uint64_t as_of_position = 0) {
    wire::DownPage page;
    page.next = {1, ++hub_seq_};
    page.hub_wall_ms = clock.wall_ms();
    page.rows = std::move(rows);
    REQUIRE(replica->apply(page, as_of_position));
  }

  // The last page of all that it has to say.
  void hub_has_said_all() {
    wire::DownPage page;
    page.next = {1, ++hub_seq_};
    page.hub_wall_ms = clock.wall_ms();
    page.checkpoint = wire::Checkpoint{};
    REQUIRE(replica->apply(page, 0));
  }

  [[nodiscard]] const terminal::Identity& identity() const { return identity_; }

  base::MemberId enrol(const std::string& phone) {
    const auto view = terminal->enrol(enrolment(phone));
    REQUIRE(view);
    return view->member;
  }

  [[nodiscard]] static terminal::EnrolRequest enrolment(const std::string& phone) {
    return {
        phone, {{model::Purpose::membership, true, {}, "zh-CN", model::AgeAnswer::old_enough}}, model::Channel::kiosk};
  }

  // A paid sale of one line, not yet posted.
  [[nodiscard]] terminal::SaleRequest sale_of(const std::string& transaction, std::int64_t amount_minor,
                                              base::MemberId member = {}) const {
    terminal::SaleRequest request;
    auto& sale = request.sale;
    sale.key = {identity_.certificate.store, "till-1", base::LocalDate{20'778}, transaction};
    sale.currency = cny;
    sale.total_minor = sale.eligible_minor = amount_minor;
    sale.lines = {{"1", "tea", "1", "drinks", amount_minor, 0}};
    sale.tenders = {{model::TenderType::wechat_pay, amount_minor}};
    request.body_hash = crypto::sha256(base::view_of(transaction + "/" + std::to_string(amount_minor)));
    if (member) request.member_code = terminal->member_code(member);
    request.completed_at_ms = clock.wall_ms();
    return request;
  }

  terminal::SaleOutcome post(const terminal::SaleRequest& request) {
    auto outcome = terminal->sale(request, answer_of);
    if (!outcome) FAIL(base::describe(outcome.error()));
    return std::move(*outcome);
  }

  static base::Bytes answer_of(const terminal::SaleOutcome& outcome) {
    const auto text = "seq " + std::to_string(outcome.seq.value) + " points " + std::to_string(outcome.points_earned) +
                      " balance " + std::to_string(outcome.balance);
    const auto view = base::view_of(text);
    return {view.begin(), view.end()};
  }

  // Every fact of the journal, oldest first.
  [[nodiscard]] std::vector<model::Fact> facts() const {
    std::vector<model::Fact> facts;
    REQUIRE(journal->with([&](store::Journal& open) {
      const auto entries = open.entries(10'000, false);
      if (!entries) return;
      for (const auto& entry : *entries) facts.push_back(entry.fact);
    }));
    return facts;
  }

  template <class Body>
  [[nodiscard]] std::vector<Body> facts_of() const {
    std::vector<Body> bodies;
    for (const auto& fact : facts()) {
      if (const auto* body = std::get_if<Body>(&fact.body)) bodies.push_back(*body);
    }
    return bodies;
  }

  [[nodiscard]] std::vector<store::PrintIntent> prints() const {
    std::vector<store::PrintIntent> prints;
    REQUIRE(journal->with([&](store::Journal& open) {
      if (auto found = open.unfinished_prints()) prints = std::move(*found);
    }));
    return prints;
  }

  const TempDir folder;
  const Brand& brand;
  ManualClock clock{noon_ms};
  base::SeededRng rng{7};
  std::unique_ptr<store::Replica> replica;
  std::unique_ptr<store::JournalThread> journal;
  std::string boot_id = "boot-1";
  std::uint64_t journal_budget_bytes = 0;  // of the next open(); 0: as the product has it
  std::unique_ptr<store::HubTime> time;
  std::unique_ptr<terminal::Terminal> terminal;
  wire::StoreSecrets secrets{.generation = 1};

 private:
  terminal::Identity make_identity() const {
    const auto key = terminal::load_or_make_key(folder / "identity");
    REQUIRE(key);
    REQUIRE(terminal::save_identity(folder / "identity", "http://127.0.0.1:1",
                                    brand.provision(key->public_key(), number_)));
    auto identity = terminal::load_identity(folder / "identity");
    REQUIRE(identity);
    return std::move(*identity);
  }

  std::uint32_t number_;
  std::string vfs_;
  terminal::Identity identity_;
  std::uint64_t hub_seq_ = 0;
};

inline wire::DownRow member_row(base::MemberId member, std::int64_t points, std::int64_t qualifying_minor = 0) {
  return row_of(wire::RowKind::member, member.value,
                wire::encode(wire::MemberRow{member, points, qualifying_minor, 1}));
}

}  // namespace millpond::tests
