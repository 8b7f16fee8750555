// SPDX-License-Identifier: Apache-2.0
// What every engine behind HubStore must do: stages, effects, downlink, rebuild, terminals.
#include "tests/contract/hub_store/suite.h"

using namespace millpond;
using namespace millpond::tests;

TEST_CASE("Stage 1 accepts what continues, repeats what it has, and names gap and fork") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    auto terminal = terminal_of(1);
    terminal.begin_epoch();
    for (int i = 0; i < 19; ++i) terminal.sell({9}, "s" + std::to_string(i), 1000, 10);
    auto fork = terminal.clone(14, crypto::SigningKey::generate());
    for (int i = 0; i < 20; ++i) fork.sell({8}, "f" + std::to_string(i), 500, 5);
    REQUIRE(fork.head() >= 40);

    struct Row {
      const char* what;
      const tests::PretendTerminal* from;
      std::uint64_t first;
      std::uint64_t last;
      UpStatus status;
      std::uint64_t through;
      std::uint64_t common = 0;
      std::uint64_t held = 0;  // where it is not `through`
    };
    const Row rows[] = {
        {"a start that is not the start", &terminal, 3, 5, UpStatus::gap, 0},
        {"the start", &terminal, 1, 10, UpStatus::accepted, 10},
        {"the same again", &terminal, 1, 10, UpStatus::accepted, 10},
        {"a part of it", &terminal, 4, 7, UpStatus::accepted, 10},
        {"a hole", &terminal, 12, 15, UpStatus::gap, 10},
        {"what overlaps and goes on", &terminal, 6, 15, UpStatus::accepted, 15},
        {"inside a batch that overlapped", &terminal, 8, 12, UpStatus::accepted, 15},
        {"what continues", &terminal, 16, 20, UpStatus::accepted, 20},
        {"other content at the end", &fork, 15, 20, UpStatus::fork, 20, 14},
        {"other content across a whole history", &fork, 1, 40, UpStatus::fork, 20, 14},
        {"other content from its first difference on", &fork, 16, 30, UpStatus::gap, 7, 0, 20},
        {"what is asked for then", &fork, 8, 30, UpStatus::fork, 20, 14},
        {"what follows on other content", &fork, 21, 30, UpStatus::gap, 10, 0, 20},
        {"the true content, which is held", &terminal, 1, 20, UpStatus::accepted, 20},
        {"the copy that wrote what is held goes on", &terminal, 21, 30, UpStatus::accepted, 30},
        {"the other one still differs", &fork, 12, 40, UpStatus::fork, 30, 14},
    };
    auto* current = &store;
    for (const auto& row : rows) {
      CAPTURE(row.what);
      const auto outcome = current->ingest(checked(*row.from, row.first, row.last), start_of(terminal));
      REQUIRE(outcome);
      CHECK(outcome->status == row.status);
      CHECK(outcome->mark.through.value == row.through);
      CHECK(outcome->common_through.value == row.common);
      CHECK(outcome->mark.head == terminal.chain_at(row.through));
      current = &reopen();  // every answer was durable
      const auto marks = current->watermarks({1});
      REQUIRE(marks);
      CHECK((marks->empty() ? 0 : marks->back().through.value) == (row.held == 0 ? row.through : row.held));
    }
  });
}

TEST_CASE("Epochs of one terminal are separate histories, in the order in which they began") {
  on_every_engine([](HubStore& store, const auto&) {
    auto old = terminal_of(1, 900);
    auto young = terminal_of(1, 20);
    old.begin_epoch();
    young.begin_epoch();
    young.sell({9}, "a", 1000, 10);
    REQUIRE(store.ingest(checked(old, 1, 1), start_of(old)));
    REQUIRE(store.ingest(checked(young, 1, 3), start_of(young)));
    const auto marks = store.watermarks({1});
    REQUIRE(marks);
    REQUIRE(marks->size() == 2);
    CHECK(marks->at(0).epoch.value == 900);
    CHECK(marks->at(1).epoch.value == 20);
    CHECK(marks->at(1).through.value == 3);
  });
}

TEST_CASE("Stage 2 applies each fact once, whatever the size of its steps and however often it is asked") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.begin_epoch();
    terminal.enrol({9}, {1}, "+8613800000000");
    for (int i = 0; i < 20; ++i) terminal.sell({9}, "s" + std::to_string(i), 1000, 10);
    REQUIRE(store.ingest(checked(terminal, 1, 25), start_of(terminal)));
    REQUIRE(store.ingest(checked(terminal, 20, terminal.head()), start_of(terminal)));
    auto* current = &store;
    for (int i = 0; i < 30; ++i) {
      const auto outcome = current->project(3, tests::open_anything());
      REQUIRE(outcome);
      CHECK(outcome->events <= 3);
      if (i == 4) current = &reopen();
    }
    CHECK(points(*current) == std::map<std::uint64_t, std::int64_t>{{9, 200}});
    const auto status = current->status();
    REQUIRE(status);
    CHECK(status->events_received == terminal.head());
    CHECK(status->events_projected == terminal.head());
    CHECK(status->sales == 20);
    CHECK(status->members == 1);
    CHECK(current->balances()->front().qualifying_minor == 20'000);
  });
}

TEST_CASE("A fact that cannot be used gets a verdict and stops nobody, first, middle or last") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    const auto elsewhere = [&] {
      auto other = terminal_of(2);
      other.begin_epoch();
      return other.batch(1, 1).rows.front().canonical;
    };
    terminal.add_bytes({0xFF, 0xFF, 0xFF});  // first: no such version
    terminal.enrol({9}, {1});
    terminal.add_bytes({});  // empty
    terminal.sell({9}, "a", 1000, 10);
    terminal.add_bytes(elsewhere());  // a fact of another place
    terminal.add(model::PointsEarned{{9}, {4}, -5, 0});
    terminal.add(model::PointsEarned{{9}, {4}, INT64_MAX, 0});
    terminal.add(model::PointsEarned{{0}, {4}, 5, 0});
    terminal.sell({9}, "b", 1000, 10);
    terminal.add_bytes({0x01, 0x0B});  // last: truncated
    REQUIRE(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
    project_all(store);
    CHECK(points(store) == std::map<std::uint64_t, std::int64_t>{{9, 20}});
    const auto told = verdicts(store);
    std::uint64_t total = 0;
    for (const auto& [code, number] : told) total += number;
    CHECK(total == 7);
    const auto status = store.status();
    CHECK(status->events_projected == terminal.head());
    CHECK(status->sales == 2);
    CHECK(count(read_feed(store, {1}, {5, 0}), wire::RowKind::verdict) == 7);
  });
}

TEST_CASE("A sale told twice counts once, its points and its coupon too") {
  on_every_engine([](HubStore& store, const auto&) {
    auto a = terminal_of(1);
    auto b = terminal_of(2);
    admit(store, a);
    admit(store, b);
    a.enrol({9}, {1});
    const auto sale_a = a.sell({9}, "77", 5000, 50);
    a.issue(coupon_number(100), {9}, 1, sale_a);
    const auto sale_b = b.sell({9}, "77", 5000, 50);  // the till failed over and repeated itself
    b.issue(coupon_number(200), {9}, 1, sale_b);
    b.sell({9}, "78", 1000, 10);
    REQUIRE(store.ingest(checked(a, 1, a.head()), start_of(a)));
    REQUIRE(store.ingest(checked(b, 1, b.head()), start_of(b)));
    project_all(store);
    CHECK(points(store) == std::map<std::uint64_t, std::int64_t>{{9, 60}});
    const auto told = verdicts(store);
    CHECK(told.at("sale_duplicate") == 2);  // the sale and its points
    CHECK(told.at("coupon_duplicate_issue") == 1);
    const auto status = store.status();
    CHECK(status->sales == 2);
    CHECK(status->coupons_issued == 1);
    const auto feed = read_feed(store, {1}, {5, 0});
    const auto first = wire::decode_coupon_row(feed.rows.at({2, {0, 0, 0, 0, 0, 0, 0, 100}}));
    const auto second = wire::decode_coupon_row(feed.rows.at({2, {0, 0, 0, 0, 0, 0, 0, 200}}));
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->state == wire::CouponState::issued);
    CHECK(second->state == wire::CouponState::voided);
  });
}

TEST_CASE("A coupon is used once; what comes after is booked as loss and never blocks") {
  struct Row {
    const char* what;
    std::vector<char> uses;  // R redeemed, O over-redeemed
    wire::CouponState state;
    std::uint64_t redeemed;
    std::uint64_t losses;
    std::uint64_t spent_verdicts;
  };
  const Row rows[] = {
      {"never", {}, wire::CouponState::issued, 0, 0, 0},
      {"once", {'R'}, wire::CouponState::redeemed, 1, 0, 0},
      {"twice", {'R', 'R'}, wire::CouponState::redeemed, 1, 1, 1},
      {"not honoured", {'O'}, wire::CouponState::over_redeemed, 0, 1, 0},
      {"confirmed, then not honoured", {'R', 'O'}, wire::CouponState::redeemed, 1, 1, 0},
      {"not honoured, then confirmed: confirmed wins", {'O', 'R'}, wire::CouponState::redeemed, 1, 1, 0},
  };
  on_every_engine([&](HubStore& store, const auto&) {
    std::uint32_t number = 0;
    std::uint64_t redeemed = 0;
    std::uint64_t losses = 0;
    std::uint64_t spent = 0;
    for (const bool use_first : {false, true}) {  // the use may arrive before the issue, from another terminal
      for (const auto& row : rows) {
        CAPTURE(row.what, use_first);
        auto issuer = terminal_of(++number);
        admit(store, issuer);
        auto user = terminal_of(++number);
        admit(store, user);
        const base::CouponId coupon{1000 + number};
        issuer.issue(coupon, {9}, static_cast<std::uint8_t>(number), {1});
        for (const char use : row.uses) {
          if (use == 'R') user.add(model::CouponRedeemed{coupon, {9}, {7}, {1}, 800});
          if (use == 'O') user.add(model::CouponOverRedeemed{coupon, {9}, {7}, {1}, 800, "coupon_elsewhere"});
        }
        user.begin_epoch();
        for (const auto* terminal : {use_first ? &user : &issuer, use_first ? &issuer : &user}) {
          REQUIRE(store.ingest(checked(*terminal, 1, terminal->head()), start_of(*terminal)));
        }
        project_all(store);
        redeemed += row.redeemed;
        losses += row.losses;
        spent += row.spent_verdicts;
        base::Bytes key;
        base::append_big_endian(key, coupon.value, 8);
        const auto feed = read_feed(store, {1}, {5, 0});
        const auto body = wire::decode_coupon_row(feed.rows.at({2, key}));
        REQUIRE(body);
        CHECK(body->state == row.state);
        CHECK(body->issuer == issuer.id());
      }
    }
    const auto status = store.status();
    CHECK(status->coupons_redeemed == redeemed);
    CHECK(status->coupons_over_redeemed == losses);
    CHECK(status->offline_loss_minor == static_cast<std::int64_t>(losses) * 800);
    CHECK(verdicts(store)["coupon_spent"] == spent);
  });
}

TEST_CASE("Points that arrive before their member wait for the enrolment") {
  on_every_engine([](HubStore& store, const auto&) {
    auto a = terminal_of(1);
    auto b = terminal_of(2);
    admit(store, a);
    admit(store, b);
    b.sell({9}, "x", 1000, 10);
    REQUIRE(store.ingest(checked(b, 1, b.head()), start_of(b)));
    project_all(store);
    CHECK(store.status()->members_awaited == 1);
    CHECK(count(read_feed(store, {1}, {5, 0}), wire::RowKind::member) == 0);
    a.enrol({9}, {1});
    REQUIRE(store.ingest(checked(a, 1, a.head()), start_of(a)));
    project_all(store);
    CHECK(store.status()->members_awaited == 0);
    const auto feed = read_feed(store, {1}, {5, 0});
    const auto row = wire::decode_member_row(feed.rows.at({1, {0, 0, 0, 0, 0, 0, 0, 9}}));
    REQUIRE(row);
    CHECK(row->points == 10);
    CHECK(verdicts(store).empty());
  });
}

TEST_CASE("Personal payloads are checked against their fact, and a phone finds its first member") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    auto far = terminal_of(2);
    admit(store, terminal, {1});
    admit(store, far, {2});
    const auto key = crypto::OpeningKey::generate().public_key();
    terminal.enrol({9}, {1}, "+8613800000000", key);
    terminal.enrol({10}, {1}, "+8613900000000", key);
    auto batch = checked(terminal, 1, 2);
    batch.payloads.at(1).box.back() ^= 1U;  // changed on its way: the chain does not cover it, the hash does
    REQUIRE(store.ingest(batch, start_of(terminal)));
    project_all(store);
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"signature_invalid", 1}});
    CHECK(store.status()->members == 2);
    const auto near_feed = read_feed(store, {1}, {5, 0});
    const auto far_feed = read_feed(store, {2}, {5, 0});
    CHECK(count(near_feed, wire::RowKind::phone) == 1);
    CHECK(count(near_feed, wire::RowKind::profile) == 1);
    CHECK(count(far_feed, wire::RowKind::phone) == 1);
    CHECK(count(far_feed, wire::RowKind::profile) == 0);  // names stay in their store
    CHECK(count(far_feed, wire::RowKind::verdict) == 0);  // and verdicts with their terminal
  });
}

TEST_CASE("The downlink pages, compacts, and ends with a checkpoint over what it sent") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.begin_epoch();
    for (std::uint64_t member = 1; member <= 25; ++member) terminal.enrol({member}, {1});
    REQUIRE(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
    project_all(store);

    const auto wrong_generation = store.down({1}, ask({0, 0}, 10, 1U << 20));
    REQUIRE(wrong_generation);
    CHECK(wrong_generation->restart);
    CHECK(wrong_generation->rows.empty());
    CHECK(wrong_generation->next == wire::DownCursor{5, 0});
    CHECK(store.down({1}, ask({5, 1U << 30}, 10, 1U << 20))->restart);  // ahead of us: a hub from a backup
    CHECK(store.down({99}, ask({5, 0}, 10, 1U << 20)).error().code == base::Code::unauthorized);

    const auto all = read_feed(store, {1}, {5, 0}, 10);
    CHECK(all.pages == 3);  // 25 members and one issuer
    CHECK(count(all, wire::RowKind::member) == 25);
    CHECK(count(all, wire::RowKind::issuer) == 1);
    REQUIRE(all.last.checkpoint);
    std::uint64_t checksum = 0;
    for (const auto& [key, body] : all.rows) {
      if (key.first == static_cast<int>(wire::RowKind::member)) checksum += wire::row_checksum(key.second, body);
    }
    CHECK(*all.last.checkpoint == wire::Checkpoint{25, checksum});
    CHECK(all.last.includes_epoch == terminal.epoch());
    CHECK(all.last.includes_your_seq.value == terminal.head());
    CHECK(all.last.accepted.back().through.value == terminal.head());

    for (int i = 0; i < 5; ++i) terminal.sell({3}, "s" + std::to_string(i), 1000, 10);
    REQUIRE(store.ingest(checked(terminal, 27, terminal.head()), start_of(terminal)));
    const auto before = store.down({1}, ask(all.last.next, 10, 1U << 20));
    REQUIRE(before);
    CHECK(before->rows.empty());
    CHECK(before->accepted.back().through.value == terminal.head());  // stage 1 has it
    CHECK(before->includes_your_seq.value == 26);                     // stage 2 not yet
    project_all(store, 2);
    const auto news = read_feed(store, {1}, all.last.next);
    CHECK(news.rows.size() == 1);  // five sales of one member are one row
    CHECK(wire::decode_member_row(news.rows.begin()->second)->points == 50);
    CHECK(news.last.checkpoint->count == 25);
    CHECK(store.check()->checkpoint_equal);
  });
}

TEST_CASE("A page is bounded in bytes and still makes progress") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    for (int i = 0; i < 3; ++i) {
      const base::Bytes key{static_cast<std::uint8_t>(i)};
      REQUIRE(store.publish(wire::RowKind::programme, key, base::Bytes(5'000, 1), 1, 0));
    }
    std::size_t pages = 0;
    wire::DownCursor cursor{5, 0};
    for (bool more = true; more; ++pages) {
      const auto page = store.down({1}, ask(cursor, 100, 1'000));
      REQUIRE(page);
      CHECK(page->rows.size() <= 1);
      cursor = page->next;
      more = page->more;
    }
    CHECK(pages == 4);
  });
}

TEST_CASE("A rebuild from raw batches gives the same balances under a new generation") {
  on_every_engine([](HubStore& store, const auto&) {
    auto a = terminal_of(1);
    auto b = terminal_of(2);
    admit(store, a);
    admit(store, b);
    REQUIRE(store.publish(wire::RowKind::programme, base::view_of("programme"), base::Bytes{1, 2}, 3, 0));
    a.begin_epoch();
    a.enrol({9}, {1}, "+8613800000000");
    b.begin_epoch();
    for (int i = 0; i < 10; ++i) {
      const auto sale = a.sell({9}, "a" + std::to_string(i), 4000, 40);
      a.issue(coupon_number(100 + static_cast<std::uint64_t>(i)), {9}, static_cast<std::uint8_t>(i), sale);
      b.sell({9}, i % 2 == 0 ? "a" + std::to_string(i) : "b" + std::to_string(i), 1000, 10);
      b.add_bytes({0xEE});
    }
    a.add(model::CouponRedeemed{coupon_number(100), {9}, {7}, {1}, 800});
    const auto half = b.head() / 2;
    REQUIRE(store.ingest(checked(b, 1, half), start_of(b)));
    REQUIRE(store.ingest(checked(a, 1, a.head()), start_of(a)));
    REQUIRE(store.ingest(checked(b, half - 3, b.head()), start_of(b)));
    project_all(store);
    const auto balances_before = points(store);
    const auto verdicts_before = verdicts(store);
    const auto feed_before = read_feed(store, {1}, {5, 0});
    const auto status_before = store.status();

    REQUIRE(store.begin_rebuild(6));
    project_all(store, 7);
    CHECK(points(store) == balances_before);
    CHECK(verdicts(store) == verdicts_before);
    CHECK(store.down({1}, ask(feed_before.last.next, 10, 1U << 20))->restart);
    const auto feed_after = read_feed(store, {1}, {6, 0});
    CHECK(feed_after.rows == feed_before.rows);
    CHECK(feed_after.last.checkpoint == feed_before.last.checkpoint);
    CHECK(store.status()->coupons_redeemed == status_before->coupons_redeemed);
    CHECK(store.status()->programme_version == 3);
    const auto check = store.check();
    REQUIRE(check);
    CHECK(check->database_ok);
    CHECK(check->members_equal);
    CHECK(check->checkpoint_equal);
  });
}

namespace {

hub::TypedCode typed_of(int number, const char* begins = "1A", bool counts = true) {
  return {crypto::blake2b(base::view_of("code " + std::to_string(number))), begins, counts};
}

}  // namespace

TEST_CASE("A provisioning code is good once, for one key, for its time and for five wrong tries") {
  on_every_engine([](HubStore& store, const auto&) {
    const auto code = [](int number) { return typed_of(number); };
    const crypto::PublicKey key{1};
    const crypto::PublicKey other{2};
    const auto use = [&](int number, const crypto::PublicKey& with, std::int64_t at_ms) {
      return store.use_code(code(number), with, at_ms, maker_of(with));
    };
    REQUIRE(store.add_code(code(1), {4}, 0, 900));
    REQUIRE(store.add_code(code(2), {4}, 0, 900));
    REQUIRE(store.add_code(code(3), {5}, 0, 5'000));

    const auto first = use(1, key, 100);
    REQUIRE(first);
    CHECK(first->terminal.value == 1);
    CHECK(first->store.value == 4);
    CHECK(first->serial == 1);
    CHECK(use(1, key, 200)->serial == 1);  // the answer was lost: the same again
    CHECK(use(1, other, 200).error().code == base::Code::provision_code_invalid);
    CHECK(use(2, key, 900).error().code == base::Code::provision_code_invalid);  // expired
    for (int i = 0; i < 9; ++i) {  // none of these takes a try: it begins otherwise, or does not count
      CHECK_FALSE(store.use_code(typed_of(99, "2B"), other, 100, maker_of(other)));
      CHECK_FALSE(store.use_code(typed_of(99, "1A", false), other, 100, maker_of(other)));
    }
    for (int i = 0; i < 4; ++i) CHECK(use(99, other, 100).error().code == base::Code::provision_code_invalid);
    REQUIRE(store.add_code(code(4), {5}, 0, 5'000));
    CHECK(use(99, other, 100).error().code == base::Code::provision_code_invalid);
    CHECK(use(3, other, 100).error().code == base::Code::provision_code_invalid);  // five wrong tries
    CHECK(use(4, other, 100)->terminal.value == 4);                                // one wrong try
    CHECK(store.status()->terminals.size() == 2);
    CHECK(store.documents()->size() == 2);
  });
}

TEST_CASE("A key is one terminal's for ever, and a machine that works is not provisioned a second time") {
  on_every_engine([](HubStore& store, const auto&) {
    const auto code = [](int number) { return typed_of(number); };
    auto machine = terminal_of(1);
    const auto key = machine.key().public_key();
    const auto use = [&](int number, const crypto::PublicKey& with) {
      const auto made = store.use_code(code(number), with, 100, maker_of(with));
      return made ? "terminal " + std::to_string(made->terminal.value)
                  : std::string{base::code_name(made.error().code)};
    };
    for (int number = 1; number <= 4; ++number) REQUIRE(store.add_code(code(number), {4}, 0, 900));
    CHECK(use(1, key) == "terminal 1");
    CHECK(use(2, key) == "already_exists");
    CHECK(use(1, key) == "terminal 1");  // the answer was lost
    machine.begin_epoch();
    REQUIRE(store.ingest(checked(machine, 1, machine.head()), start_of(machine)));
    CHECK(use(1, key) == "already_exists");  // who had the answer and works does not ask again: a copy does
    REQUIRE(store.revoke({1}, 2, 300));
    CHECK(use(1, key) == "terminal_revoked");
    CHECK(use(2, key) == "already_exists");
    // The code is as good as before, for a machine with a key of its own.
    CHECK(use(2, crypto::PublicKey{2}) == "terminal 2");
    REQUIRE(store.revoke({2}, 1, 300));
    CHECK(use(2, crypto::PublicKey{2}) == "terminal_revoked");
  });
}

TEST_CASE("What is published never changes under its version, whoever asks at the same time") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    const auto key = base::view_of("programme");
    const auto publish = [&](std::uint32_t version, base::Bytes body) {
      return store.publish(wire::RowKind::programme, key, body, version, 0);
    };
    REQUIRE(publish(2, {1}));
    const auto head = store.feed_head()->hub_seq;
    CHECK(publish(2, {1}));  // a repeat
    CHECK(store.feed_head()->hub_seq == head);
    CHECK(publish(2, {7}).error().code == base::Code::bad_input);
    CHECK(publish(1, {1}).error().code == base::Code::bad_input);
    CHECK(*store.published_version(wire::RowKind::programme) == 2);
    REQUIRE(publish(3, {3}));
    CHECK(publish(2, {1}).error().code == base::Code::bad_input);
    CHECK(store.check()->log_holds);
  });
}

TEST_CASE("Revoking reaches the record and every terminal's issuer row") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    CHECK(store.revoke({7}, 1, 0).error().code == base::Code::not_found);
    REQUIRE(store.revoke({1}, 42, 0));
    const auto record = store.terminal({1});
    REQUIRE(record);
    CHECK(record->value().revoked);
    const auto feed = read_feed(store, {1}, {5, 0});
    const auto issuer = wire::decode_issuer_row(feed.rows.at({4, {0, 0, 1, 1}}));
    REQUIRE(issuer);
    CHECK(issuer->revoked_from_seq == 42);
  });
}
