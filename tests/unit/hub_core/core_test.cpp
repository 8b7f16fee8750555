// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/payload.h"
#include "sync/crypto/seal.h"
#include "sync/hub/core/hub_core.h"
#include "sync/hub/core/sqlite_open.h"
#include "sync/wire/people_rows.h"
#include "tests/support/pretend_brand.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <thread>

using namespace millpond;
using tests::PretendBrand;
using wire::UpStatus;

TEST_CASE("A batch is believed only when terminal, signature and chain hold") {
  PretendBrand brand;
  auto terminal = brand.provision();
  auto other = brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1});
  terminal.sell({9}, "a", 1000, 10);
  struct Row {
    const char* what;
    std::function<void(wire::UpRequest&)> spoil;
    UpStatus status;
    std::string reason;
  };
  const Row rows[] = {
      {"signature changed", [](auto& r) { r.signature[3] ^= 1U; }, UpStatus::refused, "signature_invalid"},
      {"signed by another terminal", [&](auto& r) { other.sign(r); }, UpStatus::refused, "signature_invalid"},
      {"signed for another brand",
       [&](auto& r) {
         const auto bytes = wire::batch_signed_bytes(r.terminal, r.epoch, r.first_seq, r.rows.size(), r.chain_head);
         r.signature = terminal.key().sign(crypto::context::batch, base::BrandId{}, bytes);
       },
       UpStatus::refused, "signature_invalid"},
      {"a row left out", [](auto& r) { r.rows.pop_back(); }, UpStatus::refused, "signature_invalid"},
      {"a fact changed", [](auto& r) { r.rows[1].canonical.back() ^= 1U; }, UpStatus::refused, "chain_broken"},
      {"rows in another order", [](auto& r) { std::swap(r.rows[1], r.rows[2]); }, UpStatus::refused, "chain_broken"},
      {"another beginning",
       [&](auto& r) {
         r.chain_before[0] ^= 1U;
         terminal.sign(r);
       },
       UpStatus::refused, "chain_broken"},
      {"as it was made", [](auto&) {}, UpStatus::accepted, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto request = terminal.all();
    row.spoil(request);
    const auto answer = brand.up(request);
    CHECK(answer.status == row.status);
    CHECK(answer.reason == row.reason);
  }
  const auto answer = brand.up(terminal.all());
  CHECK(answer.accepted_through.value == terminal.head());
  CHECK(answer.head == terminal.chain_at(terminal.head()));
  CHECK(answer.hub_wall_ms == brand.clock.wall_ms());
}

TEST_CASE("What is no batch is an error, not an answer") {
  PretendBrand brand;
  auto terminal = brand.provision();
  auto other = brand.provision();
  terminal.begin_epoch();
  const auto body = wire::encode(terminal.all());
  CHECK(brand.core->ingest(other.id(), body).error().code == base::Code::bad_input);
  CHECK(brand.core->ingest(terminal.id(), base::view_of("<html></html>")).error().code == base::Code::bad_input);
  CHECK_FALSE(brand.core->ingest(terminal.id(), {}));
  auto empty = terminal.all();
  empty.rows.clear();
  CHECK(brand.core->ingest(terminal.id(), wire::encode(empty)).error().code == base::Code::bad_input);
}

TEST_CASE("A month offline strands nothing, a revoked terminal uploads no more") {
  PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  brand.clock.advance_ms(200LL * 86'400'000);  // the certificate has expired
  CHECK(brand.up(terminal.all()).status == UpStatus::accepted);
  CHECK(brand.core->revoke_terminal({99}).error().code == base::Code::not_found);
  REQUIRE(brand.core->revoke_terminal(terminal.id()));
  terminal.sell({9}, "a", 100, 1);
  const auto answer = brand.up(terminal.batch(2, 3));
  CHECK(answer.status == UpStatus::refused);
  CHECK(answer.reason == "terminal_revoked");
  CHECK(brand.core->authorized_terminal(terminal.id()).error().code == base::Code::terminal_revoked);
}

TEST_CASE("A payload is kept beside the batch and reaches the hub's eyes only") {
  PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1}, "+8613800002917", brand.hub_key.sealing_key);
  REQUIRE(brand.up(terminal.all()).status == UpStatus::accepted);
  REQUIRE(brand.core->project());
  const auto start = brand.core->down(terminal.id(), {});
  REQUIRE(start);
  const auto page = brand.core->down(terminal.id(), start->next);
  REQUIRE(page);
  bool phone = false;
  bool profile = false;
  base::Bytes looked_up;
  wire::StoreSecrets secrets;
  for (const auto& row : page->rows) {
    if (row.kind == static_cast<std::uint8_t>(wire::RowKind::phone)) {
      looked_up = row.key;
      phone = row.body == base::Bytes{0, 0, 0, 0, 0, 0, 0, 9};
    }
    if (row.kind == static_cast<std::uint8_t>(wire::RowKind::store_secrets)) {
      const auto opened = terminal.key().opening_key().open(row.body);
      REQUIRE(opened);
      secrets = wire::decode_store_secrets(*opened).value();
    }
    if (row.kind == static_cast<std::uint8_t>(wire::RowKind::profile)) {
      profile = wire::decode_profile_row(row.body)->shown_name == "138****2917";
    }
  }
  CHECK(phone);
  CHECK(profile);
  CHECK(secrets.generation == page->next.generation);
  const auto key = crypto::keyed_blake2b_16(secrets.phone_key, base::view_of("+8613800002917"));
  CHECK(looked_up == base::Bytes{key.begin(), key.end()});
  const auto check = brand.core->check();
  REQUIRE(check);
  CHECK(check->holds());  // raw batches without payloads still carry valid signatures and chains
  CHECK(check->batches == 1);
}

TEST_CASE("A batch that came in columns is kept in columns, without its payloads") {
  PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1}, "+8613800002917", brand.hub_key.sealing_key);
  for (int i = 0; i < 50; ++i) terminal.sell({9}, "T-" + std::to_string(i), 1'000, 10);
  auto request = terminal.all();
  request.schema = wire::schema_columns;
  request.brand = brand.core->brand();
  REQUIRE(brand.up(request).status == UpStatus::accepted);
  CHECK(brand.core->check()->holds());
  brand.core.reset();

  const auto store = hub::open_sqlite_store({.path = brand.dir / "hub.db", .generation = 1});
  REQUIRE(store);
  std::uint64_t position = 0;
  const auto kept = (*store)->batch_after(position);
  REQUIRE((kept && *kept));
  const auto raw = wire::decode_up_request((*kept)->raw);
  REQUIRE(raw);
  CHECK(raw->schema == wire::schema_columns);
  REQUIRE(raw->rows.size() == request.rows.size());
  for (std::size_t i = 0; i < raw->rows.size(); ++i) {
    CHECK(raw->rows[i].canonical == request.rows[i].canonical);
    CHECK(raw->rows[i].payload.empty());
    CHECK(raw->rows[i].payload_salt.empty());
  }
}

TEST_CASE("What an outage can cost is told before a programme is published, by this chain's limits") {
  PretendBrand brand;
  const auto document = tests::hub_programme_json(2);
  const auto bound = [&] { return brand.core->bound_of(base::view_of(document)).value(); };
  CHECK(bound().outage.coupons_minor == 0);  // nobody may honour anything unasked
  const auto first = brand.provision();
  brand.provision();
  REQUIRE(brand.core->set_limits(model::default_limits()));
  brand.core->set_lease_terms({{model::LeaseKind::points, 0, 7'000, 500, 200}});
  CHECK(bound().version == 2);
  CHECK(bound().terminals == 2);
  CHECK(bound().outage.coupons_minor == 2 * 2 * model::default_limits().outstanding_minor_max);
  CHECK(bound().outage.coupons_minor == *brand.core->loss_bound_minor(*brand.core->rights()));
  CHECK(bound().outage.points == 7'000);
  REQUIRE(brand.core->revoke_terminal(first.id()));
  CHECK(bound().terminals == 1);
  // Asked for, it publishes nothing, and refuses what publishing refuses.
  CHECK(brand.core->bound_of(base::view_of("{}")).error().code == base::Code::programme_invalid);
  CHECK(*brand.core->publish_programme(base::view_of(document)) == 2);
  CHECK(brand.core->bound_of(base::view_of(document)).error().code == base::Code::programme_invalid);
}

TEST_CASE("A programme is checked, signed, and only grows") {
  PretendBrand brand;
  auto terminal = brand.provision();
  CHECK(brand.core->publish_programme(base::view_of("{}")).error().code == base::Code::programme_invalid);
  CHECK(*brand.core->publish_programme(base::view_of(tests::hub_programme_json(2))) == 2);
  for (const std::uint32_t version : {1U, 2U}) {
    const auto refused = brand.core->publish_programme(base::view_of(tests::hub_programme_json(version)));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Code::programme_invalid);
    CHECK(refused.error().detail.starts_with("/version"));
  }
  CHECK(*brand.core->publish_programme(base::view_of(tests::hub_programme_json(3))) == 3);
  const auto start = brand.core->down(terminal.id(), {});
  const auto page = brand.core->down(terminal.id(), start->next);
  REQUIRE(page);
  std::size_t programmes = 0;
  for (const auto& row : page->rows) {
    if (row.kind != static_cast<std::uint8_t>(wire::RowKind::programme)) continue;
    ++programmes;
    const auto programme = wire::decode_programme_row(row.body);
    REQUIRE(programme);
    CHECK(programme->version == 3);
    CHECK(crypto::verify(brand.hub_key.key, crypto::context::document, brand.core->brand(), programme->json,
                         programme->signature));
  }
  CHECK(programmes == 1);
}

TEST_CASE("A code makes one terminal, with a certificate for its key and the brand's documents") {
  PretendBrand brand;
  REQUIRE(brand.core->publish_programme(base::view_of(tests::hub_programme_json(1))));
  CHECK(brand.core->add_terminal({0}).error().code == base::Code::bad_input);
  const auto code = brand.core->add_terminal({4});
  REQUIRE(code);
  CHECK(wire::normalise_provision_code(code->code).value() == code->code);
  const auto key = crypto::SigningKey::generate();
  CHECK(brand.core->provision({"0000000000", key.public_key()}).error().code == base::Code::provision_code_invalid);
  const auto answer = brand.core->provision({code->code, key.public_key()});
  REQUIRE(answer);
  const auto checked = wire::check_answer(*answer, key.public_key());
  REQUIRE(checked);
  CHECK(checked->root == brand.root);
  CHECK(checked->certificate.store.value == 4);
  CHECK(checked->certificate.terminal == code->terminal);
  CHECK(checked->certificate.last_day - checked->certificate.first_day == hub::certificate_days);
  const auto secret = base::to_hex(brand.phone_key);
  CHECK(base::text_of(wire::to_json(*answer)).find(secret) == std::string_view::npos);
  CHECK(answer->documents.size() == 3);  // programme, hub issuer, this terminal's issuer
  CHECK(wire::check_answer(*answer, crypto::SigningKey::generate().public_key()).error().code ==
        base::Code::certificate_invalid);
  const auto status = brand.core->status();
  REQUIRE(status);
  CHECK(status->terminals.at(0).matching_digits == wire::matching_digits(code->code, key.public_key(), brand.root));
  CHECK(brand.core->provision({code->code, crypto::SigningKey::generate().public_key()}).error().code ==
        base::Code::provision_code_invalid);
  const auto late = brand.core->add_terminal({4});
  brand.clock.advance_ms(wire::provision_code_ms);
  CHECK(brand.core->provision({late->code, key.public_key()}).error().code == base::Code::provision_code_invalid);
}

TEST_CASE("Rebuilding gives equal balances and a new generation") {
  PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1}, "+8613800002917", brand.hub_key.sealing_key);
  for (int i = 0; i < 50; ++i) terminal.sell({9}, "s" + std::to_string(i), 1000, 10);
  REQUIRE(brand.up(terminal.all()).status == UpStatus::accepted);
  REQUIRE(brand.core->project());
  const auto before = brand.core->status();
  const auto rebuilt = brand.core->rebuild();
  REQUIRE(rebuilt);
  CHECK(rebuilt->events == terminal.head());
  const auto after = brand.core->status();
  CHECK(after->points == 500);
  CHECK(after->points == before->points);
  CHECK(after->generation != before->generation);
  CHECK(brand.core->check()->holds());
}

TEST_CASE("A rebuild says what it made, whoever projected it") {
  PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  for (std::uint64_t member = 1; member <= 50; ++member) terminal.enrol({member}, {1});
  brand.up(terminal.all());
  std::atomic<bool> over{false};
  std::thread other{[&] {
    while (!over) static_cast<void>(brand.core->project(7));
  }};
  for (int i = 0; i < 20; ++i) {
    const auto rebuilt = brand.core->rebuild();
    CHECK((rebuilt && rebuilt->events == terminal.head()));
  }
  over = true;
  other.join();
}
