// SPDX-License-Identifier: Apache-2.0
// ConsentDesk: what members have agreed to, as a screen shows it and lets them change it, and how old they have said to
// be. What was said here a moment ago counts until the hub has told of it, also without a line; it does not outlive the
// program, the fact does, so that after a restart before the next sync somebody is asked once more. Any thread but the
// journal's own. The shop is borrowed and outlives it.
#pragma once

#include "kiosk/flow/flow.h"
#include "kiosk/service/shop.h"
#include "sync/terminal/consent.h"
#include "sync/terminal/terminal_values.h"

#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace millpond::service {

class ConsentDesk {
 public:
  explicit ConsentDesk(Shop& shop) : shop_{shop} {}

  // Each purpose that the programme has words for, and another one as long as it is agreed to.
  [[nodiscard]] std::vector<flow::ConsentStanding> standing(base::MemberId member);
  // Years that the member has said to be at least, by the hub's word or by what was said here since; 0: not told.
  [[nodiscard]] std::int32_t told_age_min(const terminal::MemberView& member);
  // What somebody who was enrolled here said. Repeating it changes nothing.
  void hear_age(const terminal::MemberView& enrolled);
  // Errors: those of terminal::change_consent().
  [[nodiscard]] base::Result<> change(const terminal::ConsentAsk& ask);

 private:
  struct Said {
    bool granted{};
    std::uint32_t seen{};  // the hub's version then; a later one is the hub's answer
  };
  static constexpr std::size_t said_max = 1'000;
  void note_age(base::MemberId member, std::int32_t age_min);

  Shop& shop_;
  std::mutex mutex_;
  std::map<std::pair<base::MemberId, model::Purpose>, Said> said_;  // guarded by mutex_
  std::map<base::MemberId, std::int32_t> told_;                     // years; guarded by mutex_
};

}  // namespace millpond::service
