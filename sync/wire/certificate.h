// SPDX-License-Identifier: Apache-2.0
// A terminal's certificate: 120 bytes that a hub key signed, and the hub keys that the brand root signed. Says who a
// terminal is and until when it may issue value; an expired one that is not revoked still uploads. Pure; any thread.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/result.h"
#include "sync/crypto/sign.h"

namespace millpond::wire {

// Layout, big-endian, never changed: magic "MC" 2, brand tag 2, hub key 2, terminal 3 and generation 1, store 4, public
// key 32, first day 2, last day 2, role 1, version 1, serial 4, signature 64 (context::certificate over the first 56).
inline constexpr std::size_t certificate_bytes = 120;

enum class Role : std::uint8_t { terminal = 1 };

struct Certificate {
  std::uint16_t brand_tag{};
  std::uint16_t hub_key{};
  base::TerminalId terminal;
  std::uint8_t generation{};  // of the terminal's key; renewing the certificate keeps it
  base::StoreId store;
  crypto::PublicKey key{};
  std::uint16_t first_day{};  // days since 1970, UTC
  std::uint16_t last_day{};
  Role role{Role::terminal};
  std::uint32_t serial{};
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

[[nodiscard]] base::Bytes issue_certificate(const Certificate& certificate, const crypto::SigningKey& hub_key,
                                            const base::BrandId& brand);
// Parses and verifies. Errors: certificate_invalid (length, magic, brand, signature). Dates are the caller's question.
[[nodiscard]] base::Result<Certificate> open_certificate(base::ByteView bytes, const crypto::PublicKey& hub_key,
                                                         const base::BrandId& brand);

// A hub key as the root vouches for it, big-endian, never changed: number 2, public key 32, sealing key 32, first day 2
// and last day 2, signature 64 (context::hub_key over the rest) = 134. A key is made known before its first day. After
// its last one it is believed only as long as no later key has begun: a hub that nobody tended goes on, and one that
// changed its key leaves nothing to whoever finds the old one.
inline constexpr std::size_t vouched_hub_key_bytes = 134;

struct HubKey {
  std::uint16_t number{};
  crypto::PublicKey key{};
  std::array<std::uint8_t, 32> sealing_key{};  // phones are sealed for it
  std::uint16_t first_day{};                   // days since 1970, UTC
  std::uint16_t last_day{UINT16_MAX};
  friend bool operator==(const HubKey&, const HubKey&) = default;
};

[[nodiscard]] base::Bytes vouch_hub_key(const HubKey& key, const crypto::SigningKey& root);
[[nodiscard]] base::Result<HubKey> open_hub_key(base::ByteView bytes, const crypto::PublicKey& root);

}  // namespace millpond::wire
