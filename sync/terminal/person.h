// SPDX-License-Identifier: Apache-2.0
// Person: who a member number stands for. The hub may have found that two numbers are one person; then both stay good
// for ever, and what is shown, earned and honoured here is that of the person. Inside `terminal` only. A value.
#pragma once

#include "sync/model/programme.h"
#include "sync/store/journal.h"
#include "sync/store/replica.h"

namespace millpond::terminal {

struct Person {
  base::MemberId member;                    // the number to go on with
  std::optional<store::ReplicaMember> row;  // the hub's word about all numbers together
  std::vector<base::MemberId> others;       // numbers that mean the same
};

// A number that the replica does not know stands for itself. Errors of the replica.
[[nodiscard]] base::Result<Person> person_of(store::Replica& replica, base::MemberId member);

// The number to go on with; the number itself while the replica cannot be read.
[[nodiscard]] base::MemberId person_number(store::Replica& replica, base::MemberId member);

// Paid sales here, under any of the numbers, that the hub's word does not hold yet; those of the action under way too.
[[nodiscard]] base::Result<std::int64_t> pending_visits(store::Transaction& transaction, const Person& person);

// What was earned here, under any of the numbers, that the hub's word does not hold yet.
[[nodiscard]] base::Result<std::int64_t> pending_points(store::Transaction& transaction, const Person& person);

// Points that the person may spend today: neither those that are not good yet nor those whose last day is over, and of
// what was earned here since only what is good at once. Below zero while there is debt.
[[nodiscard]] base::Result<std::int64_t> spendable_points(store::Transaction& transaction, const Person& person,
                                                          const model::Programme* rules, base::LocalDate today);

}  // namespace millpond::terminal
