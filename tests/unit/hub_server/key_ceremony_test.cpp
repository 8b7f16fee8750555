// SPDX-License-Identifier: Apache-2.0
// From init to the second key and a moved hub, as an operator does it.
#include "sync/hub/server/key_ceremony.h"
#include "sync/base/clock.h"
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "sync/hub/core/hub_core.h"
#include "sync/hub/core/sqlite_open.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace millpond;
using base::Code;

namespace {

constexpr std::string_view words = "mill pond wheel race";
constexpr std::int64_t day_ms = 86'400'000;

struct Ceremony {
  Ceremony() {
    REQUIRE(crypto::start());
    REQUIRE(hub::init_hub(folder, "Tea"));
  }
  // The next key, vouched for by the root on the disk and installed.
  void install_next(const std::string& from) {
    const auto number = std::to_string(hub::load_keys(folder.keys())->pairs.size() + 1);
    REQUIRE(hub::next_key(folder, from, now_ms, out));
    const auto vouched = dir / ("hub-" + number + ".vouched");
    REQUIRE(hub::sign_with_root(folder.keys() / "brand-root.key", "",
                                {folder.keys() / ("hub-" + number + ".request"), "", 0}, vouched, out));
    REQUIRE(hub::install_key(folder, vouched, out));
  }
  std::vector<wire::DownRow> published(std::int64_t at_ms, wire::RowKind kind) {
    tests::ManualClock clock{at_ms};
    auto store = hub::open_sqlite_store({.path = folder.database(), .generation = 7});
    REQUIRE(store);
    auto core = hub::HubCore::create(std::move(store).value(), hub::load_keys(folder.keys()).value(), clock, rng);
    REQUIRE(core);
    const auto code = (*core)->add_terminal({1});
    const auto key = crypto::SigningKey::generate();
    const auto answer = (*core)->provision({code->code, key.public_key()});
    REQUIRE(answer);
    const auto checked = wire::check_answer(*answer, key.public_key());
    REQUIRE(checked);
    signer = checked->hub_key.number;
    std::vector<wire::DownRow> rows;
    for (const auto& row : answer->documents) {
      if (row.kind == static_cast<std::uint8_t>(kind)) rows.push_back(row);
    }
    return rows;
  }

  tests::TempDir dir;
  hub::HubFolder folder{dir / "hub"};
  std::int64_t now_ms = base::system_clock().wall_ms();
  std::ostringstream out;
  base::SeededRng rng{3};
  std::uint16_t signer{};
};

}  // namespace

TEST_CASE("A next key is published at once and signs from its day on; what the first one signed stays good") {
  Ceremony made;
  CHECK(made.published(made.now_ms, wire::RowKind::hub_key).empty());
  made.install_next("");
  const auto rows = made.published(made.now_ms, wire::RowKind::hub_key);
  CHECK(rows.size() == 2);
  CHECK(made.signer == 1);
  CHECK(made.published(made.now_ms + (hub::hub_key_published_days - 1) * day_ms, wire::RowKind::hub_key).size() == 2);
  CHECK(made.signer == 1);
  CHECK(made.published(made.now_ms + hub::hub_key_published_days * day_ms, wire::RowKind::hub_key).size() == 2);
  CHECK(made.signer == 2);

  const auto keys = hub::load_keys(made.folder.keys());
  REQUIRE(keys);
  for (const auto& pair : keys->pairs) {
    const auto box = crypto::seal(pair.hub_key.sealing_key, base::view_of("secret"));
    CHECK(keys->open_sealed(box).has_value());
  }
}

TEST_CASE("A key that was lost is replaced at once") {
  Ceremony made;
  made.install_next("now");
  CHECK(made.published(made.now_ms, wire::RowKind::hub_key).size() == 2);
  CHECK(made.signer == 2);
}

TEST_CASE("The root's backup is read back and signs before the key may go, and signs alone afterwards") {
  Ceremony made;
  const auto backup = made.dir / "root.backup";
  CHECK(hub::export_root(made.folder, backup, "short", made.out).error().code == Code::bad_input);
  REQUIRE(hub::export_root(made.folder, backup, words, made.out));
  CHECK(hub::export_root(made.folder, backup, words, made.out).error().code == Code::already_exists);
  CHECK(hub::rehearse_root(made.folder, backup, "mill pond wheel rac", made.now_ms, made.out).error().code ==
        Code::signature_invalid);
  const auto listed = [&] {
    std::ostringstream out;
    REQUIRE(hub::list_keys(made.folder, made.now_ms, hub::Output::json, out));
    return nlohmann::json::parse(out.str());
  };
  CHECK(listed().at("rehearsed") == "");
  REQUIRE(hub::rehearse_root(made.folder, backup, words, made.now_ms, made.out));
  CHECK(listed().at("rehearsed") == base::format_date(base::local_date_at(made.now_ms, 0)));
  CHECK(listed().at("root_here") == true);

  const hub::HubFolder other{made.dir / "other"};
  REQUIRE(hub::init_hub(other, "Coffee"));
  CHECK(hub::rehearse_root(other, backup, words, made.now_ms, made.out).error().code == Code::hub_key_unvouched);

  std::filesystem::remove(made.folder.keys() / "brand-root.key");
  CHECK(listed().at("root_here") == false);
  REQUIRE(hub::next_key(made.folder, "", made.now_ms, made.out));
  const hub::ToSign key{made.folder.keys() / "hub-2.request", "", 0};
  CHECK(hub::sign_with_root(backup, "wrong words altogether", key, made.dir / "v", made.out).error().code ==
        Code::signature_invalid);
  REQUIRE(hub::sign_with_root(backup, words, key, made.dir / "v", made.out));
  REQUIRE(hub::install_key(made.folder, made.dir / "v", made.out));
  CHECK(listed().at("keys").size() == 2);
}

TEST_CASE("What another root signed, or nobody asked for, is not installed") {
  Ceremony made;
  Ceremony rival;
  REQUIRE(hub::next_key(made.folder, "", made.now_ms, made.out));
  const hub::ToSign request{made.folder.keys() / "hub-2.request", "", 0};
  REQUIRE(hub::sign_with_root(rival.folder.keys() / "brand-root.key", "", request, rival.dir / "v", made.out));
  CHECK(hub::install_key(made.folder, rival.dir / "v", made.out).error().code == Code::hub_key_unvouched);
  REQUIRE(hub::sign_with_root(made.folder.keys() / "brand-root.key", "", request, made.dir / "v", made.out));
  std::filesystem::remove(made.folder.keys() / "hub-2.key");
  CHECK(hub::install_key(made.folder, made.dir / "v", made.out).error().code == Code::key_unusable);
  REQUIRE(base::write_file(made.dir / "w", base::view_of("no request")));
  CHECK(
      hub::sign_with_root(made.folder.keys() / "brand-root.key", "", {made.dir / "w", "", 0}, made.dir / "x", made.out)
          .error()
          .code == Code::bad_input);
  for (const auto* from : {"tomorrow", "2020-01-01", "2999-01-01"}) {
    CHECK(hub::next_key(made.folder, from, made.now_ms, made.out).error().code == Code::bad_input);
  }
}

TEST_CASE("Where the hub is comes from the root, and goes forward only") {
  Ceremony made;
  const auto root = made.folder.keys() / "brand-root.key";
  REQUIRE(hub::sign_with_root(root, "", {{}, "https://b.example", 2}, made.dir / "b", made.out));
  REQUIRE(hub::sign_with_root(root, "", {{}, "https://a.example", 1}, made.dir / "a", made.out));
  CHECK(hub::sign_with_root(root, "", {{}, "http://a.example", 3}, made.dir / "c", made.out).error().code ==
        Code::bad_input);
  REQUIRE(hub::install_key(made.folder, made.dir / "b", made.out));
  CHECK(hub::install_key(made.folder, made.dir / "a", made.out).error().code == Code::bad_input);
  const auto rows = made.published(made.now_ms, wire::RowKind::hub_address);
  REQUIRE(rows.size() == 1);
  const auto keys = hub::load_keys(made.folder.keys());
  CHECK(wire::open_hub_address(rows.front().body, keys->root)->url == "https://b.example");
}
