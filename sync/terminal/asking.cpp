// SPDX-License-Identifier: Apache-2.0
// What a terminal asks the hub while somebody waits, beside coupons: whether a member's code is genuine whose issuer is
// unknown here, and for points that no lease here has.
#include "sync/model/spending.h"
#include "sync/terminal/honouring.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/person.h"
#include "sync/terminal/terminal.h"
#include "sync/terminal/verified_code.h"

namespace millpond::terminal {

using base::Code;
using base::Error;

// A card of an app is good through its last day, everywhere and for everything: what withdraws it is told no longer
// than that. Where nobody knows the day, it says whom somebody names.
base::Result<ReadCode> Terminal::read_shown(std::string_view text) {
  MILLPOND_TRY(auto code, read_or_ask(text));
  const auto rules = programme();
  const Moment moment{time_.now(), rules.get()};
  if (moment.day_known && codes::is_future_dated(code.payload, moment.today)) {
    return Error{Code::code_not_yet_valid, "read code", "made on a day that is still to come"};
  }
  const auto* const rotating = std::get_if<codes::RotatingCode>(&code.payload);
  if (rotating == nullptr) return code;
  if (!moment.day_known) {
    code.day_unknown = true;
  } else if (moment.today.days > rotating->last_day) {
    return Error{Code::code_expired, "read code", "the card of this phone is out of date"};
  }
  return code;
}

base::Result<ReadCode> Terminal::read_or_ask(std::string_view text) {
  const Reading reading{identity_, journal_, replica_};
  auto code = read_code(text, reading);
  if (code || code.error().code != Code::code_unknown_issuer || !ask_card_) return code;
  const auto unchecked = unchecked_card(text, reading);
  if (!unchecked) return code;
  const auto now_ms = time_.now().wall_ms;
  if (const auto revoked = told_cards_.issuer_revoked(text, now_ms)) return ReadCode{*unchecked, *revoked};
  base::Epoch live;
  MILLPOND_TRY_DO(journal_.with([&](store::Journal& journal) {
    if (const auto outbox = journal.outbox()) live = outbox->live_epoch;
  }));
  const auto word = ask_card_({std::string{text}, live});
  if (word.word == model::HubWord::refused) return Error{word.why, "read code", "the hub says so"};
  if (word.word != model::HubWord::confirmed) return code;
  std::optional<store::ReplicaMember> row;
  if (word.row) {
    base::Result<std::uint64_t> position{std::uint64_t{0}};
    MILLPOND_TRY_DO(
        journal_.with([&](store::Journal& journal) { position = journal.position_of(live, word.includes); }));
    if (position) row = store::ReplicaMember{*word.row, *position};
  }
  MILLPOND_TRY(const auto member, member_of(*unchecked));
  told_cards_.remember(text, {member, word.issuer_revoked, std::move(row)}, now_ms);
  return ReadCode{*unchecked, word.issuer_revoked};
}

base::Result<Person> Terminal::find_person(base::MemberId member) const {
  MILLPOND_TRY(auto person, person_of(replica_, member));
  if (person.row) return person;
  person.row = told_cards_.row_of(member, time_.now().wall_ms);
  if (!person.row) return person;
  person.member = person.row->row.member;
  person.others = person.row->row.aliases;
  return person;
}

base::Result<std::optional<wire::PointsAsk>> Terminal::points_question(const SaleRequest& request) {
  const std::optional<wire::PointsAsk> none;
  if (request.spend_points <= 0 || request.sale.training || is_phone(request.member_code)) return none;
  const auto named = named_by(request);
  if (!named || !named->member || model::too_weak(named->strength, model::Deed::spend_little)) return none;
  const bool by_phone = named->rotating && !request.member_code.empty();  // whether it is fresh the sale finds out
  const bool enough = !model::too_weak(named->strength, model::spending(request.spend_points));
  if (!enough && !by_phone && !request.vouched_by) return none;
  const auto rules = programme();
  const Moment moment{time_.now(), rules.get()};
  MILLPOND_TRY(const auto honouring, read_honouring(journal_, replica_, time_, identity_.unbound.has_value()));
  if (!moment.day_known || honouring.suspended) return none;
  std::optional<wire::PointsAsk> ask;
  MILLPOND_TRY_DO(read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(const auto recorded, transaction.find_sale(request.sale.key));
    MILLPOND_TRY(const auto person, find_person(named->member));
    MILLPOND_TRY(const auto balance, spendable_points(transaction, person, rules.get(), moment.today));
    if (recorded || balance < request.spend_points) return {};
    MILLPOND_TRY(const auto leases, transaction.leases(person.member));
    ask = wire::PointsAsk{
        model::redemption_id(identity_.brand, request.sale.key, {}), person.member, {}, request.spend_points};
    for (const auto& held : leases) {
      ask->epoch = held.live_epoch;
      if (held.lease.kind != model::LeaseKind::points) continue;
      const model::LeaseCase lease{held.lease, held.use, request.spend_points, held.live_epoch, false, moment.now_ms};
      if (model::usable(lease) < request.spend_points) continue;
      ask.reset();
      break;
    }
    return {};
  }));
  if (!ask || ask->epoch) return ask;
  MILLPOND_TRY_DO(journal_.with([&](store::Journal& journal) {
    if (const auto outbox = journal.outbox()) ask->epoch = outbox->live_epoch;
  }));
  return ask;
}

}  // namespace millpond::terminal
