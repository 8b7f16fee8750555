// SPDX-License-Identifier: Apache-2.0
#include "sync/client/lane.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

class NoLine final : public net::HttpClient {
 public:
  base::Result<net::HttpAnswer> perform(const net::HttpRequest&) override {
    return base::Error{base::Code::hub_unreachable, "perform", ""};
  }
};

}  // namespace

TEST_CASE("a stop ends work that takes long, and its answer says that it was cancelled") {
  std::atomic<bool> cancelled{};
  std::atomic<bool> begun{};
  std::optional<client::Answered> answered;
  client::Lane lane{std::make_unique<NoLine>(), cancelled,
                    [&](client::Answered answer) { answered = std::move(answer); }};
  client::Outgoing staging;
  staging.question = client::Question::staging;
  staging.work = [&](const std::atomic<bool>& given_up) -> base::Result<> {
    begun = true;
    while (!given_up) std::this_thread::yield();
    return base::Error{base::Code::cancelled, "stage", ""};
  };
  lane.start();
  lane.send(std::move(staging));
  while (!begun) std::this_thread::yield();
  cancelled = true;
  lane.stop();
  REQUIRE(answered);
  REQUIRE_FALSE(answered->answer);
  CHECK(answered->answer.error().code == base::Code::cancelled);
}
