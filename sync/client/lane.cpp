// SPDX-License-Identifier: Apache-2.0
#include "sync/client/lane.h"

#include "sync/base/check.h"

#include <utility>

namespace millpond::client {

Lane::Lane(std::unique_ptr<net::HttpClient> http, const std::atomic<bool>& cancelled,
           std::function<void(Answered)> answered)
    : http_{std::move(http)}, cancelled_{cancelled}, answered_{std::move(answered)} {}

Lane::~Lane() { stop(); }

void Lane::start() {
  MILLPOND_CHECK(!thread_.joinable());
  thread_ = std::thread{[this] { run(); }};
}

void Lane::send(Outgoing outgoing) {
  {
    const std::lock_guard lock{mutex_};
    MILLPOND_CHECK(!next_);
    next_ = std::move(outgoing);
  }
  wake_.notify_one();
}

void Lane::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

base::Result<net::HttpAnswer> Lane::carry(Outgoing& outgoing) {
  if (outgoing.work) {
    MILLPOND_TRY_DO(outgoing.work(cancelled_));
    return net::HttpAnswer{200, {}, {}};
  }
  outgoing.signed_request.http.cancelled = &cancelled_;
  return http_->perform(outgoing.signed_request.http);
}

void Lane::run() {
  for (;;) {
    std::optional<Outgoing> outgoing;
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [this] { return stopping_ || next_; });
      if (stopping_) return;
      outgoing = std::exchange(next_, std::nullopt);
    }
    auto answer = carry(*outgoing);
    answered_({std::move(*outgoing), std::move(answer)});
  }
}

}  // namespace millpond::client
