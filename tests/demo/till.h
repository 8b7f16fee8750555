// SPDX-License-Identifier: Apache-2.0
// Till: what a shop's till would do: post paid sales to the terminal's gateway, signed with the key it was given.
// Holds every answer to the gateway's description and throws where it is another, unless something stands between them
// that answers in the gateway's place.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace millpond::demo {

struct TillAnswer {
  int status{};  // 0: the gateway could not be reached
  nlohmann::json body;
};

struct Basket {
  std::string transaction;
  std::int64_t total_minor{};          // before coupons
  std::string member_code{};           // as scanned at the till; empty: whoever is at the kiosk
  std::vector<std::string> coupons{};  // codes as scanned
  std::int64_t coupon_minor{};         // what the coupons took off
  std::int64_t points{};               // that the member spends
  std::int64_t points_minor{};         // what they took off
};

enum class Between : std::uint8_t { nothing, faults };

class Till {
 public:
  // gateway: "http://127.0.0.1:8461".
  Till(std::string gateway, std::string name, std::string key_id, const std::string& secret_hex,
       Between between = Between::nothing);
  ~Till();

  [[nodiscard]] TillAnswer sale(const Basket& basket);
  [[nodiscard]] TillAnswer post(const std::string& path, const std::string& body);
  [[nodiscard]] TillAnswer get(const std::string& path);
  // The body of a sale, for tests that spoil or repeat it.
  [[nodiscard]] std::string sale_body(const Basket& basket) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millpond::demo
