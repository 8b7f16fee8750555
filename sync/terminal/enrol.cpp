// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/hash.h"
#include "sync/crypto/seal.h"
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

}  // namespace

base::Result<MemberView> Terminal::enrol(const EnrolRequest& request) {
  MILLPOND_TRY(const auto phone, normalise_phone(request.phone_e164));
  if (!membership_agreed(request)) return base::Error{base::Code::consent_missing, "enrol", "membership"};
  const base::Error exists{base::Code::member_exists, "enrol", "the phone is known"};
  // A replica that cannot be read, or that has no key yet, must not keep people out; the hub tells duplicates.
  const auto secrets = store_secrets(replica_, identity_).value_or(std::nullopt);
  base::Bytes lookup;
  if (secrets) {
    const auto hash = crypto::keyed_blake2b_16(secrets->phone_key, base::view_of(phone));
    if (replica_.find_phone(hash).value_or(std::nullopt)) return exists;
    lookup = replica_.phone_at_rest(hash);
  }
  const auto box = crypto::seal(identity_.hub_key.sealing_key, base::view_of(phone));
  const auto rules = programme();
  const Moment moment{time_.now(), rules.get()};

  const auto as_of_ms = replica_.as_of_ms().value_or(0);
  MemberView enrolled;
  auto committed = journal_.commit([&](store::Transaction& transaction) -> base::Result<> {
    if (!lookup.empty()) {
      MILLPOND_TRY(const auto known, transaction.find_phone(lookup));
      if (known) return exists;
    }
    MILLPOND_TRY(const auto id, transaction.next_id());
    base::Bytes salt(salt_bytes);
    rng_.fill(salt);
    enrolled = {};
    enrolled.as_of_ms = as_of_ms;
    enrolled.member = base::MemberId{id};
    enrolled.strength = model::Strength::phone_typed;
    const model::MemberEnrolled fact{enrolled.member, identity_.certificate.store, request.channel, request.consents,
                                     crypto::blake2b(salt, box)};
    MILLPOND_TRY(const auto seq,
                 transaction.append(fact, moment.now_ms, moment.utc_offset_min, moment.programme_version, salt, box));
    if (!lookup.empty()) MILLPOND_TRY_DO(transaction.put_phone(lookup, enrolled.member));
    store::PrintIntent intent;
    intent.of = seq;
    intent.locale = request.slip_locale;
    intent.content = card_slip(enrolled, seq);
    return transaction.put_print_intent(intent);
  });
  MILLPOND_TRY_DO(settle(std::move(committed),
                         [&](store::Transaction& transaction) { return transaction.has_member(enrolled.member); }));
  return enrolled;
}

}  // namespace millpond::terminal
