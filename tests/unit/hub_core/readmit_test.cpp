// SPDX-License-Identifier: Apache-2.0
// Terminals that were let in between a backup and the day it was put back.
#include "tests/support/kept_hub.h"

using namespace millpond;
using base::Code;

TEST_CASE("A terminal that was let in since the backup is known again by its certificate, and brings its facts") {
  tests::KeptHub hub;
  static_cast<void>(hub.provision({1}));
  REQUIRE(hub.core->copy_to(hub.dir / "backup.db"));
  auto forgotten = hub.provision({3});
  forgotten.terminal.begin_epoch();
  forgotten.terminal.enrol({9}, {1});
  forgotten.terminal.sell({9}, "a", 1'000, 10);
  const auto batch = forgotten.terminal.batch(1, forgotten.terminal.head());
  REQUIRE(hub.up(batch) == wire::UpStatus::accepted);

  hub.open(hub.dir / "backup.db");
  REQUIRE(hub.core->restored());
  CHECK(hub.up(batch) == wire::UpStatus::refused);
  const auto admitted = hub.core->readmit(forgotten.certificate);
  REQUIRE(admitted);
  CHECK(admitted->terminal == forgotten.terminal.id());
  CHECK(admitted->store == base::StoreId{3});
  CHECK(hub.core->readmit(forgotten.certificate)->terminal == forgotten.terminal.id());  // safe to repeat
  CHECK(hub.up(batch) == wire::UpStatus::accepted);
  REQUIRE(hub.core->project());
  CHECK(hub.core->status()->sales == 1);
  CHECK(hub.core->check(hub::CheckDepth::rebuilt)->holds());

  CHECK(hub.provision({1}).terminal.id().value > forgotten.terminal.id().value);
  REQUIRE(hub.core->revoke_terminal(forgotten.terminal.id()));
  CHECK(hub.core->readmit(forgotten.certificate).error().code == Code::terminal_revoked);
}

TEST_CASE("Numbers go on behind a terminal that was let in again, also where nobody called restored()") {
  tests::KeptHub hub;
  REQUIRE(hub.core->copy_to(hub.dir / "backup.db"));
  const auto first = hub.provision({1});
  const auto second = hub.provision({1});
  hub.open(hub.dir / "backup.db");
  REQUIRE(hub.core->readmit(second.certificate));
  CHECK(hub.provision({1}).terminal.id().value == second.terminal.id().value + 1);
  CHECK(hub.core->readmit(first.certificate));
}

TEST_CASE("Nobody is let in again by a certificate that this hub did not sign, or under a number that is another's") {
  tests::KeptHub hub;
  REQUIRE(hub.core->copy_to(hub.dir / "backup.db"));
  const auto forgotten = hub.provision({1});
  hub.open(hub.dir / "backup.db");
  const auto other = hub.provision({1});  // has the number now
  REQUIRE(other.terminal.id() == forgotten.terminal.id());
  CHECK(hub.core->readmit(forgotten.certificate).error().code == Code::already_exists);

  tests::KeptHub stranger;
  CHECK(hub.core->readmit(stranger.provision({1}).certificate).error().code == Code::certificate_invalid);
  auto changed = forgotten.certificate;
  changed[8] ^= 1U;  // the number
  CHECK(hub.core->readmit(changed).error().code == Code::certificate_invalid);
  CHECK(hub.core->readmit({}).error().code == Code::certificate_invalid);
}
