// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/consent.h"

#include "sync/crypto/hash.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/person.h"

#include <algorithm>

namespace millpond::terminal {
namespace {

using base::Code;
using base::Error;

// The words that are agreed to or taken back; empty where the programme has none for the purpose.
std::string words_of(const model::Programme* programme, const ConsentAsk& ask) {
  if (programme == nullptr) return {};
  const auto& both = model::notice_of(*programme, ask.purpose);
  return ask.language.starts_with("en") ? both.en : both.zh_cn;
}

// The version that this terminal has seen; 0: as at the enrolment.
std::uint32_t seen_version(store::Replica& replica, base::MemberId member, model::Purpose purpose) {
  const auto profile = replica.find_profile(member).value_or(std::nullopt);
  if (!profile) return 0;
  const auto known =
      std::ranges::find(profile->consents, static_cast<std::uint32_t>(purpose), &wire::ConsentVersion::purpose);
  return known == profile->consents.end() ? 0 : known->version;
}

}  // namespace

base::Result<> check_age(const model::JoiningRule& rule, model::AgeAnswer answer) {
  switch (answer) {
    case model::AgeAnswer::old_enough:
      return {};
    case model::AgeAnswer::guardian_agrees:
      if (rule.guardians_agree) return {};
      return Error{Code::too_young, "check age", "no guardian may agree in this country"};
    case model::AgeAnswer::not_asked:
      break;
  }
  return Error{Code::age_not_told, "check age", "nobody was asked"};
}

base::Result<> change_consent(store::JournalThread& journal, store::Replica& replica, const store::HubTime& time,
                              const model::Programme* programme, const ConsentAsk& ask) {
  if (const auto weak = model::too_weak(ask.strength, model::Deed::see)) {
    return Error{*weak, "change consent", "only the member can say this"};
  }
  if (ask.granted && ask.strength == model::Strength::vouched) {
    return Error{Code::identity_too_weak, "change consent", "nobody agrees for a member"};
  }
  if (ask.purpose == model::Purpose::membership) {
    return Error{Code::bad_input, "change consent", "membership ends when the member is removed"};
  }
  const auto words = words_of(programme, ask);
  if (ask.granted && words.empty()) {
    return Error{Code::bad_input, "change consent", "the programme has no words for this purpose"};
  }
  if (ask.granted) {
    MILLPOND_TRY_DO(check_age(programme == nullptr ? model::china().joining : programme->country.joining, ask.age));
  }
  model::ConsentChanged fact;
  fact.member = person_number(replica, ask.member);
  fact.base_version = seen_version(replica, fact.member, ask.purpose);
  fact.consent = {ask.purpose, ask.granted, {}, ask.language, ask.granted ? ask.age : model::AgeAnswer::not_asked};
  if (!words.empty()) fact.consent.text_hash = crypto::blake2b(base::view_of(words));
  const Moment moment{time.now(), programme};
  return journal.commit([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY_DO(transaction.append(fact, moment.now_ms, moment.utc_offset_min, moment.programme_version));
    return {};
  });
}

}  // namespace millpond::terminal
