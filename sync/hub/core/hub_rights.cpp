// SPDX-License-Identifier: Apache-2.0
// What the hub lets terminals honour without asking, and its answer when they ask.
#include "sync/hub/core/feed_rows.h"
#include "sync/hub/core/hub_state.h"

#include <algorithm>

namespace millpond::hub {

using base::Code;

base::Result<std::shared_ptr<const model::Programme>> HubCore::State::programme_now() {
  MILLPOND_TRY(const auto version, store->published_version(wire::RowKind::programme));
  return store->programme(version);
}

// Where the shops are, by the programme that was published last; in UTC before there is one.
base::Result<base::LocalDate> HubCore::State::today() {
  MILLPOND_TRY(const auto published, programme_now());
  const auto now_ms = clock.wall_ms();
  return base::local_date_at(now_ms, published ? model::offset_at(*published, now_ms) : 0);
}

base::Result<model::Country> HubCore::country() {
  MILLPOND_TRY(const auto rules, state_->programme_now());
  return rules ? rules->country : model::china();
}

base::Result<> HubCore::State::publish_limits(base::TerminalId terminal, model::HonourLimits of) {
  const auto key = key_of(terminal.value, 4);
  MILLPOND_TRY(const auto rows, store->published_rows(wire::RowKind::allowance));
  const auto known = std::ranges::find(rows, key, &wire::DownRow::key);
  // A hub restored from a backup does not know what it published since, and terminals keep the higher version: it knows
  // what time it is.
  const auto now = static_cast<std::uint32_t>(std::clamp<std::int64_t>(clock.wall_ms() / 1'000, 1, UINT32_MAX));
  if (known != rows.end()) {
    MILLPOND_TRY(const auto before, wire::decode_allowance(known->body));
    of.version = before.version;
    if (of == before) return {};
  }
  of.version = std::max(of.version + 1, now);
  return store->publish(wire::RowKind::allowance, key, wire::encode(of), of.version, clock.wall_ms(),
                        {.terminal = terminal});
}

base::Result<std::int64_t> HubCore::set_limits(const model::HonourLimits& limits, std::uint32_t uses_day_max) {
  {
    const std::lock_guard lock{state_->rules_mutex};
    state_->limits = limits;
    state_->uses_day_max = uses_day_max;
  }
  MILLPOND_TRY(const auto terminals, state_->store->rights());
  for (const auto& each : terminals) MILLPOND_TRY_DO(state_->publish_limits(each.terminal, limits));
  state_->tell_feed();
  return loss_bound_minor(terminals);
}

base::Result<std::int64_t> HubCore::loss_bound_minor(const std::vector<RightsStanding>& terminals) {
  const auto limits = state_->limits_now();
  if (!limits) return 0;
  MILLPOND_TRY(const auto granted, state_->granted_minor(state_->clock.wall_ms()));
  return granted + 2 * limits->outstanding_minor_max *
                       std::ranges::count_if(terminals, [](const RightsStanding& each) { return !each.revoked; });
}

base::Result<ProgrammeBound> HubCore::bound_of(base::ByteView json) {
  MILLPOND_TRY(const auto programme, state_->publishable(json));
  MILLPOND_TRY(const auto all, state_->store->rights());
  model::OutageLimits limits;
  limits.terminals = std::ranges::count_if(all, [](const RightsStanding& each) { return !each.revoked; });
  limits.honour = state_->limits_now().value_or(model::HonourLimits{});
  limits.points_pool_max = 0;
  for (const auto& terms : state_->lease_terms_now()) {
    if (terms.kind == model::LeaseKind::points) limits.points_pool_max += terms.cap;
  }
  ProgrammeBound bound{programme.version, limits.terminals, model::outage_bound(programme, limits)};
  MILLPOND_TRY(const auto granted, state_->granted_minor(state_->clock.wall_ms()));
  bound.outage.coupons_minor += granted;
  return bound;
}

// A code that comes along is judged before the coupon: nothing is booked for one that is not genuine, and what is then
// said of the coupon says that its code is.
base::Result<RedeemAnswer> HubCore::State::answer(const wire::RedeemAsk& ask, RedeemQuestion question) {
  const auto refused = [](Code why) { return RedeemAnswer{model::HubWord::refused, {why, 0, {}}, false}; };
  bool revoked = false;
  if (!ask.code.empty()) {
    MILLPOND_TRY(const auto checked, check_code(ask.code));
    if (checked.wrong) return refused(*checked.wrong);
    const auto* const coupon = std::get_if<codes::CouponCode>(&checked.payload);
    if (coupon == nullptr) return refused(Code::code_unknown_kind);
    if (coupon->coupon != ask.coupon) return refused(Code::code_forged);
    question.shown = *coupon;
    question.limits.reset();  // such a coupon is never honoured without the hub's yes
    revoked = checked.revoked;
  }
  MILLPOND_TRY(const auto answer, store->redeem(question, clock.wall_ms()));
  if (revoked && answer.word == model::HubWord::unknown) return refused(Code::code_unknown_issuer);
  return answer;
}

base::Result<wire::RedeemWord> HubCore::redeem(base::TerminalId authenticated, base::ByteView body) {
  MILLPOND_TRY(const auto ask, wire::decode_redeem_ask(body));
  MILLPOND_TRY(const auto today, state_->today());
  const RedeemQuestion question{ask.redemption,
                                ask.coupon,
                                authenticated,
                                ask.epoch,
                                ask.member,
                                ask.goods_minor,
                                today,
                                {},
                                state_->limits_now(),
                                state_->uses_day_max_now()};
  MILLPOND_TRY(const auto answer, state_->answer(ask, question));
  if (answer.is_new) state_->tell_feed();
  wire::RedeemWord word;
  word.redemption = ask.redemption;
  word.word = answer.word;
  word.why = answer.why;
  word.open = answer.open;
  word.hub_wall_ms = state_->clock.wall_ms();
  if (word.word == model::HubWord::confirmed) {
    word.receipt =
        state_->signer().signing.sign(crypto::context::redemption, state_->keys.brand,
                                      wire::redemption_signed_bytes(ask.redemption, ask.coupon, authenticated));
  }
  return word;
}

base::Result<std::vector<RightsStanding>> HubCore::rights() { return state_->store->rights(); }

base::Result<std::uint64_t> HubCore::break_rights(base::TerminalId terminal) {
  const auto now_ms = state_->clock.wall_ms();
  return state_->store->break_rights(terminal, now_ms - rights_break_ms, now_ms);
}

}  // namespace millpond::hub
