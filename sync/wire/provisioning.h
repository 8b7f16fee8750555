// SPDX-License-Identifier: Apache-2.0
// Provisioning: how a machine with an operator's one-time code becomes a terminal. JSON bodies of POST /v1/provision as
// values for both ends. The code is ten Crockford digits, good for 15 minutes, five tries and one terminal; both
// screens show six digits made from code, keys and brand, which match only when nobody stands in between. A work order
// is a code for 1 to 50 terminals of a store, one use each, good for 7 days with its technician's phone and PIN. Pure;
// any thread.
#pragma once

#include "sync/base/result.h"
#include "sync/wire/certificate.h"
#include "sync/wire/messages.h"

#include <string>

namespace millpond::wire {

inline constexpr std::size_t provision_code_digits = 10;
inline constexpr std::int64_t provision_code_ms = 15 * 60'000;
inline constexpr int provision_tries_max = 5;

inline constexpr std::int64_t order_days = 7;
inline constexpr std::uint32_t order_terminals_max = 50;
inline constexpr int order_tries_max = 10;

struct ProvisionRequest {
  std::string code;  // normalised: ten upper-case digits without a hyphen
  crypto::PublicKey terminal_key{};
  // With a work order: who activates it. Empty with a one-time code. Never logged.
  std::string phone{};
  std::string pin{};
};

struct ProvisionAnswer {
  crypto::PublicKey root{};        // the brand: brand id = BLAKE2b-128 of it
  base::Bytes hub_key;             // vouch_hub_key()
  base::Bytes certificate;         // issue_certificate()
  std::vector<DownRow> documents;  // programme and issuer rows to begin with; keys come later, sealed (people_rows.h)
};

[[nodiscard]] base::Bytes to_json(const ProvisionRequest& request);
[[nodiscard]] base::Bytes to_json(const ProvisionAnswer& answer);
// Error: bad_input with the offending member.
[[nodiscard]] base::Result<ProvisionRequest> parse_provision_request(base::ByteView json);
[[nodiscard]] base::Result<ProvisionAnswer> parse_provision_answer(base::ByteView json);

// Ten digits out of what a person typed (hyphens, spaces, lower case, O and I). Error: provision_code_invalid.
[[nodiscard]] base::Result<std::string> normalise_provision_code(std::string_view typed);
// "7K3QX-9MZ2D".
[[nodiscard]] std::string show_provision_code(std::string_view code);

// Checks an answer before anything in it is used: the root vouches for the hub key, the hub key for a certificate over
// our key, and documents for themselves. Errors: certificate_invalid, signature_invalid.
struct Provisioned {
  base::BrandId brand;
  crypto::PublicKey root{};
  HubKey hub_key;
  Certificate certificate;
};
[[nodiscard]] base::Result<Provisioned> check_answer(const ProvisionAnswer& answer,
                                                     const crypto::PublicKey& terminal_key);

// Documents vouch for themselves: the root for each hub key among them, this hub key or one of those for a programme.
// Errors: signature_invalid, hub_key_unvouched or certificate_invalid (a hub key), bad_input (one that cannot be read).
[[nodiscard]] base::Result<> check_documents(const std::vector<DownRow>& documents, const crypto::PublicKey& root,
                                             const HubKey& hub_key);

// Six digits for both screens, dear to make: crypto::matching_digits().
[[nodiscard]] std::string matching_digits(std::string_view code, const crypto::PublicKey& terminal_key,
                                          const crypto::PublicKey& root);

}  // namespace millpond::wire
