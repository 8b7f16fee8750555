// SPDX-License-Identifier: Apache-2.0
// Crowd: people who photograph every coupon code and member card that they see and show them at every till. It knows
// what they got by it from the facts that the hub holds, which it adds up without the product's rules. One thread.
#pragma once

#include "sync/base/rng.h"
#include "sync/hub/core/hub_store.h"
#include "sync/model/facts.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace millpond::simulation {

class Crowd {
 public:
  struct Picture {
    std::string code;
    base::MemberId member;
    base::TerminalId issuer;
    std::set<std::uint32_t> shown_at{};  // shops; two copies of a terminal stand in two
  };

  void photographs(Picture picture);
  // Whoever cuts lines knows it: coupons of such a terminal are worth showing everywhere else, and there as well.
  void knows_isolated(base::TerminalId terminal) { isolated_.insert(terminal); }
  void knows_all_back() { isolated_.clear(); }
  // Members who spend all that they have at every till, before these hear of each other.
  struct Spender {
    base::MemberId member;
    std::int64_t points{};
  };
  void sends(std::vector<Spender> spenders) { spenders_ = std::move(spenders); }
  [[nodiscard]] const Spender* spender(base::Rng& rng) const;
  // One that was not shown there yet: of an isolated terminal, or else of the newest, because the holder of its right
  // changes soon; sometimes one that was. nullptr while there is none.
  [[nodiscard]] const Picture* shows(std::uint32_t shop, base::Rng& rng);

  // Everything that the hub has stored since the last call. Errors: the store's own.
  [[nodiscard]] base::Result<> read(hub::HubStore& store);

  // Of all that was read so far.
  struct Takings {
    std::uint64_t coupons{};          // honoured at least once
    std::uint64_t provisional{};      // uses
    std::uint64_t confirmed_twice{};  // coupons; two people were told that it is certain
    std::uint64_t held_twice{};       // the same of a terminal of which two copies live: by one of each at the most
    std::uint64_t losses{};           // uses beyond the one that each coupon is for, and those refused after payment
    // Of these at most so many more may be booked: of a coupon whose use somebody took back, the uses that came before
    // that word count as losses, and one of them would have stood.
    std::uint64_t taken_back{};
    std::int64_t taken_back_minor{};
    std::int64_t loss_minor{};         // of these
    std::int64_t provisional_minor{};  // of these, by provisional uses: what the announced bound is about
    std::map<base::TerminalId, std::int64_t> provisional_minor_at;  // the same by terminal
    std::string first_confirmed_twice;                              // for a person who looks into it
  };
  // cloned: of which two copies live; 0: none.
  [[nodiscard]] Takings takings(base::TerminalId cloned) const;

 private:
  struct Uses {
    std::uint32_t certain{};
    std::vector<base::TerminalId> provisional;  // in the hub's order
    std::uint32_t refused{};                    // and paid all the same
    bool taken_back{};
    std::int64_t value_minor{};
    std::string told;
  };
  void read_fact(const model::Fact& fact);

  std::vector<Picture> pictures_;
  std::set<base::TerminalId> isolated_;
  std::vector<Spender> spenders_;
  std::map<base::CouponId, Uses> uses_;
  std::uint64_t position_{};
};

}  // namespace millpond::simulation
