// SPDX-License-Identifier: Apache-2.0
// The whole hub in one process: folder, doors, projector and the subcommands that speak to it.
#include "sync/base/file.h"
#include "sync/codes/payload.h"
#include "sync/crypto/hash.h"
#include "sync/hub/server/commands.h"
#include "sync/net/http_client.h"
#include "sync/wire/provisioning.h"
#include "sync/wire/request_auth.h"
#include "tests/support/pretend_brand.h"
#include "tests/support/raw_line.h"
#include "tests/support/seeded_key.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_files.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

using namespace millpond;
using hub::Output;

namespace {

struct Folder {
  Folder() {
    REQUIRE(crypto::start());
    REQUIRE(hub::init_hub(hub, "Tea"));
  }
  [[nodiscard]] std::unique_ptr<hub::RunningHub> start() const {
    auto running = hub::RunningHub::start({hub, std::nullopt, std::uint16_t{0}});
    REQUIRE(running);
    return std::move(running).value();
  }
  tests::TempDir dir;
  hub::HubFolder hub{dir / "hub"};
};

template <class Command>
nlohmann::json asked(Command command) {
  std::ostringstream out;
  const auto done = command(out);
  if (!done) FAIL(base::describe(done.error()));
  return nlohmann::json::parse(out.str());
}

// Posts a signed batch as a terminal does.
net::HttpAnswer post(net::HttpClient& line, const tests::PretendTerminal& terminal, const base::BrandId& brand,
                     const wire::UpRequest& batch) {
  base::Bytes nonce(16);
  crypto::system_rng().fill(nonce);
  wire::RequestAuth auth{terminal.id(), base::system_clock().wall_ms(), base::to_hex(nonce), {}};
  auto body = wire::encode(batch);
  auth.signature =
      terminal.key().sign(crypto::context::request, brand,
                          wire::request_signed_bytes("POST", "/v1/up", auth.terminal, auth.wall_ms, auth.nonce, body));
  auto answer =
      line.perform({.method = "POST", .target = "/v1/up", .headers = wire::to_headers(auth), .body = std::move(body)});
  REQUIRE(answer);
  return std::move(answer).value();
}

}  // namespace

TEST_CASE("A hub made, run, fed, asked, stopped and run again remembers everything") {
  const Folder folder;
  auto running = folder.start();
  CHECK(base::text_of(*base::read_file(folder.hub.port_file())) == std::to_string(running->port()) + "\n");

  const auto programme = folder.dir / "programme.json";
  REQUIRE(base::write_file(programme, base::view_of(tests::hub_programme_json(1))));
  const auto dry = asked([&](auto& out) {
    return hub::publish_campaign(folder.hub, programme, hub::Publish::dry_run, Output::json, out);
  });
  CHECK(dry.at("published") == false);
  CHECK(dry.at("outage").at("terminals") == 0);
  std::ostringstream dry_told;
  REQUIRE(hub::publish_campaign(folder.hub, programme, hub::Publish::dry_run, Output::people, dry_told));
  CHECK(dry_told.str().ends_with("programme version 1 is good and was not published\n"));
  CHECK(asked([&](auto& out) {
          return hub::publish_campaign(folder.hub, programme, hub::Publish::now, Output::json, out);
        }).at("version") == 1);
  std::ostringstream ignored;
  CHECK(hub::publish_campaign(folder.hub, programme, hub::Publish::now, Output::json, ignored).error().code ==
        base::Code::programme_invalid);

  const auto code = asked([&](auto& out) { return hub::add_terminal(folder.hub, 1, Output::json, out); });
  auto key = crypto::SigningKey::generate();
  const auto public_key = key.public_key();
  const auto line = net::HttpClient::create({.base_url = "http://127.0.0.1:" + std::to_string(running->port())});
  REQUIRE(line);
  const auto reply = (*line)->perform({.method = "POST",
                                       .target = "/v1/provision",
                                       .body = wire::to_json(wire::ProvisionRequest{code.at("code"), public_key})});
  REQUIRE(reply);
  REQUIRE(reply->status == 200);
  const auto provisioned = wire::check_answer(*wire::parse_provision_answer(reply->body), public_key);
  REQUIRE(provisioned);

  tests::PretendTerminal terminal{provisioned->brand, provisioned->certificate.terminal, {5}, std::move(key)};
  terminal.begin_epoch();
  terminal.enrol({9}, {1}, "+8613800002917", provisioned->hub_key.sealing_key);
  terminal.enrol({8}, {1});
  terminal.add(model::ConsentChanged{{9}, 0, {model::Purpose::profiling, true, {}, "en"}});
  terminal.sell({9}, "a", 5000, 50);
  auto first = terminal.all();
  first.device_wall_ms = base::system_clock().wall_ms() + (2 * 24 + 1) * 3'600'000LL;  // its clock is two days ahead
  CHECK(post(**line, terminal, provisioned->brand, first).status == 200);
  const auto status = [&] { return asked([&](auto& out) { return hub::show_status(folder.hub, Output::json, out); }); };
  for (int i = 0; i < 500 && status().at("events_projected") != terminal.head(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  CHECK(status().at("sales") == 1);
  CHECK(status().at("verdicts").empty());

  running.reset();
  CHECK_FALSE(std::filesystem::exists(folder.hub.port_file()));
  CHECK_FALSE(std::filesystem::exists(folder.hub.admin_socket()));
  running = folder.start();
  const auto balances = asked([&](auto& out) { return hub::show_balances(folder.hub, Output::json, out); });
  REQUIRE(balances.at("members").size() == 2);
  CHECK(balances.at("members")[1].at("member") == base::format_id('M', 9));
  CHECK(balances.at("members")[1].at("points") == 50);
  CHECK(asked([&](auto& out) { return hub::rebuild(folder.hub, Output::json, out); }).at("events") == terminal.head());
  CHECK(asked([&](auto& out) { return hub::verify(folder.hub, Output::json, out); }).at("holds") == true);

  CHECK(asked([&](auto& out) {
          return hub::keep_copy(folder.hub, terminal.id().value, terminal.epoch().value, Output::json, out);
        }).at("kept") == true);
  CHECK(asked([&](auto& out) { return hub::list_terminals(folder.hub, Output::json, out); })
            .at("terminals")[0]
            .at("kept_epoch") == terminal.epoch().value);
  CHECK(hub::keep_copy(folder.hub, terminal.id().value, 4'000'000, Output::json, ignored).error().code ==
        base::Code::not_found);
  const auto eight = base::format_id('M', 8);
  const auto nine = base::format_id('M', 9);
  CHECK(hub::merge_members(folder.hub, eight, "M-nobody", Output::json, ignored).error().code == base::Code::bad_input);
  CHECK(hub::merge_members(folder.hub, eight, base::format_id('M', 7), Output::json, ignored).error().code ==
        base::Code::not_found);
  CHECK(hub::unmerge_member(folder.hub, eight, Output::json, ignored).error().code == base::Code::bad_input);
  const auto wait_for_aliases = [&](int aliases) {
    for (int i = 0; i < 500 && status().at("members_aliases") != aliases; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    CHECK(status().at("members_aliases") == aliases);
  };
  CHECK(asked([&](auto& out) { return hub::merge_members(folder.hub, eight, nine, Output::json, out); }).at("merged") ==
        true);
  wait_for_aliases(1);
  CHECK(asked([&](auto& out) { return hub::show_balances(folder.hub, Output::json, out); })
            .at("members")[0]
            .at("same_as") == nine);
  const auto app_key = base::to_hex(tests::seeded_key(60).public_key());
  const auto card = asked([&](auto& out) { return hub::sign_app_card(folder.hub, nine, app_key, Output::json, out); });
  CHECK(card.at("member") == nine);
  CHECK(card.at("card").get<std::string>().size() == 2 * codes::app_card_bytes);
  CHECK(card.at("card").get<std::string>().find(app_key) != std::string::npos);
  std::ostringstream told;
  CHECK(hub::sign_app_card(folder.hub, nine, app_key, Output::people, told));
  CHECK(told.str().find(card.at("last_day").get<std::string>()) != std::string::npos);
  for (const auto& [who, given, refusal] : {std::tuple{"M-nobody", app_key, base::Code::bad_input},
                                            std::tuple{nine.c_str(), app_key + "00", base::Code::bad_input},
                                            std::tuple{nine.c_str(), std::string(64, 'x'), base::Code::bad_input}}) {
    CHECK(hub::sign_app_card(folder.hub, who, given, Output::json, ignored).error().code == refusal);
  }
  CHECK(hub::sign_app_card(folder.hub, base::format_id('M', 7), app_key, Output::json, ignored).error().code ==
        base::Code::not_found);
  const hub::MarksWanted marks{{"vip", "tea"}, {}, "loyal", true};
  CHECK(asked([&](auto& out) { return hub::mark_member(folder.hub, nine, marks, Output::json, out); }).at("marks") ==
        4);
  CHECK(hub::mark_member(folder.hub, base::format_id('M', 8), marks, Output::json, ignored).error().code ==
        base::Code::consent_missing);
  CHECK(hub::mark_member(folder.hub, nine, {{""}, {}, {}, {}}, Output::json, ignored).error().code ==
        base::Code::bad_input);
  CHECK(hub::mark_member(folder.hub, nine, {}, Output::json, ignored).error().code == base::Code::bad_input);
  CHECK(hub::mark_member(folder.hub, "nine", marks, Output::json, ignored).error().code == base::Code::bad_input);
  std::ostringstream merged;
  CHECK(hub::show_balances(folder.hub, Output::people, merged));
  CHECK(merged.str().find("counts for " + nine) != std::string::npos);
  CHECK(asked([&](auto& out) { return hub::unmerge_member(folder.hub, eight, Output::json, out); }).at("unmerged") ==
        true);
  wait_for_aliases(0);
  CHECK(hub::remove_member(folder.hub, "M-nobody", Output::json, ignored).error().code == base::Code::bad_input);
  CHECK(asked([&](auto& out) {
          return hub::remove_member(folder.hub, base::format_id('M', 9), Output::json, out);
        }).at("removed") == true);
  for (int i = 0; i < 500 && status().at("members_removed") != 1; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  CHECK(status().at("members_removed") == 1);
  CHECK(asked([&](auto& out) { return hub::verify(folder.hub, Output::json, out); }).at("holds") == true);

  std::ostringstream people;
  CHECK(hub::list_terminals(folder.hub, Output::people, people));
  CHECK(hub::show_status(folder.hub, Output::people, people));
  CHECK(hub::show_balances(folder.hub, Output::people, people));
  CHECK(people.str().find(wire::matching_digits(code.at("code").get<std::string>(), public_key, provisioned->root)) !=
        std::string::npos);
  CHECK(people.str().find("  +2 d\n") != std::string::npos);
  CHECK(people.str().find("13800002917") == std::string::npos);

  CHECK(asked([&](auto& out) {
          return hub::revoke_terminal(folder.hub, terminal.id().value, {}, Output::json, out);
        }).at("revoked") == true);
  const auto again = net::HttpClient::create({.base_url = "http://127.0.0.1:" + std::to_string(running->port())});
  CHECK(post(**again, terminal, provisioned->brand, terminal.all()).status == 403);
  CHECK(hub::revoke_terminal(folder.hub, 99, {}, Output::json, ignored).error().code == base::Code::not_found);
  for (const auto* const since :
       {"yesterday", "2026-11-31", "2026-11-21T24:00", "2026-11-21 08:30", "2026-11-21T08:3"}) {
    CAPTURE(since);
    CHECK(hub::revoke_terminal(folder.hub, terminal.id().value, since, Output::json, ignored).error().code ==
          base::Code::bad_input);
  }
  const auto undone = asked([&](auto& out) {
    return hub::revoke_terminal(folder.hub, terminal.id().value, "2026-11-21T08:30", Output::json, out);
  });
  CHECK(undone.at("since").at("at") == "2026-11-21T08:30:00.000Z");
}

TEST_CASE("A renewed certificate is read when its files change, or when somebody says so") {
  const Folder folder;
  const tests::TempDir first;
  const tests::TempDir second;
  const auto old_files = tests::make_tls_files(first.path());
  const auto new_files = tests::make_tls_files(second.path());
  REQUIRE(base::write_file(folder.hub.config(),
                           base::view_of("[listen]\ncertificate = \"" + old_files.certificate.string() +
                                         "\"\nkey = \"" + old_files.key.string() + "\"\n")));
  const auto running = folder.start();
  const auto client = [&](const std::filesystem::path& authority) {
    auto made = net::HttpClient::create({.base_url = running->url(), .ca_file = authority});
    REQUIRE(made);
    return std::move(made).value();
  };
  using Look = hub::RunningHub::Look;
  const auto open = client(old_files.authority);
  CHECK(open->perform({.target = "/livez"})->status == 200);
  CHECK(*running->refresh_certificate(Look::when_changed) == false);
  CHECK(*running->refresh_certificate(Look::always) == true);

  const auto replace = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(new_files.certificate, old_files.certificate, replace);
  std::filesystem::last_write_time(old_files.certificate,
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
  CHECK(running->refresh_certificate(Look::when_changed).error().code == base::Code::key_unusable);
  CHECK(*running->refresh_certificate(Look::when_changed) == false);  // said once
  std::filesystem::copy_file(new_files.key, old_files.key, replace);
  std::filesystem::last_write_time(old_files.key,
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
  CHECK(*running->refresh_certificate(Look::when_changed) == true);
  CHECK(client(new_files.authority)->perform({.target = "/livez"})->status == 200);
  CHECK(open->perform({.target = "/livez"})->status == 200);

  const Folder plain;
  CHECK(*plain.start()->refresh_certificate(Look::always) == false);
}

TEST_CASE("Stopping a campaign says which terminals have heard of it") {
  const Folder folder;
  auto running = folder.start();
  const auto programme = folder.dir / "programme.json";
  auto document = nlohmann::json::parse(tests::hub_programme_json(1));
  document["campaigns"] = nlohmann::json::array({{{"id", 7},
                                                  {"name", {{"zh-CN", "甲"}, {"en", "A"}}},
                                                  {"trigger", {{"on", "sale_paid"}}},
                                                  {"starts", "2020-01-01"},
                                                  {"ends", "2099-12-31"},
                                                  {"offline", "deny"},
                                                  {"actions", nlohmann::json::array({{{"points", 3}}})}}});
  REQUIRE(base::write_file(programme, base::view_of(document.dump())));
  std::ostringstream out;
  REQUIRE(hub::publish_campaign(folder.hub, programme, hub::Publish::now, Output::people, out));
  std::ostringstream told;
  REQUIRE(hub::switch_campaign(folder.hub, 7, true, Output::people, told));
  CHECK(told.str() ==
        "campaign 7 is stopped; what it gave stays good\nprogramme version 2: 0 of 0 terminals have it\n");
  std::ostringstream again;
  REQUIRE(hub::show_reach(folder.hub, Output::people, again));
  CHECK(told.str().ends_with(again.str()));
  CHECK(hub::switch_campaign(folder.hub, 7, true, Output::people, out).error().code == base::Code::already_exists);
}

TEST_CASE("Asking a hub that does not run says so and how to start it") {
  const Folder folder;
  std::ostringstream out;
  const auto answer = hub::show_status(folder.hub, Output::people, out);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == base::Code::not_running);
  CHECK(answer.error().hint == "millpond-hub serve --dir " + folder.hub.dir.string());
}

TEST_CASE("A member's number that is none is told before anything is asked") {
  const Folder folder;
  std::ostringstream out;
  const auto number = base::format_id('M', 7);
  CHECK(hub::merge_members(folder.hub, "garbage", number, Output::people, out).error().code == base::Code::bad_input);
  CHECK(hub::merge_members(folder.hub, number, "garbage", Output::people, out).error().code == base::Code::bad_input);
  CHECK(hub::merge_members(folder.hub, number, number, Output::people, out).error().code == base::Code::not_running);
}

TEST_CASE("Asking where no hub was ever made says so and how to make one") {
  const Folder folder;
  const hub::HubFolder nothing{folder.dir / "nothing"};
  std::ostringstream out;
  const auto answer = hub::show_status(nothing, Output::people, out);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == base::Code::not_found);
  CHECK(answer.error().detail.find("millpond-hub init --dir " + nothing.dir.string()) != std::string::npos);
}

TEST_CASE("What keeps a hub from starting is named") {
  const Folder folder;
  const auto start = [](const hub::HubFolder& where, std::uint16_t port) {
    return hub::RunningHub::start({where, std::nullopt, port});
  };
  CHECK(start({folder.dir / "nothing"}, 0).error().code == base::Code::not_found);
  CHECK(hub::init_hub(folder.hub, "Tea").error().code == base::Code::already_exists);
  {
    const auto running = folder.start();
    CHECK(start(folder.hub, 0).error().code == base::Code::already_running);
    const hub::HubFolder other{folder.dir / "other"};
    REQUIRE(hub::init_hub(other, ""));
    CHECK(start(other, running->port()).error().code == base::Code::port_taken);
    CHECK(hub::RunningHub::start({other, "0.0.0.0", std::uint16_t{0}}).error().code == base::Code::address_not_allowed);
  }
  REQUIRE(base::write_file(folder.hub.config(), base::view_of("[listen]\nporrt = 1\n")));
  CHECK(start(folder.hub, 0).error().code == base::Code::config_unknown_key);
}

TEST_CASE("A body beyond the limit is refused on its announced length") {
  const Folder folder;
  const auto running = folder.start();
  tests::RawLine line{running->port()};
  line.send("POST /v1/up HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n");
  CHECK(line.read_all().starts_with("HTTP/1.1 413"));
}

TEST_CASE("A copy of a running hub takes its place, and numbers that were given out meanwhile are given to nobody") {
  const Folder folder;
  auto running = folder.start();
  const auto next_number = [&] {
    return asked([&](auto& out) { return hub::add_terminal(folder.hub, 1, Output::json, out); }).at("terminal");
  };
  const auto copy = folder.dir / "copy.db";
  CHECK(next_number() == 1);
  const auto written = asked([&](auto& out) { return hub::back_up(folder.hub, copy, Output::json, out); });
  CHECK(written.at("bytes") == std::filesystem::file_size(copy));
  std::ostringstream ignored;
  CHECK(hub::back_up(folder.hub, copy, Output::json, ignored).error().code == base::Code::already_exists);
  CHECK(next_number() == 2);

  running.reset();
  for (const auto* const suffix : {"", "-wal", "-shm", "-journal"}) {
    std::filesystem::remove(std::filesystem::path{folder.hub.database()} += suffix);
  }
  std::filesystem::copy_file(copy, folder.hub.database());
  running = folder.start();
  const auto told = asked([&](auto& out) { return hub::restored(folder.hub, Output::json, out); });
  CHECK(told.at("numbers_skipped") == hub::numbers_skipped);
  CHECK(next_number() == 2 + hub::numbers_skipped);
  const auto status = asked([&](auto& out) { return hub::show_status(folder.hub, Output::json, out); });
  CHECK(status.at("went_back") == false);
  CHECK(asked([&](auto& out) { return hub::verify(folder.hub, Output::json, out); }).at("holds") == true);
}
