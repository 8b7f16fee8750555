// SPDX-License-Identifier: Apache-2.0
// What people say about themselves and agree to, field by field. Order at the hub decides, never a clock; whoever
// changed what they had not seen is told, and what both said is kept.
#include "sync/hub/core/effects.h"
#include "sync/model/country.h"

#include <algorithm>

namespace millpond::hub {

using base::Code;

base::Result<std::optional<Judged>> Effects::find_judgement(const Place& at) {
  std::optional<Judged> judged;
  const auto read = [&](const sqlite::Statement& row) {
    judged = Judged{base::code_from_name(row.text(0)).value_or(Code::internal), {row.unsigned_integer(1)}};
  };
  MILLPOND_TRY_DO(find_judged_.first(read, at.lane, at.waiting.seq));
  return judged;
}

base::Result<> Effects::judge(const Place& at, const Judged& judged) {
  return database_.run("INSERT INTO judged_payloads(lane, seq, code, first_member) VALUES(?1, ?2, ?3, ?4)", at.lane,
                       at.waiting.seq, base::code_name(judged.code), judged.first);
}

base::Result<Applied> Effects::on(const Place& at, const model::ProfileChanged& fact) {
  if (!fact.member) return Applied{0, Code::bad_input};
  MILLPOND_TRY(const auto* const state, member(fact.member));
  const auto& payload = at.waiting.phone;
  MILLPOND_TRY(auto judged, find_judgement(at));
  if (!judged && payload && !*payload) {
    judged = Judged{payload->error().code, {}};
    MILLPOND_TRY_DO(judge(at, *judged));
  }
  const bool gone = state->enrolled == Enrolled::removed;
  if (gone || judged) {
    MILLPOND_TRY_DO(database_.run("DELETE FROM payloads WHERE lane=?1 AND seq=?2", at.lane, at.waiting.seq));
    return Applied{0, gone ? Code::member_unknown : judged->code};
  }
  MILLPOND_TRY(const auto newest,
               database_.query_integer("SELECT max(version) FROM profiles WHERE member=?1 AND field=?2", fact.member,
                                       fact.field));
  const auto version = newest.value_or(0);
  const bool clash = version != std::int64_t{fact.base_version};
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO profiles(member, field, version, lane, seq, clash) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                    fact.member, fact.field, version + 1, at.lane, at.waiting.seq, clash));
  MILLPOND_TRY_DO(tell_profile(fact.member));
  if (clash) return Applied{0, Code::profile_clash};
  return Applied{};
}

// What was agreed to with the enrolment is version 0, so that a terminal can show it, and its member take it back; what
// was said since, and heard before, stays. A refusal is what nothing is.
base::Result<> Effects::keep_consents(const Place& at, const model::MemberEnrolled& fact) {
  for (const auto& consent : fact.consents) {
    if (!consent.granted || consent.purpose == model::Purpose::membership) continue;
    MILLPOND_TRY_DO(
        database_.run("INSERT OR IGNORE INTO consents(member, purpose, version, granted, lane, seq) "
                      "VALUES(?1, ?2, 0, 1, ?3, ?4)",
                      fact.member, consent.purpose, at.lane, at.waiting.seq));
  }
  MILLPOND_TRY(const auto any, database_.query_integer("SELECT 1 FROM consents WHERE member=?1 LIMIT 1", fact.member));
  return any ? tell_profile(fact.member) : base::Result<>{};
}

// What counts is the age that the programme of the fact asked for, because another country's question is another one.
// People only get older, so the greatest stays. Of somebody younger nothing is kept: whoever agrees for them has to be
// there each time. A programme that this hub has not published tells no age.
base::Result<> Effects::hear_age(const Place& at, Member& state, const std::vector<model::Consent>& consents) {
  if (std::ranges::find(consents, model::AgeAnswer::old_enough, &model::Consent::age) == consents.end()) return {};
  std::int64_t age_min = model::china().joining.age_min;
  if (const auto version = at.stamp.programme_version; version != 0) {
    MILLPOND_TRY(const auto asked,
                 database_.query_integer("SELECT age_min FROM joining_ages WHERE version=?1", version));
    age_min = asked.value_or(0);
  }
  if (age_min <= state.told_age_min) return {};
  state.told_age_min = static_cast<std::int32_t>(age_min);
  state.version += 1;
  state.changed = true;
  return {};
}

// A withdrawal counts whatever its author had seen. An agreement does not undo a withdrawal that its author had not.
base::Result<Applied> Effects::on(const Place& at, const model::ConsentChanged& fact) {
  if (!fact.member) return Applied{0, Code::bad_input};
  MILLPOND_TRY(auto* const state, member(fact.member));
  if (state->enrolled == Enrolled::removed) return Applied{0, Code::member_unknown};
  MILLPOND_TRY_DO(hear_age(at, *state, {fact.consent}));
  std::int64_t version = 0;
  bool withdrawn = false;
  {
    MILLPOND_TRY(auto row, database_.prepare("SELECT version, granted FROM consents WHERE member=?1 AND purpose=?2"));
    MILLPOND_TRY_DO(row.bind(fact.member, fact.consent.purpose));
    MILLPOND_TRY(const bool found, row.step());
    if (found) {
      version = row.integer(0);
      withdrawn = row.integer(1) == 0;
    }
  }
  const bool seen = std::int64_t{fact.base_version} == version;
  if (fact.consent.granted && withdrawn && !seen) return Applied{0, Code::consent_withdrawn};
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO consents(member, purpose, version, granted, lane, seq) VALUES(?1, ?2, ?3, ?4, ?5, ?6) "
                    "ON CONFLICT(member, purpose) DO UPDATE SET version=excluded.version, granted=excluded.granted, "
                    "lane=excluded.lane, seq=excluded.seq",
                    fact.member, fact.consent.purpose, version + 1, fact.consent.granted, at.lane, at.waiting.seq));
  if (fact.consent.purpose == model::Purpose::profiling && !fact.consent.granted) {
    MILLPOND_TRY_DO(forget_conclusions(fact.member, *state));
  }
  MILLPOND_TRY_DO(tell_profile(fact.member));
  return Applied{};
}

// Versions travel, so that who changes something can say what they saw; values stay sealed here.
base::Result<> Effects::tell_profile(base::MemberId id) {
  MILLPOND_TRY(auto profile, profiles_.row(id));
  profile.fields.clear();
  profile.consents.clear();
  {
    MILLPOND_TRY(auto row, database_.prepare("SELECT field, max(version) FROM profiles WHERE member=?1 GROUP BY field "
                                             "ORDER BY field"));
    MILLPOND_TRY_DO(row.bind(id));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      profile.fields.push_back(
          {static_cast<std::uint32_t>(row.integer(0)), static_cast<std::uint32_t>(row.integer(1))});
    }
  }
  {
    MILLPOND_TRY(auto row,
                 database_.prepare("SELECT purpose, version, granted FROM consents WHERE member=?1 ORDER BY purpose"));
    MILLPOND_TRY_DO(row.bind(id));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      profile.consents.push_back({static_cast<std::uint32_t>(row.integer(0)),
                                  static_cast<std::uint32_t>(row.integer(1)), row.integer(2) != 0});
    }
  }
  return profiles_.tell(profile);
}

// By the store's calendar; a clock that is ahead of the hub's sees nobody in the days to come.
base::Result<> Effects::see(const Place& at, base::MemberId id, base::StoreId store, Member& state) {
  const auto received = base::local_date_at(at.waiting.received_ms, at.stamp.utc_offset_min);
  const auto day = at.waiting.received_ms == 0 ? at.stamp.local_date : std::min(at.stamp.local_date, received);
  state.last_day = state.visits == 0 ? state.last_day : std::max(state.last_day, day.days);
  if (state.enrolled == Enrolled::removed) return {};
  if (state.seen_in == store && day.days < state.seen_day + ProfileBook::noted_again_days) return {};
  state.seen_in = store;
  state.seen_day = day.days;
  return profiles_.see(id, store, day);
}

}  // namespace millpond::hub
