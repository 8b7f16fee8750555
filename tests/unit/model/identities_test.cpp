// SPDX-License-Identifier: Apache-2.0
#include "sync/model/identities.h"

#include "sync/base/rng.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <map>
#include <set>
#include <string>

using namespace millpond;
using base::MemberId;
using model::AgeVerdict;
using model::Identity;
using model::IdentityKind;
using model::IdentityState;
using model::LinkAdvice;
using model::LinkProposal;
using model::MemberPool;
using model::PoolEvents;

namespace {

constexpr std::size_t numbers_max = 16;

Identity identity(IdentityKind kind, std::uint8_t subject, std::string issuer = "") {
  return {kind, std::move(issuer), {subject}};
}
Identity phone(std::uint8_t subject) { return identity(IdentityKind::phone, subject); }

model::EventOrder order(std::int64_t at_ms) { return {at_ms, {1}, {1}, {1}}; }

model::EnrolledEvent enrolled(std::uint64_t member, std::int64_t at_ms,
                              model::OriginChannel channel = model::OriginChannel::kiosk, std::uint32_t campaign = 0) {
  return {{member}, {channel, {campaign}, {1}, {}, {}}, order(at_ms)};
}
model::IdentityEvent verified(std::uint64_t member, Identity of, std::int64_t at_ms = 100) {
  return {{member}, std::move(of), IdentityState::verified, order(at_ms)};
}

std::vector<MemberId> ids(std::vector<std::uint64_t> numbers) {
  std::vector<MemberId> list;
  for (const auto number : numbers) list.push_back({number});
  return list;
}

}  // namespace

TEST_CASE("Only verified identities of one person's kind link by themselves", "[identities]") {
  struct Row {
    std::string what;
    std::vector<model::IdentityEvent> identities;
    std::vector<LinkProposal> proposals;
  };
  const auto claimed = [](std::uint64_t member, Identity of, std::int64_t at_ms) {
    return model::IdentityEvent{{member}, std::move(of), IdentityState::claimed, order(at_ms)};
  };
  const auto dropped = [](std::uint64_t member, Identity of, std::int64_t at_ms) {
    return model::IdentityEvent{{member}, std::move(of), IdentityState::dropped, order(at_ms)};
  };
  const auto card = identity(IdentityKind::card_token, 5, "acquirer");
  for (const auto& row : std::vector<Row>{
           {"nothing in common", {verified(1, phone(1)), verified(2, phone(2))}, {}},
           {"one phone", {verified(1, phone(1)), verified(2, phone(1))}, {{{2}, {1}, phone(1), LinkAdvice::merge}}},
           {"a typed phone", {verified(1, phone(1)), claimed(2, phone(1), 100)}, {}},
           {"one openid of two apps",
            {verified(1, identity(IdentityKind::wechat_openid, 5, "a")),
             verified(2, identity(IdentityKind::wechat_openid, 5, "b"))},
            {}},
           {"one number as openid and as unionid",
            {verified(1, identity(IdentityKind::wechat_openid, 5)),
             verified(2, identity(IdentityKind::wechat_unionid, 5))},
            {}},
           {"one card", {verified(1, card), verified(2, card)}, {{{2}, {1}, card, LinkAdvice::review}}},
           {"a card of those whom a phone merges",
            {verified(1, card), verified(2, card), verified(1, phone(1)), verified(2, phone(1))},
            {{{2}, {1}, phone(1), LinkAdvice::merge}}},
           {"a phone that was given up",
            {verified(1, phone(1), 10), dropped(1, phone(1), 20), verified(2, phone(1), 30)},
            {}},
           {"and verified again",
            {verified(1, phone(1), 40), dropped(1, phone(1), 20), verified(2, phone(1), 30)},
            {{{2}, {1}, phone(1), LinkAdvice::merge}}},
           {"three in a row",
            {verified(3, phone(1)), verified(2, phone(1)), verified(2, phone(2)), verified(1, phone(2))},
            {{{3}, {2}, phone(1), LinkAdvice::merge}, {{2}, {1}, phone(2), LinkAdvice::merge}}}}) {
    CAPTURE(row.what);
    const MemberPool pool{{{enrolled(1, 1), enrolled(2, 2), enrolled(3, 3)}, row.identities, {}, {}}};
    CHECK(pool.proposals(numbers_max) == row.proposals);
  }
}

TEST_CASE("A merge keeps every number valid and can be undone", "[identities]") {
  PoolEvents events{
      {enrolled(1, 10), enrolled(2, 5), enrolled(3, 20), enrolled(4, 1)}, {}, {{70, {1}, {2}}, {71, {3}, {1}}}, {}};
  const MemberPool merged{events};
  for (const auto number : {1, 2, 3}) {
    CHECK(merged.person_of({static_cast<std::uint64_t>(number)}) == MemberId{2});
    CHECK(merged.numbers_of({static_cast<std::uint64_t>(number)}) == ids({2, 1, 3}));
  }
  CHECK(merged.merges_of({3}) == std::vector<std::uint64_t>{70, 71});
  CHECK(merged.person_of({4}) == MemberId{4});
  CHECK(merged.person_of({99}) == MemberId{99});  // whose enrolment is still on its way
  CHECK(merged.numbers_of({99}) == ids({99}));

  events.unmerges = {{70}};
  const MemberPool undone{events};
  CHECK(undone.numbers_of({2}) == ids({2}));
  CHECK(undone.numbers_of({3}) == ids({1, 3}));
  CHECK(undone.merges_of({1}) == std::vector<std::uint64_t>{71});
}

TEST_CASE("The root is the number that no merge points away from, whoever enrolled first", "[identities]") {
  const std::vector<model::EnrolledEvent> all{enrolled(1, 10), enrolled(2, 20), enrolled(3, 30)};
  struct Row {
    std::vector<model::MergeEvent> merges;
    std::uint64_t root;
  };
  for (const auto& row : std::vector<Row>{{{{70, {1}, {2}}, {71, {2}, {3}}}, 3},
                                          {{{70, {1}, {3}}, {71, {2}, {3}}}, 3},
                                          {{{70, {3}, {1}}, {71, {3}, {2}}}, 1},  // two hubs' words at once
                                          {{{70, {1}, {2}}, {71, {2}, {3}}, {72, {3}, {1}}}, 1},
                                          {{{70, {1}, {1}}}, 1}}) {
    CHECK(MemberPool{{all, {}, row.merges, {}}}.person_of({1}) == MemberId{row.root});
  }
}

TEST_CASE("Where somebody came from is kept for ever", "[identities]") {
  PoolEvents events{{enrolled(1, 10, model::OriginChannel::parcel_code, 7), enrolled(2, 5, model::OriginChannel::kiosk),
                     enrolled(1, 3'000, model::OriginChannel::import)},
                    {},
                    {{70, {2}, {1}}},
                    {}};
  const MemberPool pool{events};
  CHECK(pool.origin_of({1})->channel == model::OriginChannel::parcel_code);
  CHECK(pool.origin_of({1})->campaign == base::CampaignId{7});
  CHECK(pool.person_origin({1})->channel == model::OriginChannel::kiosk);
  CHECK(pool.origin_of({2})->channel == model::OriginChannel::kiosk);
  CHECK_FALSE(pool.origin_of({3}));
}

TEST_CASE("What a person undid, no job does again", "[identities]") {
  PoolEvents events{{enrolled(1, 1), enrolled(2, 2), enrolled(3, 3)},
                    {verified(1, phone(1)), verified(2, phone(1)), verified(2, phone(2)), verified(3, phone(2)),
                     verified(1, phone(3)), verified(3, phone(3))},
                    {{70, {2}, {1}}},
                    {{70}}};
  const MemberPool pool{events};
  // 3 joins 2 by a phone; then 1 would be brought back by way of 3, which was said already.
  CHECK(pool.proposals(numbers_max) == std::vector<LinkProposal>{{{2}, {1}, phone(1), LinkAdvice::kept_apart},
                                                                 {{3}, {2}, phone(2), LinkAdvice::merge}});
  events.merges.push_back({80, {2}, {1}});  // a person thinks again
  CHECK(MemberPool{events}.person_of({2}) == MemberId{1});
  CHECK(pool.holder_of(phone(2)) == MemberId{2});
  CHECK_FALSE(pool.holder_of(phone(9)));
}

TEST_CASE("A person has only so many numbers", "[identities]") {
  const MemberPool pool{{{enrolled(1, 1), enrolled(2, 2), enrolled(3, 3)},
                         {verified(1, phone(1)), verified(2, phone(1)), verified(3, phone(1))},
                         {},
                         {}}};
  CHECK(pool.proposals(2) ==
        std::vector<LinkProposal>{{{2}, {1}, phone(1), LinkAdvice::merge}, {{3}, {1}, phone(1), LinkAdvice::too_many}});
}

namespace {

constexpr std::uint64_t members = 8;

template <class T>
void shuffle(std::vector<T>& list, base::SeededRng& rng) {
  for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[rng.below(i)]);
}

Identity random_identity(base::SeededRng& rng, bool by_itself) {
  const auto kind = by_itself ? 1 + rng.below(3) : 1 + rng.below(9);
  return identity(static_cast<IdentityKind>(kind), static_cast<std::uint8_t>(rng.below(4)),
                  rng.chance(1, 2) ? "a" : "b");
}

// The numbers of each person, found by looking at everything until nothing changes.
std::set<std::set<std::uint64_t>> partition(const MemberPool& pool) {
  std::set<std::set<std::uint64_t>> people;
  for (std::uint64_t member = 1; member <= members; ++member) {
    std::set<std::uint64_t> numbers;
    for (const auto number : pool.numbers_of({member})) numbers.insert(number.value);
    people.insert(numbers);
  }
  return people;
}

}  // namespace

TEST_CASE("The pool does not depend on the order of its events, nor on how often they come", "[identities]") {
  std::size_t merged = 0;
  for (std::uint64_t seed = 1; seed <= 800; ++seed) {
    CAPTURE(seed);
    base::SeededRng rng{seed};
    PoolEvents events;
    for (int i = 0; i < 10; ++i) {
      events.enrolled.push_back(enrolled(1 + rng.below(members), static_cast<std::int64_t>(rng.below(5)),
                                         static_cast<model::OriginChannel>(1 + rng.below(9))));
    }
    for (int i = 0; i < 16; ++i) {
      auto event =
          verified(1 + rng.below(members), random_identity(rng, false), static_cast<std::int64_t>(rng.below(9)));
      event.state = static_cast<IdentityState>(1 + rng.below(3));
      events.identities.push_back(event);
    }
    for (std::uint64_t merge = 1; merge <= 5; ++merge) {
      events.merges.push_back({merge, {1 + rng.below(members)}, {1 + rng.below(members)}});
    }
    for (std::uint64_t i = rng.below(3); i > 0; --i) events.unmerges.push_back({1 + rng.below(7)});
    const MemberPool pool{events};
    auto other = events;
    for (const auto& event : events.merges) other.merges.push_back(event);
    for (const auto& event : events.identities) other.identities.push_back(event);
    for (const auto& event : events.enrolled) other.enrolled.push_back(event);
    shuffle(other.enrolled, rng);
    shuffle(other.identities, rng);
    shuffle(other.merges, rng);
    shuffle(other.unmerges, rng);
    const MemberPool again{other};
    for (std::uint64_t member = 1; member <= members; ++member) {
      CHECK(pool.person_of({member}) == again.person_of({member}));
      CHECK(pool.numbers_of({member}) == again.numbers_of({member}));
      CHECK(pool.merges_of({member}) == again.merges_of({member}));
      CHECK(pool.origin_of({member}) == again.origin_of({member}));
      CHECK(pool.person_origin({member}) == again.person_origin({member}));
      merged += pool.numbers_of({member}).size() > 1 ? 1 : 0;
    }
    for (const auto& event : events.identities)
      CHECK(pool.holder_of(event.identity) == again.holder_of(event.identity));
    CHECK(pool.proposals(3) == again.proposals(3));
    CHECK(pool.proposals(numbers_max) == again.proposals(numbers_max));
  }
  CHECK(merged > 1'000);
}

TEST_CASE(
    "Whenever the job runs, those who share a verified identity end as one person, and its first number stands "
    "for it",
    "[identities]") {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    base::SeededRng rng{seed};
    std::vector<model::EnrolledEvent> enrolments;
    for (std::uint64_t member = 1; member <= members; ++member) {
      enrolments.push_back(enrolled(member, static_cast<std::int64_t>(rng.below(1'000))));
    }
    std::vector<model::IdentityEvent> identities;
    for (int i = 0; i < 10; ++i) identities.push_back(verified(1 + rng.below(members), random_identity(rng, true)));
    // People from the sentence: sets that share something are one set, until nothing is shared.
    std::map<std::uint64_t, std::uint64_t> colour;
    for (std::uint64_t member = 1; member <= members; ++member) colour[member] = member;
    for (std::uint64_t round = 0; round < members; ++round) {
      for (const auto& a : identities) {
        for (const auto& b : identities) {
          if (a.identity != b.identity) continue;
          const auto least = std::min(colour[a.member.value], colour[b.member.value]);
          colour[a.member.value] = colour[b.member.value] = least;
        }
      }
    }
    std::map<std::uint64_t, std::set<std::uint64_t>> by_colour;
    for (const auto& [member, of] : colour) by_colour[of].insert(member);
    std::set<std::set<std::uint64_t>> expected;
    for (const auto& [of, numbers] : by_colour) expected.insert(numbers);

    // Events trickle in, in any order, and the job runs whenever it likes.
    PoolEvents events;
    std::uint64_t merges = 0;
    const auto run_job = [&] {
      for (const auto& proposal : MemberPool{events}.proposals(numbers_max)) {
        if (proposal.advice == LinkAdvice::merge) events.merges.push_back({++merges, proposal.from, proposal.into});
      }
    };
    shuffle(enrolments, rng);
    shuffle(identities, rng);
    while (!enrolments.empty() || !identities.empty()) {
      if (!enrolments.empty() && rng.chance(1, 2)) {
        events.enrolled.push_back(enrolments.back());
        enrolments.pop_back();
      }
      if (!identities.empty() && rng.chance(1, 2)) {
        events.identities.push_back(identities.back());
        identities.pop_back();
      }
      if (rng.chance(1, 3)) run_job();
    }
    run_job();
    const MemberPool pool{events};
    CHECK(partition(pool) == expected);
    CHECK(pool.proposals(numbers_max).empty());

    // And a merge that is undone leaves the others as they are, and stays undone.
    if (events.merges.empty()) continue;
    const auto wrong = events.merges[rng.below(events.merges.size())];
    auto without = events;
    std::erase_if(without.merges, [&](const auto& merge) { return merge.merge == wrong.merge; });
    events.unmerges.push_back({wrong.merge});
    CHECK(partition(MemberPool{events}) == partition(MemberPool{without}));
    run_job();
    const MemberPool after{events};
    CHECK(after.person_of(wrong.from) != after.person_of(wrong.into));
  }
}

TEST_CASE("Somebody under 14 needs a guardian or is refused", "[identities]") {
  const auto date = [](const char* text) { return *base::parse_date(text); };
  struct Row {
    std::optional<base::LocalDate> birthday;
    base::LocalDate today;
    AgeVerdict verdict;
  };
  for (const auto& row : std::vector<Row>{{std::nullopt, date("2026-11-22"), AgeVerdict::may_join},
                                          {date("2012-11-21"), date("2026-11-22"), AgeVerdict::may_join},
                                          {date("2012-11-22"), date("2026-11-22"), AgeVerdict::needs_guardian},
                                          {date("2012-02-29"), date("2026-03-01"), AgeVerdict::needs_guardian},
                                          {date("2012-02-29"), date("2026-03-02"), AgeVerdict::may_join},
                                          {date("2026-11-22"), date("2026-11-22"), AgeVerdict::needs_guardian},
                                          {date("2026-11-23"), date("2026-11-22"), AgeVerdict::refused}}) {
    CHECK(model::age_verdict(row.birthday, row.today, {14, true}) == row.verdict);
    const auto alone = row.verdict == AgeVerdict::may_join ? AgeVerdict::may_join : AgeVerdict::refused;
    CHECK(model::age_verdict(row.birthday, row.today, {14, false}) == alone);
  }
}
