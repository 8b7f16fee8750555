// SPDX-License-Identifier: Apache-2.0
// AdminApi: what the hub's own subcommands ask it over the unix socket in its folder, which only its user may open.
// JSON in and out; the shapes are those that `millpond-hub ... --json` prints. Any thread; the core is borrowed and
// outlives it.
#pragma once

#include "sync/http/server.h"
#include "sync/hub/core/hub_core.h"

#include <functional>
#include <map>
#include <string>

namespace millpond::hub {

class AdminApi {
 public:
  AdminApi(HubCore& core, const base::Clock& clock, std::string brand_name, std::function<void()> on_changed);

  // Routes: POST /terminals {"store"}, POST /terminals/revoke {"terminal"}, POST /terminals/keep {"terminal", "epoch"},
  // POST /terminals/readmit {"certificate"}, POST /rights/break {"terminal"}, GET /rights, POST /leases/write-off
  // {"lease"}, GET /leases, POST /members/remove {"member"}, POST /members/export {"member"}, POST /members/app-card
  // {"member", "key"}, POST /members/app-card/withdraw {"member", "key"?}, POST /staff {"store", "role", "pin",
  // "member"}, POST /staff/disable {"staff"}, POST /staff/reset-pin {"staff", "pin"}, GET /staff, /audit?limit=N,
  // /signals?limit=N, POST /programme (the document), POST /rebuild, POST /restored, POST /backup {"file"}, GET
  // /terminals, /balances, /status, /verify; POST /orders {"store", "terminals", "phone", "pin"}, POST /orders/revoke
  // {"number"}, POST /grants
  // {"store", "days", "hub", "usb"}, POST /grants/revoke {"terminal"}, GET /orders, /grants; GET
  // /notices?troubled=1&limit=N, /notices/show?no=N&raw=1, POST /members/payer {"member", "kind", "issuer", "subject"}.
  [[nodiscard]] http::Response answer(const http::Request& request);

 private:
  using Route = base::Result<std::string> (AdminApi::*)(const http::Request&);
  static const std::map<std::string, Route, std::less<>>& routes();

  base::Result<std::string> add_terminal(const http::Request& request);
  base::Result<std::string> revoke_terminal(const http::Request& request);
  base::Result<std::string> keep_copy(const http::Request& request);
  base::Result<std::string> withdraw_hub_key(const http::Request& request);
  base::Result<std::string> readmit(const http::Request& request);
  base::Result<std::string> remove_member(const http::Request& request);
  base::Result<std::string> merge_members(const http::Request& request);
  base::Result<std::string> unmerge_member(const http::Request& request);
  base::Result<std::string> mark_member(const http::Request& request);
  base::Result<std::string> adjust_points(const http::Request& request);
  base::Result<std::string> rights(const http::Request& request);
  base::Result<std::string> break_rights(const http::Request& request);
  base::Result<std::string> list_terminals(const http::Request& request);
  // admin_leases.cpp
  base::Result<std::string> list_leases(const http::Request& request);
  base::Result<std::string> write_off_lease(const http::Request& request);
  // admin_people.cpp
  base::Result<std::string> export_member(const http::Request& request);
  base::Result<std::string> app_card(const http::Request& request);
  base::Result<std::string> withdraw_app_card(const http::Request& request);
  base::Result<std::string> withdraw_card(const http::Request& request);
  base::Result<std::string> add_staff(const http::Request& request);
  base::Result<std::string> disable_staff(const http::Request& request);
  base::Result<std::string> reset_pin(const http::Request& request);
  base::Result<std::string> list_staff(const http::Request& request);
  base::Result<std::string> act(Route route, const http::Request& request);
  base::Result<std::string> audit(const http::Request& request);
  base::Result<std::string> hub_audit(const http::Request& request);
  base::Result<std::string> signals(const http::Request& request);
  // admin_notices.cpp
  base::Result<std::string> list_notices(const http::Request& request);
  base::Result<std::string> show_notice(const http::Request& request);
  base::Result<std::string> know_payer(const http::Request& request);
  base::Result<std::string> publish(const http::Request& request);
  base::Result<std::string> switch_campaign(const http::Request& request);
  base::Result<std::string> programme_reach(const http::Request& request);
  base::Result<std::string> dry_run(const http::Request& request);
  base::Result<std::string> balances(const http::Request& request);
  base::Result<std::string> status(const http::Request& request);
  base::Result<std::string> rebuild(const http::Request& request);
  base::Result<std::string> restored(const http::Request& request);
  base::Result<std::string> back_up(const http::Request& request);
  base::Result<std::string> verify(const http::Request& request);

  // admin_orders.cpp
  base::Result<std::string> add_order(const http::Request& request);
  base::Result<std::string> list_orders(const http::Request& request);
  base::Result<std::string> revoke_order(const http::Request& request);
  base::Result<std::string> add_grant(const http::Request& request);
  base::Result<std::string> list_grants(const http::Request& request);
  base::Result<std::string> revoke_grant(const http::Request& request);

  HubCore& core_;
  const base::Clock& clock_;
  std::string brand_name_;
  std::function<void()> on_changed_;
};

}  // namespace millpond::hub
