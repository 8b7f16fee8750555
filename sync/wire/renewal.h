// SPDX-License-Identifier: Apache-2.0
// Renewal: a new certificate for a terminal that is one already, over the same key. The answer to POST /v1/renew, which
// the terminal signs like every request. Pure; any thread.
#pragma once

#include "sync/base/result.h"
#include "sync/wire/certificate.h"

namespace millpond::wire {

// Of the 90 days of a certificate; from then on the terminal asks for the next.
inline constexpr int renewal_after_days = 60;

struct RenewAnswer {
  base::Bytes hub_key;      // vouch_hub_key() of the key that signed the certificate
  base::Bytes certificate;  // issue_certificate()
  friend bool operator==(const RenewAnswer&, const RenewAnswer&) = default;
};

[[nodiscard]] base::Bytes to_json(const RenewAnswer& answer);
// Error: bad_input with the offending member.
[[nodiscard]] base::Result<RenewAnswer> parse_renew_answer(base::ByteView json);

struct Renewed {
  HubKey hub_key;
  Certificate certificate;
};
// Checks an answer before anything of it is kept: the root vouches for the hub key, the hub key for a certificate that
// is the old one but for days, serial and signer. Error: certificate_invalid.
[[nodiscard]] base::Result<Renewed> check_renewal(const RenewAnswer& answer, const Certificate& before,
                                                  const crypto::PublicKey& root);

}  // namespace millpond::wire
