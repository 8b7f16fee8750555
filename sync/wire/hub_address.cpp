// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/hub_address.h"

#include "sync/base/byte_cursor.h"
#include "sync/crypto/hash.h"

#include <algorithm>

namespace millpond::wire {
namespace {

constexpr std::size_t head_bytes = 2 + 4 + 1;
constexpr std::size_t signature_bytes = 64;

base::Error invalid(const char* why) { return {base::Code::hub_key_unvouched, "open hub address", why}; }

}  // namespace

bool usable_hub_url(std::string_view url) {
  constexpr std::string_view secure = "https://";
  const bool printable = std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable || url.size() > hub_url_max || url.ends_with('/')) return false;
  for (const std::string_view here : {"http://127.0.0.1:", "http://[::1]:"}) {
    if (!url.starts_with(here)) continue;
    const auto port = url.substr(here.size());
    return !port.empty() && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  }
  if (!url.starts_with(secure)) return false;
  // What stands before an '@' looks like the host to a person, and a '\\' ends the host for some readers only.
  const auto host = url.substr(secure.size(), url.find_first_of("/?#", secure.size()) - secure.size());
  return !host.empty() && host.find_first_of("@\\") == std::string_view::npos;
}

base::Bytes sign_hub_address(const HubAddress& address, const crypto::SigningKey& root) {
  MILLPOND_CHECK(usable_hub_url(address.url));
  base::Bytes bytes{'M', 'A'};
  base::append_big_endian(bytes, address.version, 4);
  base::append_big_endian(bytes, address.url.size(), 1);
  base::append(bytes, base::view_of(address.url));
  base::append(bytes, root.sign(crypto::context::hub_address, crypto::brand_id_of(root.public_key()), bytes));
  return bytes;
}

base::Result<HubAddress> open_hub_address(base::ByteView bytes, const crypto::PublicKey& root) {
  if (bytes.size() < head_bytes + signature_bytes) return invalid("too short");
  base::ByteCursor cursor{bytes};
  if (base::text_of(cursor.take(2)) != "MA") return invalid("not an address");
  HubAddress address;
  address.version = cursor.number<std::uint32_t>(4);
  const auto url_bytes = cursor.number<std::size_t>(1);
  if (bytes.size() != head_bytes + url_bytes + signature_bytes) return invalid("wrong length");
  address.url = base::text_of(cursor.take(url_bytes));
  if (!usable_hub_url(address.url)) return invalid("no URL of a hub");
  if (!crypto::verify(root, crypto::context::hub_address, crypto::brand_id_of(root),
                      bytes.first(head_bytes + url_bytes), cursor.array<crypto::Signature>())) {
    return invalid("the brand root did not sign it");
  }
  return address;
}

}  // namespace millpond::wire
