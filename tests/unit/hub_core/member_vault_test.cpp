// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/member_vault.h"

#include "sync/base/file.h"
#include "sync/hub/core/people.h"
#include "tests/support/pretend_brand.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;
using tests::PretendBrand;

namespace {

crypto::SecretKey wrapping(std::uint8_t fill) {
  std::array<std::uint8_t, crypto::SecretKey::size> bytes{};
  bytes.fill(fill);
  return crypto::SecretKey::of(bytes);
}

}  // namespace

TEST_CASE("A member's payload opens in its place until the member's key is destroyed, for good", "[vault]") {
  const tests::TempDir folder;
  base::Bytes box;
  base::Bytes other;
  {
    auto vault = hub::MemberVault::open(folder / "members.keys", wrapping(1));
    REQUIRE(vault);
    box = (*vault)->seal({7}, "place-1", base::view_of("sealed phone")).value();
    other = (*vault)->seal({8}, "place-1", base::view_of("another")).value();
    CHECK(base::text_of(*(*vault)->open_box({7}, "place-1", box)) == "sealed phone");
    CHECK((*vault)->open_box({7}, "place-2", box).error().code == Code::signature_invalid);
    CHECK((*vault)->open_box({8}, "place-1", box).error().code == Code::signature_invalid);
  }
  {
    auto stranger = hub::MemberVault::open(folder / "members.keys", wrapping(2));
    REQUIRE(stranger);
    CHECK((*stranger)->open_box({7}, "place-1", box).error().code == Code::signature_invalid);
  }
  auto vault = hub::MemberVault::open(folder / "members.keys", wrapping(1));
  REQUIRE(vault);
  for (int twice = 0; twice < 2; ++twice) {
    REQUIRE((*vault)->destroy({7}));
    CHECK((*vault)->open_box({7}, "place-1", box).error().code == Code::not_found);
    CHECK((*vault)->seal({7}, "place-1", base::view_of("more")).value().empty());
  }
  CHECK(base::text_of(*(*vault)->open_box({8}, "place-1", other)) == "another");
}

TEST_CASE("Removing a member erases what a backup of the database still holds", "[vault]") {
  PretendBrand brand;
  REQUIRE(brand.core->keep_members_in(brand.dir / "members.keys"));
  auto terminal = brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1}, "+8613800002917", brand.hub_key.sealing_key);
  terminal.sell({9}, "T-1", 1'000, 10);
  terminal.add(model::ConsentChanged{{9}, 0, {model::Purpose::profiling, true, {}, "en"}});
  REQUIRE(brand.up(terminal.all()).status == wire::UpStatus::accepted);
  REQUIRE(brand.up(terminal.all()).status == wire::UpStatus::accepted);  // again: nothing changes
  REQUIRE(brand.core->project());
  const auto found = brand.core->export_member({9});
  REQUIRE(found);
  REQUIRE(found->personal.size() == 1);
  CHECK(found->personal[0].value == "+8613800002917");
  CHECK(found->file.points == 10);
  CHECK(found->file.sales.size() == 1);
  const auto kept = found->file.payloads.at(0);

  const std::vector<model::MemberMark> marks{{model::MarkKind::tag, "vip"}, {model::MarkKind::verified}};
  REQUIRE(brand.core->mark_member({9}, marks));
  REQUIRE(brand.core->project());
  CHECK(brand.core->export_member({9})->marks == model::MemberMarks{true, "", {"vip"}});

  REQUIRE(brand.core->rebuild());  // the payload is opened again
  CHECK(brand.core->export_member({9})->personal.size() == 1);
  REQUIRE(brand.core->remove_member({9}));
  REQUIRE(brand.core->project());
  CHECK(brand.core->export_member({9}).error().code == Code::not_found);
  CHECK(brand.core->check()->holds());
  // What was copied before still lies in the backup, and there is no key for it any more.
  brand.core.reset();
  auto keys = hub::MemberVault::open(brand.dir / "members.keys", hub::PeopleKeys{brand.phone_key}.vault_key());
  REQUIRE(keys);
  const auto place = hub::payload_place(kept.terminal, kept.epoch, kept.seq);
  CHECK((*keys)->open_box({9}, place, kept.kept).error().code == Code::not_found);
}

TEST_CASE("Of a member who was removed neither name nor look-up hash stays in the hub's files", "[vault]") {
  PretendBrand brand;
  auto terminal = brand.provision();
  terminal.begin_epoch();
  terminal.enrol({9}, {1}, "+8613800002917", brand.hub_key.sealing_key);
  REQUIRE(brand.up(terminal.all()).status == wire::UpStatus::accepted);
  REQUIRE(brand.core->project());
  const auto head = brand.core->feed_head();
  const auto page = brand.core->down(terminal.id(), {head->generation, 0, 0});
  REQUIRE(page);
  const auto phone =
      std::ranges::find(page->rows, static_cast<std::uint8_t>(wire::RowKind::phone), &wire::DownRow::kind);
  REQUIRE(phone != page->rows.end());
  const auto kept = [&](base::ByteView secret) {
    for (const auto* const name : {"hub.db", "hub.db-wal"}) {
      const auto file = base::read_file(brand.dir / name, 64U << 20);
      if (file && !std::ranges::search(*file, secret).empty()) return true;
    }
    return false;
  };
  const auto masked = base::view_of("138****2917");
  CHECK(kept(masked));
  CHECK(kept(phone->key));
  REQUIRE(brand.core->remove_member({9}));
  REQUIRE(brand.core->project());
  CHECK_FALSE(kept(masked));
  CHECK(kept(phone->key));  // until terminals that were away have heard of it
  brand.clock.advance_ms(1);
  REQUIRE(brand.core->purge_tombstones(brand.core->feed_head()->hub_seq, brand.clock.wall_ms())->gone > 0);
  CHECK_FALSE(kept(phone->key));
}

TEST_CASE("Whoever was removed before the hub had heard of the enrolment is not kept when it comes", "[vault]") {
  PretendBrand brand;
  REQUIRE(brand.core->keep_members_in(brand.dir / "members.keys"));
  auto first = brand.provision();
  auto second = brand.provision();
  first.begin_epoch();
  first.sell({9}, "T-1", 1'000, 10);
  REQUIRE(brand.up(first.all()).status == wire::UpStatus::accepted);
  REQUIRE(brand.core->project());
  REQUIRE(brand.core->remove_member({9}));
  second.begin_epoch();
  second.enrol({9}, {1}, "+8613800002917", brand.hub_key.sealing_key);
  REQUIRE(brand.up(second.all()).status == wire::UpStatus::accepted);
  REQUIRE(brand.core->project());
  brand.core.reset();
  auto keys = hub::MemberVault::open(brand.dir / "members.keys", hub::PeopleKeys{brand.phone_key}.vault_key());
  REQUIRE(keys);
  CHECK((*keys)->seal({9}, "place", base::view_of("anything")).value().empty());
}
