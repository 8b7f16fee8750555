// SPDX-License-Identifier: Apache-2.0
#include "tests/chaos/tills.h"

#include "sync/base/rng.h"
#include "tests/demo/till.h"

#include <chrono>

namespace millpond::chaos {
namespace {

using nlohmann::json;

constexpr int pause_after_failure_ms = 40;
constexpr int last_sale_ms = 60'000;
constexpr std::int64_t coupon_from_minor = 3'000;  // of the demo shop's campaign
constexpr std::int64_t coupon_value_minor = 800;

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds{ms}); }

// Made-up numbers in a range that is not given out.
std::string phone_number(std::uint64_t n) { return "+86130" + std::to_string(10'000'000 + n); }

}  // namespace

struct Tills::Coupon {
  std::string code;
  std::size_t member{};
};

struct Tills::Desk {
  std::string name;
  std::size_t home{};
  base::SeededRng rng;
  std::vector<std::unique_ptr<demo::Till>> doors;  // one for each terminal; only home's is always used
  std::vector<Coupon> coupons{};                   // issued here and not shown yet
  std::uint64_t sales{};
};

Tills::Tills(Floor& floor, std::uint64_t seed, std::size_t tills_per_terminal, std::size_t members_per_terminal)
    : floor_{floor} {
  for (std::size_t i = 0; i < floor.terminals() * tills_per_terminal; ++i) {
    auto desk = std::make_unique<Desk>(
        Desk{"till-" + std::to_string(i + 1), i % floor.terminals(), base::SeededRng{seed * 1'000 + i}, {}, {}, 0});
    for (std::size_t terminal = 0; terminal < floor.terminals(); ++terminal) {
      const auto key = floor.ask_terminal(terminal, {"till", desk->name});
      const auto door = "http://127.0.0.1:" + std::to_string(floor.counter(terminal).port());
      desk->doors.push_back(
          std::make_unique<demo::Till>(door, desk->name, key.at("key"), key.at("secret"), demo::Between::faults));
    }
    desks_.push_back(std::move(desk));
  }
  for (std::size_t i = 0; i < floor.terminals(); ++i) enrol_members(i, members_per_terminal);
  for (std::size_t i = 0; i < floor.terminals(); ++i) {
    wait_until("a terminal to know every member", [&] {
      for (const auto& member : members_) {
        try {
          static_cast<void>(floor_.look_up(i, member.number));
        } catch (const Stuck&) { return false; }
      }
      return floor_.drained(i);
    });
  }
}

Tills::~Tills() {
  closing_ = true;
  giving_up_ = true;
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Tills::enrol_members(std::size_t terminal, std::size_t count) {
  auto& desk = *desks_.at(terminal);
  for (std::size_t i = 0; i < count; ++i) enrol(desk);
  const auto journal = floor_.ask_terminal(terminal, {"journal", "--all"});
  for (const auto& entry : journal.at("entries")) {
    if (!entry.contains("member")) continue;
    const auto number = entry.at("member").get<std::string>();
    const auto view = floor_.look_up(terminal, number);
    members_.push_back({number, view.at("code").get<std::string>()});
  }
}

void Tills::start() {
  for (auto& desk : desks_) threads_.emplace_back([this, &desk] { work(*desk); });
}

void Tills::finish() {
  closing_ = true;
  std::atomic<bool> all_done{false};
  std::thread joiner{[&] {
    for (auto& thread : threads_) thread.join();
    all_done = true;
  }};
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{last_sale_ms};
  while (!all_done && std::chrono::steady_clock::now() < until) pause_ms(20);
  const bool in_time = all_done;
  giving_up_ = true;
  joiner.join();
  threads_.clear();
  if (!in_time) throw Stuck{"a till could not get its last sale through"};
}

Told Tills::told() const {
  const std::lock_guard lock{mutex_};
  return told_;
}

TillCounts Tills::counts() const {
  const std::lock_guard lock{mutex_};
  return counts_;
}

void Tills::work(Desk& desk) {
  while (!closing_) {
    if (desk.rng.chance(1, 25))
      enrol(desk);
    else
      sell(desk);
    pause_ms(static_cast<int>(desk.rng.below(30)));
  }
}

void Tills::enrol(Desk& desk) {
  const auto phone = phone_number(next_phone_++);
  const auto answer = insist(desk, desk.home, "/v1/members", json{{"phone", phone}}.dump());
  if (answer.is_null()) return;
  const std::lock_guard lock{mutex_};
  told_.phones.insert(phone);
}

void Tills::sell(Desk& desk) {
  demo::Basket basket;
  basket.transaction = std::to_string(++desk.sales);
  basket.total_minor = 500 + static_cast<std::int64_t>(desk.rng.below(5'000));
  // A sale that two terminals record earns nothing here to tell apart: no member, no coupon.
  const bool at_both = floor_.terminals() > 1 && desk.rng.chance(1, 8);
  const auto member = desk.rng.below(members_.size());
  if (!at_both && desk.rng.chance(4, 5)) basket.member_code = members_.at(member).code;
  if (!at_both && !desk.coupons.empty() && desk.rng.chance(1, 3)) {
    const auto coupon = desk.coupons.back();
    if (desk.rng.chance(4, 5)) desk.coupons.pop_back();  // else it is shown once more later
    basket.total_minor = coupon_from_minor + 1'000;
    basket.member_code = members_.at(coupon.member).code;
    basket.coupons = {coupon.code};
    basket.coupon_minor = coupon_value_minor;
  }
  const auto& home = *desk.doors.at(desk.home);
  const auto body = home.sale_body(basket);
  const auto key =
      desk.name + " " + json::parse(body).at("business_date").get<std::string>() + " " + basket.transaction;
  const auto answer = insist(desk, desk.home, "/v1/sales", body);
  if (answer.is_null()) return;
  keep(desk, key, answer, true);
  if (!at_both) return;
  const auto again = insist(desk, (desk.home + 1) % floor_.terminals(), "/v1/sales", body);
  if (!again.is_null()) keep(desk, key, again, false);
}

json Tills::insist(Desk& desk, std::size_t terminal, const std::string& path, const std::string& body) {
  while (!giving_up_) {
    const auto answer = desk.doors.at(terminal)->post(path, body);
    const bool usable = answer.status == 200 && answer.body.is_object();
    {
      const std::lock_guard lock{mutex_};
      ++counts_.requests;
      if (!usable) ++counts_.unanswered;
      if (answer.status != 0 && answer.status != 200) ++counts_.refusals[answer.status];
      // Whatever the line does, the same sale again is never another sale, and never a bad one.
      if (answer.status == 409) ++told_.contradictions["a repeated sale was called changed"];
      if (answer.status == 422) ++told_.contradictions["a sale was refused for good: " + answer.body.dump()];
    }
    if (usable) return answer.body;
    pause_ms(pause_after_failure_ms);
  }
  return {};
}

void Tills::keep(Desk& desk, const std::string& key, const json& answer, bool first) {
  const std::lock_guard lock{mutex_};
  ++told_.sales[key];
  if (!answer.value("recorded", false)) ++told_.contradictions["an answer without \"recorded\""];
  if (!first) return;
  if (answer.contains("member"))
    told_.points[answer.at("member").get<std::string>()] += answer.value("points_earned", std::int64_t{0});
  for (const auto& coupon : answer.at("redeemed")) {
    if (!told_.redeemed.insert(coupon.at("coupon").get<std::string>()).second)
      ++told_.contradictions["a coupon was honoured twice"];
  }
  if (!answer.contains("coupon")) return;
  const auto& coupon = answer.at("coupon");
  if (!told_.coupons.insert(coupon.at("coupon").get<std::string>()).second)
    ++told_.contradictions["a coupon was issued twice"];
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].number == answer.value("member", ""))
      desk.coupons.push_back({coupon.at("code").get<std::string>(), i});
  }
}

}  // namespace millpond::chaos
