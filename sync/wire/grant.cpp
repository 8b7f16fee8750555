// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/grant.h"

#include "sync/base/byte_cursor.h"
#include "sync/crypto/hash.h"
#include "sync/crypto/matching_digits.h"
#include "sync/wire/hub_address.h"

#include <nlohmann/json.hpp>

namespace millpond::wire {
namespace {

constexpr std::size_t signed_bytes = 95;
constexpr std::uint8_t grant_version = 1;
constexpr std::uint8_t sheet_version = 1;
constexpr std::size_t vouched_bytes = vouched_hub_key_bytes;
constexpr std::size_t sheet_bytes_min = 1 + 32 + vouched_bytes + grant_bytes + 32 + 1;

base::Error invalid(const char* operation, const char* detail) {
  return {base::Code::grant_invalid, operation, detail};
}

}  // namespace

base::Bytes issue_grant(const Grant& grant, const crypto::SigningKey& hub_key, const base::BrandId& brand) {
  base::Bytes bytes{'M', 'G', grant_version};
  base::append_big_endian(bytes, grant.hub_key, 2);
  base::append_big_endian(bytes, grant.terminal.value, 3);
  base::append_big_endian(bytes, grant.generation, 1);
  base::append_big_endian(bytes, grant.store.value, 4);
  base::append(bytes, grant.key);
  base::append_big_endian(bytes, grant.first_day, 2);
  base::append_big_endian(bytes, grant.last_day, 2);
  base::append_big_endian(bytes, grant.serial, 4);
  base::append(bytes, grant.documents);
  base::append_big_endian(bytes, grant.value_minor_max, 4);
  base::append_big_endian(bytes, grant.outstanding_minor_max, 4);
  base::append_big_endian(bytes, grant.outstanding_uses_max, 2);
  MILLPOND_CHECK(bytes.size() == signed_bytes);
  base::append(bytes, hub_key.sign(crypto::context::grant, brand, bytes));
  return bytes;
}

base::Result<Grant> open_grant(base::ByteView bytes, const crypto::PublicKey& hub_key, const base::BrandId& brand) {
  constexpr auto operation = "open grant";
  if (bytes.size() != grant_bytes) return invalid(operation, "not 159 bytes");
  base::ByteCursor cursor{bytes};
  if (base::text_of(cursor.take(2)) != "MG") return invalid(operation, "not a grant");
  if (cursor.number<std::uint8_t>(1) != grant_version) return invalid(operation, "of a later release");
  Grant grant;
  grant.hub_key = cursor.number<std::uint16_t>(2);
  grant.terminal = {cursor.number<std::uint32_t>(3)};
  grant.generation = cursor.number<std::uint8_t>(1);
  grant.store = {cursor.number<std::uint32_t>(4)};
  grant.key = cursor.array<crypto::PublicKey>();
  grant.first_day = cursor.number<std::uint16_t>(2);
  grant.last_day = cursor.number<std::uint16_t>(2);
  grant.serial = cursor.number<std::uint32_t>(4);
  grant.documents = cursor.array<base::Hash>();
  grant.value_minor_max = cursor.number<std::uint32_t>(4);
  grant.outstanding_minor_max = cursor.number<std::uint32_t>(4);
  grant.outstanding_uses_max = cursor.number<std::uint16_t>(2);
  if (!crypto::verify(hub_key, crypto::context::grant, brand, bytes.first(signed_bytes),
                      cursor.array<crypto::Signature>())) {
    return invalid(operation, "the hub key did not sign it");
  }
  return grant;
}

model::HonourLimits limits_of(const Grant& grant) {
  auto limits = model::default_limits();
  limits.value_minor_max = grant.value_minor_max;
  limits.outstanding_minor_max = grant.outstanding_minor_max;
  limits.outstanding_uses_max = grant.outstanding_uses_max;
  return limits;
}

base::Bytes encode_sheet(const GrantSheet& sheet) {
  MILLPOND_CHECK(sheet.hub_key.size() == vouched_bytes && sheet.grant.size() == grant_bytes &&
                 sheet.hub_url.size() <= sheet_url_max);
  base::Bytes bytes{sheet_version};
  base::append(bytes, sheet.root);
  base::append(bytes, sheet.hub_key);
  base::append(bytes, sheet.grant);
  base::append(bytes, sheet.seed);
  base::append_big_endian(bytes, sheet.hub_url.size(), 1);
  base::append(bytes, base::view_of(sheet.hub_url));
  return bytes;
}

base::Result<GrantSheet> decode_sheet(base::ByteView bytes) {
  constexpr auto operation = "read grant sheet";
  if (bytes.size() < sheet_bytes_min) return invalid(operation, "too short");
  base::ByteCursor cursor{bytes};
  if (cursor.number<std::uint8_t>(1) != sheet_version) return invalid(operation, "of a later release");
  GrantSheet sheet;
  sheet.root = cursor.array<crypto::PublicKey>();
  const auto hub_key = cursor.take(vouched_bytes);
  sheet.hub_key.assign(hub_key.begin(), hub_key.end());
  const auto grant = cursor.take(grant_bytes);
  sheet.grant.assign(grant.begin(), grant.end());
  sheet.seed = cursor.array<std::array<std::uint8_t, 32>>();
  const auto url_bytes = cursor.number<std::size_t>(1);
  if (url_bytes > sheet_url_max || bytes.size() != sheet_bytes_min + url_bytes) {
    return invalid(operation, "wrong length");
  }
  sheet.hub_url = base::text_of(cursor.take(url_bytes));
  return sheet;
}

base::Result<CheckedSheet> check_sheet(const GrantSheet& sheet) {
  constexpr auto operation = "check grant sheet";
  const auto brand = crypto::brand_id_of(sheet.root);
  const auto hub_key = open_hub_key(sheet.hub_key, sheet.root);
  if (!hub_key) return invalid(operation, "the brand root does not vouch for the hub key");
  MILLPOND_TRY(auto grant, open_grant(sheet.grant, hub_key->key, brand));
  if (grant.hub_key != hub_key->number) return invalid(operation, "by another hub key than it says");
  auto key = crypto::SigningKey::from_seed(sheet.seed);
  if (key.public_key() != grant.key) return invalid(operation, "the key is not the grant's");
  // Nobody signed it: a changed one may delay, and shall never make a terminal speak in clear.
  if (!usable_hub_url(sheet.hub_url)) return invalid(operation, "no URL of a hub");
  return CheckedSheet{brand, *hub_key, grant, std::move(key)};
}

std::string sheet_digits(const crypto::PublicKey& root, base::ByteView grant) {
  return crypto::matching_digits(crypto::blake2b(root, grant));
}

base::Bytes to_json(const BindRequest& request) {
  const auto text = nlohmann::json{{"grant", base::to_hex(request.grant)},
                                   {"terminal_key", base::to_hex(request.terminal_key)},
                                   {"binding", base::to_hex(request.binding)}}
                        .dump();
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

base::Result<BindRequest> parse_bind_request(base::ByteView text) {
  const auto json = nlohmann::json::parse(base::text_of(text), nullptr, false);
  const auto bytes_in = [&](const char* name) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    const bool is_text = json.is_object() && found != json.end() && found->is_string();
    return is_text ? base::from_hex(found->get_ref<const std::string&>()).value_or(base::Bytes{}) : base::Bytes{};
  };
  const auto refused = [](const char* name) { return base::Error{base::Code::bad_input, "parse bind request", name}; };
  BindRequest request;
  request.grant = bytes_in("grant");
  if (request.grant.size() != grant_bytes) return refused("grant");
  const auto key = crypto::public_key_of(bytes_in("terminal_key"));
  if (!key) return refused("terminal_key");
  const auto binding = crypto::signature_of(bytes_in("binding"));
  if (!binding) return refused("binding");
  request.terminal_key = *key;
  request.binding = *binding;
  return request;
}

crypto::Signature bind_grant(const crypto::SigningKey& grant_key, const base::BrandId& brand,
                             const crypto::PublicKey& terminal_key) {
  return grant_key.sign(crypto::context::binding, brand, terminal_key);
}

bool binding_holds(const Grant& grant, const base::BrandId& brand, const crypto::PublicKey& terminal_key,
                   const crypto::Signature& binding) {
  return crypto::verify(grant.key, crypto::context::binding, brand, terminal_key, binding);
}

}  // namespace millpond::wire
