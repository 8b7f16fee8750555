// SPDX-License-Identifier: Apache-2.0
// What a terminal asks the hub about a member's code whose issuer is unknown here.
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
  const auto live = journal_.published()->live_epoch;
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

}  // namespace millpond::terminal
