// SPDX-License-Identifier: Apache-2.0
// The members, sales and models that flow's tests are about.
#pragma once

#include "kiosk/flow/flow.h"
#include "sync/base/file.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace millpond::tests {

inline constexpr std::int64_t noon_ms = 1'795'228'920'000;  // 2026-11-21T02:42:00Z, 10:42 in China
inline constexpr std::uint64_t lin = base::compose_id(base::TerminalId{7}, 3, 1);
inline constexpr std::uint64_t wang = base::compose_id(base::TerminalId{7}, 3, 2);

inline model::Programme demo_programme() {
  const auto bytes = base::read_file(tests::source_dir() / "assets/shop/programme.json");
  REQUIRE(bytes.has_value());
  auto programme = model::parse_programme(*bytes);
  REQUIRE(programme.has_value());
  return std::move(*programme);
}

inline ports::QrModules small_code() { return {2, {1, 0, 0, 1}}; }

inline base::LocalDate day(int month, int of_month) { return base::to_local_date({2026, month, of_month}); }

inline flow::CouponCard coupon(std::uint64_t id, std::int64_t value_minor, base::LocalDate expires,
                               bool usable = true) {
  flow::CouponCard card{base::CouponId{id}, value_minor, 3000, expires, {}, usable};
  card.offer = demo_programme().coupons.front();
  card.discount_minor = value_minor;
  return card;
}

inline flow::MemberCard card_of(std::uint64_t member, std::string name = "林**") {
  flow::MemberCard card;
  card.member = base::MemberId{member};
  card.shown_name = std::move(name);
  card.points = 2490;
  card.points_pending = 35;
  card.qualifying_minor = 249'000;
  card.as_of_ms = noon_ms;
  card.code_text = "K1:" + std::to_string(member);
  card.code = small_code();
  card.coupons = {coupon(1, 800, day(12, 21)), coupon(2, 1500, day(12, 1)), coupon(3, 500, day(11, 22), false)};
  card.consents = {{model::Purpose::marketing, true}};
  return card;
}

inline flow::SaleResult sale_of(std::uint64_t member) {
  flow::SaleResult sale;
  sale.total_minor = 6850;
  sale.points_earned = 68;
  sale.balance = 2593;
  sale.member = base::MemberId{member};
  sale.strength = model::Strength::member_code;
  sale.issued = {{coupon(9, 800, day(12, 21)), "K1:COUPON", small_code()}};
  sale.event_seq = 1042;
  return sale;
}

// The same for whoever only typed a number: the coupon belongs to whoever holds its slip.
inline flow::SaleResult weak_sale_of(std::uint64_t member) {
  auto sale = sale_of(member);
  sale.strength = model::Strength::phone_typed;
  return sale;
}

// update() where only the model matters.
inline void feed(flow::Model& model, const flow::Msg& msg, std::int64_t now_ms) {
  [[maybe_unused]] const auto cmds = flow::update(model, msg, now_ms);
}

inline flow::Model kiosk() {
  flow::Model model;
  model.programme = demo_programme();
  model.camera = ports::DeviceState::ok;
  model.printer = ports::DeviceState::ok;
  model.online = true;
  model.line_known = true;
  model.utc_offset_min = 480;
  return model;
}

}  // namespace millpond::tests
