// SPDX-License-Identifier: Apache-2.0
// What terminals ask while somebody waits, beside coupons: points that their lease does not have, and codes of members
// whose issuer they do not know.
#include "sync/hub/core/feed_rows.h"
#include "sync/hub/core/hub_state.h"

#include <algorithm>

namespace millpond::hub {

using base::Code;

// Every issuer that ever was is in the directory. One that was revoked has signed good codes before, and whatever a
// thief liked since: its signature alone proves nothing.
base::Result<HubCore::State::CheckedCode> HubCore::State::check_code(std::string_view text) {
  const auto wrong = [](Code why) { return CheckedCode{why, {}, false}; };
  const auto code = codes::parse(text, keys.brand);
  if (!code) return wrong(code.error().code);
  MILLPOND_TRY(const auto rows, store->published_rows(wire::RowKind::issuer));
  const auto row = std::ranges::find(rows, key_of(code->issuer().value, 4), &wire::DownRow::key);
  if (row == rows.end()) return wrong(Code::code_unknown_issuer);
  MILLPOND_TRY(const auto issuer, wire::decode_issuer_row(row->body));
  const auto genuine = codes::verify(*code, issuer.key, keys.brand);
  if (!genuine) return wrong(genuine.error().code);
  const bool revoked = issuer.revoked_from_seq != 0;
  MILLPOND_TRY(const auto now, today());
  if (codes::is_future_dated(*genuine, now)) return wrong(Code::code_not_yet_valid);
  if (const auto* const rotating = std::get_if<codes::RotatingCode>(&*genuine)) {
    if (revoked) return wrong(Code::code_withdrawn);  // whoever has that hub key makes phones of any member
    MILLPOND_TRY(const auto cards, app_cards_of(rotating->card.member));
    if (wire::withdraws(cards, rotating->card.card_generation, rotating->app_key)) return wrong(Code::code_withdrawn);
  }
  if (const auto* const card = std::get_if<codes::MemberCode>(&*genuine)) {
    MILLPOND_TRY(const auto cards, app_cards_of(card->member));
    if (card->issue_day < cards.cards_from_day) return wrong(Code::code_withdrawn);
  }
  return CheckedCode{std::nullopt, *genuine, revoked};
}

base::Result<wire::AppCards> HubCore::State::app_cards_of(base::MemberId member) {
  MILLPOND_TRY(const auto rows, store->published_rows(wire::RowKind::app_cards));
  const auto row = std::ranges::find(rows, wire::app_cards_key(member), &wire::DownRow::key);
  if (row != rows.end()) return wire::decode_app_cards(row->body);
  wire::AppCards none;
  none.member = member;
  return none;
}

base::Result<wire::PointsWord> HubCore::points(base::TerminalId authenticated, base::ByteView body) {
  MILLPOND_TRY(const auto ask, wire::decode_points_ask(body));
  wire::PointsWord word{ask.asked, model::HubWord::refused, Code::points_cap, std::nullopt, state_->clock.wall_ms()};
  const auto terms = state_->lease_terms_now();
  const auto of_points = std::ranges::find(terms, model::LeaseKind::points, &LeaseTerms::kind);
  if (of_points == terms.end()) return word;
  const PointsQuestion question{{authenticated, ask.epoch}, ask.asked, ask.member, ask.points};
  MILLPOND_TRY(const auto answer, state_->store->lease_points(question, *of_points, word.hub_wall_ms));
  if (answer.is_new) state_->tell_feed();
  word.word = answer.word;
  word.why = answer.why;
  word.lease = answer.lease;
  return word;
}

// Whom a card names may be told under another number by now: their row is that of the person.
base::Result<std::optional<wire::MemberRow>> HubCore::State::person_row(base::MemberId member) {
  MILLPOND_TRY(auto row, store->member_row(member));
  if (!row || !row->same_as) return row;
  return store->member_row(row->same_as);
}

base::Result<wire::CardWord> HubCore::card(base::TerminalId authenticated, base::ByteView body) {
  MILLPOND_TRY(const auto ask, wire::decode_card_ask(body));
  wire::CardWord word{model::HubWord::refused, Code::code_unknown_kind, std::nullopt, {}, state_->clock.wall_ms(), {}};
  MILLPOND_TRY(const auto checked, state_->check_code(ask.code));
  if (checked.wrong) {
    word.why = *checked.wrong;
    return word;
  }
  const auto* const card = std::get_if<codes::MemberCode>(&checked.payload);
  const auto* const rotating = std::get_if<codes::RotatingCode>(&checked.payload);
  if (card == nullptr && rotating == nullptr) return word;
  // The row first: what is applied between the two is missing for a moment, and never counted twice.
  MILLPOND_TRY(word.row, state_->person_row(card != nullptr ? card->member : rotating->card.member));
  MILLPOND_TRY(const auto marks, state_->store->watermarks(authenticated));
  const auto mark = std::ranges::find(marks, ask.epoch, &Watermark::epoch);
  if (mark != marks.end()) word.includes = mark->projected;
  word.why = Code::code_unknown_issuer;
  if (checked.revoked && !word.row) return word;
  word.why = {};
  word.word = model::HubWord::confirmed;
  word.issuer_revoked = checked.revoked;
  return word;
}

}  // namespace millpond::hub
