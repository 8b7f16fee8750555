// SPDX-License-Identifier: Apache-2.0
// Members found by what somebody typed, for people behind the counter.
#include "sync/codes/classify.h"
#include "sync/crypto/hash.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/phone.h"
#include "sync/terminal/store_secrets.h"
#include "sync/terminal/terminal.h"

namespace millpond::terminal {

using base::Code;
using base::Error;

base::Result<> Terminal::append_approval(store::Transaction& transaction, const model::ActApproved& act) const {
  const auto rules = programme();
  const Moment moment{time_.now(), rules.get()};
  MILLPOND_TRY_DO(transaction.append(act, moment.now_ms, moment.utc_offset_min, moment.programme_version));
  return {};
}

base::Result<base::MemberId> Terminal::whose(std::string_view typed) {
  if (codes::classify(typed) == codes::TextKind::member_number) {
    const auto number = base::parse_id('M', typed);
    if (!number) return Error{Code::bad_input, "find member", "not a member's number"};
    MILLPOND_TRY(const auto found, member(base::MemberId{*number}));
    return found.member;
  }
  if (!is_phone(typed)) return Error{Code::bad_input, "find member", "neither a phone nor a number"};
  MILLPOND_TRY(const auto phone, normalise_phone(country()->phone, typed));
  const Error unknown{Code::member_unknown, "find member", "not known here"};
  MILLPOND_TRY(const auto secrets, store_secrets(replica_, identity_));
  if (!secrets) return unknown;
  const auto hash = crypto::keyed_blake2b_16(secrets->phone_key, base::view_of(phone));
  MILLPOND_TRY(auto found, replica_.find_phone(hash));
  if (!found) {
    MILLPOND_TRY_DO(read([&](store::Transaction& transaction) -> base::Result<> {
      MILLPOND_TRY(found, transaction.find_phone(replica_.phone_at_rest(hash)));
      return {};
    }));
  }
  if (!found) return unknown;
  return *found;
}

base::Result<MemberView> Terminal::look_up(std::string_view typed, const Approval& approved) {
  const auto found = whose(typed);
  if (!found && found.error().code != Code::member_unknown) return found.error();
  MemberView seen;
  const model::ActApproved act{model::Act::manual_lookup,         approved.by, {},
                               found ? *found : base::MemberId{}, 0,           approved.reason};
  const auto committed = journal_.commit([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY_DO(append_approval(transaction, act));
    if (found) { MILLPOND_TRY(seen, view(transaction, *found)); }
    return {};
  });
  if (!committed) return committed.error();
  if (!found) return found.error();
  seen.strength = model::Strength::vouched;
  return seen;
}

}  // namespace millpond::terminal
