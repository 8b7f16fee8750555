// SPDX-License-Identifier: Apache-2.0
#include "sync/model/contact_policy.h"

#include "sync/base/check.h"
#include "sync/model/document.h"

#include <algorithm>
#include <limits>
#include <set>

namespace millpond::model {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_min = 1'440;
constexpr std::int64_t day_ms = day_min * minute_ms;
constexpr std::int64_t earliest_ms = -62'167'219'200'000;  // 0000-01-01
constexpr std::int64_t latest_ms = 253'402'300'799'999;    // 9999-12-31
constexpr std::int32_t week_days = 7;
constexpr std::size_t document_bytes_max = 64U << 10;
constexpr std::int64_t cap_max = 1'000;

struct ZonePiece {
  std::int32_t offset_min{};
  std::int64_t ends_ms{};  // the next clock change
};

ZonePiece piece_at(std::span<const ZoneTransition> zone, std::int64_t at_ms) {
  MILLPOND_CHECK(!zone.empty());
  const auto next = std::ranges::upper_bound(zone, at_ms, {}, &ZoneTransition::from_ms);
  const auto& current = next == zone.begin() ? zone.front() : *std::prev(next);
  return {current.offset_min, next == zone.end() ? std::numeric_limits<std::int64_t>::max() : next->from_ms};
}

std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return ((a % b) + b) % b; }

base::LocalDate date_of(std::span<const ZoneTransition> zone, std::int64_t at_ms) {
  return base::local_date_at(at_ms, piece_at(zone, at_ms).offset_min);
}

// The first moment after from_ms that belongs to `date` or a later one.
std::int64_t start_of(base::LocalDate date, std::span<const ZoneTransition> zone, std::int64_t from_ms) {
  auto at_ms = from_ms;
  while (date_of(zone, at_ms) < date) {
    const auto piece = piece_at(zone, at_ms);
    const auto midnight_ms = std::int64_t{date.days} * day_ms - piece.offset_min * minute_ms;
    at_ms = std::min(midnight_ms, piece.ends_ms);
    if (at_ms >= latest_ms) return latest_ms;
  }
  return at_ms;
}

// The person's channels, best first, then the policy's; only those that the policy uses, each once.
std::vector<MessageChannel> channels_in_order(const ContactPolicy& policy, std::span<const MessageChannel> preferred) {
  std::vector<MessageChannel> order;
  const auto take = [&](MessageChannel channel) {
    if (std::ranges::find(policy.order, channel) == policy.order.end()) return;
    if (std::ranges::find(order, channel) == order.end()) order.push_back(channel);
  };
  std::ranges::for_each(preferred, take);
  std::ranges::for_each(policy.order, take);
  return order;
}

bool allows(const ContactCase& of, MessageChannel channel) {
  if (!consents_to(of.consents, Purpose::membership, channel)) return false;
  if (of.message.marketing && !consents_to(of.consents, Purpose::marketing, channel)) return false;
  return !of.message.profiled || consents_to(of.consents, Purpose::profiling, channel);
}

using Days = std::map<base::LocalDate, std::int32_t>;

// What the log says about one cause, and how many sends each day had.
struct Tally {
  bool sent{};
  bool in_flight{};
  std::set<MessageChannel> failed;
  std::int32_t of_campaign{};
  Days sends;
};

Tally tally(std::span<const Attempt> attempts, const MessageCause& cause, std::span<const ZoneTransition> zone,
            base::LocalDate today) {
  Tally past;
  for (const auto& attempt : attempts) {
    if (attempt.cause == cause) {
      past.sent |= attempt.state == AttemptState::sent;
      past.in_flight |= attempt.state == AttemptState::claimed;
      if (attempt.state == AttemptState::failed) past.failed.insert(attempt.channel);
    }
    if (attempt.state != AttemptState::claimed && attempt.state != AttemptState::sent) continue;
    if (attempt.cause.campaign == cause.campaign) ++past.of_campaign;
    // A send that a fast clock dated into the future counts today, or it would free a day that it may have used.
    ++past.sends[std::min(date_of(zone, std::clamp(attempt.at_ms, earliest_ms, latest_ms)), today)];
  }
  return past;
}

struct Choice {
  bool consented{};
  std::optional<MessageChannel> channel;
};

Choice choose(const ContactPolicy& policy, const ContactCase& of, const std::set<MessageChannel>& failed) {
  Choice choice;
  for (const auto channel : channels_in_order(policy, of.preferred)) {
    if (!allows(of, channel)) continue;
    choice.consented = true;
    if (failed.contains(channel) || std::ranges::find(of.reachable, channel) == of.reachable.end()) continue;
    choice.channel = channel;
    break;
  }
  return choice;
}

struct FullDay {
  ContactVerdict verdict{};
  base::LocalDate free_on;  // when nothing else is sent until then
};

std::optional<FullDay> full_day(const ContactPolicy& policy, const Days& sends, base::LocalDate today) {
  const auto week_is_full = [&](base::LocalDate last) {
    std::int32_t count = 0;
    for (const auto& [day, number] : sends) count += last.days - day.days < week_days ? number : 0;
    return count >= policy.a_week_max;
  };
  const auto sent_today = sends.find(today);
  const bool day_is_full = sent_today != sends.end() && sent_today->second >= policy.a_day_max;
  auto free_on = today;
  if (day_is_full) ++free_on.days;
  const bool by_week = week_is_full(free_on);
  while (week_is_full(free_on)) ++free_on.days;
  if (free_on == today) return std::nullopt;
  return FullDay{by_week ? ContactVerdict::hold_week_cap : ContactVerdict::hold_day_cap, free_on};
}

ContactDecision hold(ContactVerdict verdict, std::int64_t until_ms, const ContactCase& of) {
  return {verdict, {}, std::min(until_ms, of.message.stale_at_ms)};
}

}  // namespace

base::Result<ContactPolicy> parse_contact_policy(base::ByteView json) {
  Document document{json, document_bytes_max, "read contact policy"};
  auto root = document.root();
  ContactPolicy policy;
  policy.version = static_cast<std::uint32_t>(root.integer("version", 1, std::numeric_limits<std::uint32_t>::max()));
  for (const auto index : root.choices("order", {"app_push", "wechat", "alipay", "sms", "email", "call"})) {
    policy.order.push_back(static_cast<MessageChannel>(index + 1));
  }
  if (policy.order.empty()) root.report("order", "must name a channel");
  auto quiet = root.object("quiet");
  const auto from_min = quiet.minute_of_day("from");
  const auto to_min = quiet.minute_of_day("to");
  policy.quiet = {static_cast<std::int32_t>(from_min % day_min), static_cast<std::int32_t>(to_min % day_min)};
  if (from_min != to_min && policy.quiet.from_min == policy.quiet.to_min)
    quiet.report("to", "must leave some of a day");
  quiet.finish();
  auto caps = root.object("caps");
  policy.a_day_max = static_cast<std::int32_t>(caps.integer("a_day", 1, cap_max));
  policy.a_week_max = static_cast<std::int32_t>(caps.integer("a_week", 1, cap_max));
  policy.a_campaign_max = static_cast<std::int32_t>(caps.integer("a_campaign", 1, cap_max));
  if (policy.a_week_max < policy.a_day_max) caps.report("a_week", "must not be less than a_day");
  caps.finish();
  root.finish();
  if (auto problem = document.problem()) return std::move(*problem);
  return policy;
}

bool consents_to(std::span<const ConsentStanding> consents, Purpose purpose, MessageChannel channel) {
  bool granted = false;
  for (const auto& consent : consents) {
    if (consent.purpose != purpose || (consent.channel && *consent.channel != channel)) continue;
    if (!consent.granted) return false;
    granted = true;
  }
  return granted;
}

std::int64_t quiet_until(const QuietHours& quiet, std::span<const ZoneTransition> zone, std::int64_t now_ms) {
  auto at_ms = std::clamp(now_ms, earliest_ms, latest_ms);
  const auto length_ms = floor_mod(quiet.to_min - quiet.from_min, day_min) * minute_ms;
  for (;;) {
    const auto piece = piece_at(zone, at_ms);
    const auto into_ms = floor_mod(floor_mod(at_ms, day_ms) + (piece.offset_min - quiet.from_min) * minute_ms, day_ms);
    if (into_ms >= length_ms) return at_ms;
    at_ms = std::min(at_ms + length_ms - into_ms, piece.ends_ms);
  }
}

void ContactLog::note(const Attempt& attempt) {
  auto& reached = attempts_[{attempt.cause, attempt.channel, attempt.ordinal}];
  if (attempt.state < reached.state) return;
  // The earlier of two words on one state: both ends must keep the same one.
  const bool again = attempt.state == reached.state;
  reached = {attempt.state, again ? std::min(attempt.at_ms, reached.at_ms) : attempt.at_ms};
}

std::vector<Attempt> ContactLog::attempts() const {
  std::vector<Attempt> list;
  for (const auto& [key, reached] : attempts_) {
    const auto& [cause, channel, ordinal] = key;
    list.push_back({cause, channel, ordinal, reached.state, reached.at_ms});
  }
  return list;
}

ContactDecision ContactLog::decide(const ContactPolicy& policy, const ContactCase& of) const {
  const auto& message = of.message;
  const auto now_ms = std::clamp(of.now_ms, earliest_ms, latest_ms);
  const auto zone = of.member_zone.empty() ? of.store_zone : of.member_zone;
  const auto today = date_of(zone, now_ms);
  const auto attempts = this->attempts();
  const auto past = tally(attempts, message.cause, zone, today);
  if (past.sent) return {ContactVerdict::drop_duplicate, {}, 0};
  if (of.now_ms >= message.stale_at_ms) return {ContactVerdict::drop_stale, {}, 0};
  if (past.in_flight) return hold(ContactVerdict::hold_in_flight, message.stale_at_ms, of);
  if (of.now_ms < message.not_before_ms) return hold(ContactVerdict::hold_not_due, message.not_before_ms, of);
  const auto choice = choose(policy, of, past.failed);
  if (!choice.consented) return {ContactVerdict::drop_no_consent, {}, 0};
  if (!choice.channel) return {ContactVerdict::drop_unreachable, {}, 0};
  if (past.of_campaign >= policy.a_campaign_max) return {ContactVerdict::drop_campaign_cap, {}, 0};
  if (const auto full = full_day(policy, past.sends, today)) {
    return hold(full->verdict, quiet_until(policy.quiet, zone, start_of(full->free_on, zone, now_ms)), of);
  }
  const auto loud_ms = quiet_until(policy.quiet, zone, now_ms);
  if (loud_ms != now_ms) return hold(ContactVerdict::hold_quiet, loud_ms, of);
  return {*choice.channel == of.asking ? ContactVerdict::send : ContactVerdict::other_channel, *choice.channel, 0};
}

ContactDecision ContactLog::claim(const ContactPolicy& policy, const ContactCase& of) {
  const auto decision = decide(policy, of);
  if (decision.verdict != ContactVerdict::send) return decision;
  std::uint32_t ordinal = 1;
  while (attempts_.contains({of.message.cause, of.asking, ordinal})) ++ordinal;
  note({of.message.cause, of.asking, ordinal, AttemptState::claimed, of.now_ms});
  return decision;
}

}  // namespace millpond::model
