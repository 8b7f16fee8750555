// SPDX-License-Identifier: Apache-2.0
// Counter: a provisioned service whose hub is out of reach, with somebody at its screen, its till and its command line,
// and everything that came out of it written down.
#pragma once

#include "kiosk/flow/flow.h"
#include "kiosk/link/link.h"
#include "kiosk/service/cards.h"
#include "kiosk/service/service.h"
#include "sync/client/documents.h"
#include "sync/crypto/pin.h"
#include "tests/demo/till.h"
#include "tests/unit/terminal/shop.h"

#include <future>
#include <nlohmann/json.hpp>
#include <regex>

namespace millpond::tests {

using nlohmann::json;

inline constexpr const char* phone = "13800138000";
inline constexpr const char* cashier_pin = "825917";
inline constexpr const char* manager_pin = "6420917";

enum class Before { nobody, enrolled_here, told_by_the_hub };

// Identities and codes, which are drawn anew, as long as they were.
inline std::string without_identities(const std::string& text) {
  const std::regex number{"([MC]-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5})"};
  const std::regex code{"K1:[^\"]*"};  // Base45 has spaces
  return std::regex_replace(std::regex_replace(text, code, "K1:*"), number, "*-****-****-*****");
}

struct Counter {
  TempDir folder;
  Brand brand;
  ManualClock clock{noon_ms};
  std::unique_ptr<service::Service> service;
  std::thread loop;
  std::unique_ptr<link::Client> screen;
  std::unique_ptr<demo::Till> till;
  std::string heard;

  explicit Counter(Before before, const std::function<void(service::Settings&)>& set = {}) {
    service::Settings settings;
    settings.gateway_port = 0;
    settings.printer = service::PrinterKind::none;
    settings.language = "en";
    if (set) set(settings);
    service = std::make_unique<service::Service>(folder.path(), settings, clock);
    REQUIRE(service->start());
    loop = std::thread{[this] { service->run(); }};
    open_shop();
    know(before);
    screen = link::Client::connect(folder / "terminal.sock").value();
    REQUIRE(screen->send(link::Hello{link::protocol_version, "kiosk-1"}));
    const auto key = ask("till_add", {{"till", "till-1"}});
    till = std::make_unique<demo::Till>(key.at("gateway"), "till-1", key.at("key"), key.at("secret"));
  }
  ~Counter() {
    screen.reset();
    service->stop();
    loop.join();
  }

  void open_shop() {
    const auto key = terminal::load_or_make_key(folder.path());
    REQUIRE(key);
    REQUIRE(terminal::save_identity(folder.path(), "http://127.0.0.1:1", brand.provision(key->public_key(), 1)));
    const auto programme = row_of(wire::RowKind::programme, 1, wire::encode(brand.programme(programme_json())));
    std::promise<base::Result<>> opened;
    REQUIRE(service->work().post([&] { opened.set_value(service->open_shop({programme})); }));
    REQUIRE(opened.get_future().get());
    meet_replica();
    wire::StoreSecrets secrets{.generation = 1};
    secrets.phone_key.fill(0x5a);
    secrets.pin_key.fill(0x3c);
    const auto receiver = crypto::sealing_key_of(key->public_key());
    REQUIRE(receiver);
    const auto person = [&](std::uint32_t number, model::Role role, std::string_view pin) {
      constexpr crypto::PinCost cheap{1, 8U << 10};  // the least that argon2id takes
      const auto hash = crypto::hash_pin(pin, number, crypto::SecretKey::of(secrets.pin_key), cheap);
      REQUIRE(hash);
      wire::DownRow row;
      row.kind = static_cast<std::uint8_t>(wire::RowKind::staff);
      base::append_big_endian(row.key, number, 4);
      row.body = wire::encode(wire::StaffRow{base::StaffId{number}, role, *hash, 1});
      return row;
    };
    hub_says({row_of(wire::RowKind::store_secrets, 1, crypto::seal(*receiver, wire::encode(secrets))),
              person(3, model::Role::cashier, cashier_pin), person(4, model::Role::manager, manager_pin)});
  }
  // A terminal that asks for news empties a replica which its journal has not met, and with it what a test made the hub
  // say. The hub is out of reach, so nobody knows when it asks for the first time.
  void meet_replica() {
    base::Result<> met;
    REQUIRE(service->shop()->journal().with([&](store::Journal& journal) { met = client::remember_replica(journal); }));
    REQUIRE(met);
  }
  void hub_says(std::vector<wire::DownRow> rows) {
    wire::DownPage page;
    page.next = {1, ++hub_seq_};
    page.hub_wall_ms = clock.wall_ms();
    page.rows = std::move(rows);
    REQUIRE(service->shop()->replica().apply(page, 0));
  }
  // What a coupon may take off that a card alone brings.
  void lets_cards_bring(std::int64_t minor) {
    auto limits = model::default_limits();
    limits.card_minor_max = minor;
    REQUIRE(service->shop()->journal().commit([&](store::Transaction& transaction) {
      return transaction.put_document("allowance", 1, wire::encode(limits));
    }));
  }
  void know(Before before) {
    REQUIRE(
        service->shop()->terminal().enrol(Shop::enrolment(before == Before::enrolled_here ? phone : "13900139000")));
    wire::DownRow row;
    row.kind = static_cast<std::uint8_t>(wire::RowKind::phone);
    const auto typed = before == Before::told_by_the_hub ? "+8613800138000" : "+8613600136000";
    std::array<std::uint8_t, 32> phone_key{};
    phone_key.fill(0x5a);
    const auto hash = crypto::keyed_blake2b_16(phone_key, base::view_of(std::string_view{typed}));
    row.key.assign(hash.begin(), hash.end());
    base::append_big_endian(row.body, 88, 8);
    const wire::ProfileRow profile{base::MemberId{88}, "138****8000"};
    hub_says({row, member_row(base::MemberId{88}, 2'490, 249'000),
              row_of(wire::RowKind::profile, 88, wire::encode(profile))});
  }

  [[nodiscard]] json ask(const std::string& method, const json& params) const {
    const auto client = link::Client::connect(folder / "terminal.sock").value();
    const auto answer = client->ask(method, params.dump(), 30'000);
    return answer ? json::parse(*answer) : json{{"error", base::code_name(answer.error().code)}};
  }
  void hear(const std::string& what, const std::string& text) {
    heard += "== " + what + "\n" + without_identities(text) + "\n";
  }
  void command(const std::string& method, const json& params) { hear(method, ask(method, params).dump()); }

  void tap(flow::Target target) { REQUIRE(screen->send(link::Tap{target})); }
  // Everything that the screen shows of this view; the banner about the line comes when it likes.
  flow::ViewModel wait_for(const std::string& name, const std::function<bool(const flow::ViewModel&)>& fits = {}) {
    for (int i = 0; i < 400; ++i) {
      const auto message = screen->receive(50);
      REQUIRE(message);
      if (!*message) continue;
      const auto* show = std::get_if<link::Show>(&**message);
      if (show == nullptr || flow::screen_name(show->view.screen) != name) continue;
      if (!fits || fits(show->view)) return show->view;
    }
    FAIL("the screen never showed " + name);
    return {};
  }
  void see(const std::string& what, const flow::ViewModel& view) {
    const auto& issued = std::get<flow::IssuedView>(view.screen);
    std::string text = issued.title + "\n" + issued.subtitle + "\n" + issued.points + "\n" + issued.balance + "\n" +
                       issued.code_hint + "\n" + issued.print_hint + "\n" + issued.done.label + "\n" +
                       std::to_string(static_cast<int>(issued.icon)) + " code of " + std::to_string(issued.code.size);
    if (issued.coupon) text += "\n" + issued.coupon->value + " " + issued.coupon->validity;
    hear(what, text + "\n" + (view.toast ? view.toast->text : "") + (view.personal ? "personal" : ""));
  }
  void type_number() {
    using flow::Target;
    wait_for("attract", [](const flow::ViewModel& view) {
      return std::get<flow::AttractView>(view.screen).tiles.at(1).button.enabled;
    });
    tap(Target::join);
    for (const char* digit = phone; *digit != '\0'; ++digit) {
      tap(static_cast<Target>(static_cast<int>(Target::digit_0) + (*digit - '0')));
    }
    tap(Target::submit);
    tap(Target::age_enough);
    tap(Target::consent_membership);
    tap(Target::submit);
    see("the number is typed", wait_for("issued"));
  }
  void post(const std::string& path, const json& body) {
    const auto answer = till->post(path, body.dump());
    hear("POST " + path, std::to_string(answer.status) + " " + answer.body.dump());
  }
  void sell(const std::string& transaction, const std::string& member_code, const json& more = json::object()) {
    json body{{"store", 11},
              {"till", "till-1"},
              {"business_date", "2026-11-21"},
              {"transaction", transaction},
              {"state", "paid"},
              {"completed_at", "2026-11-21T12:00:00+08:00"},
              {"currency", "CNY"},
              {"total_minor", 4'200},
              {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", 4'200}}}},
              {"tenders", {{{"type", "cash"}, {"amount_minor", 4'200}}}}};
    if (!member_code.empty()) body["member_code"] = member_code;
    body.update(more);
    post("/v1/sales", body);
  }
  void get(const std::string& path) {
    const auto answer = till->get(path);
    hear("GET " + path, std::to_string(answer.status) + " " + answer.body.dump());
  }
  void read_slips() {
    std::vector<store::PrintIntent> intents;
    REQUIRE(service->shop()->journal().with([&](store::Journal& journal) {
      if (auto found = journal.unfinished_prints()) intents = std::move(*found);
    }));
    const auto programme = service->shop()->programme();
    for (const auto& intent : intents) {
      const auto slip = terminal::decode_slip(intent.content);
      REQUIRE(slip);
      terminal::MemberView view;
      view.member = slip->member;
      view.strength = slip->strength;
      const auto card = service::member_card(view, slip->member_code_text, programme);
      const auto receipt =
          slip->kind == terminal::Slip::Kind::sale
              ? flow::sale_slip(service::sale_result(*slip, programme), *programme, flow::Locale::en, slip->at_ms)
              : flow::card_slip(card, *programme, flow::Locale::en, slip->at_ms);
      hear("slip", ports::plain_text(receipt));
    }
  }
  [[nodiscard]] std::size_t slips() const { return count("== slip"); }
  [[nodiscard]] std::size_t count(const std::string& what) const {
    std::size_t found = 0;
    for (auto at = heard.find(what); at != std::string::npos; at = heard.find(what, at + 1)) ++found;
    return found;
  }

 private:
  std::uint64_t hub_seq_ = 0;
};

}  // namespace millpond::tests
