// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/hash.h"
#include "sync/crypto/seal.h"
#include "sync/model/typed_phone.h"
#include "sync/terminal/consent.h"
#include "sync/terminal/joining.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/phone.h"
#include "sync/terminal/store_secrets.h"
#include "sync/terminal/terminal.h"

#include <algorithm>

namespace millpond::terminal {
namespace {

constexpr std::size_t salt_bytes = 16;

// Only the member can agree, on a screen; the gateway enrols first and the member agrees later, but a refusal counts
// everywhere.
bool membership_agreed(const EnrolRequest& request) {
  const auto is_membership = [](const model::Consent& consent) {
    return consent.purpose == model::Purpose::membership;
  };
  const auto answer = std::find_if(request.consents.begin(), request.consents.end(), is_membership);
  if (answer == request.consents.end()) return request.channel == model::Channel::gateway;
  return answer->granted;
}

std::int32_t told_age_min(const model::JoiningRule& rule, const std::vector<model::Consent>& consents) {
  const bool told = std::ranges::find(consents, model::AgeAnswer::old_enough, &model::Consent::age) != consents.end();
  return told ? rule.age_min : 0;
}

}  // namespace

base::Result<Joining> Terminal::prepare_joining(const EnrolRequest& request) const {
  const auto law = country();
  MILLPOND_TRY(const auto phone, normalise_phone(law->phone, request.phone_e164));
  if (!membership_agreed(request)) return base::Error{base::Code::consent_missing, "enrol", "membership"};
  for (const auto& consent : request.consents) {
    if (consent.granted) { MILLPOND_TRY_DO(check_age(law->joining, consent.age)); }
  }
  // A replica that cannot be read, or that has no key yet, must not keep people out; the hub tells duplicates.
  const auto secrets = store_secrets(replica_, identity_).value_or(std::nullopt);
  Joining joining{request, {}, {}, {}};
  if (secrets) {
    const auto hash = crypto::keyed_blake2b_16(secrets->phone_key, base::view_of(phone));
    joining.told = replica_.find_phone(hash).value_or(std::nullopt);
    joining.lookup = replica_.phone_at_rest(hash);
  }
  joining.box = crypto::seal(identity_.hub_key.sealing_key, base::view_of(phone));
  return joining;
}

base::Result<MemberView> Terminal::join(store::Transaction& transaction, const Joining& joining, bool& is_known) {
  const auto& request = joining.request;
  const auto rules = programme();
  const Moment moment{time_.now(), rules.get()};
  auto known = joining.told;
  if (!known && !joining.lookup.empty()) { MILLPOND_TRY(known, transaction.find_phone(joining.lookup)); }
  is_known = known.has_value();
  // Drawn for a known number as well: the next coupon's number would tell.
  MILLPOND_TRY(const auto id, transaction.next_id());
  base::Bytes salt(salt_bytes);
  rng_.fill(salt);
  MemberView typed;
  typed.strength = model::Strength::phone_typed;
  typed.member = known.value_or(base::MemberId{id});
  const auto append = [&](const model::FactBody& fact, base::ByteView salt_beside, base::ByteView box_beside) {
    return transaction.append(fact, moment.now_ms, moment.utc_offset_min, moment.programme_version, salt_beside,
                              box_beside);
  };
  if (known) {
    MILLPOND_TRY_DO(append(model::ActApproved{model::act_phone_typed, {}, {}, typed.member, 0, {}}, {}, {}));
    return typed;
  }
  const model::MemberEnrolled fact{typed.member,
                                   identity_.certificate.store,
                                   request.channel,
                                   request.consents,
                                   crypto::blake2b(salt, joining.box),
                                   {},
                                   request.staff,
                                   {},
                                   request.came_by};
  MILLPOND_TRY_DO(append(fact, salt, joining.box));
  typed.told_age_min = told_age_min(country()->joining, request.consents);
  if (!joining.lookup.empty()) MILLPOND_TRY_DO(transaction.put_phone(joining.lookup, typed.member));
  return typed;
}

base::Result<MemberView> Terminal::enrol(const EnrolRequest& request) {
  MILLPOND_TRY(const auto joining, prepare_joining(request));
  MemberView typed;
  bool known = false;
  auto committed = journal_.commit([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(typed, join(transaction, joining, known));
    return {};
  });
  // Of a number that is known nothing is owed to anybody.
  MILLPOND_TRY_DO(settle(std::move(committed), [&](store::Transaction& transaction) -> base::Result<bool> {
    return known ? base::Result<bool>{true} : transaction.has_member(typed.member);
  }));
  return typed;
}

}  // namespace millpond::terminal
