// SPDX-License-Identifier: Apache-2.0
// millpond-terminal: the service of one machine. Reads its settings, waits for signals, and runs the service.
#include "kiosk/service/service.h"
#include "sync/crypto/hash.h"
#include "sync/text/report.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <malloc.h>
#include <pthread.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <thread>

namespace millpond::service {
namespace {

// A line an event, to standard error, where systemd keeps it. Messages hold codes, ids and numbers: personal data never
// reaches a log.
void set_up_log() {
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
}

// Draining a month's queue moves batches of a megabyte between four threads, and glibc would keep a heap for each and
// what it once had in all of them: 75 MiB resident. Two heaps that give large pieces back at once need 60, at the same
// speed (millpond-bench drain, 1,000,000 events).
void keep_memory_small() {
  constexpr int piece_bytes = 128 << 10;
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, piece_bytes);
  ::mallopt(M_TRIM_THRESHOLD, piece_bytes);
}

int fail(const base::Error& error) {
  std::cerr << text::report(error, text::environment_language());
  return 1;
}

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  return signals;
}

// Blocked in every thread and waited for in one, so that stopping runs in ordinary code.
class SignalWaiter {
 public:
  explicit SignalWaiter(Service& service)
      : thread_{[&service] {
          auto signals = stop_signals();
          int number = 0;
          sigwait(&signals, &number);
          service.stop();
        }} {}
  ~SignalWaiter() {
    pthread_kill(thread_.native_handle(), SIGTERM);  // the loop ended by itself: end the wait too
    thread_.join();
  }
  SignalWaiter(const SignalWaiter&) = delete;
  SignalWaiter& operator=(const SignalWaiter&) = delete;

 private:
  std::thread thread_;
};

int run(const std::filesystem::path& folder, const std::filesystem::path& settings_file) {
  if (const auto started = crypto::start(); !started) return fail(started.error());
  auto settings = load_settings(settings_file);
  if (!settings) return fail(settings.error());
  Service service{folder, std::move(settings).value(), base::system_clock()};
  if (const auto started = service.start(); !started) return fail(started.error());
  const SignalWaiter waiter{service};
  service.run();
  spdlog::info("stopped");
  return 0;
}

}  // namespace
}  // namespace millpond::service

int main(int argc, char** argv) {
  using namespace millpond::service;
  std::string folder = "/var/lib/millpond";
  std::string settings;
  CLI::App app{"millpond-terminal: the service of one Millpond terminal"};
  app.add_option("--dir", folder, "folder of keys, journal and settings")
      ->envname("MILLPOND_DIR")
      ->capture_default_str();
  app.add_option("--config", settings, "settings file (default: terminal.toml in the folder)");
  CLI11_PARSE(app, argc, argv);
  const auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  keep_memory_small();
  ::umask(077);  // journal, replica and slips are the service's own user's, whatever the shell's mask was
  set_up_log();
  return run(folder,
             settings.empty() ? std::filesystem::path{folder} / "terminal.toml" : std::filesystem::path{settings});
}
