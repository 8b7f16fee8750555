// SPDX-License-Identifier: Apache-2.0
#include "sync/model/contact_policy.h"

#include "sync/base/rng.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace millpond;
using model::Attempt;
using model::AttemptState;
using model::ContactDecision;
using model::ContactVerdict;
using model::MessageChannel;

namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;
constexpr std::int64_t day_ms = 24 * hour_ms;
constexpr std::int64_t monday_ms = 20'780 * day_ms;  // 2026-11-23 00:00 UTC

constexpr auto wechat = MessageChannel::wechat;
constexpr auto sms = MessageChannel::sms;
constexpr auto email = MessageChannel::email;

// Spring forward at 02:00 of the Sunday 2026-03-29 and back at 03:00 of 2026-10-25, as in Berlin.
const std::vector<model::ZoneTransition> berlin{{0, 60}, {1'774'746'000'000, 120}, {1'792'890'000'000, 60}};
const std::vector<model::ZoneTransition> shanghai{{0, 480}};
const std::vector<model::ZoneTransition> utc{{0, 0}};

const model::ContactPolicy policy{1, {wechat, sms}, {21 * 60, 9 * 60}, 1, 3, 2};

// Everything that a table row may change, with what lets a message out.
struct Case {
  model::Message message{{{7}, 1}, true, false, 0, std::numeric_limits<std::int64_t>::max()};
  MessageChannel asking{wechat};
  std::vector<MessageChannel> preferred{};
  std::vector<MessageChannel> reachable{wechat, sms};
  std::vector<model::ConsentStanding> consents{{model::Purpose::membership, {}, true},
                                               {model::Purpose::marketing, {}, true}};
  std::vector<model::ZoneTransition> member_zone{};
  std::vector<model::ZoneTransition> store_zone{utc};
  std::int64_t now_ms{monday_ms + 12 * hour_ms};
  std::vector<Attempt> past{};

  [[nodiscard]] model::ContactCase view() const {
    return {message, asking, preferred, reachable, consents, member_zone, store_zone, now_ms};
  }
  [[nodiscard]] model::ContactLog log() const {
    model::ContactLog log;
    for (const auto& attempt : past) log.note(attempt);
    return log;
  }
  [[nodiscard]] ContactDecision decide() const { return log().decide(policy, view()); }
};

Case with(auto change) {
  Case of;
  change(of);
  return of;
}

Attempt sent(std::uint32_t campaign, std::uint64_t occasion, std::int64_t at_ms) {
  return {{{campaign}, occasion}, wechat, 1, AttemptState::sent, at_ms};
}

}  // namespace

TEST_CASE("A message goes out, waits or is dropped", "[contact_policy]") {
  struct Row {
    std::string what;
    Case of;
    ContactDecision decision;
  };
  const auto noon = monday_ms + 12 * hour_ms;
  const std::vector<Row> rows{
      {"nothing against it", with([](Case&) {}), {ContactVerdict::send, wechat, 0}},
      {"the policy's order", with([](Case& of) { of.asking = sms; }), {ContactVerdict::other_channel, wechat, 0}},
      {"the person's order", with([](Case& of) { of.preferred = {sms}; }), {ContactVerdict::other_channel, sms, 0}},
      {"a channel that the policy does not use",
       with([](Case& of) {
         of.preferred = {email};
         of.reachable = {email, sms};
       }),
       {ContactVerdict::other_channel, sms, 0}},
      {"no address", with([](Case& of) { of.reachable.clear(); }), {ContactVerdict::drop_unreachable, {}, 0}},
      {"sent by another channel",
       with([&](Case& of) {
         of.past = {{{{7}, 1}, sms, 1, AttemptState::sent, noon}};
       }),
       {ContactVerdict::drop_duplicate, {}, 0}},
      {"claimed by another channel",
       with([&](Case& of) {
         of.past = {{{{7}, 1}, sms, 1, AttemptState::claimed, noon}};
         of.message.stale_at_ms = noon + 5;
       }),
       {ContactVerdict::hold_in_flight, {}, noon + 5}},
      {"this channel failed",
       with([&](Case& of) {
         of.past = {{{{7}, 1}, wechat, 1, AttemptState::failed, noon}};
       }),
       {ContactVerdict::other_channel, sms, 0}},
      {"this channel may try again",
       with([&](Case& of) {
         of.past = {{{{7}, 1}, wechat, 1, AttemptState::released, noon}};
       }),
       {ContactVerdict::send, wechat, 0}},
      {"all channels failed",
       with([&](Case& of) {
         of.past = {{{{7}, 1}, wechat, 1, AttemptState::failed, noon}, {{{7}, 1}, sms, 1, AttemptState::failed, noon}};
       }),
       {ContactVerdict::drop_unreachable, {}, 0}},
      {"stale at its last moment",
       with([&](Case& of) { of.message.stale_at_ms = noon; }),
       {ContactVerdict::drop_stale, {}, 0}},
      {"not yet stale", with([&](Case& of) { of.message.stale_at_ms = noon + 1; }), {ContactVerdict::send, wechat, 0}},
      {"not due",
       with([&](Case& of) { of.message.not_before_ms = noon + 1; }),
       {ContactVerdict::hold_not_due, {}, noon + 1}},
      {"no consent at all", with([](Case& of) { of.consents.clear(); }), {ContactVerdict::drop_no_consent, {}, 0}},
      {"marketing withdrawn for one channel",
       with([](Case& of) {
         of.consents.push_back({model::Purpose::marketing, wechat, false});
       }),
       {ContactVerdict::other_channel, sms, 0}},
      {"marketing withdrawn on an alias",
       with([](Case& of) {
         of.consents.push_back({model::Purpose::marketing, {}, false});
       }),
       {ContactVerdict::drop_no_consent, {}, 0}},
      {"a service message needs no marketing",
       with([](Case& of) {
         of.message.marketing = false;
         of.consents.push_back({model::Purpose::marketing, {}, false});
       }),
       {ContactVerdict::send, wechat, 0}},
      {"membership ended",
       with([](Case& of) {
         of.message.marketing = false;
         of.consents.push_back({model::Purpose::membership, {}, false});
       }),
       {ContactVerdict::drop_no_consent, {}, 0}},
      {"chosen by a profile without consent",
       with([](Case& of) { of.message.profiled = true; }),
       {ContactVerdict::drop_no_consent, {}, 0}},
      {"chosen by a profile with consent",
       with([](Case& of) {
         of.message.profiled = true;
         of.consents.push_back({model::Purpose::profiling, {}, true});
       }),
       {ContactVerdict::send, wechat, 0}},
      {"one today already",
       with([&](Case& of) { of.past = {sent(1, 0, noon - hour_ms)}; }),
       {ContactVerdict::hold_day_cap, {}, monday_ms + day_ms + 9 * hour_ms}},
      {"a failed one does not count",
       with([&](Case& of) {
         of.past = {{{{1}, 0}, wechat, 1, AttemptState::failed, noon}};
       }),
       {ContactVerdict::send, wechat, 0}},
      {"one on its way counts",
       with([&](Case& of) {
         of.past = {{{{1}, 0}, wechat, 1, AttemptState::claimed, noon}};
         of.message.stale_at_ms = noon + hour_ms;
       }),
       {ContactVerdict::hold_day_cap, {}, noon + hour_ms}},
      {"a fast clock's counts today",
       with([&](Case& of) { of.past = {sent(1, 0, noon + 9 * day_ms)}; }),
       {ContactVerdict::hold_day_cap, {}, monday_ms + day_ms + 9 * hour_ms}},
      {"three within seven days",
       with([&](Case& of) {
         of.past = {sent(1, 0, noon - 6 * day_ms), sent(2, 0, noon - 2 * day_ms), sent(3, 0, noon - day_ms)};
       }),
       {ContactVerdict::hold_week_cap, {}, monday_ms + day_ms + 9 * hour_ms}},
      {"three within eight days",
       with([&](Case& of) {
         of.past = {sent(1, 0, noon - 7 * day_ms), sent(2, 0, noon - 2 * day_ms), sent(3, 0, noon - day_ms)};
       }),
       {ContactVerdict::send, wechat, 0}},
      {"twice for one campaign",
       with([&](Case& of) {
         of.past = {sent(7, 2, noon - 50 * day_ms), sent(7, 3, noon - 90 * day_ms)};
       }),
       {ContactVerdict::drop_campaign_cap, {}, 0}},
      {"the first quiet minute",
       with([](Case& of) { of.now_ms = monday_ms + 21 * hour_ms; }),
       {ContactVerdict::hold_quiet, {}, monday_ms + 33 * hour_ms}},
      {"the last loud one",
       with([](Case& of) { of.now_ms = monday_ms + 21 * hour_ms - 1; }),
       {ContactVerdict::send, wechat, 0}},
      {"the last quiet one",
       with([](Case& of) { of.now_ms = monday_ms + 9 * hour_ms - 1; }),
       {ContactVerdict::hold_quiet, {}, monday_ms + 9 * hour_ms}},
      {"quiet at the store, loud where the person is",
       with([&](Case& of) {
         of.store_zone = shanghai;
         of.member_zone = utc;
         of.now_ms = monday_ms + 15 * hour_ms;
       }),
       {ContactVerdict::send, wechat, 0}},
      {"loud at the store, quiet where the person is",
       with([&](Case& of) {
         of.member_zone = shanghai;
         of.now_ms = monday_ms + 15 * hour_ms;
       }),
       {ContactVerdict::hold_quiet, {}, monday_ms + 25 * hour_ms}},
      {"no zone known: the store's",
       with([&](Case& of) {
         of.store_zone = shanghai;
         of.now_ms = monday_ms + 15 * hour_ms;
       }),
       {ContactVerdict::hold_quiet, {}, monday_ms + 25 * hour_ms}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(row.of.decide() == row.decision);
  }
}

TEST_CASE("Quiet hours end by the clock on the wall, whatever it did in the night", "[contact_policy]") {
  struct Row {
    model::QuietHours quiet;
    std::string now;
    std::string until;
  };
  for (const auto& row : std::vector<Row>{
           {{1'260, 540}, "2026-03-28T22:00:00+01:00", "2026-03-29T09:00:00+02:00"},
           {{1'260, 540}, "2026-10-24T22:00:00+02:00", "2026-10-25T09:00:00+01:00"},
           {{120, 180}, "2026-03-29T01:59:59+01:00", "2026-03-29T01:59:59+01:00"},  // 02:00 to 03:00 does not exist
           {{120, 180}, "2026-10-25T02:30:00+02:00", "2026-10-25T03:00:00+01:00"},  // and here it is there twice
           {{180, 240}, "2026-10-25T02:59:00+02:00", "2026-10-25T02:59:00+02:00"},
           {{0, 0}, "2026-10-25T02:59:00+02:00", "2026-10-25T02:59:00+02:00"},  // none
           {{540, 1'260}, "2026-11-23T10:00:00+01:00", "2026-11-23T21:00:00+01:00"}}) {
    CAPTURE(row.now);
    const auto now_ms = base::parse_rfc3339(row.now);
    const auto until_ms = base::parse_rfc3339(row.until);
    REQUIRE((now_ms && until_ms));
    CHECK(base::format_utc(model::quiet_until(row.quiet, berlin, *now_ms)) == base::format_utc(*until_ms));
  }
}

TEST_CASE("Clocks that are beyond all years decide something all the same", "[contact_policy]") {
  for (const auto now_ms : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max() - 1}) {
    auto of = with([&](Case& changed) { changed.now_ms = now_ms; });
    of.message.not_before_ms = std::numeric_limits<std::int64_t>::min();
    of.past = {sent(1, 0, now_ms)};
    CHECK(of.decide().verdict == ContactVerdict::hold_day_cap);
  }
}

TEST_CASE("What happened to an attempt is the same in whatever order it is heard", "[contact_policy]") {
  const std::vector<Attempt> heard{{{{7}, 1}, wechat, 1, AttemptState::claimed, 10},
                                   {{{7}, 1}, wechat, 1, AttemptState::released, 20},
                                   {{{7}, 1}, wechat, 2, AttemptState::claimed, 30},
                                   {{{7}, 1}, wechat, 2, AttemptState::sent, 40},
                                   {{{7}, 1}, wechat, 2, AttemptState::sent, 45}};
  std::vector<std::size_t> order{0, 1, 2, 3, 4};
  do {
    model::ContactLog log;
    for (const auto i : order) log.note(heard[i]);
    CHECK(log.attempts() == std::vector<Attempt>{heard[1], heard[3]});
  } while (std::ranges::next_permutation(order).found);
}

namespace {

// The sentence of the specification, minute by minute and list by list.
struct Naive {
  static std::int64_t offset(const std::vector<model::ZoneTransition>& zone, std::int64_t at_ms) {
    auto offset = zone.front().offset_min;
    for (const auto& transition : zone) {
      if (transition.from_ms <= at_ms) offset = transition.offset_min;
    }
    return offset;
  }
  static bool quiet(const std::vector<model::ZoneTransition>& zone, std::int64_t at_ms) {
    const auto minute = (at_ms / minute_ms + offset(zone, at_ms)) % 1'440;
    return minute >= policy.quiet.from_min || minute < policy.quiet.to_min;
  }
  static std::int64_t day(const std::vector<model::ZoneTransition>& zone, std::int64_t at_ms) {
    return (at_ms + offset(zone, at_ms) * minute_ms) / day_ms;
  }
  // What is held until some minute is what would be sent then and at no minute before.
  static bool loud_and_free(const Case& of, std::int64_t at_ms) {
    const auto& zone = of.member_zone.empty() ? of.store_zone : of.member_zone;
    if (quiet(zone, at_ms)) return false;
    int today = 0;
    int week = 0;
    for (const auto& attempt : of.past) {
      if (attempt.state != AttemptState::sent && attempt.state != AttemptState::claimed) continue;
      const auto age = day(zone, at_ms) - day(zone, attempt.at_ms);
      today += age == 0 ? 1 : 0;
      week += age < 7 ? 1 : 0;
    }
    return today < policy.a_day_max && week < policy.a_week_max;
  }
};

Case random_case(base::SeededRng& rng) {
  Case of;
  of.store_zone = berlin;
  if (rng.chance(1, 3)) of.member_zone = shanghai;
  // Around the end of summer time.
  of.now_ms = 1'792'890'000'000 + (static_cast<std::int64_t>(rng.below(6'000)) - 3'000) * minute_ms;
  for (std::uint64_t i = rng.below(6); i > 0; --i) {
    const auto at_ms = of.now_ms - static_cast<std::int64_t>(rng.below(12'000)) * minute_ms;
    of.past.push_back({{{static_cast<std::uint32_t>(i)}, i},
                       rng.chance(1, 2) ? wechat : sms,
                       1,
                       static_cast<AttemptState>(1 + rng.below(4)),
                       at_ms});
  }
  return of;
}

}  // namespace

TEST_CASE("A hold ends at the first minute that is loud and free", "[contact_policy]") {
  base::SeededRng rng{20261123};
  int held = 0;
  for (int round = 0; round < 2'000; ++round) {
    CAPTURE(round);
    const auto of = random_case(rng);
    const auto decision = of.decide();
    if (Naive::loud_and_free(of, of.now_ms)) {
      CHECK(decision == ContactDecision{ContactVerdict::send, wechat, 0});
      continue;
    }
    ++held;
    auto free_ms = of.now_ms;
    while (!Naive::loud_and_free(of, free_ms)) free_ms += minute_ms;
    CHECK(decision.verdict >= ContactVerdict::hold_day_cap);
    CHECK(decision.verdict <= ContactVerdict::hold_quiet);
    CHECK(decision.until_ms == free_ms);
  }
  CHECK(held > 500);
}

namespace {

// Two channels with the same messages in their queues, served in any order, with lost answers and crashes between the
// claim, the send and the word about it.
class TwoQueues {
 public:
  explicit TwoQueues(std::uint64_t seed) : rng_{seed} {}

  void live(int steps) {
    for (int i = 0; i < steps; ++i) {
      now_ms_ += static_cast<std::int64_t>(rng_.below(40)) * minute_ms;
      const auto channel = rng_.chance(1, 2) ? wechat : sms;
      rng_.chance(1, 2) ? serve(channel) : tell();
    }
  }
  [[nodiscard]] const std::map<model::MessageCause, int>& sends() const { return sends_; }
  [[nodiscard]] const std::map<std::int64_t, int>& sends_a_day() const { return sends_a_day_; }
  [[nodiscard]] bool woke_anybody() const { return woke_; }

 private:
  void serve(MessageChannel channel) {
    Case of;
    of.now_ms = now_ms_;
    of.asking = channel;
    if (rng_.chance(1, 4)) of.preferred = {sms};  // changes while messages wait
    if (rng_.chance(1, 8)) of.reachable = {channel};
    of.message.cause = {{static_cast<std::uint32_t>(1 + rng_.below(12))}, rng_.below(2)};
    if (log_.claim(policy, of.view()).verdict != ContactVerdict::send) return;
    const auto attempts = log_.attempts();
    const auto claimed = std::ranges::find_if(attempts, [&](const Attempt& attempt) {
      return attempt.cause == of.message.cause && attempt.channel == channel && attempt.state == AttemptState::claimed;
    });
    REQUIRE(claimed != attempts.end());
    auto outcome = *claimed;
    outcome.at_ms = now_ms_;
    switch (rng_.below(4)) {
      case 0:
        outcome.state = AttemptState::released;
        break;
      case 1:
        outcome.state = AttemptState::failed;
        break;
      default:
        outcome.state = AttemptState::sent;
        ++sends_[outcome.cause];
        ++sends_a_day_[now_ms_ / day_ms];
        woke_ |= Naive::quiet(utc, now_ms_);
    }
    if (!rng_.chance(1, 5)) untold_.push_back(outcome);  // the rest is never told: the sender died
  }
  void tell() {
    if (untold_.empty()) return;
    const auto i = rng_.below(untold_.size());
    log_.note(untold_[i]);
    if (!rng_.chance(1, 4)) untold_.erase(untold_.begin() + static_cast<std::ptrdiff_t>(i));
  }

  base::SeededRng rng_;
  std::int64_t now_ms_{monday_ms};
  model::ContactLog log_;
  std::vector<Attempt> untold_;
  std::map<model::MessageCause, int> sends_;
  std::map<std::int64_t, int> sends_a_day_;
  bool woke_{};
};

}  // namespace

TEST_CASE("Two channels' queues never send twice for one cause, nor past a cap, nor into the night",
          "[contact_policy]") {
  std::size_t sends = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    TwoQueues queues{seed};
    queues.live(1'500);
    for (const auto& [cause, count] : queues.sends()) CHECK(count == 1);
    for (const auto& [day, count] : queues.sends_a_day()) CHECK(count <= policy.a_day_max);
    CHECK_FALSE(queues.woke_anybody());
    sends += queues.sends().size();
  }
  CHECK(sends > 200);
}

TEST_CASE("A contact policy is read strictly", "[contact_policy]") {
  const std::string good = R"({"version": 3, "order": ["wechat", "sms"], "quiet": {"from": "21:00", "to": "09:00"},)"
                           R"( "caps": {"a_day": 1, "a_week": 3, "a_campaign": 2}})";
  auto expected = policy;
  expected.version = 3;
  const auto read = model::parse_contact_policy(base::view_of(good));
  REQUIRE(read);
  CHECK(*read == expected);
  struct Row {
    std::string from;
    std::string to;
    std::string detail;
  };
  for (const auto& row :
       std::vector<Row>{{R"(["wechat", "sms"])", "[]", "/order: must name a channel"},
                        {R"("sms")", R"("fax")", "/order/1: must be one of app_push, wechat, alipay, sms, email, call"},
                        {R"("from": "21:00", "to": "09:00")", R"("from": "00:00", "to": "24:00")",
                         "/quiet/to: must leave some of a day"},
                        {R"("a_week": 3)", R"("a_week": 0)", "/caps/a_week: must be a whole number from 1 to 1000"},
                        {R"("a_day": 1)", R"("a_day": 4)", "/caps/a_week: must not be less than a_day"},
                        {R"("version": 3)", R"("version": 3, "quite": 1)", "/quite: is not known"}}) {
    CAPTURE(row.detail);
    auto json = good;
    json.replace(json.find(row.from), row.from.size(), row.to);
    const auto refused = model::parse_contact_policy(base::view_of(json));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Code::programme_invalid);
    CHECK(refused.error().detail == row.detail);
  }
}
