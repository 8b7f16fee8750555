// SPDX-License-Identifier: Apache-2.0
// millpond-chaos-proxy: the proxy by itself, between a terminal and a hub that somebody runs by hand. Says where it
// listens, and what struck when it ends.
#include "tests/chaos/proxy.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

using namespace millpond;

namespace {

void wait_for_end(const sigset_t& ends) {
  int received = 0;
  sigwait(&ends, &received);
}

// "drip=3" into weights; false for a fault that does not exist.
bool read_weight(const std::string& text, chaos::Settings& settings) {
  const auto equals = text.find('=');
  for (std::size_t i = 0; i < chaos::fault_count; ++i) {
    if (chaos::name_of(static_cast<chaos::Fault>(i)) != text.substr(0, equals)) continue;
    settings.weights.at(i) =
        equals == std::string::npos ? 1U : static_cast<std::uint32_t>(std::stoul(text.substr(equals + 1)));
    return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Forwards HTTP to a port of this machine and does to it what bad lines do", "millpond-chaos-proxy"};
  std::uint16_t target = 0;
  std::uint16_t port = 0;
  std::vector<std::string> faults;
  chaos::Settings settings;
  app.add_option("--target", target, "port of the hub on 127.0.0.1")->required();
  app.add_option("--port", port, "port to listen on; 0 takes a free one");
  app.add_option("--seed", settings.seed, "decides which connection meets which fault")->capture_default_str();
  app.add_option("--fault", faults, "NAME or NAME=WEIGHT, for example none=5 drip=1; without any, all alike");
  app.add_option("--hold-ms", settings.hold_ms_max, "how long lost requests hang")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (faults.empty()) settings.weights.fill(1);
  for (const auto& fault : faults) {
    if (read_weight(fault, settings)) continue;
    std::cerr << "There is no fault \"" << fault << "\".\n";
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t ends;
  sigemptyset(&ends);
  for (const int number : {SIGTERM, SIGINT}) sigaddset(&ends, number);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  try {
    const chaos::Proxy proxy{target, settings, port};
    std::cout << "listening on http://127.0.0.1:" << proxy.port() << std::endl;
    wait_for_end(ends);
    const auto counts = proxy.counts();
    std::cout << counts.connections << " connections, " << counts.requests << " requests\n";
    for (std::size_t i = 1; i < chaos::fault_count; ++i) {
      std::cout << "  " << chaos::name_of(static_cast<chaos::Fault>(i)) << ' ' << counts.faults.at(i) << '\n';
    }
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
