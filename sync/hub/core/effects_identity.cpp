// SPDX-License-Identifier: Apache-2.0
// Who is whom: enrolments that turn out to be one person, and people who leave. A merge is a pointer from one member to
// another that leaves both ledgers as they are, so that undoing it is taking the pointer away, whatever came since.
#include "sync/hub/core/effects.h"
#include "sync/wire/app_card_rows.h"

#include <algorithm>
#include <set>

namespace millpond::hub {
namespace {

// Balances of one person fit 64 bits each; their sum may not, and then the nearest number is good enough.
std::int64_t add_within_bounds(std::int64_t sum, std::int64_t more) {
  std::int64_t result = 0;
  if (!__builtin_add_overflow(sum, more, &result)) return result;
  return more > 0 ? INT64_MAX : INT64_MIN;
}

}  // namespace

base::Result<base::MemberId> Effects::root_of(base::MemberId id) {
  for (;;) {
    MILLPOND_TRY(const auto* const state, member(id));
    if (!state->same_as) return id;
    id = state->same_as;
  }
}

base::Result<std::vector<base::MemberId>> Effects::group_of(base::MemberId root) {
  std::vector<base::MemberId> group{root};
  for (std::size_t at = 0; at < group.size(); ++at) {
    MILLPOND_TRY(const auto* const state, member(group[at]));
    if (state->aliases == 0) continue;
    const auto take = [&](const sqlite::Statement& row) { group.push_back({row.unsigned_integer(0)}); };
    MILLPOND_TRY_DO(find_aliases_.each(take, group[at]));
  }
  std::sort(group.begin() + 1, group.end());
  return group;
}

base::Result<bool> Effects::merge(base::MemberId from, base::MemberId into) {
  MILLPOND_TRY(auto* const alias, member(from));
  MILLPOND_TRY(auto* const target, member(into));
  const bool both = alias->enrolled == Enrolled::enrolled && target->enrolled == Enrolled::enrolled;
  if (!both || alias->same_as) return false;
  MILLPOND_TRY(const auto root, root_of(into));
  if (root == from) return false;
  MILLPOND_TRY(auto group, group_of(root));
  MILLPOND_TRY(const auto joining, group_of(from));
  group.insert(group.end(), joining.begin(), joining.end());
  if (group.size() > wire::member_aliases_max + 1) return false;
  alias->same_as = into;
  target->aliases += 1;
  alias->version += 1;
  target->version += 1;
  MILLPOND_TRY_DO(regroup(group));
  return true;
}

base::Result<bool> Effects::unmerge(base::MemberId from) {
  MILLPOND_TRY(auto* const alias, member(from));
  if (!alias->same_as || alias->enrolled != Enrolled::enrolled) return false;
  MILLPOND_TRY(const auto root, root_of(from));
  MILLPOND_TRY(const auto group, group_of(root));
  MILLPOND_TRY(auto* const target, member(alias->same_as));
  alias->same_as = {};
  target->aliases -= 1;
  alias->version += 1;
  target->version += 1;
  MILLPOND_TRY_DO(regroup(group));
  return true;
}

// Pointers are searched for in the table, so they are written at once; the rows of all concerned follow.
base::Result<> Effects::regroup(const std::vector<base::MemberId>& group) {
  for (const auto id : group) {
    MILLPOND_TRY(auto* const state, member(id));
    state->changed = true;
    state->regrouped = true;
    MILLPOND_TRY_DO(store_member(id, *state));
  }
  return {};
}

base::Result<> Effects::remove_member(base::MemberId id, std::int64_t now_ms) {
  MILLPOND_TRY(const auto root, root_of(id));
  MILLPOND_TRY(const auto group, group_of(root));
  for (const auto each : group) MILLPOND_TRY_DO(remove_one(each, now_ms));
  return {};
}

base::Result<> Effects::remove_one(base::MemberId id, std::int64_t now_ms) {
  MILLPOND_TRY(auto* const state, member(id));
  if (state->enrolled == Enrolled::removed) return {};
  const auto key = key_of(id.value);
  std::vector<base::Bytes> phones;
  {
    MILLPOND_TRY(auto row, database_.prepare("SELECT value_hash FROM identities WHERE member=?1"));
    MILLPOND_TRY_DO(row.bind(id));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      phones.emplace_back(row.bytes(0).begin(), row.bytes(0).end());
    }
  }
  for (const auto& phone : phones) MILLPOND_TRY_DO(feed_.remove(wire::RowKind::phone, phone, now_ms));
  MILLPOND_TRY_DO(profiles_.remove(id, now_ms));
  MILLPOND_TRY_DO(feed_.remove(wire::RowKind::member, key, now_ms));
  MILLPOND_TRY_DO(feed_.remove(wire::RowKind::app_cards, wire::app_cards_key(id), now_ms));
  MILLPOND_TRY_DO(database_.run("DELETE FROM published WHERE kind=?1 AND key=?2", wire::RowKind::app_cards,
                                wire::app_cards_key(id)));
  MILLPOND_TRY_DO(
      database_.run("UPDATE notices SET raw=x'', payer=x'' WHERE payer<>x'' AND payer IN (SELECT value_hash "
                    "FROM identities WHERE member=?1 AND kind='payer')",
                    id));
  MILLPOND_TRY_DO(database_.run("DELETE FROM payers WHERE member=?1", id));
  MILLPOND_TRY_DO(database_.run("DELETE FROM marked_tags WHERE member=?1", id));
  MILLPOND_TRY_DO(database_.run("DELETE FROM proved_phones WHERE member=?1", id));
  MILLPOND_TRY_DO(database_.run("DELETE FROM identities WHERE member=?1", id));
  MILLPOND_TRY_DO(database_.run("DELETE FROM payloads WHERE lane=?1 AND seq=?2", state->lane, state->seq));
  MILLPOND_TRY_DO(
      database_.run("DELETE FROM payloads WHERE (lane, seq) IN (SELECT lane, seq FROM profiles WHERE member=?1)", id));
  MILLPOND_TRY_DO(lots_.close(id));
  MILLPOND_TRY_DO(campaigns_.forget(id));
  state->enrolled = Enrolled::removed;
  state->version += 1;
  state->told_age_min = 0;
  state->seen_in = {};
  state->marks = {};
  state->given.clear();
  state->published.clear();
  state->changed = true;
  return {};
}

base::Result<> Effects::flush() {
  std::vector<std::pair<base::MemberId, Member*>> changed;
  for (auto& [id, state] : members_) {
    if (state.changed) changed.emplace_back(id, &state);
  }
  std::ranges::sort(changed, {}, [](const auto& entry) { return entry.first; });  // neighbours share pages
  std::set<base::MemberId> roots;
  for (const auto& [id, state] : changed) {
    MILLPOND_TRY_DO(store_member(id, *state));
    state->changed = false;
    // Who earned before the enrolment arrived has a balance here and no row there yet.
    if (state->enrolled != Enrolled::enrolled) continue;
    if (state->alone()) {
      MILLPOND_TRY_DO(publish_one(id, *state));
    } else {
      MILLPOND_TRY(const auto root, root_of(id));
      roots.insert(root);
    }
  }
  for (const auto root : roots) MILLPOND_TRY_DO(publish_group(root));
  return {};
}

void Effects::note_counted(Member& state) {
  state.counted = true;
  state.counted_as = state.enrolled;
  state.counted_points = state.points;
  state.counted_alias = static_cast<bool>(state.same_as);
}

void Effects::count_member(const Member& state, std::int64_t sign) {
  if (!state.counted) return;
  const bool enrolled = state.counted_as == Enrolled::enrolled;
  if (state.counted_as == Enrolled::awaited) counters_.count(Figure::members_awaited, sign);
  if (enrolled) counters_.count(Figure::members, sign);
  if (state.counted_as == Enrolled::removed) counters_.count(Figure::members_removed, sign);
  if (enrolled && state.counted_alias) counters_.count(Figure::members_aliases, sign);
  if (state.counted_points < 0) counters_.count(Figure::members_overdrawn, sign);
  // Never the most negative number: points of a fact are bounded, and a balance that would wrap is refused.
  counters_.count(Figure::points, sign < 0 ? -state.counted_points : state.counted_points);
}

base::Result<> Effects::store_member(base::MemberId id, Member& state) {
  count_member(state, -1);
  note_counted(state);
  count_member(state, 1);
  return write_member_.run(id, state.enrolled, state.store, state.points, state.qualifying_minor, state.version,
                           state.lane, state.seq, state.same_as, state.aliases, state.told_age_min, state.came_by,
                           state.visits, state.last_day, state.seen_in, state.seen_day, state.marks.verified,
                           state.marks.rfm, tags_column(state.marks.tags), given_column(state.given));
}

base::Result<> Effects::mark(base::MemberId id, const model::MemberMark& mark, base::LocalDate day) {
  MILLPOND_TRY(auto* const state, member(id));
  if (state->enrolled == Enrolled::removed) return {};
  if (model::is_profile(mark)) {
    // As of here in the log: who agreed when it was noted may have changed their mind in a batch before it.
    MILLPOND_TRY(const auto agreed, database_.query_integer("SELECT granted FROM consents WHERE member=?1 AND "
                                                            "purpose=?2",
                                                            id, model::Purpose::profiling));
    if (agreed.value_or(0) == 0) return {};
  }
  if (!model::apply_mark(state->marks, mark)) return {};
  if (mark.kind == model::MarkKind::tag) {
    MILLPOND_TRY_DO(database_.run("INSERT OR IGNORE INTO marked_tags(member, tag) VALUES(?1, ?2)", id, mark.word));
  } else if (mark.kind == model::MarkKind::untag) {
    MILLPOND_TRY_DO(database_.run("DELETE FROM marked_tags WHERE member=?1 AND tag=?2", id, mark.word));
  }
  state->version += 1;
  state->changed = true;
  if (mark.kind == model::MarkKind::unverified) {
    return database_.run("DELETE FROM proved_phones WHERE member=?1", id);
  }
  return mark.kind == model::MarkKind::verified ? link_proved(id, day) : base::Result<>{};
}

// Numbers that proved one phone within these days are one person: a carrier gives none to another person so soon. What
// was proved longer ago may have been somebody else's.
constexpr std::int32_t proofs_apart_days_max = 90;

// Into the number that had the phone first. Whoever had it first is known beside the batches, as they were judged.
base::Result<> Effects::link_proved(base::MemberId id, base::LocalDate day) {
  MILLPOND_TRY(auto* const state, member(id));
  if (state->enrolled != Enrolled::enrolled) return {};
  MILLPOND_TRY(const auto before,
               database_.query_integer("SELECT first_member FROM judged_payloads WHERE lane=?1 AND seq=?2 AND "
                                       "first_member<>0",
                                       state->lane, state->seq));
  const base::MemberId first{before ? static_cast<std::uint64_t>(*before) : id.value};
  MILLPOND_TRY_DO(database_.run("INSERT OR REPLACE INTO proved_phones(member, first, day) VALUES(?1, ?2, ?3)", id,
                                first, day.days));
  std::vector<base::MemberId> others;
  {
    MILLPOND_TRY(auto row, database_.prepare("SELECT member FROM proved_phones WHERE first=?1 AND member<>?2 AND "
                                             "abs(day-?3)<=?4 ORDER BY member"));
    MILLPOND_TRY_DO(row.bind(first, id, day.days, proofs_apart_days_max));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      others.push_back({row.unsigned_integer(0)});
    }
  }
  for (const auto other : others) {
    const bool into_other = other == first || (id != first && other < id);
    MILLPOND_TRY(const auto root, root_of(id));
    MILLPOND_TRY(const auto other_root, root_of(other));
    if (root == other_root) continue;
    MILLPOND_TRY_DO(into_other ? merge(root, other_root) : merge(other_root, root));
  }
  return {};
}

// What a campaign gave stays: it is a part of what the member did, and no conclusion about them.
base::Result<> Effects::forget_conclusions(base::MemberId id, Member& state) {
  std::vector<std::string> tags;
  {
    MILLPOND_TRY(auto row, database_.prepare("SELECT tag FROM marked_tags WHERE member=?1"));
    MILLPOND_TRY_DO(row.bind(id));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      tags.emplace_back(row.text(0));
    }
  }
  bool changed = model::apply_mark(state.marks, {model::MarkKind::rfm, {}});
  for (const auto& tag : tags) changed = model::apply_mark(state.marks, {model::MarkKind::untag, tag}) || changed;
  MILLPOND_TRY_DO(database_.run("DELETE FROM marked_tags WHERE member=?1", id));
  if (!changed) return {};
  state.version += 1;
  state.changed = true;
  return {};
}

base::Result<wire::MemberRow> Effects::row_of(base::MemberId id, const Member& state) {
  auto row = state.row(id);
  MILLPOND_TRY(const auto standing, lots_.standing(id));
  if (standing) tell_lots(row, *standing);
  return row;
}

base::Result<> Effects::publish_one(base::MemberId id, Member& state) {
  MILLPOND_TRY(const auto row, row_of(id, state));
  auto body = wire::encode(row);
  if (state.regrouped) {
    MILLPOND_TRY_DO(feed_.put(wire::RowKind::member, key_of(id.value), body));
  } else {
    MILLPOND_TRY_DO(feed_.put_member(key_of(id.value), state.published, body));
  }
  state.regrouped = false;
  state.published = std::move(body);
  return {};
}

base::Result<> Effects::publish_group(base::MemberId root) {
  MILLPOND_TRY(const auto group, group_of(root));
  wire::MemberRow sum{root};
  LotStanding lots;
  for (const auto id : group) {
    MILLPOND_TRY(auto* const state, member(id));
    sum.points = add_within_bounds(sum.points, state->points);
    sum.qualifying_minor = add_within_bounds(sum.qualifying_minor, state->qualifying_minor);
    sum.version += state->version;
    sum.told_age_min = std::max(sum.told_age_min, state->told_age_min);
    sum.visits = sum.visits.value_or(0) + state->visits;
    sum.last_visit_day = std::max(sum.last_visit_day, state->last_day);
    if (id == root) sum.came_by = state->came_by;
    model::add_marks(sum.marks, state->marks);
    model::add_times(sum.given, times_given(state->given));
    MILLPOND_TRY(const auto standing, lots_.standing(id));
    lots.add(standing.value_or(LotStanding{{}, {{0, std::max<std::int64_t>(state->points, 0)}}}));
    if (id != root) sum.aliases.push_back(id);
    if (id == root) continue;
    wire::MemberRow alias{id};
    alias.same_as = root;
    MILLPOND_TRY_DO(feed_.put(wire::RowKind::member, key_of(id.value), wire::encode(alias)));
  }
  tell_lots(sum, lots);
  return feed_.put(wire::RowKind::member, key_of(root.value), wire::encode(sum));
}

}  // namespace millpond::hub
