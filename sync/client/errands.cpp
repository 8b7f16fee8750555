// SPDX-License-Identifier: Apache-2.0
#include "sync/client/errands.h"

#include "sync/wire/hub_address.h"

#include <nlohmann/json.hpp>

namespace millpond::client {
namespace {

using base::Code;
using base::Error;

base::Bytes bytes_of(const nlohmann::json& json) {
  const auto text = json.dump();
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

}  // namespace

Errands::Errands(const wire::Certificate& certificate, crypto::PublicKey root, std::string hub_url, ErrandHooks hooks)
    : certificate_{certificate}, root_{root}, hub_url_{std::move(hub_url)}, hooks_{std::move(hooks)} {}

std::optional<Errand> Errands::next(std::optional<std::int32_t> day, const std::string& address,
                                    std::int64_t monotonic_ms) {
  if (binding_) return Errand{Errand::Kind::binding, "POST", "/v1/bind", wire::to_json(*binding_), {}};
  const bool renewal_due = day && *day >= certificate_.first_day + wire::renewal_after_days;
  if (renewal_due && monotonic_ms >= renewal_not_before_ms_) {
    return Errand{Errand::Kind::renewal, "POST", "/v1/renew", bytes_of(nlohmann::json::object()), {}};
  }
  if (!address.empty() && address != hub_url_ && monotonic_ms >= address_not_before_ms_) {
    return Errand{Errand::Kind::address, "GET", "/v1/hello", {}, address};
  }
  if (monotonic_ms < cards_not_before_ms_) return std::nullopt;
  return cards_errand();
}

std::optional<Errand> Errands::cards_errand() {
  auto members = nlohmann::json::array();
  const std::lock_guard lock{mutex_};
  asked_.clear();
  for (const auto member : wanted_) {
    if (asked_.size() == cards_at_once) break;
    asked_.insert(member);
    members.push_back(base::format_id('M', member.value));
  }
  if (asked_.empty()) return std::nullopt;
  return Errand{Errand::Kind::cards, "POST", "/v1/card", bytes_of({{"members", std::move(members)}}), {}};
}

bool Errands::done(const Errand& errand, const base::Result<HubWord>& word, std::int64_t monotonic_ms) {
  base::Result<> kept = word ? base::Result<>{} : base::Result<>{word.error()};
  if (word && word->status != 200) kept = HubLine::refusal_of(*word).error;
  switch (errand.kind) {
    case Errand::Kind::binding:
      if (kept) kept = bound(*word);
      return false;
    case Errand::Kind::renewal:
      if (kept) kept = renewed(*word);
      if (!kept) renewal_not_before_ms_ = monotonic_ms + pause_ms;
      return false;
    case Errand::Kind::address:
      if (kept) kept = moved(errand.base_url);
      if (!kept) address_not_before_ms_ = monotonic_ms + pause_ms;
      return kept.has_value();
    case Errand::Kind::cards:
      if (kept) kept = carded(errand, *word);
      if (!kept) cards_not_before_ms_ = monotonic_ms + pause_ms;
      return false;
  }
  return false;
}

void Errands::want_card(base::MemberId member) {
  const std::lock_guard lock{mutex_};
  if (wanted_.size() < cards_waiting_max) wanted_.insert(member);
}

base::Result<> Errands::bound(const HubWord& word) {
  MILLPOND_TRY(const auto answer, wire::parse_provision_answer(word.body));
  MILLPOND_TRY(const auto checked, wire::check_answer(answer, certificate_.key));
  const auto& granted = checked.certificate;
  if (checked.root != root_ || granted.terminal != certificate_.terminal || granted.store != certificate_.store) {
    return Error{Code::certificate_invalid, "bind grant", "the answer is for another brand, terminal or store"};
  }
  MILLPOND_TRY_DO(hooks_.keep_binding(answer));
  certificate_ = granted;
  binding_.reset();
  return {};
}

base::Result<> Errands::renewed(const HubWord& word) {
  MILLPOND_TRY(const auto answer, wire::parse_renew_answer(word.body));
  MILLPOND_TRY(const auto checked, wire::check_renewal(answer, certificate_, root_));
  MILLPOND_TRY_DO(hooks_.keep_certificate(answer));
  certificate_ = checked.certificate;
  return {};
}

base::Result<> Errands::moved(const std::string& url) {
  MILLPOND_TRY_DO(hooks_.keep_address(url));
  hub_url_ = url;
  return {};
}

// A member that the hub does not know yet is asked for at the next print or show.
base::Result<> Errands::carded(const Errand& errand, const HubWord& word) {
  const Error unreadable{Code::bad_input, "read cards", errand.target};
  const auto json = nlohmann::json::parse(base::text_of(word.body), nullptr, false);
  if (!json.is_object() || !json.contains("cards") || !json["cards"].is_array()) return unreadable;
  std::vector<std::string> cards;
  for (const auto& card : json["cards"]) {
    if (!card.is_string()) return unreadable;
    cards.push_back(card.get<std::string>());
  }
  MILLPOND_TRY_DO(hooks_.keep_cards(cards));
  const std::lock_guard lock{mutex_};
  for (const auto member : asked_) wanted_.erase(member);
  asked_.clear();
  return {};
}

}  // namespace millpond::client
