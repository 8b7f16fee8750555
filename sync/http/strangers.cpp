// SPDX-License-Identifier: Apache-2.0
#include "sync/http/strangers.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace millpond::http {
namespace {

const std::string everybody;  // the one key of the total

std::string key_of(const std::string& address, std::string_view name) { return std::string{name} + "@" + address; }

}  // namespace

std::int64_t Strangers::wait_ms(const std::string& address, std::string_view name, std::int64_t now_ms) {
  const auto wait = std::max(by_address_.wait_ms(address, now_ms), total_.wait_ms(everybody, now_ms));
  if (wait == 0 || name.empty()) return wait;
  const std::lock_guard lock{mutex_};
  const auto found = known_.find(key_of(address, name));
  return found != known_.end() && now_ms - found->second < known_ms ? 0 : wait;
}

void Strangers::count(const std::string& address, std::int64_t now_ms) {
  static_cast<void>(by_address_.take(address, now_ms));
  static_cast<void>(total_.take(everybody, now_ms));
}

void Strangers::know(const std::string& address, std::string_view name, std::int64_t now_ms) {
  auto key = key_of(address, name);
  const std::lock_guard lock{mutex_};
  // Only who signed gets in, so it fills up only where so many terminals move between addresses.
  if (known_.size() >= known_max && !known_.contains(key)) {
    std::erase_if(known_, [&](const auto& entry) { return now_ms - entry.second >= known_ms; });
    if (known_.size() >= known_max) known_.clear();
  }
  known_.insert_or_assign(std::move(key), now_ms);
}

// Whoever has one address of IPv6 has a network of 2^64 of them. Inside a site each machine counts alone.
std::string address_of_peer(std::string_view peer) {
  std::string address{peer.substr(0, peer.rfind(':'))};
  if (!address.starts_with('[') || !address.ends_with(']')) return address;
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET6, address.substr(1, address.size() - 2).c_str(), bytes.data()) != 1) return address;
  constexpr std::uint8_t global_unicast = 0x20;  // 2000::/3
  if ((bytes.front() & 0xe0U) != global_unicast) return address;
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size()) == nullptr) return address;
  return "[" + std::string{text.data()} + "/64]";
}

}  // namespace millpond::http
