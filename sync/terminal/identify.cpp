// SPDX-License-Identifier: Apache-2.0
// Who a scanned text says that somebody is, and the cards that say it.
#include "sync/codes/claim.h"
#include "sync/codes/classify.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/person.h"
#include "sync/terminal/terminal.h"
#include "sync/terminal/verified_code.h"
#include "sync/wire/app_card_rows.h"

#include <algorithm>

namespace millpond::terminal {
namespace {

using base::Code;
using base::Error;

constexpr std::uint8_t own_card_generation = 1;
constexpr std::size_t cards_in_memory_max = 10'000;

std::string card_document(base::MemberId member) { return "card:" + base::format_id('M', member.value); }

}  // namespace

base::Result<MemberView> Terminal::identify(std::string_view code_text) {
  const auto kind = codes::classify(code_text);
  if (const auto why = not_ours(kind)) return Error{*why, "identify", "not a member code"};
  if (kind == codes::TextKind::member_number) {
    const auto number = base::parse_id('M', code_text);
    if (!number) return Error{Code::code_malformed, "identify", "white space around a member number"};
    MILLPOND_TRY(auto view, member(base::MemberId{*number}));
    view.strength = model::Strength::phone_typed;
    return view;
  }
  const auto code = read_shown(code_text);
  if (!code && code.error().code == Code::code_unknown_kind && codes::parse_claim(code_text, identity_.brand)) {
    return Error{Code::code_unknown_issuer, "identify", "a claim code, which the hub alone can check"};
  }
  if (!code) return code.error();
  if (const auto* rotating = std::get_if<codes::RotatingCode>(&code->payload)) return identify_rotating(*rotating);
  const auto* card = std::get_if<codes::MemberCode>(&code->payload);
  if (card == nullptr) return Error{Code::code_unknown_kind, "identify", "a genuine code of another kind"};
  MILLPOND_TRY(auto view, member(card->member));
  view.strength = code->strength();
  return view;
}

base::Result<MemberView> Terminal::see(std::string_view code_text) {
  const Error weak{Code::identity_too_weak, "look up member", "by a number that anybody can type"};
  if (codes::classify(code_text) == codes::TextKind::member_number || is_phone(code_text)) return weak;
  auto view = identify(code_text);
  if (view && model::too_weak(view->strength, model::Deed::see)) return weak;
  return view;
}

model::Strength Terminal::strength_of(std::string_view card) {
  const auto known = identify(card);
  return known ? known->strength : model::Strength::member_code;  // a picture of a phone is as good as one of a card
}

// The same in an action.
base::Result<model::Strength> Terminal::strength_in(store::Transaction& transaction, const ReadCode& code) {
  const auto* const rotating = std::get_if<codes::RotatingCode>(&code.payload);
  if (rotating == nullptr) return code.strength();
  const auto person = find_person(rotating->card.member);
  bool known = person && person->row;
  if (!known) { MILLPOND_TRY(known, transaction.has_member(rotating->card.member)); }
  return known && take_shown(*rotating) ? model::Strength::rotating_code : model::Strength::member_code;
}

base::Result<> Terminal::take_shown(const codes::RotatingCode& code) {
  const auto now = time_.precise();
  const std::lock_guard lock{mutex_};
  return shown_codes_.take(code.card.member, code.made_s, {now.wall_ms, now.since_hub_ms, now.trusted});
}

base::Result<MemberView> Terminal::identify_rotating(const codes::RotatingCode& code) {
  // Known first: a code of somebody whom nobody knows here must not use up a place.
  MILLPOND_TRY(auto view, member(code.card.member));
  MILLPOND_TRY_DO(take_shown(code));
  view.strength = model::Strength::rotating_code;
  return view;
}

std::string Terminal::card_text(base::MemberId member) const {
  std::int32_t from_day = 0;  // a card of today would be none where one of today was lost
  {
    const std::lock_guard lock{mutex_};
    if (const auto signed_by_hub = hub_cards_.find(member); signed_by_hub != hub_cards_.end()) {
      return signed_by_hub->second;
    }
    if (const auto from = cards_from_.find(member); from != cards_from_.end()) from_day = from->second;
  }
  const auto rules = programme();
  const Moment moment{time_.now(), rules.get()};
  // Under a clock that nobody vouches for: one of the future would be refused everywhere else.
  const auto today = moment.day_known ? moment.today : base::local_date_at(time_.last_word_ms(), 0);
  const codes::MemberCode code{identity_.brand.tag(),
                               own_issuer(identity_),
                               member,
                               own_card_generation,
                               static_cast<std::uint16_t>(std::max(today.days, from_day)),
                               /*flags=*/0};
  return codes::compose(code, identity_.key, identity_.brand);
}

// One that would count as a typed number where it is shown is replaced.
bool Terminal::is_good_card(std::string_view text) {
  const auto code = read_code(text, {identity_, journal_, replica_});
  return code && !code->issuer_revoked;
}

void Terminal::fetch_card(base::MemberId member) {
  std::string in_memory;
  {
    const std::lock_guard lock{mutex_};
    if (const auto found = hub_cards_.find(member); found != hub_cards_.end()) in_memory = found->second;
  }
  if (!in_memory.empty()) {
    if (is_good_card(in_memory)) return;
    const std::lock_guard lock{mutex_};
    hub_cards_.erase(member);
  }
  base::Result<std::optional<base::Bytes>> kept = std::optional<base::Bytes>{};
  base::Result<std::optional<base::Bytes>> withdrawn = std::optional<base::Bytes>{};
  const auto asked = journal_.with([&](store::Journal& open) {
    kept = open.document(card_document(member));
    withdrawn = open.document(wire::app_cards_document(member));
  });
  if (asked && withdrawn && *withdrawn) {
    const auto cards = wire::decode_app_cards(**withdrawn);
    const std::lock_guard lock{mutex_};
    if (cards && cards->cards_from_day > 0) cards_from_[member] = cards->cards_from_day;
  }
  if (!asked || !kept || !*kept || !is_good_card(base::text_of(**kept))) {
    if (card_wanted_) card_wanted_(member);
    return;
  }
  const std::lock_guard lock{mutex_};
  if (hub_cards_.size() >= cards_in_memory_max) hub_cards_.clear();
  hub_cards_[member] = std::string{base::text_of(**kept)};
}

std::string Terminal::member_code(base::MemberId member) {
  fetch_card(member);
  return card_text(member);
}

base::Result<> Terminal::keep_cards(const std::vector<std::string>& cards) {
  std::vector<std::pair<codes::MemberCode, std::string>> good;
  for (const auto& text : cards) {
    const auto code = read_member_code(text, {identity_, journal_, replica_});
    if (code && code->issuer.is_hub() && is_good_card(text)) good.emplace_back(*code, text);
  }
  if (good.empty()) return {};
  auto committed = journal_.commit([&](store::Transaction& transaction) -> base::Result<> {
    for (const auto& [code, text] : good) {
      // By the day, so that a later card of the same member takes the place of an earlier one.
      const auto version = (std::uint64_t{code.card_generation} << 32) | code.issue_day;
      MILLPOND_TRY_DO(transaction.put_document(card_document(code.member), version, base::view_of(text)));
    }
    return {};
  });
  if (!committed) return committed;
  const std::lock_guard lock{mutex_};
  for (const auto& [code, text] : good) {
    if (hub_cards_.size() >= cards_in_memory_max) hub_cards_.clear();
    hub_cards_[code.member] = text;
  }
  return {};
}

}  // namespace millpond::terminal
