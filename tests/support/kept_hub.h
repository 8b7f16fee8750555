// SPDX-License-Identifier: Apache-2.0
// KeptHub: a hub core whose file can be put back, changed or replaced between two lives, under keys that stay.
#pragma once

#include "sync/hub/core/hub_core.h"
#include "sync/hub/core/sqlite_open.h"
#include "tests/support/manual_clock.h"
#include "tests/support/pretend_terminal.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace millpond::tests {

struct KeptHub {
  KeptHub() {
    REQUIRE(crypto::start());
    REQUIRE(hub::create_keys(dir / "keys"));
    open(dir / "hub.db");
  }
  void open(const std::filesystem::path& file) {
    core.reset();
    auto keys = hub::load_keys(dir / "keys");
    REQUIRE(keys);
    auto store = hub::open_sqlite_store({.path = file, .generation = hub::new_generation(rng)});
    REQUIRE(store);
    auto made = hub::HubCore::create(std::move(store).value(), std::move(keys).value(), clock, rng);
    REQUIRE(made);
    core = std::move(made).value();
  }
  struct Machine {
    PretendTerminal terminal;
    base::Bytes certificate;
  };
  Machine provision(base::StoreId store) {
    auto key = crypto::SigningKey::generate();
    const auto code = core->add_terminal(store);
    REQUIRE(code);
    const auto answer = core->provision({code->code, key.public_key()});
    REQUIRE(answer);
    const auto checked = wire::check_answer(*answer, key.public_key());
    REQUIRE(checked);
    return {{checked->brand, checked->certificate.terminal, {77}, std::move(key)}, answer->certificate};
  }
  wire::UpStatus up(const wire::UpRequest& batch) {
    const auto answer = core->ingest(batch.terminal, wire::encode(batch));
    return answer ? answer->status : wire::UpStatus::refused;
  }

  TempDir dir;
  ManualClock clock{1'795'000'000'000};
  base::SeededRng rng{42};
  std::unique_ptr<hub::HubCore> core;
};

}  // namespace millpond::tests
