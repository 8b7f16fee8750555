// SPDX-License-Identifier: Apache-2.0
// Two terminals and their hub over TLS: what one of them sells the other one sees through the question that the hub
// holds. Everybody's polling interval is an hour, so no poll can have brought it.
#include "sync/base/file.h"
#include "sync/client/runner.h"
#include "sync/crypto/hash.h"
#include "sync/hub/server/commands.h"
#include "sync/hub/server/serve.h"
#include "sync/store/journal_thread.h"
#include "sync/wire/provisioning.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_files.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

using namespace millpond;

namespace {

constexpr std::uint32_t hour_ms = 3'600'000;

// Generous: it only ends a test that would hang. In a quiet machine the news takes milliseconds.
template <class Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 3'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return false;
}

// The real line, and whether the hub holds a question of it now.
class WatchedLine final : public net::HttpClient {
 public:
  WatchedLine(std::unique_ptr<net::HttpClient> line, std::atomic<bool>& held) : line_{std::move(line)}, held_{held} {}
  base::Result<net::HttpAnswer> perform(const net::HttpRequest& request) override {
    held_ = request.held_ms > 0;
    auto answer = line_->perform(request);
    held_ = false;
    return answer;
  }

 private:
  std::unique_ptr<net::HttpClient> line_;
  std::atomic<bool>& held_;
};

struct Hub {
  tests::TempDir dir;
  hub::HubFolder folder{dir / "hub"};
  tests::TlsFiles tls = tests::make_tls_files(dir.path());
  std::unique_ptr<hub::RunningHub> running;

  Hub() {
    REQUIRE(crypto::start());
    REQUIRE(hub::init_hub(folder, "Tea"));
    const auto settings = "brand_name = \"Tea\"\n[listen]\ncertificate = \"" + tls.certificate.string() +
                          "\"\nkey = \"" + tls.key.string() + "\"\n[sync]\npoll_ms = " + std::to_string(hour_ms) +
                          "\npoll_slots = 2\n";
    REQUIRE(base::write_file(folder.config(), base::view_of(settings)));
    auto started = hub::RunningHub::start({folder, std::nullopt, std::uint16_t{0}});
    REQUIRE(started);
    running = std::move(*started);
  }
  [[nodiscard]] net::ClientOptions line() const {
    return {.base_url = "https://127.0.0.1:" + std::to_string(running->port()), .ca_file = tls.authority.string()};
  }
};

// A terminal of the hub, provisioned by the real exchange.
struct Terminal {
  tests::TempDir dir;
  std::atomic<bool> held{};
  wire::HubKey hub_key;
  std::unique_ptr<store::JournalThread> journal;
  std::unique_ptr<store::Replica> replica;
  store::HubTime time{base::system_clock(), "boot", {}};
  std::unique_ptr<client::Runner> runner;

  explicit Terminal(const Hub& hub) {
    std::ostringstream out;
    REQUIRE(hub::add_terminal(hub.folder, 1, hub::Output::json, out));
    const auto key = std::make_shared<const crypto::SigningKey>(crypto::SigningKey::generate());
    const auto code = nlohmann::json::parse(out.str()).at("code").get<std::string>();
    const auto reply = net::HttpClient::create(hub.line())
                           .value()
                           ->perform({.method = "POST",
                                      .target = "/v1/provision",
                                      .body = wire::to_json(wire::ProvisionRequest{code, key->public_key()})});
    REQUIRE(reply);
    const auto given = wire::check_answer(wire::parse_provision_answer(reply->body).value(), key->public_key());
    REQUIRE(given);
    hub_key = given->hub_key;
    store::JournalOptions options;
    options.path = dir / "journal.db";
    options.owner = {given->brand, given->certificate.terminal, given->certificate.store};
    journal = std::make_unique<store::JournalThread>(
        store::Journal::open(options, base::system_clock(), crypto::system_rng()).value());
    replica = store::Replica::open(dir / "replica.db").value();
    client::RunnerOptions runner_options;
    runner_options.limits.poll_default_ms = hour_ms;
    client::Lines lines{net::HttpClient::create(hub.line()).value(),
                        std::make_unique<WatchedLine>(net::HttpClient::create(hub.line()).value(), held)};
    runner = std::make_unique<client::Runner>(
        client::Credentials{given->certificate.terminal, given->brand, key, given->hub_key}, std::move(lines), *journal,
        *replica, time, base::system_clock(), crypto::system_rng(), client::Listener{}, runner_options);
    journal->on_committed([this](base::Seq) { runner->outbox_changed(); });
    runner->start();
  }
  ~Terminal() { runner->stop(); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void enrol_with_points(base::MemberId member, std::int64_t points) {
    const auto now_ms = base::system_clock().wall_ms();
    REQUIRE(journal->commit([&](store::Transaction& transaction) -> base::Result<> {
      model::MemberEnrolled enrolled{member, base::StoreId{1}, model::Channel::kiosk, {}, {}};
      MILLPOND_TRY_DO(transaction.append(enrolled, now_ms, 480, 1));
      MILLPOND_TRY_DO(
          transaction.append(model::PointsEarned{member, base::Seq{1}, points, points * 100}, now_ms, 480, 1));
      return {};
    }));
  }
  [[nodiscard]] std::int64_t points_of(base::MemberId member) const {
    const auto found = replica->find_member(member);
    return found && *found ? (*found)->row.points : 0;
  }
};

}  // namespace

TEST_CASE("What one terminal sells the other one hears through the question that the hub holds") {
  const Hub hub;
  Terminal here{hub};
  Terminal there{hub};
  const base::MemberId first{77};
  const base::MemberId second{78};
  REQUIRE(comes_true([&] { return here.held && there.held; }));
  here.enrol_with_points(first, 50);
  CHECK(comes_true([&] { return there.points_of(first) == 50; }));
  REQUIRE(comes_true([&] { return here.held && there.held; }));
  there.enrol_with_points(second, 70);
  CHECK(comes_true([&] { return here.points_of(second) == 70; }));
  CHECK(there.runner->status().line == engine::Line::online);
  CHECK(comes_true([&] { return here.runner->status().queued == 0 && there.runner->status().queued == 0; }));
}
