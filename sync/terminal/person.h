// SPDX-License-Identifier: Apache-2.0
// Person: who a member number stands for. The hub may have found that two numbers are one person; then both stay good
// for ever, and what is shown, earned and honoured here is that of the person. Inside `terminal` only. A value.
#pragma once

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

// What was earned here, under any of the numbers, that the hub's word does not hold yet.
[[nodiscard]] base::Result<std::int64_t> pending_points(store::Transaction& transaction, const Person& person);

}  // namespace millpond::terminal
