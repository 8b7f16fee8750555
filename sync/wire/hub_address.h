// SPDX-License-Identifier: Apache-2.0
// Where a brand's hub is, as its root says it: the body of a downlink row of RowKind::hub_address. Because the root
// signs it, whoever has a hub key alone cannot send terminals elsewhere. A terminal tries a new address beside the old
// one, and moves when a hub of this brand answers there. Pure; any thread.
#pragma once

#include "sync/base/result.h"
#include "sync/crypto/sign.h"

#include <string>

namespace millpond::wire {

inline constexpr std::size_t hub_url_max = 200;

// Layout, big-endian, never changed: magic "MA" 2, version 4, length of the URL 1, URL, signature 64
// (context::hub_address over all before it).
struct HubAddress {
  std::uint32_t version{};  // the highest counts
  std::string url;          // "https://hub.example"
  friend bool operator==(const HubAddress&, const HubAddress&) = default;
};

// Whether it begins with "https://" and names a host, and nobody before it ("user@host"), or begins with "http://", a
// loopback address and a port; without a slash at its end, printable ASCII, not too long.
[[nodiscard]] bool usable_hub_url(std::string_view url);

// The URL is a usable one.
[[nodiscard]] base::Bytes sign_hub_address(const HubAddress& address, const crypto::SigningKey& root);
// Error: hub_key_unvouched (this root did not sign it, or it is no address).
[[nodiscard]] base::Result<HubAddress> open_hub_address(base::ByteView bytes, const crypto::PublicKey& root);

}  // namespace millpond::wire
