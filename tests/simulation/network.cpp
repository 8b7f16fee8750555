// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/network.h"

namespace millpond::simulation {
namespace {

constexpr std::size_t kept_max = 16;
constexpr std::size_t headers_bytes = 400;  // of a signed request

base::Error broken(base::Code code) { return {code, "simulated line", ""}; }

net::HttpAnswer portal_page() {
  constexpr std::string_view html = "<html><body>Welcome! Accept our terms to go online.</body></html>";
  return {200, {{"Content-Type", "text/html"}}, {html.begin(), html.end()}, 0};
}

}  // namespace

struct Network::Exchange {
  net::HttpRequest request;
  std::function<Line()> line;
  Answered answered;
  bool done{};
  std::uint64_t answered_in_life{};  // of the hub; 0: not yet

  void finish(const base::Result<net::HttpAnswer>& answer) {
    if (!std::exchange(done, true)) answered(answer);
  }
};

Network::Network(Timeline& timeline, SimHub& hub, Oracle& oracle, Faults& faults, std::uint64_t seed)
    : timeline_{timeline}, hub_{hub}, oracle_{oracle}, faults_{faults}, rng_{seed} {}

bool Network::happens(Fault fault, std::uint64_t per_thousand) {
  if (!faulty_ || !rng_.chance(per_thousand, 1'000)) return false;
  return faults_.begins(fault);
}

void Network::send(net::HttpRequest request, std::function<Line()> line, Answered answered) {
  const auto timeout_ms = request.timeout_ms;
  auto exchange = std::make_shared<Exchange>(Exchange{std::move(request), std::move(line), std::move(answered)});
  timeline_.after(timeout_ms, [exchange] { exchange->finish(broken(base::Code::timeout)); });
  const auto state = exchange->line();
  if (state == Line::cut) return give(exchange, 5, broken(base::Code::hub_unreachable));
  if (state == Line::untrusted) return give(exchange, 60, broken(base::Code::certificate_invalid));
  if (state == Line::crawls) {
    const auto bytes = static_cast<std::int64_t>(headers_bytes + exchange->request.body.size());
    timeline_.after(bytes * second_ms, [this, exchange] { arrive(exchange); });
    return;
  }
  if (happens(Fault::portal_page, 16)) return give(exchange, 40, portal_page());
  if (happens(Fault::hub_sheds_load, 16)) return give(exchange, 40, net::HttpAnswer{503, {}, {}, 2'000});
  if (happens(Fault::request_lost, 40)) return;
  if (!exchange->request.body.empty() && happens(Fault::request_bit_flip, 3)) flip_bit(exchange->request.body);
  auto delay_ms = 5 + static_cast<std::int64_t>(rng_.below(200));
  if (happens(Fault::request_late, 30)) delay_ms = timeout_ms + static_cast<std::int64_t>(rng_.below(minute_ms));
  timeline_.after(delay_ms, [this, exchange] { arrive(exchange); });
  if (happens(Fault::request_doubled, 40)) {
    timeline_.after(delay_ms + static_cast<std::int64_t>(rng_.below(40'000)), [this, exchange] { arrive(exchange); });
  }
}

void Network::arrive(const std::shared_ptr<Exchange>& exchange) {
  auto answer = hub_.handle(exchange->request);
  if (!answer) return give(exchange, 10, broken(base::Code::hub_unreachable));
  const bool refused = answer->status == 401 || answer->status == 403 || answer->status == 503;
  if (!refused) {
    // The hub remembers what it answered as long as it lives; longer needs no memory, the request is too old by then.
    if (exchange->answered_in_life == hub_.life()) oracle_.violated("a captured request was answered again");
    exchange->answered_in_life = hub_.life();
  }
  if (exchange->line() != Line::well || happens(Fault::answer_lost, 40)) return;
  if (!kept_.empty() && happens(Fault::answer_of_another, 16)) {
    answer = kept_[rng_.below(kept_.size())];
  } else {
    kept_.push_back(*answer);
    if (kept_.size() > kept_max) kept_.pop_front();
  }
  if (!answer->body.empty() && happens(Fault::answer_bit_flip, 8)) flip_bit(answer->body);
  if (exchange->request.part && answer->status == 206) return give_part(exchange, *std::move(answer));
  if (happens(Fault::answer_cut, 16)) answer->body.resize(answer->body.size() / 2);
  auto delay_ms = 5 + static_cast<std::int64_t>(rng_.below(200));
  if (happens(Fault::answer_late, 30)) delay_ms = static_cast<std::int64_t>(rng_.below(40'000));
  give(exchange, delay_ms, std::move(*answer));
}

base::Result<net::HttpAnswer> Network::ask(net::HttpRequest request, Line line) {
  if (line == Line::untrusted) return broken(base::Code::certificate_invalid);
  if (line != Line::well) return broken(base::Code::hub_unreachable);
  if (happens(Fault::portal_page, 16)) return portal_page();
  if (happens(Fault::hub_sheds_load, 16)) return net::HttpAnswer{503, {}, {}, 2'000};
  if (happens(Fault::request_lost, 40)) return broken(base::Code::timeout);
  if (happens(Fault::request_bit_flip, 3)) flip_bit(request.body);
  auto answer = hub_.handle(request);
  if (!answer) return broken(base::Code::hub_unreachable);
  if (happens(Fault::answer_lost, 40)) return broken(base::Code::timeout);
  if (!kept_.empty() && happens(Fault::answer_of_another, 16)) return kept_[rng_.below(kept_.size())];
  if (happens(Fault::answer_bit_flip, 8)) flip_bit(answer->body);
  return *std::move(answer);
}

// As net::HttpClient hands a part over: to the sink, as it comes, so that what arrived before the line broke is kept.
void Network::give_part(const std::shared_ptr<Exchange>& exchange, net::HttpAnswer answer) {
  const bool breaks = happens(Fault::snapshot_cut, 150);
  if (breaks) answer.body.resize(answer.body.size() / 2);
  timeline_.after(5 + static_cast<std::int64_t>(rng_.below(200)), [exchange, breaks, answer]() mutable {
    if (exchange->done) return;
    const auto kept = exchange->request.part->sink(answer.body);
    answer.bytes = answer.body.size();
    answer.body.clear();
    if (!kept) return exchange->finish(kept.error());
    if (breaks) return exchange->finish(broken(base::Code::hub_unreachable));
    exchange->finish(answer);
  });
}

void Network::flip_bit(base::Bytes& bytes) {
  bytes[rng_.below(bytes.size())] ^= static_cast<std::uint8_t>(1U << rng_.below(8));
}

void Network::give(const std::shared_ptr<Exchange>& exchange, std::int64_t delay_ms,
                   base::Result<net::HttpAnswer> answer) {
  timeline_.after(delay_ms, [exchange, answer = std::move(answer)] { exchange->finish(answer); });
}

}  // namespace millpond::simulation
