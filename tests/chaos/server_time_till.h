// SPDX-License-Identifier: Apache-2.0
// A till that keeps no clock of its own: where a request is refused over the time of day, it takes the gateway's
// `server_time` and repeats, as docs/till.md says. Blocks until there is a usable answer.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace millpond::chaos {

struct TillKey {
  std::string id;
  std::string till;
  std::string secret_hex;
};

struct TimedAnswer {
  int status{};  // 0: the gateway could not be reached
  nlohmann::json body;
};

// One request; a refusal over the time of day is repeated with the gateway's time.
[[nodiscard]] TimedAnswer try_at_server_time(std::uint16_t port, const TillKey& key, const std::string& path,
                                             const std::string& body);

// Repeats until the answer has status 200; throws Stuck after a minute.
[[nodiscard]] nlohmann::json post_at_server_time(std::uint16_t port, const TillKey& key, const std::string& path,
                                                 const std::string& body);

}  // namespace millpond::chaos
