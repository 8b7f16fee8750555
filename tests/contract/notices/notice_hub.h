// SPDX-License-Identifier: Apache-2.0
// A hub that hears of payments by notices and of sales by terminals, with keys on a disk so that it can be restarted.
#pragma once

#include "sync/hub/core/hub_core.h"
#include "sync/hub/core/sqlite_open.h"
#include "tests/support/manual_clock.h"
#include "tests/support/pretend_brand.h"
#include "tests/support/pretend_terminal.h"
#include "tests/support/provider_notices.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <map>

namespace millpond::tests {

inline const PretendProviders& providers() {
  MILLPOND_CHECK(crypto::start().has_value());
  static const PretendProviders made;
  return made;
}

class NoticeHub {
 public:
  static constexpr std::int64_t wait_ms = 600'000;

  NoticeHub() : clock{notice_now_ms} {
    MILLPOND_CHECK(crypto::start().has_value());
    MILLPOND_CHECK(hub::create_keys(dir / "keys").has_value());
    start();
    const auto json = hub_programme_json(1);
    REQUIRE(core->publish_programme(base::view_of(json)));
  }

  void start() {
    core.reset();
    auto store = hub::open_sqlite_store(
        {.path = dir / "hub.db", .generation = hub::new_generation(rng), .durability = hub::HubDurability::none});
    REQUIRE(store);
    auto made = hub::HubCore::create(std::move(store).value(), hub::load_keys(dir / "keys").value(), clock, rng);
    REQUIRE(made);
    core = std::move(made).value();
  }

  PretendTerminal provision(base::StoreId store = {2}, std::uint32_t epoch = 77) {
    auto key = crypto::SigningKey::generate();
    const auto code = core->add_terminal(store);
    REQUIRE(code);
    const auto answer = core->provision({code->code, key.public_key()});
    REQUIRE(answer);
    const auto checked = wire::check_answer(*answer, key.public_key());
    REQUIRE(checked);
    PretendTerminal terminal{checked->brand, checked->certificate.terminal, {epoch}, std::move(key)};
    terminal.begin_epoch();
    return terminal;
  }

  void up(const PretendTerminal& terminal) {
    const auto answer = core->ingest(terminal.id(), wire::encode(terminal.all()));
    REQUIRE(answer);
    REQUIRE(answer->status == wire::UpStatus::accepted);
  }
  void project(std::size_t step = 1'000) {
    for (bool more = true; more;) {
      const auto outcome = core->project(step);
      REQUIRE(outcome);
      more = outcome->more;
    }
  }

  base::Result<hub::NoticeTaken> take(const notices::Account& account, const PostedNotice& posted) {
    return core->take_notice(account, posted.at(), {wait_ms});
  }
  void settle() {
    REQUIRE(core->settle());
    project();
  }
  void pass(std::int64_t ms) { clock.advance_ms(ms); }

  void enrol(PretendTerminal& terminal, base::MemberId member) {
    terminal.enrol(member, {2});
    up(terminal);
    project();
  }
  void know(base::MemberId member, const std::string& openid) {
    REQUIRE(core->know_payer(member, {model::IdentityKind::wechat_openid, "wxd678efh567hg6787", openid}));
    project();
  }

  std::map<std::uint64_t, std::int64_t> points() {
    const auto balances = core->balances();
    REQUIRE(balances);
    std::map<std::uint64_t, std::int64_t> result;
    for (const auto& balance : *balances) result[balance.member.value] = balance.points;
    return result;
  }
  std::uint64_t sales() { return core->status().value().sales; }
  std::string standing(std::uint64_t no) {
    hub::NoticeQuery query;
    query.no = no;
    const auto entries = core->notices(query).value();
    return entries.empty() ? "none" : std::string{hub::name_of(entries.front().standing)};
  }
  bool holds() { return core->check().value().holds(); }

  TempDir dir;
  ManualClock clock;
  base::SeededRng rng{42};
  std::unique_ptr<hub::HubCore> core;
};

// A sale of the till "T1" in store 2 that was paid by WeChat Pay.
inline base::Seq sell_paid(PretendTerminal& terminal, base::MemberId member, const std::string& name,
                           const std::string& payment, std::int64_t minor, std::int64_t points,
                           const std::string& merchant = "1230000109") {
  model::SaleRecorded sale;
  sale.key = {{2}, "T1", {20'777}, name};
  sale.member = member;
  sale.currency = *base::parse_currency("CNY");
  sale.total_minor = sale.eligible_minor = minor;
  sale.tenders = {{model::TenderType::wechat_pay, minor, payment, merchant}};
  const auto seq = terminal.add(sale);
  if (points > 0) terminal.add(model::PointsEarned{member, seq, points, minor});
  return seq;
}

}  // namespace millpond::tests
