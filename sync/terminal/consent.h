// SPDX-License-Identifier: Apache-2.0
// Consents that a member gives or takes back after the enrolment, at a terminal. The fact names the hash of the very
// words that were agreed to, and which version of the consent its author had seen; the hub lets a withdrawal win over
// every agreement that had not seen it. Any thread but the journal's own; blocks for one group commit.
#pragma once

#include "sync/model/programme.h"
#include "sync/model/strength.h"
#include "sync/store/hub_time.h"
#include "sync/store/journal_thread.h"
#include "sync/store/replica.h"

namespace millpond::terminal {

struct ConsentAsk {
  base::MemberId member;
  model::Strength strength{};  // how certain it is that the member asks
  model::Purpose purpose{};
  bool granted{};
  std::string language;    // BCP 47; its words are the programme's
  model::AgeAnswer age{};  // asked of whoever agrees; whoever withdraws is asked nothing
};

// Whether somebody of this age may agree there. Errors: age_not_told, too_young.
[[nodiscard]] base::Result<> check_age(const model::JoiningRule& rule, model::AgeAnswer answer);

// Errors: identity_too_weak (only the member can agree, by a code of their own and by nobody's word, and only the
// member withdraws here), bad_input (membership is left by removal; a purpose without words in the programme cannot be
// agreed to), those of check_age() of whoever agrees, and the journal's.
[[nodiscard]] base::Result<> change_consent(store::JournalThread& journal, store::Replica& replica,
                                            const store::HubTime& time, const model::Programme* programme,
                                            const ConsentAsk& ask);

}  // namespace millpond::terminal
