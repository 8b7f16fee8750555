// SPDX-License-Identifier: Apache-2.0
// What every engine behind HubStore does when its file is put back from a copy that is older than what terminals know.
#include "tests/contract/hub_store/suite.h"

#include <filesystem>
#include <functional>

using namespace millpond;
using namespace millpond::tests;

namespace {

constexpr std::uint64_t generation = 5;  // of engines()

// A store that was copied, lived on until a terminal had read all of it, and was put back. What happened meanwhile is
// the caller's.
struct PutBack {
  explicit PutBack(const Engine& engine, const std::function<void(HubStore&)>& before_copy,
                   const std::function<void(HubStore&)>& after_copy) {
    {
      const auto first = engine.open(dir / "first");
      before_copy(*first);
      REQUIRE(first->copy_to(dir / "copy" / "hub.db"));
      CHECK(first->copy_to(dir / "copy" / "hub.db").error().code == base::Code::already_exists);
      after_copy(*first);
      cursor = {generation, first->feed_head()->hub_seq, first->feed_head()->hub_seq};
    }
    store = engine.open(dir / "copy");
  }

  struct Folder : TempDir {
    Folder() {
      for (const auto* const name : {"first", "copy"}) std::filesystem::create_directories(*this / name);
    }
  } dir;
  wire::DownCursor cursor;  // of whoever had read everything
  std::unique_ptr<HubStore> store;
};

// Numbers of terminals whose issuer row on a page is revoked.
std::vector<std::uint64_t> revoked_on(const wire::DownPage& page) {
  std::vector<std::uint64_t> revoked;
  for (const auto& row : page.rows) {
    if (row.kind != static_cast<std::uint8_t>(wire::RowKind::issuer)) continue;
    const auto issuer = wire::decode_issuer_row(row.body);
    REQUIRE(issuer);
    if (issuer->revoked_from_seq != 0) revoked.push_back(issuer->issuer);
  }
  return revoked;
}

void sell_and_tell(HubStore& store, PretendTerminal& terminal, int sales) {
  const auto from = terminal.head() + 1;
  for (int i = 0; i < sales; ++i) terminal.sell({9}, "s" + std::to_string(from) + "." + std::to_string(i), 1'000, 10);
  REQUIRE(store.ingest(checked(terminal, from, terminal.head()), start_of(terminal)));
  project_all(store);
}

}  // namespace

TEST_CASE("Who was away while a hub was put back and a terminal revoked hears of it once restored() was called") {
  for (const auto& engine : engines()) {
    DYNAMIC_SECTION(engine.name) {
      auto seller = terminal_of(1);
      const auto away = terminal_of(2);
      const auto stolen = terminal_of(3);
      const PutBack back{engine,
                         [&](HubStore& store) {
                           for (const auto& each : {std::cref(seller), std::cref(away), std::cref(stolen)})
                             admit(store, each);
                           seller.enrol({9}, {1});
                           REQUIRE(store.ingest(checked(seller, 1, seller.head()), start_of(seller)));
                           project_all(store);
                         },
                         [&](HubStore& store) { sell_and_tell(store, seller, 5); }};
      auto& store = *back.store;
      REQUIRE(store.revoke({3}, 1, 2'000));
      // The others fill the hub up again and go on, past everything that was read before.
      REQUIRE(store.ingest(checked(seller, 1, seller.head()), start_of(seller)));
      project_all(store);
      sell_and_tell(store, seller, 20);
      REQUIRE(store.feed_head()->hub_seq > back.cursor.hub_seq);

      // Nothing shows it now, which is why an operator has to say so.
      const auto missed = store.down({2}, ask(back.cursor));
      REQUIRE(missed);
      CHECK_FALSE(missed->restart);
      CHECK(revoked_on(*missed).empty());

      REQUIRE(store.restored(6, 3'000));
      project_all(store);
      const auto told = store.down({2}, ask(back.cursor));
      REQUIRE(told);
      REQUIRE(told->restart);
      const auto anew = store.down({2}, ask(told->next));
      REQUIRE(anew);
      CHECK(revoked_on(*anew).size() == 1);
      CHECK(store.check()->holds());
    }
  }
}

TEST_CASE("A cursor of its own generation that is ahead tells a store that it went back, until restored()") {
  for (const auto& engine : engines()) {
    DYNAMIC_SECTION(engine.name) {
      auto seller = terminal_of(1);
      PutBack back{engine,
                   [&](HubStore& store) {
                     admit(store, seller);
                     seller.enrol({9}, {1});
                     REQUIRE(store.ingest(checked(seller, 1, seller.head()), start_of(seller)));
                   },
                   [&](HubStore& store) {
                     project_all(store);
                     sell_and_tell(store, seller, 3);
                   }};
      CHECK_FALSE(back.store->status()->went_back);
      auto other = back.cursor;
      other.generation += 1;  // of another feed, which says nothing about this one
      CHECK(back.store->down({1}, ask(other))->restart);
      CHECK_FALSE(back.store->status()->went_back);

      const auto page = back.store->down({1}, ask(back.cursor));
      REQUIRE(page);
      CHECK(page->restart);
      CHECK(back.store->down({1}, ask(page->next))->next.hub_seq <= back.cursor.hub_seq);
      CHECK(back.store->status()->went_back);
      CHECK(back.store->feed_head()->went_back);
      back.store.reset();
      back.store = engine.open(back.dir / "copy");
      CHECK(back.store->status()->went_back);
      REQUIRE(back.store->begin_rebuild(6));  // helps terminals, and skips no numbers
      CHECK(back.store->status()->went_back);
      REQUIRE(back.store->restored(7, 2'000));
      CHECK_FALSE(back.store->status()->went_back);
      CHECK(back.store->feed_head()->generation == 7);
    }
  }
}

TEST_CASE("Numbers of terminals that were let in after the copy are given to nobody else") {
  for (const auto& engine : engines()) {
    DYNAMIC_SECTION(engine.name) {
      const auto first = terminal_of(1);
      const auto later = terminal_of(2);
      const PutBack back{engine, [&](HubStore& store) { admit(store, first); },
                         [&](HubStore& store) { admit(store, later); }};
      auto& store = *back.store;
      const auto serial_before = store.terminal({1}).value()->serial;
      REQUIRE(store.restored(6, 2'000));
      const hub::TypedCode code{crypto::blake2b(base::view_of("next")), "00"};
      const auto given = store.add_code(code, {1}, 2'000, 3'000);
      REQUIRE(given);
      CHECK(given->value > later.id().value);
      const auto next = terminal_of(given->value);
      const auto& key = next.key().public_key();
      const auto made = store.use_code(code, key, 2'500, maker_of(key));
      REQUIRE(made);
      CHECK(made->serial >= serial_before + hub::numbers_skipped);
      CHECK_FALSE(store.terminal(later.id()).value());
      CHECK_FALSE(store.acts(10)->broken_at);
      CHECK(store.check()->holds());
    }
  }
}
