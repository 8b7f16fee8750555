// SPDX-License-Identifier: Apache-2.0
// Contact policy: whether one message may go out to one person now, over which channel, or when to ask again. Nothing
// is ever sent twice for one cause, whichever channels have it in their queues: a channel claims a cause in the
// person's log before it sends, and only a send that provably did not happen frees the cause again. Not a queue and not
// a sender; not for answers that the person waits for (a one-time code). Pure; moments are milliseconds since 1970 UTC,
// and those beyond the years 0 to 9999 are read as the nearest end.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"
#include "sync/model/member_facts.h"
#include "sync/model/programme.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

namespace millpond::model {

// Persisted: never renumber.
enum class MessageChannel : std::uint8_t { app_push = 1, wechat = 2, alipay = 3, sms = 4, email = 5, call = 6 };

// Local minutes of the day, half-open, over midnight when `from` is later. None when they are equal.
struct QuietHours {
  std::int32_t from_min{};  // 0 .. 1439
  std::int32_t to_min{};
  friend bool operator==(const QuietHours&, const QuietHours&) = default;
};

// The document. Caps are at least 1.
struct ContactPolicy {
  std::uint32_t version{};
  std::vector<MessageChannel> order;  // after those that the person prefers; a channel that is not here is not used
  QuietHours quiet;
  std::int32_t a_day_max{1};       // of one local date
  std::int32_t a_week_max{1};      // of any seven local dates in a row: a calendar week would allow two in one night
  std::int32_t a_campaign_max{1};  // for ever
  friend bool operator==(const ContactPolicy&, const ContactPolicy&) = default;
};

// {version, order: ["wechat", "sms"], quiet: {from: "21:00", to: "09:00"}, caps: {a_day, a_week, a_campaign}}; all of
// it is required. Error: programme_invalid; also refused: no channel, quiet all day, a week that allows less than a
// day.
[[nodiscard]] base::Result<ContactPolicy> parse_contact_policy(base::ByteView json);

// What a message is for. One cause, one send. `occasion` tells apart what a campaign may say more than once: the year
// of a birthday, the first eight bytes of a coupon's cause. 0: it speaks once.
struct MessageCause {
  base::CampaignId campaign;
  std::uint64_t occasion{};
  friend auto operator<=>(const MessageCause&, const MessageCause&) = default;
};

// A message that waits. From a campaign's action (missing fact: message_queued), which the hub's job made.
struct Message {
  MessageCause cause;
  bool marketing{};  // needs Purpose::marketing for the channel; a service message needs membership only
  bool profiled{};   // chosen by what the member bought: needs Purpose::profiling
  std::int64_t not_before_ms{};
  std::int64_t stale_at_ms{};  // from here on it is dropped
  friend bool operator==(const Message&, const Message&) = default;
};

// What stands after the last word on one purpose, from MemberEnrolled::consents and ConsentChanged of every alias of
// the person (missing: the channel of a consent). A withdrawal on any alias stands until it is taken back on that
// alias.
struct ConsentStanding {
  Purpose purpose{};
  std::optional<MessageChannel> channel;  // nothing: all of them
  bool granted{};
  friend bool operator==(const ConsentStanding&, const ConsentStanding&) = default;
};

// Some grant covers purpose and channel, and no withdrawal does.
[[nodiscard]] bool consents_to(std::span<const ConsentStanding> consents, Purpose purpose, MessageChannel channel);

// In the order in which a later one replaces an earlier one, whatever order they are heard in. Persisted.
enum class AttemptState : std::uint8_t {
  claimed = 1,   // it may have gone out; stays so for ever when nobody says more
  released = 2,  // provably not sent; the same channel may try again
  failed = 3,    // provably not sent; the next channel's turn
  sent = 4,
};

// One attempt (missing facts: message_claimed, message_released, message_failed, message_sent).
struct Attempt {
  MessageCause cause;
  MessageChannel channel{};
  std::uint32_t ordinal{};  // of this channel for this cause, from 1
  AttemptState state{};
  std::int64_t at_ms{};  // when the state was reached
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

enum class ContactVerdict : std::uint8_t {
  send,
  other_channel,   // the person prefers `channel`, which is usable
  hold_not_due,    // holds: ask again at until_ms
  hold_in_flight,  // a channel has claimed it and has not said how it went
  hold_day_cap,
  hold_week_cap,
  hold_quiet,
  drop_duplicate,  // drops: final
  drop_stale,
  drop_no_consent,
  drop_unreachable,  // consented to, but there is no address, or every channel failed
  drop_campaign_cap,
};

struct ContactDecision {
  ContactVerdict verdict{};
  MessageChannel channel{};  // send, other_channel
  std::int64_t until_ms{};   // holds; at most the message's stale_at_ms
  friend bool operator==(const ContactDecision&, const ContactDecision&) = default;
};

// All that decides besides the person's log. Zones are those of a signed document; the store's must not be empty.
struct ContactCase {
  Message message;
  MessageChannel asking{};
  std::span<const MessageChannel> preferred;  // by the person, best first; may be empty
  std::span<const MessageChannel> reachable;  // there is a verified address
  std::span<const ConsentStanding> consents;
  std::span<const ZoneTransition> member_zone;  // empty: not known, and the store's counts
  std::span<const ZoneTransition> store_zone;
  std::int64_t now_ms{};
};

// The attempts of one person over all aliases. A value; whoever owns it makes claim() durable before the send.
class ContactLog {
 public:
  // Notes what happened. Order and repetition do not matter.
  void note(const Attempt& attempt);

  // What would be done now. In order: duplicate, in flight, stale, not due, consent, reach, campaign, day, week, quiet,
  // channel. Caps count what was sent and what may have been. O(attempts of the person).
  [[nodiscard]] ContactDecision decide(const ContactPolicy& policy, const ContactCase& of) const;

  // decide(), and when that says send, the claim is in the log. To be called at send time, not when queueing.
  [[nodiscard]] ContactDecision claim(const ContactPolicy& policy, const ContactCase& of);

  [[nodiscard]] std::vector<Attempt> attempts() const;  // in a fixed order

 private:
  using Key = std::tuple<MessageCause, MessageChannel, std::uint32_t>;
  struct Reached {
    AttemptState state{};
    std::int64_t at_ms{};
  };
  std::map<Key, Reached> attempts_;
};

// The first moment from now_ms on that is not quiet, clock changes included.
[[nodiscard]] std::int64_t quiet_until(const QuietHours& quiet, std::span<const ZoneTransition> zone,
                                       std::int64_t now_ms);

}  // namespace millpond::model
