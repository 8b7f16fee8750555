// SPDX-License-Identifier: Apache-2.0
// People behind the counter, and the keys that their terminals need: rows that HubCore makes for single stores and
// terminals, and makes again after a rebuild.
#include "sync/codes/payload.h"
#include "sync/crypto/seal.h"
#include "sync/hub/core/feed_rows.h"
#include "sync/hub/core/hub_state.h"
#include "sync/wire/canonical.h"

#include <algorithm>
#include <limits>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

constexpr auto secrets_kind = wire::RowKind::store_secrets;

// Another key of the terminal, place or generation is another row: the sealed body cannot be compared.
base::Bytes secrets_key(const TerminalRecord& record, std::uint64_t generation, std::uint64_t place) {
  base::Bytes about;
  base::append_big_endian(about, generation, 8);
  base::append_big_endian(about, place, 8);
  const auto tag = crypto::blake2b(about, record.key);
  auto key = key_of(record.terminal.value, 4);
  key.insert(key.end(), tag.begin(), tag.begin() + 8);
  return key;
}

}  // namespace

base::Result<> HubCore::State::keep_secrets(const TerminalRecord& record) {
  MILLPOND_TRY(const auto head, store->feed_head());
  const Told now{head.generation, record.key};
  const std::lock_guard lock{told_mutex};
  if (const auto known = told.find(record.terminal); known != told.end() && known->second == now) return {};
  const auto place = people.scope.place_of(record.store);
  const auto key = secrets_key(record, head.generation, place);
  MILLPOND_TRY(const bool there, store->has_row(secrets_kind, key));
  if (!there) {
    // A terminal whose key is no point of the curve proved that it has it, so there is none.
    MILLPOND_TRY(const auto receiver, crypto::sealing_key_of(record.key));
    const auto secrets = PeopleKeys{keys.phone_key}.secrets_of(head.generation, place, record.store);
    const auto body = crypto::seal(receiver, wire::encode(secrets));
    MILLPOND_TRY_DO(store->put_scoped({static_cast<std::uint8_t>(secrets_kind), key, false, body}, 0, record.terminal,
                                      clock.wall_ms()));
  }
  told[record.terminal] = now;
  return {};
}

base::Result<> HubCore::State::tell_staff(const StaffRecord& record) {
  wire::DownRow row;
  row.kind = static_cast<std::uint8_t>(wire::RowKind::staff);
  row.key = key_of(record.staff.value, 4);
  if (!record.disabled) {
    row.body = wire::encode(wire::StaffRow{record.staff, record.role, record.pin_hash, record.version});
  }
  return store->put_scoped(row, record.store.value, {}, clock.wall_ms());
}

base::Result<> HubCore::State::tell_staff() {
  MILLPOND_TRY(const auto people_behind, store->staff());
  for (const auto& record : people_behind) MILLPOND_TRY_DO(tell_staff(record));
  return {};
}

base::Result<StaffRecord> HubCore::State::find_staff(base::StaffId staff) {
  MILLPOND_TRY(auto people_behind, store->staff());
  const auto found = std::ranges::find(people_behind, staff, &StaffRecord::staff);
  if (found != people_behind.end()) return *found;
  return Error{Code::not_found, "find staff", "nobody has the number " + std::to_string(staff.value)};
}

base::Result<> HubCore::State::wrap_payloads(wire::UpRequest& request) {
  if (!vault) return {};
  auto seq = request.first_seq;
  for (auto& row : request.rows) {
    if (!row.payload.empty()) {
      // A fact that cannot be read is about nobody: what is beside it is kept under nobody's key.
      const auto fact = wire::decode_fact(row.canonical);
      const auto member = fact ? model::member_of(fact->body) : base::MemberId{};
      MILLPOND_TRY(row.payload, vault->seal(member, payload_place(request.terminal, request.epoch, seq), row.payload));
      if (row.payload.empty()) row.payload_salt.clear();
    }
    seq.value += 1;
  }
  return {};
}

base::Result<> HubCore::keep_members_in(const std::filesystem::path& file) {
  MILLPOND_TRY(state_->vault, MemberVault::open(file, PeopleKeys{state_->keys.phone_key}.vault_key()));
  state_->store->open_payloads_with(
      [vault = state_->vault.get()](base::MemberId member, std::string_view place, base::ByteView kept) {
        return vault->open_box(member, place, kept);
      });
  return {};
}

base::Result<MemberExport> HubCore::export_member(base::MemberId member) {
  MemberExport result;
  MILLPOND_TRY(result.file, state_->store->member_file(member));
  for (const auto& payload : result.file.payloads) {
    base::Bytes box = payload.kept;
    if (state_->vault) {
      auto opened = state_->vault->open_box(payload.member, payload_place(payload.terminal, payload.epoch, payload.seq),
                                            payload.kept);
      if (!opened) continue;  // erased
      box = std::move(*opened);
    }
    const auto plain = open_sealed_text(state_->keys, box);
    if (plain) result.personal.push_back({payload.field, payload.version, *plain});
  }
  MILLPOND_TRY(auto row, state_->store->member_row(member));
  if (row && row->same_as) { MILLPOND_TRY(row, state_->store->member_row(row->same_as)); }
  if (row) result.marks = row->marks;
  return result;
}

base::Result<AppCard> HubCore::sign_app_card(base::MemberId member, const crypto::PublicKey& app_key) {
  if (!crypto::sealing_key_of(app_key)) {
    return Error{Code::bad_input, "sign app card", "the key is no point that anybody could sign with"};
  }
  // Whom terminals are told of: a member who was removed keeps a ledger and loses the row.
  MILLPOND_TRY(const bool known, state_->store->has_row(wire::RowKind::member, key_of(member.value)));
  if (!known) return Error{Code::not_found, "sign app card", "nobody of that number is enrolled here"};
  MILLPOND_TRY(const auto cards, state_->app_cards_of(member));
  if (wire::withdraws(cards, cards.generation, app_key)) {
    return Error{Code::code_withdrawn, "sign app card",
                 "cards for this key were taken back; the app makes another key"};
  }
  MILLPOND_TRY(const auto today, state_->today());
  const auto& signer = state_->signer();
  codes::RotatingCode code;
  code.card.brand_tag = state_->keys.brand.tag();
  code.card.issuer = codes::Issuer::hub(signer.hub_key.number);
  code.card.member = member;
  code.card.card_generation = cards.generation;
  code.card.issue_day = static_cast<std::uint16_t>(today.days);
  code.app_key = app_key;
  static_assert(app_card_days <= codes::app_card_days_max);
  code.last_day = static_cast<std::uint16_t>(today.days + app_card_days);
  return AppCard{codes::sign_app_card(code, signer.signing, state_->keys.brand), base::LocalDate{code.last_day}};
}

base::Result<wire::AppCards> HubCore::withdraw_app_cards(base::MemberId member,
                                                         const std::optional<crypto::PublicKey>& app_key) {
  MILLPOND_TRY(const bool known, state_->store->has_row(wire::RowKind::member, key_of(member.value)));
  if (!known) return Error{Code::not_found, "withdraw app cards", "nobody of that number is enrolled here"};
  MILLPOND_TRY(auto cards, state_->app_cards_of(member));
  if (app_key) {
    if (wire::withdraws(cards, cards.generation, *app_key)) return cards;
    if (cards.keys.size() >= wire::app_cards_withdrawn_max) {
      return Error{Code::bad_input, "withdraw app cards", "too many one by one: take all cards of the member back"};
    }
    cards.keys.push_back(*app_key);
  } else {
    if (cards.generation == std::numeric_limits<std::uint8_t>::max()) {
      return Error{Code::bad_input, "withdraw app cards", "all generations of this member are used up"};
    }
    cards.generation += 1;
    cards.keys.clear();  // every card for them is of an earlier generation
  }
  MILLPOND_TRY(const auto today, state_->today());
  cards.last_day = today.days + app_card_days;
  MILLPOND_TRY_DO(state_->publish_app_cards(cards));
  return cards;
}

// As with limits: a restored hub does not count on from what terminals have newer.
base::Result<> HubCore::State::publish_app_cards(wire::AppCards& cards) {
  const auto now = std::clamp<std::int64_t>(clock.wall_ms() / 1'000, 1, UINT32_MAX);
  cards.version = std::max(cards.version + 1, static_cast<std::uint32_t>(now));
  MILLPOND_TRY_DO(store->publish(wire::RowKind::app_cards, wire::app_cards_key(cards.member), wire::encode(cards),
                                 cards.version, clock.wall_ms()));
  tell_feed();
  return {};
}

base::Result<wire::AppCards> HubCore::withdraw_cards(base::MemberId member) {
  MILLPOND_TRY(const bool known, state_->store->has_row(wire::RowKind::member, key_of(member.value)));
  if (!known) return Error{Code::not_found, "withdraw cards", "nobody of that number is enrolled here"};
  MILLPOND_TRY(auto cards, state_->app_cards_of(member));
  MILLPOND_TRY(const auto today, state_->today());
  if (cards.cards_from_day > today.days) return cards;
  cards.cards_from_day = today.days + 1;
  MILLPOND_TRY_DO(state_->publish_app_cards(cards));
  return cards;
}

crypto::PinCost HubCore::State::pin_cost_now() {
  if (people.pin_cost) return *people.pin_cost;
  const std::lock_guard lock{pin_cost_mutex};
  if (!pin_cost) {
    pin_cost = crypto::pin_cost_for(people.pin_pass_us ? people.pin_pass_us() : crypto::measure_pin_pass_us(clock));
  }
  return *pin_cost;
}

crypto::PinCost HubCore::pin_cost() { return state_->pin_cost_now(); }

void HubCore::set_people(PeopleSettings settings) { state_->people = std::move(settings); }

base::Result<StaffRecord> HubCore::add_staff(base::StoreId store, model::Role role, std::string_view pin,
                                             base::MemberId member) {
  if (!store) return Error{Code::bad_input, "add staff", "a store number is 1 or more"};
  MILLPOND_TRY_DO(crypto::check_new_pin(pin));
  MILLPOND_TRY(const auto known, state_->store->staff());
  StaffRecord record;
  record.staff = {known.empty() ? 1 : known.back().staff.value + 1};
  record.store = store;
  record.role = role;
  record.version = 1;
  record.member = member;
  MILLPOND_TRY(record.pin_hash,
               crypto::hash_pin(pin, record.staff.value, PeopleKeys{state_->keys.phone_key}.pin_key_of(store),
                                state_->pin_cost_now()));
  MILLPOND_TRY_DO(state_->store->put_staff(record, state_->clock.wall_ms()));
  MILLPOND_TRY_DO(state_->tell_staff(record));
  state_->tell_feed();
  return record;
}

base::Result<StaffRecord> HubCore::reset_pin(base::StaffId staff, std::string_view pin) {
  MILLPOND_TRY_DO(crypto::check_new_pin(pin));
  MILLPOND_TRY(auto record, state_->find_staff(staff));
  record.version += 1;
  MILLPOND_TRY(record.pin_hash,
               crypto::hash_pin(pin, record.staff.value, PeopleKeys{state_->keys.phone_key}.pin_key_of(record.store),
                                state_->pin_cost_now()));
  MILLPOND_TRY_DO(state_->store->put_staff(record, state_->clock.wall_ms()));
  MILLPOND_TRY_DO(state_->tell_staff(record));
  state_->tell_feed();
  return record;
}

base::Result<StaffRecord> HubCore::disable_staff(base::StaffId staff) {
  MILLPOND_TRY(auto record, state_->find_staff(staff));
  record.version += 1;
  record.disabled = true;
  MILLPOND_TRY_DO(state_->store->put_staff(record, state_->clock.wall_ms()));
  MILLPOND_TRY_DO(state_->tell_staff(record));
  state_->tell_feed();
  return record;
}

base::Result<std::vector<StaffRecord>> HubCore::staff() { return state_->store->staff(); }
base::Result<std::vector<AuditEntry>> HubCore::audit(std::size_t limit) { return state_->store->audit(limit); }
base::Result<std::vector<SignalEntry>> HubCore::signals(std::size_t limit) { return state_->store->signals(limit); }
base::Result<> HubCore::note_act(std::string_view told) {
  return state_->store->note_act(told, state_->clock.wall_ms());
}
base::Result<HubActs> HubCore::acts(std::size_t limit) { return state_->store->acts(limit); }

}  // namespace millpond::hub
