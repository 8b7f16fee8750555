// SPDX-License-Identifier: Apache-2.0
#include "tests/support/online_terminal.h"

#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "sync/hub/server/commands.h"

#include <nlohmann/json.hpp>
#include <sstream>

namespace millpond::tests {
namespace {

constexpr std::uint32_t hour_ms = 3'600'000;

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

std::string settings_of(const OnlineHubOptions& options, const TlsFiles& tls) {
  return "brand_name = \"Tea\"\n[listen]\ncertificate = \"" + tls.certificate.string() + "\"\nkey = \"" +
         tls.key.string() + "\"\n[sync]\npoll_ms = " + std::to_string(options.poll_ms) +
         "\npoll_slots = " + std::to_string(options.poll_slots) + "\n";
}

}  // namespace

OnlineHub::OnlineHub(const OnlineHubOptions& options) : folder_{dir_ / "hub"}, tls_{make_tls_files(dir_.path())} {
  MILLPOND_CHECK(crypto::start().has_value());
  MILLPOND_CHECK(hub::init_hub(folder_, "Tea").has_value());
  const auto settings = settings_of(options, tls_);
  MILLPOND_CHECK(base::write_file(folder_.config(), base::view_of(settings)).has_value());
  running_ = hub::RunningHub::start({folder_, std::nullopt, std::uint16_t{0}}).value();
}

net::ClientOptions OnlineHub::line() const {
  return {.base_url = "https://127.0.0.1:" + std::to_string(running_->port()), .ca_file = tls_.authority.string()};
}

OnlineTerminal::OnlineTerminal(const OnlineHub& hub) {
  std::ostringstream out;
  MILLPOND_CHECK(hub::add_terminal(hub.folder(), 1, hub::Output::json, out).has_value());
  const auto key = std::make_shared<const crypto::SigningKey>(crypto::SigningKey::generate());
  const auto code = nlohmann::json::parse(out.str()).at("code").get<std::string>();
  const auto line = [&hub] { return net::HttpClient::create(hub.line()).value(); };
  const auto reply = line()
                         ->perform({.method = "POST",
                                    .target = "/v1/provision",
                                    .body = wire::to_json(wire::ProvisionRequest{code, key->public_key()})})
                         .value();
  const auto given = wire::check_answer(wire::parse_provision_answer(reply.body).value(), key->public_key()).value();
  store::JournalOptions options;
  options.path = dir_ / "journal.db";
  options.owner = {given.brand, given.certificate.terminal, given.certificate.store};
  journal_ = std::make_unique<store::JournalThread>(
      store::Journal::open(options, base::system_clock(), crypto::system_rng()).value());
  replica_ = store::Replica::open(dir_ / "replica.db").value();
  client::RunnerOptions runner_options;
  runner_options.limits.poll_default_ms = hour_ms;
  client::Lines lines{line(), std::make_unique<WatchedLine>(line(), held_)};
  runner_ = std::make_unique<client::Runner>(
      client::Credentials{given.certificate.terminal, given.brand, key, given.hub_key}, std::move(lines), *journal_,
      *replica_, time_, base::system_clock(), crypto::system_rng(), client::Listener{}, runner_options);
  journal_->on_committed([this](base::Seq) { runner_->outbox_changed(); });
  runner_->start();
}

OnlineTerminal::~OnlineTerminal() { runner_->stop(); }

void OnlineTerminal::enrol_with_points(base::MemberId member, std::int64_t points) {
  const auto now_ms = base::system_clock().wall_ms();
  const auto done = journal_->commit([&](store::Transaction& transaction) -> base::Result<> {
    const model::MemberEnrolled enrolled{member, base::StoreId{1}, model::Channel::kiosk, {}, {}};
    MILLPOND_TRY_DO(transaction.append(enrolled, now_ms, 480, 1));
    MILLPOND_TRY_DO(
        transaction.append(model::PointsEarned{member, base::Seq{1}, points, points * 100}, now_ms, 480, 1));
    return {};
  });
  MILLPOND_CHECK(done.has_value());
}

std::int64_t OnlineTerminal::points_of(base::MemberId member) const {
  const auto found = replica_->find_member(member);
  return found && *found ? (*found)->row.points : 0;
}

}  // namespace millpond::tests
