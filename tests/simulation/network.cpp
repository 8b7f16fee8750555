// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/network.h"

namespace millpond::simulation {
namespace {

constexpr std::size_t kept_max = 16;

base::Error broken(base::Code code) { return {code, "simulated line", ""}; }

net::HttpAnswer portal_page() {
  constexpr std::string_view html = "<html><body>Welcome! Accept our terms to go online.</body></html>";
  return {200, {{"Content-Type", "text/html"}}, {html.begin(), html.end()}, 0};
}

}  // namespace

struct Network::Exchange {
  net::HttpRequest request;
  std::function<bool()> line_up;
  Answered answered;
  bool done{};

  void finish(const base::Result<net::HttpAnswer>& answer) {
    if (!std::exchange(done, true)) answered(answer);
  }
};

Network::Network(Timeline& timeline, SimHub& hub, FaultCounts& counts, std::uint64_t seed)
    : timeline_{timeline}, hub_{hub}, counts_{counts}, rng_{seed} {}

bool Network::happens(Fault fault, std::uint64_t per_thousand) {
  if (!faulty_ || !rng_.chance(per_thousand, 1'000)) return false;
  ++counts_[static_cast<std::size_t>(fault)];
  return true;
}

void Network::send(const net::HttpRequest& request, std::function<bool()> line_up, Answered answered) {
  auto exchange = std::make_shared<Exchange>(Exchange{request, std::move(line_up), std::move(answered), false});
  timeline_.after(request.timeout_ms, [exchange] { exchange->finish(broken(base::Code::timeout)); });
  if (!exchange->line_up()) return give(exchange, 5, broken(base::Code::hub_unreachable));
  if (happens(Fault::portal_page, 8)) return give(exchange, 40, portal_page());
  if (happens(Fault::hub_sheds_load, 8)) return give(exchange, 40, net::HttpAnswer{503, {}, {}, 2'000});
  if (happens(Fault::request_lost, 20)) return;
  auto delay_ms = 5 + static_cast<std::int64_t>(rng_.below(200));
  if (happens(Fault::request_late, 15))
    delay_ms = request.timeout_ms + static_cast<std::int64_t>(rng_.below(minute_ms));
  timeline_.after(delay_ms, [this, exchange] { arrive(exchange); });
  if (happens(Fault::request_doubled, 20)) {
    timeline_.after(delay_ms + static_cast<std::int64_t>(rng_.below(40'000)), [this, exchange] { arrive(exchange); });
  }
}

void Network::arrive(const std::shared_ptr<Exchange>& exchange) {
  auto answer = hub_.handle(exchange->request);
  if (!answer) return give(exchange, 10, broken(base::Code::hub_unreachable));
  if (!exchange->line_up() || happens(Fault::answer_lost, 20)) return;
  if (happens(Fault::answer_of_another, 8) && !kept_.empty()) {
    answer = kept_[rng_.below(kept_.size())];
  } else {
    kept_.push_back(*answer);
    if (kept_.size() > kept_max) kept_.pop_front();
  }
  if (happens(Fault::answer_cut, 8)) answer->body.resize(answer->body.size() / 2);
  auto delay_ms = 5 + static_cast<std::int64_t>(rng_.below(200));
  if (happens(Fault::answer_late, 15)) delay_ms = static_cast<std::int64_t>(rng_.below(40'000));
  give(exchange, delay_ms, std::move(*answer));
}

void Network::give(const std::shared_ptr<Exchange>& exchange, std::int64_t delay_ms,
                   base::Result<net::HttpAnswer> answer) {
  timeline_.after(delay_ms, [exchange, answer = std::move(answer)] { exchange->finish(answer); });
}

}  // namespace millpond::simulation
