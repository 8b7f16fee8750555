// SPDX-License-Identifier: Apache-2.0
// Offline grants: how a machine becomes a terminal where there is no line. The hub makes a key pair for one machine and
// writes it on a sheet, paper or USB, with who that machine will be; the machine binds its own key to it by that key's
// signature, and shows the binding at its first sync. The hub takes the first binding of a grant and raises an alarm at
// a second one. Whoever holds an unused sheet can be that terminal until it expires: it is guarded like cash, and what
// it is good for is bounded by its limits and dates. Until the first sync the machine enrols and earns; its coupons and
// cards count at this machine only. Pure; any thread.
#pragma once

#include "sync/model/rights.h"
#include "sync/wire/certificate.h"

#include <string>

namespace millpond::wire {

// Layout, big-endian, never changed: magic "MG" 2, version 1, hub key 2, terminal 3 and generation 1, store 4, grant
// key 32, first day 2, last day 2, serial 4, documents' hash 32, limits (value 4, outstanding 4, uses 2) 10, signature
// 64 (context::grant over the first 95).
inline constexpr std::size_t grant_bytes = 159;

struct Grant {
  std::uint16_t hub_key{};
  base::TerminalId terminal;
  std::uint8_t generation{1};
  base::StoreId store;
  crypto::PublicKey key{};    // of the sheet; the machine's own key is bound to it
  std::uint16_t first_day{};  // days since 1970, UTC
  std::uint16_t last_day{};
  std::uint32_t serial{};
  base::Hash documents{};  // BLAKE2b-256 of the documents that come with it on USB; zero: none, sales stay unrated
  std::uint32_t value_minor_max{};  // of model::HonourLimits; ages and daily uses are the defaults
  std::uint32_t outstanding_minor_max{};
  std::uint16_t outstanding_uses_max{};
  friend bool operator==(const Grant&, const Grant&) = default;
};

[[nodiscard]] base::Bytes issue_grant(const Grant& grant, const crypto::SigningKey& hub_key,
                                      const base::BrandId& brand);
// Error: grant_invalid (length, magic, release, signature). Dates are the caller's question.
[[nodiscard]] base::Result<Grant> open_grant(base::ByteView bytes, const crypto::PublicKey& hub_key,
                                             const base::BrandId& brand);
[[nodiscard]] model::HonourLimits limits_of(const Grant& grant);

// The sheet as bytes: version 1, root 32, vouched hub key 134, grant 159, seed of the grant key 32, hub address (length
// 1, then text). As "MPG1:" and Base45 it fits a QR symbol of version 15.
inline constexpr std::size_t sheet_url_max = 120;
inline constexpr std::string_view sheet_prefix = "MPG1:";

struct GrantSheet {
  crypto::PublicKey root{};
  base::Bytes hub_key;  // vouch_hub_key()
  base::Bytes grant;    // issue_grant()
  std::array<std::uint8_t, 32> seed{};
  std::string hub_url;
  friend bool operator==(const GrantSheet&, const GrantSheet&) = default;
};

// hub_url has at most sheet_url_max bytes.
[[nodiscard]] base::Bytes encode_sheet(const GrantSheet& sheet);
// Error: grant_invalid. Nothing in it may be believed before check_sheet().
[[nodiscard]] base::Result<GrantSheet> decode_sheet(base::ByteView bytes);

// A sheet whose every signature holds: the root vouches for the hub key, the hub key for the grant, and the seed makes
// the grant's key. The root is believed because a person brought the sheet, whose digits that person compares with the
// hub's screen.
struct CheckedSheet {
  base::BrandId brand;
  HubKey hub_key;
  Grant grant;
  crypto::SigningKey key;
};
[[nodiscard]] base::Result<CheckedSheet> check_sheet(const GrantSheet& sheet);

// The crypto::matching_digits() of a sheet, as the hub showed them when it made it.
[[nodiscard]] std::string sheet_digits(const crypto::PublicKey& root, base::ByteView grant);

// What a machine shows at its first sync: JSON of POST /v1/bind, signed by the machine's key like every request. The
// answer is a ProvisionAnswer.
struct BindRequest {
  base::Bytes grant;  // issue_grant()
  crypto::PublicKey terminal_key{};
  crypto::Signature binding{};  // bind_grant()
  friend bool operator==(const BindRequest&, const BindRequest&) = default;
};
[[nodiscard]] base::Bytes to_json(const BindRequest& request);
// Error: bad_input with the offending member.
[[nodiscard]] base::Result<BindRequest> parse_bind_request(base::ByteView json);

// The grant key's word that a machine's own key is the one it was used for, and the hub's check of it.
[[nodiscard]] crypto::Signature bind_grant(const crypto::SigningKey& grant_key, const base::BrandId& brand,
                                           const crypto::PublicKey& terminal_key);
[[nodiscard]] bool binding_holds(const Grant& grant, const base::BrandId& brand, const crypto::PublicKey& terminal_key,
                                 const crypto::Signature& binding);

}  // namespace millpond::wire
