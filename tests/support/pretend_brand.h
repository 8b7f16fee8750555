// SPDX-License-Identifier: Apache-2.0
// PretendBrand: a hub core in memory-like surroundings (its own folder, a clock by hand) with terminals provisioned by
// the real exchange.
#pragma once

#include "sync/hub/core/hub_core.h"
#include "sync/hub/core/sqlite_open.h"
#include "tests/support/manual_clock.h"
#include "tests/support/pretend_terminal.h"
#include "tests/support/temp_dir.h"

namespace millpond::tests {

class PretendBrand {
 public:
  PretendBrand() : clock{1'795'000'000'000} {
    MILLPOND_CHECK(crypto::start().has_value());
    auto keys = hub::generate_keys();
    root = keys.root;
    hub_key = keys.pairs.front().hub_key;
    phone_key = keys.phone_key;
    auto store = hub::open_sqlite_store({.path = dir / "hub.db",
                                         .generation = hub::new_generation(rng),
                                         .durability = hub::HubDurability::none});  // waits for no disk
    MILLPOND_CHECK(store.has_value());
    auto made = hub::HubCore::create(std::move(store).value(), std::move(keys), clock, rng);
    MILLPOND_CHECK(made.has_value());
    core = std::move(made).value();
  }

  // A new terminal of a store, through code, request, answer and check.
  PretendTerminal provision(base::StoreId store = {1}, std::uint32_t epoch = 77) {
    auto key = crypto::SigningKey::generate();
    const auto code = core->add_terminal(store);
    MILLPOND_CHECK(code.has_value());
    const auto answer = core->provision({code->code, key.public_key()});
    MILLPOND_CHECK(answer.has_value());
    const auto checked = wire::check_answer(*answer, key.public_key());
    MILLPOND_CHECK(checked.has_value());
    return {checked->brand, checked->certificate.terminal, {epoch}, std::move(key)};
  }

  wire::UpAnswer up(const wire::UpRequest& request) {
    const auto answer = core->ingest(request.terminal, wire::encode(request));
    MILLPOND_CHECK(answer.has_value());
    return *answer;
  }

  TempDir dir;
  ManualClock clock;
  base::SeededRng rng{42};
  crypto::PublicKey root{};
  wire::HubKey hub_key;
  base::Bytes phone_key;
  std::unique_ptr<hub::HubCore> core;
};

inline std::string hub_programme_json(std::uint32_t version, const std::string& more = {}) {
  return R"({"version":)" + std::to_string(version) +
         R"(,"brand_name":{"zh-CN":"茶","en":"Tea"},"currency":"CNY","earn":{"points":1,"per_minor":100},
"zone":[{"from":"1970-01-01T00:00:00Z","offset_min":480}],"tiers":[],"coupons":[],"campaigns":[],
"notices":{"membership":{"zh-CN":"甲","en":"A"},"marketing":{"zh-CN":"乙","en":"B"}})" +
         more + "}";
}

}  // namespace millpond::tests
