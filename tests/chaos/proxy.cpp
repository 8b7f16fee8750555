// SPDX-License-Identifier: Apache-2.0
#include "tests/chaos/proxy.h"

#include "sync/base/rng.h"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <numeric>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace millpond::chaos {
namespace {

constexpr std::size_t earlier_max = 4;  // answers kept of each door
constexpr std::size_t earlier_bytes_max = 256U << 10;
constexpr std::array<std::string_view, fault_count> names{"none",
                                                          "delay",
                                                          "reorder",
                                                          "lose_request",
                                                          "lose_answer",
                                                          "duplicate",
                                                          "late_duplicate",
                                                          "truncate_request",
                                                          "truncate_answer",
                                                          "reset",
                                                          "portal",
                                                          "unavailable",
                                                          "replay",
                                                          "drip"};

constexpr std::string_view portal_page =
    "<!DOCTYPE html><html><title>Free Wi-Fi</title><form method=\"post\"><button>I agree</button></form></html>";

std::string page(std::string_view status, std::string_view headers, std::string_view body) {
  std::string out = "HTTP/1.1 ";
  out.append(status).append("\r\nContent-Type: text/html\r\n").append(headers);
  out += "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
  return out.append(body);
}

std::string_view beginning(std::string_view bytes, double place) {
  return bytes.substr(0, static_cast<std::size_t>(place * static_cast<double>(bytes.size())));
}

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds{ms}); }

}  // namespace

std::string_view name_of(Fault fault) { return names.at(static_cast<std::size_t>(fault)); }

Plan plan_for(const Settings& settings, std::uint64_t connection) {
  const auto sum = std::accumulate(settings.weights.begin(), settings.weights.end(), std::uint64_t{0});
  if (sum == 0) return {};
  base::SeededRng rng{settings.seed + connection * 0x9E3779B97F4A7C15ULL};
  Plan plan;
  auto drawn = rng.below(sum);
  std::size_t fault = 0;
  while (drawn >= settings.weights.at(fault)) drawn -= settings.weights.at(fault++);
  plan.fault = static_cast<Fault>(fault);
  plan.at_exchange = static_cast<std::uint32_t>(rng.below(std::uint64_t{settings.exchanges_before_max} + 1));
  plan.place = static_cast<double>(rng.below(1'000'000)) / 1e6;
  plan.delay_ms = static_cast<int>(rng.below(static_cast<std::uint64_t>(settings.delay_ms_max) + 1));
  return plan;
}

struct Proxy::Connection {
  Socket client;
  Socket hub;
  std::string from_client;
  std::string from_hub;
  Settings settings;
  Plan plan;
};

Proxy::Proxy(std::uint16_t target_port, Settings settings, std::uint16_t port)
    : target_port_{target_port}, settings_{settings} {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    ::close(listener_);
    throw std::runtime_error{"the chaos proxy cannot listen on 127.0.0.1"};
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread{[this] { accept_loop(); }};
}

Proxy::~Proxy() {
  {
    const std::lock_guard lock{mutex_};  // so that nobody launches a worker after it
    stopping_ = true;
  }
  passed_changed_.notify_all();
  acceptor_.join();
  ::close(listener_);
  for (auto& worker : workers_) worker.thread.join();
}

void Proxy::aim(std::uint16_t target_port) { target_port_ = target_port; }

void Proxy::set(Settings settings) {
  {
    const std::lock_guard lock{mutex_};
    settings_ = settings;
  }
  passed_changed_.notify_all();
}

Counts Proxy::counts() const {
  const std::lock_guard lock{mutex_};
  return counts_;
}

bool Proxy::quiet() const {
  const std::lock_guard lock{mutex_};
  return std::ranges::all_of(settings_.weights, [](auto weight) { return weight == 0; });
}

GoOn Proxy::while_running() const {
  return [this] { return !stopping_; };
}

void Proxy::accept_loop() {
  pollfd waiting{listener_, POLLIN, 0};
  while (!stopping_) {
    if (::poll(&waiting, 1, 50) <= 0) continue;
    Socket client{::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)};
    if (!client.is_open()) continue;
    std::uint64_t number = 0;
    {
      const std::lock_guard lock{mutex_};
      number = counts_.connections++;
    }
    launch([this, number, socket = std::make_shared<Socket>(std::move(client))] { serve(std::move(*socket), number); });
  }
}

// Also joins whoever is done, so that a long run does not gather threads.
void Proxy::launch(std::function<void()> work) {
  const std::lock_guard lock{mutex_};
  if (stopping_) return;
  for (auto worker = workers_.begin(); worker != workers_.end();) {
    if (!worker->done) {
      ++worker;
      continue;
    }
    worker->thread.join();
    worker = workers_.erase(worker);
  }
  auto& added = workers_.emplace_back();
  added.thread = std::thread{[&added, task = std::move(work)] {
    task();
    added.done = true;
  }};
}

void Proxy::serve(Socket client, std::uint64_t number) {
  Connection connection;
  connection.client = std::move(client);
  {
    const std::lock_guard lock{mutex_};
    connection.settings = settings_;
  }
  connection.plan = plan_for(connection.settings, number);
  for (std::uint32_t exchange = 0;; ++exchange) {
    const auto request = read_message(connection.client, connection.from_client, Kind::request, while_running());
    if (!request) return;
    const bool due = connection.plan.fault != Fault::none && exchange == connection.plan.at_exchange && !quiet();
    {
      const std::lock_guard lock{mutex_};
      ++counts_.requests;
    }
    if (due) return strike(connection, *request);
    if (!forward(connection, *request)) return;
  }
}

std::optional<std::string> Proxy::ask(Connection& connection, std::string_view request) {
  if (!connection.hub.is_open()) connection.hub = Socket::connect(target_port_);
  if (!connection.hub.is_open() || !connection.hub.send(request)) return std::nullopt;
  auto answer = read_message(connection.hub, connection.from_hub, Kind::answer, while_running());
  {
    // Only an answer proves that the hub has read this request before one that still waits here.
    const std::lock_guard lock{mutex_};
    ++passed_;
  }
  passed_changed_.notify_all();
  return answer;
}

bool Proxy::forward(Connection& connection, const std::string& request) {
  const auto answer = ask(connection, request);
  if (!answer) return false;
  remember(request, *answer);
  return connection.client.send(*answer);
}

// The connection ends after it, so that each meets one fault.
void Proxy::strike(Connection& connection, const std::string& request) {
  const auto fault = connection.plan.fault;
  const auto replayed = fault == Fault::replay ? earlier_answer(request) : std::string{};
  if (fault == Fault::replay && replayed.empty()) {
    static_cast<void>(forward(connection, request));
    return;
  }
  std::uint64_t passed_before = 0;  // read with the count: whoever saw that may overtake at once
  {
    const std::lock_guard lock{mutex_};
    ++counts_.faults.at(static_cast<std::size_t>(fault));
    passed_before = passed_;
  }
  if (fault == Fault::replay) {
    static_cast<void>(connection.client.send(replayed));
  } else if (fault == Fault::delay || fault == Fault::reorder || fault == Fault::late_duplicate) {
    mistime(connection, request, passed_before);
  } else {
    spoil(connection, request);
  }
}

// Faults of time: in the end the request arrives whole and is answered.
void Proxy::mistime(Connection& connection, const std::string& request, std::uint64_t passed_before) {
  if (connection.plan.fault == Fault::delay) hold(connection.plan.delay_ms);
  if (connection.plan.fault == Fault::reorder) wait_to_be_overtaken(passed_before, connection.settings.hold_ms_max);
  const bool answered = forward(connection, request);
  if (answered && connection.plan.fault == Fault::late_duplicate) repeat_later(request, connection.plan.delay_ms);
}

void Proxy::spoil(Connection& connection, const std::string& request) {
  const auto& plan = connection.plan;
  const auto& settings = connection.settings;
  auto& client = connection.client;
  const auto answer_beginning = [&] {
    if (const auto answer = ask(connection, request)) static_cast<void>(client.send(beginning(*answer, plan.place)));
  };
  switch (plan.fault) {
    case Fault::lose_request:
      return hold(settings.hold_ms_max);
    case Fault::lose_answer:
      static_cast<void>(ask(connection, request));
      return hold(settings.hold_ms_max);
    case Fault::duplicate:
      if (ask(connection, request)) static_cast<void>(forward(connection, request));
      return;
    case Fault::truncate_request:
      connection.hub = Socket::connect(target_port_);
      if (connection.hub.is_open()) static_cast<void>(connection.hub.send(beginning(request, plan.place)));
      return;
    case Fault::truncate_answer:
      return answer_beginning();
    case Fault::reset:
      answer_beginning();
      return client.reset();
    case Fault::portal:
      static_cast<void>(client.send(page("200 OK", "", portal_page)));
      return;
    case Fault::unavailable:
      static_cast<void>(client.send(
          page("503 Service Unavailable", "Retry-After: " + std::to_string(settings.retry_after_s) + "\r\n", "")));
      return;
    case Fault::drip:
      return drip_exchange(connection, request);
    default:
      return;
  }
}

// Where not both, the request in one half of the cases, the answer in the other.
void Proxy::drip_exchange(Connection& connection, const std::string& request) {
  std::optional<std::string> answer;
  const bool both = connection.settings.drips_both_ways;
  if (both || connection.plan.place < 0.5) {
    connection.hub = Socket::connect(target_port_);
    if (!connection.hub.is_open() || !drip(connection.hub, request, connection.settings)) return;
    answer = read_message(connection.hub, connection.from_hub, Kind::answer, while_running());
    if (answer && both) static_cast<void>(drip(connection.client, *answer, connection.settings));
    if (answer && !both) static_cast<void>(connection.client.send(*answer));
    return;
  }
  answer = ask(connection, request);
  if (answer) static_cast<void>(drip(connection.client, *answer, connection.settings));
}

// False when it took too long and the rest was dropped.
bool Proxy::drip(Socket& to, std::string_view bytes, const Settings& settings) {
  constexpr int steps_per_s = 20;
  const auto piece = static_cast<std::size_t>(std::max(1, settings.drip_bytes_per_s / steps_per_s));
  for (int waited = 0; !bytes.empty(); waited += 1'000 / steps_per_s) {
    if (waited > settings.hold_ms_max || stopping_ || quiet() || !to.send(bytes.substr(0, piece))) return false;
    bytes.remove_prefix(std::min(piece, bytes.size()));
    pause_ms(1'000 / steps_per_s);
  }
  return true;
}

void Proxy::wait_to_be_overtaken(std::uint64_t passed_before, int hold_ms) {
  std::unique_lock lock{mutex_};
  passed_changed_.wait_for(lock, std::chrono::milliseconds{hold_ms},
                           [&] { return stopping_ || passed_ > passed_before; });
}

void Proxy::repeat_later(std::string request, int delay_ms) {
  launch([this, delay_ms, repeated = std::move(request)] {
    hold(delay_ms);
    Connection again;
    static_cast<void>(ask(again, repeated));
  });
}

void Proxy::remember(const std::string& request, const std::string& answer) {
  if (answer.size() > earlier_bytes_max) return;
  const std::lock_guard lock{mutex_};
  auto& kept = earlier_[door_of(request)];
  kept.push_back(answer);
  if (kept.size() > earlier_max) kept.pop_front();
}

std::string Proxy::earlier_answer(const std::string& request) {
  const std::lock_guard lock{mutex_};
  const auto kept = earlier_.find(door_of(request));
  return kept == earlier_.end() ? std::string{} : kept->second.front();
}

void Proxy::hold(int ms) {
  for (int waited = 0; waited < ms && !stopping_ && !quiet(); waited += 20) pause_ms(std::min(20, ms - waited));
}

}  // namespace millpond::chaos
