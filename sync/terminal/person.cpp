// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/person.h"

#include <algorithm>

namespace millpond::terminal {
namespace {

using SumSince = base::Result<std::int64_t> (store::Transaction::*)(base::MemberId, std::uint64_t);

// Over all numbers of a person, of what the hub's word does not hold yet.
base::Result<std::int64_t> sum_since(store::Transaction& transaction, const Person& person, SumSince of) {
  const auto since = person.row ? person.row->as_of_position : 0;
  MILLPOND_TRY(auto sum, (transaction.*of)(person.member, since));
  for (const auto other : person.others) {
    MILLPOND_TRY(const auto more, (transaction.*of)(other, since));
    sum += more;
  }
  return sum;
}

}  // namespace

base::Result<Person> person_of(store::Replica& replica, base::MemberId member) {
  Person person{member, std::nullopt, {}};
  MILLPOND_TRY(person.row, replica.find_member(member));
  if (!person.row) return person;
  if (const auto whose = person.row->row.same_as) {
    auto row = replica.find_member(whose);
    if (!row) return std::move(row).error();
    if (!*row) return person;  // its page has not come yet
    person.member = whose;
    *person.row = std::move(**row);
  }
  person.others = person.row->row.aliases;
  const bool listed = std::ranges::find(person.others, member) != person.others.end();
  if (member != person.member && !listed) person.others.push_back(member);
  return person;
}

base::MemberId person_number(store::Replica& replica, base::MemberId member) {
  const auto person = person_of(replica, member);
  return person ? person->member : member;
}

base::Result<std::int64_t> pending_visits(store::Transaction& transaction, const Person& person) {
  return sum_since(transaction, person, &store::Transaction::visits_since);
}

base::Result<std::int64_t> pending_points(store::Transaction& transaction, const Person& person) {
  return sum_since(transaction, person, &store::Transaction::points_since);
}

base::Result<std::int64_t> spendable_points(store::Transaction& transaction, const Person& person,
                                            const model::Programme* rules, base::LocalDate today) {
  const auto told = person.row ? wire::points_on(person.row->row, today) : wire::PointsOnDay{};
  auto points = told.points - told.pending;
  if (rules == nullptr || !rules->lots || rules->lots->pending_days == 0) {
    MILLPOND_TRY(const auto since, pending_points(transaction, person));
    return points + since;
  }
  MILLPOND_TRY(const auto taken, sum_since(transaction, person, &store::Transaction::points_taken_since));
  points += taken;
  return points;
}

}  // namespace millpond::terminal
