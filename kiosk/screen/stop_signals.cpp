// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/stop_signals.h"

#include <csignal>
#include <pthread.h>

namespace millpond::screen {
namespace {

sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void StopSignals::block() {
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

StopSignals::StopSignals(Inbox& inbox)
    : thread_{[&inbox] {
        const sigset_t set = stop_set();
        int signal = 0;
        sigwait(&set, &signal);
        inbox.post(Stop{});
      }} {}

StopSignals::~StopSignals() {
  pthread_kill(thread_.native_handle(), SIGTERM);  // stopped by something else: ends the wait
  thread_.join();
}

}  // namespace millpond::screen
