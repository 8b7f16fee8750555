// SPDX-License-Identifier: Apache-2.0
#include "sync/model/identities.h"

#include <algorithm>
#include <tuple>

namespace millpond::model {
namespace {

using Pair = std::pair<base::MemberId, base::MemberId>;

// Groups that grow together, and what must not get into one group.
class Groups {
 public:
  explicit Groups(const std::set<Pair>& apart) : apart_{apart} {}

  base::MemberId root_of(base::MemberId member) {
    while (true) {
      const auto up = parents_.find(member);
      if (up == parents_.end()) return member;
      const auto above = parents_.find(up->second);
      if (above != parents_.end()) up->second = above->second;  // halves the way for whoever asks next
      member = up->second;
    }
  }
  void join(base::MemberId from, base::MemberId into) {
    from = root_of(from);
    into = root_of(into);
    if (from == into) return;
    parents_[from] = into;
    auto joining = members_.extract(from);
    auto& group = members_[into];
    group.insert(into);
    group.insert(from);
    if (!joining.empty()) group.insert(joining.mapped().begin(), joining.mapped().end());
  }
  [[nodiscard]] std::set<base::MemberId> members_of(base::MemberId root) const {
    const auto found = members_.find(root);
    return found == members_.end() ? std::set{root} : found->second;
  }
  [[nodiscard]] bool kept_apart(base::MemberId a, base::MemberId b) const {
    const auto others = members_of(b);
    for (const auto one : members_of(a)) {
      for (auto pair = apart_.lower_bound({one, {}}); pair != apart_.end() && pair->first == one; ++pair) {
        if (others.contains(pair->second)) return true;
      }
    }
    return false;
  }

 private:
  const std::set<Pair>& apart_;
  std::map<base::MemberId, base::MemberId> parents_;
  std::map<base::MemberId, std::set<base::MemberId>> members_;
};

}  // namespace

bool links_by_itself(IdentityKind kind) {
  switch (kind) {
    case IdentityKind::phone:
    case IdentityKind::wechat_openid:
    case IdentityKind::wechat_unionid:
    case IdentityKind::alipay_user:
    case IdentityKind::shop_member:
    case IdentityKind::face_pay_user:
      return true;
    case IdentityKind::card_token:
    case IdentityKind::payer_token:
    case IdentityKind::imported:
      break;
  }
  return false;
}

MemberPool::MemberPool(const PoolEvents& events) {
  note_enrolments(events.enrolled);
  note_identities(events.identities);
  note_merges(events);
}

void MemberPool::note_enrolments(std::span<const EnrolledEvent> events) {
  for (const auto& event : events) {
    const auto [entry, is_new] = enrolled_.try_emplace(event.member, Enrolled{event.order, event.origin});
    const auto& known = entry->second;
    if (is_new || std::tie(known.order, known.origin) <= std::tie(event.order, event.origin)) continue;
    entry->second = {event.order, event.origin};
  }
}

void MemberPool::note_identities(std::span<const IdentityEvent> events) {
  std::map<std::pair<base::MemberId, Identity>, EventOrder> dropped;
  for (const auto& event : events) {
    if (event.state != IdentityState::dropped) continue;
    auto& last = dropped.try_emplace({event.member, event.identity}, event.order).first->second;
    last = std::max(last, event.order);
  }
  for (const auto& event : events) {
    if (event.state != IdentityState::verified) continue;
    const auto drop = dropped.find({event.member, event.identity});
    if (drop != dropped.end() && event.order <= drop->second) continue;
    auto& since = verified_[event.identity].try_emplace(event.member, event.order).first->second;
    since = std::min(since, event.order);
  }
}

bool MemberPool::is_before(base::MemberId a, base::MemberId b) const {
  const auto at_a = enrolled_.find(a);
  const auto at_b = enrolled_.find(b);
  if (at_a != enrolled_.end() && at_b != enrolled_.end() && at_a->second.order != at_b->second.order) {
    return at_a->second.order < at_b->second.order;
  }
  // Whose enrolment has not been heard of yet stands back.
  const bool heard_a = at_a != enrolled_.end();
  const bool heard_b = at_b != enrolled_.end();
  return heard_a != heard_b ? heard_a : a < b;
}

void MemberPool::note_merges(const PoolEvents& events) {
  std::set<std::uint64_t> unmerged;
  for (const auto& event : events.unmerges) unmerged.insert(event.merge);
  std::map<std::uint64_t, Pair> standing;
  for (const auto& event : events.merges) {
    if (event.from == event.into) continue;
    if (unmerged.contains(event.merge)) {
      undone_.insert({event.from, event.into});
      undone_.insert({event.into, event.from});
    } else {
      standing.emplace(event.merge, Pair{event.from, event.into});
    }
  }
  Groups groups{undone_};
  std::set<base::MemberId> pointing_away;
  for (const auto& [merge, pair] : standing) {
    groups.join(pair.first, pair.second);
    pointing_away.insert(pair.first);
  }
  std::map<base::MemberId, std::vector<std::uint64_t>> merges;
  for (const auto& [merge, pair] : standing) merges[groups.root_of(pair.first)].push_back(merge);
  for (auto& [any, list] : merges) {
    const auto numbers = groups.members_of(any);
    const auto better = [&](base::MemberId a, base::MemberId b) {
      const bool away_a = pointing_away.contains(a);
      const bool away_b = pointing_away.contains(b);
      return away_a != away_b ? away_b : is_before(a, b);
    };
    const auto root = *std::ranges::min_element(numbers, better);
    for (const auto number : numbers) roots_[number] = root;
    people_[root] = {numbers, std::move(list)};
  }
}

base::MemberId MemberPool::person_of(base::MemberId member) const {
  const auto found = roots_.find(member);
  return found == roots_.end() ? member : found->second;
}

std::vector<base::MemberId> MemberPool::numbers_of(base::MemberId member) const {
  const auto root = person_of(member);
  std::vector<base::MemberId> numbers{root};
  const auto found = people_.find(root);
  if (found == people_.end()) return numbers;
  for (const auto number : found->second.numbers) {
    if (number != root) numbers.push_back(number);
  }
  return numbers;
}

std::vector<std::uint64_t> MemberPool::merges_of(base::MemberId member) const {
  const auto found = people_.find(person_of(member));
  return found == people_.end() ? std::vector<std::uint64_t>{} : found->second.merges;
}

std::optional<Origin> MemberPool::origin_of(base::MemberId member) const {
  const auto found = enrolled_.find(member);
  if (found == enrolled_.end()) return std::nullopt;
  return found->second.origin;
}

std::optional<Origin> MemberPool::person_origin(base::MemberId member) const {
  const auto numbers = numbers_of(member);
  const auto first = std::ranges::min_element(numbers, [&](auto a, auto b) { return is_before(a, b); });
  return origin_of(*first);
}

std::optional<base::MemberId> MemberPool::holder_of(const Identity& identity) const {
  const auto found = verified_.find(identity);
  if (found == verified_.end()) return std::nullopt;
  const auto first = std::ranges::min_element(found->second, {}, [](const auto& entry) {
    return std::pair{entry.second, entry.first};
  });
  return person_of(first->first);
}

std::vector<LinkProposal> MemberPool::proposals(std::size_t numbers_max) const {
  Groups groups{undone_};
  for (const auto& [number, root] : roots_) groups.join(number, root);
  std::vector<LinkProposal> list;
  std::set<Pair> told;
  for (const bool by_itself : {true, false}) {  // what a person has to look at is told about the merged ones
    for (const auto& [identity, holders] : verified_) {
      if (links_by_itself(identity.kind) != by_itself) continue;
      std::vector<base::MemberId> people;
      for (const auto& [member, since] : holders) people.push_back(groups.root_of(member));
      std::ranges::sort(people, [&](auto a, auto b) { return is_before(a, b); });
      for (const auto person : people) {
        const auto into = groups.root_of(people.front());
        const auto from = groups.root_of(person);
        if (from == into || told.contains({from, into})) continue;
        auto advice = by_itself ? LinkAdvice::merge : LinkAdvice::review;
        if (groups.members_of(from).size() + groups.members_of(into).size() > numbers_max)
          advice = LinkAdvice::too_many;
        if (groups.kept_apart(from, into)) advice = LinkAdvice::kept_apart;
        if (advice == LinkAdvice::merge) {
          groups.join(from, into);
        } else {
          told.insert({from, into});
        }
        list.push_back({from, into, identity, advice});
      }
    }
  }
  return list;
}

AgeVerdict age_verdict(std::optional<base::LocalDate> birthday, base::LocalDate today, const JoiningRule& rule) {
  if (!birthday) return AgeVerdict::may_join;
  const auto born = base::to_civil(*birthday);
  const auto year = born.year + rule.age_min;
  const auto last_of_february = base::to_civil({base::to_local_date({year, 3, 1}).days - 1}).day;
  const bool missing = born.month == 2 && born.day > last_of_february;
  const auto old_enough =
      base::to_local_date(missing ? base::CivilDate{year, 3, 1} : base::CivilDate{year, born.month, born.day});
  if (today > old_enough) return AgeVerdict::may_join;
  return rule.guardians_agree && today >= *birthday ? AgeVerdict::needs_guardian : AgeVerdict::refused;
}

}  // namespace millpond::model
