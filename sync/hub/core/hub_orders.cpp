// SPDX-License-Identifier: Apache-2.0
// Work orders and offline grants: machines that become terminals without an operator beside them.
#include "sync/codes/base45.h"
#include "sync/crypto/pin.h"
#include "sync/hub/core/hub_state.h"
#include "sync/wire/grant_file.h"

#include <algorithm>
#include <limits>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

constexpr std::int64_t day_ms = 86'400'000;
constexpr int grant_days_max = 90;
constexpr std::size_t phone_digits_min = 7;
constexpr std::size_t documents_bytes_max = wire::grant_file_bytes_max - 4'096;  // a sheet is smaller than the rest

// The nearest number that has a place in a grant.
template <class Place>
Place fitting(std::int64_t limit) {
  return static_cast<Place>(std::clamp<std::int64_t>(limit, 0, std::numeric_limits<Place>::max()));
}

Error order_invalid() { return {Code::work_order_invalid, "use work order", "no such order, phone or PIN"}; }

// Digits only, without a country code's zeros or plus: two people write one number in many ways.
std::string digits_of(std::string_view phone) {
  std::string digits;
  std::ranges::copy_if(phone, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  if (digits.size() == 13 && digits.starts_with("86")) digits.erase(0, 2);
  return digits;
}

base::Bytes phone_hash(const HubKeys& keys, std::string_view phone) {
  const auto key = keys.secret.derive(crypto::purpose::phones, 0);
  const auto hash = crypto::keyed_blake2b_16(key.bytes(), base::view_of(digits_of(phone)));
  return {hash.begin(), hash.end()};
}

// A PIN belongs to the technician of this order, whoever else has the same.
std::uint64_t person_of(base::ByteView phone) { return base::read_big_endian(phone.first(8)); }

crypto::SecretKey pin_key(const HubKeys& keys) { return keys.secret.derive(crypto::purpose::pins, 0); }

}  // namespace

base::Result<NewOrder> HubCore::add_order(base::StoreId store, std::uint32_t terminals, std::string_view phone,
                                          std::string_view pin) {
  if (!store || terminals == 0 || terminals > wire::order_terminals_max) {
    return Error{Code::bad_input, "add work order", "a store, and 1 to 50 terminals"};
  }
  if (digits_of(phone).size() < phone_digits_min) return Error{Code::bad_input, "add work order", "a phone number"};
  MILLPOND_TRY_DO(crypto::check_new_pin(pin));
  const auto& keys = state_->keys;
  const auto now_ms = state_->clock.wall_ms();
  WorkOrder order;
  order.store = store;
  order.terminals = terminals;
  order.expires_ms = now_ms + wire::order_days * day_ms;
  order.phone = phone_hash(keys, phone);
  MILLPOND_TRY(order.pin, crypto::hash_pin(pin, person_of(order.phone), pin_key(keys), state_->pin_cost_now()));
  NewOrder made;
  made.code = state_->new_code();
  made.expires_ms = order.expires_ms;
  MILLPOND_TRY(made.number, state_->store->add_order(state_->hash_of_code(made.code), order, now_ms));
  return made;
}

// The try is paid before phone and PIN are looked at, and a wrong one of either tells nothing about which it was.
base::Result<wire::ProvisionAnswer> HubCore::State::provision_by_order(const wire::ProvisionRequest& request) {
  const auto code_hash = hash_of_code(request.code);
  MILLPOND_TRY(const auto order, store->try_order(code_hash));
  if (!order || order->tries_left <= 0) return order_invalid();
  const bool phone_fits = crypto::equal_constant_time(order->phone, phone_hash(keys, request.phone));
  const bool pin_fits = crypto::pin_fits(order->pin, request.pin, person_of(order->phone), pin_key(keys));
  if (!phone_fits || !pin_fits) return order_invalid();
  const auto now_ms = clock.wall_ms();
  const auto make = [&](base::TerminalId terminal, base::StoreId store_id, std::uint32_t serial) {
    auto digits = wire::matching_digits(request.code, request.terminal_key, keys.root);
    return make_terminal(request.terminal_key, std::move(digits), terminal, store_id, serial, now_ms);
  };
  MILLPOND_TRY(const auto record, store->use_order(code_hash, request.terminal_key, now_ms, make));
  return answer_with(record);
}

base::Result<std::vector<WorkOrder>> HubCore::orders() { return state_->store->orders(); }

base::Result<> HubCore::revoke_order(std::uint64_t number) {
  return state_->store->revoke_order(number, state_->clock.wall_ms());
}

base::Result<NewGrant> HubCore::add_grant(const GrantWish& wish) {
  const bool days_fit = wish.days >= 1 && wish.days <= grant_days_max;
  if (!wish.store || !days_fit || !wire::usable_hub_url(wish.hub_url) || wish.hub_url.size() > wire::sheet_url_max) {
    return Error{Code::bad_input, "add grant", "a store, 1 to 90 days, and the hub's URL"};
  }
  const auto now_ms = state_->clock.wall_ms();
  const auto& signer = state_->keys.signer(now_ms);
  const auto limits = wish.limits ? *wish.limits : state_->limits_now().value_or(model::default_limits());
  MILLPOND_TRY(const auto rows, state_->store->documents());
  wire::GrantFile file;
  file.documents = wire::encode_documents(rows);
  auto& sheet = file.sheet;
  state_->rng.fill(sheet.seed);
  const auto key = crypto::SigningKey::from_seed(sheet.seed);
  const auto today = base::local_date_at(now_ms, 0).days;
  const auto make = [&](base::TerminalId terminal, std::uint32_t serial) {
    wire::Grant grant;
    grant.hub_key = signer.hub_key.number;
    grant.terminal = terminal;
    grant.store = wish.store;
    grant.key = key.public_key();
    grant.first_day = static_cast<std::uint16_t>(today);
    grant.last_day = static_cast<std::uint16_t>(today + wish.days);
    grant.serial = serial;
    grant.documents = wire::hash_documents(file.documents);
    grant.value_minor_max = fitting<std::uint32_t>(limits.value_minor_max);
    grant.outstanding_minor_max = fitting<std::uint32_t>(limits.outstanding_minor_max);
    grant.outstanding_uses_max = fitting<std::uint16_t>(limits.outstanding_uses_max);
    return wire::issue_grant(grant, signer.signing, state_->keys.brand);
  };
  if (rows.size() > wire::grant_documents_max || file.documents.size() > documents_bytes_max) {
    return Error{Code::too_large, "add grant", "more documents than a machine reads"};
  }
  const auto expires_ms = (std::int64_t{today} + wish.days + 1) * day_ms;
  MILLPOND_TRY(auto record, state_->store->add_grant(wish.store, expires_ms, now_ms, make));
  sheet.root = state_->keys.root;
  sheet.hub_key = signer.vouched;
  sheet.grant = std::move(record.grant);
  sheet.hub_url = wish.hub_url;
  MILLPOND_TRY(const auto checked, wire::check_sheet(sheet));
  return NewGrant{record.terminal, std::string{wire::sheet_prefix} + codes::base45_encode(wire::encode_sheet(sheet)),
                  wire::sheet_digits(sheet.root, sheet.grant), expires_ms, wire::encode_grant_file(file)};
}

// A machine honours by its grant from the first day on, and without the hub never for longer than the limits say.
base::Result<std::int64_t> HubCore::State::granted_minor(std::int64_t now_ms) {
  MILLPOND_TRY(const auto records, store->grants());
  std::int64_t sum = 0;
  for (const auto& record : records) {
    if (record.bound || record.revoked) continue;
    for (const auto& pair : keys.pairs) {
      const auto grant = wire::open_grant(record.grant, pair.hub_key.key, keys.brand);
      if (!grant) continue;
      const auto allowed = wire::limits_of(*grant);
      const auto last_ms = std::max(record.expires_ms, grant->first_day * day_ms + allowed.refuse_after_ms);
      if (now_ms < last_ms) sum += allowed.outstanding_minor_max;
    }
  }
  return sum;
}

base::Result<wire::ProvisionAnswer> HubCore::bind_grant(const wire::BindRequest& request, bool counts) {
  const auto& keys = state_->keys;
  std::optional<wire::Grant> grant;
  for (const auto& pair : keys.pairs) {
    if (const auto opened = wire::open_grant(request.grant, pair.hub_key.key, keys.brand)) grant = *opened;
  }
  if (!grant || !wire::binding_holds(*grant, keys.brand, request.terminal_key, request.binding)) {
    return Error{Code::grant_invalid, "bind grant", "not of this hub, or not bound by its key"};
  }
  const auto now_ms = state_->clock.wall_ms();
  const auto make = [&](base::TerminalId terminal, base::StoreId store_id, std::uint32_t serial) {
    auto digits = wire::sheet_digits(keys.root, request.grant);
    return state_->make_terminal(request.terminal_key, std::move(digits), terminal, store_id, serial, now_ms);
  };
  MILLPOND_TRY(const auto record, state_->store->bind_grant(request.grant, request.terminal_key, now_ms, make, counts));
  return state_->answer_with(record);
}

base::Result<std::vector<GrantRecord>> HubCore::grants() { return state_->store->grants(); }

base::Result<> HubCore::revoke_grant(base::TerminalId terminal) {
  return state_->store->revoke_grant(terminal, state_->clock.wall_ms());
}

}  // namespace millpond::hub
