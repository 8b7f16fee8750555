// SPDX-License-Identifier: Apache-2.0
// Tills: what stands outside and remembers. Each till has a thread that posts sales to its terminal and repeats each
// until it is answered, as docs/till.md asks tills to do; some are posted to a second terminal too, as by a till that
// failed over and does not know. What a till was told is kept here, in no program under attack.
#pragma once

#include "tests/chaos/floor.h"

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace millpond::chaos {

struct Member {
  std::string number;  // "M-..."
  std::string code;    // as on the member's card
};

// What tills were told, summed up as it must stand at the hub.
struct Told {
  std::map<std::string, std::size_t> sales;    // "till date transaction": how many terminals recorded it
  std::map<std::string, std::int64_t> points;  // by member
  std::set<std::string> coupons;               // issued
  std::set<std::string> redeemed;
  std::set<std::string> phones;                       // enrolments that were accepted
  std::map<std::string, std::size_t> contradictions;  // what no answer may say
};

struct TillCounts {
  std::uint64_t requests{};
  std::uint64_t unanswered{};             // no answer, or none that a till can use
  std::map<int, std::uint64_t> refusals;  // by HTTP status
};

class Tills {
 public:
  // Enrols members at every terminal and waits until all terminals know all of them. Lines must be quiet.
  Tills(Floor& floor, std::uint64_t seed, std::size_t tills_per_terminal, std::size_t members_per_terminal);
  ~Tills();
  Tills(const Tills&) = delete;
  Tills& operator=(const Tills&) = delete;

  void start();
  void finish();  // each till gets its last sale through, and stops; throws Stuck when one cannot

  [[nodiscard]] Told told() const;
  [[nodiscard]] TillCounts counts() const;

 private:
  struct Desk;  // one till
  struct Coupon;

  void enrol_members(std::size_t terminal, std::size_t count);
  void work(Desk& desk);
  void sell(Desk& desk);
  void enrol(Desk& desk);
  // The answer to a request that was repeated until it came; null when giving up.
  nlohmann::json insist(Desk& desk, std::size_t terminal, const std::string& path, const std::string& body);
  void keep(Desk& desk, const std::string& key, const nlohmann::json& answer, bool first);

  Floor& floor_;
  std::vector<Member> members_;
  std::vector<std::unique_ptr<Desk>> desks_;
  std::vector<std::thread> threads_;
  std::atomic<bool> closing_{false};
  std::atomic<bool> giving_up_{false};
  std::atomic<std::uint64_t> next_phone_{0};
  mutable std::mutex mutex_;
  Told told_;          // guarded by mutex_
  TillCounts counts_;  // guarded by mutex_
};

}  // namespace millpond::chaos
