// SPDX-License-Identifier: Apache-2.0
// One member pool: which numbers are one person, by what they are known, and where they came from. People are linked by
// exact keys of verified identities only: a typed phone proves nothing, and nothing here compares names. A merge is an
// event that can be undone; every number stays valid for ever, merged or not. The pool is a function of the set of
// events: neither their order nor repetition matters. Not a store; not the ledgers, which stay apart. Pure.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/model/country.h"
#include "sync/model/origin.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace millpond::model {

// Persisted: never renumber.
enum class IdentityKind : std::uint8_t {
  phone = 1,
  wechat_openid = 2,   // issuer: the app
  wechat_unionid = 3,  // issuer: the open platform's account
  alipay_user = 4,
  card_token = 5,     // issuer: the acquirer
  shop_member = 6,    // issuer: platform and shop
  payer_token = 7,    // issuer: the payment's provider and merchant
  face_pay_user = 8,  // issuer: the provider
  imported = 9,       // issuer: the other system
};

// Whether two numbers with the same verified one are one person without anybody looking. A card or a payer's account
// may be a family's, and another system may have given a number twice: those wait for a person.
[[nodiscard]] bool links_by_itself(IdentityKind kind);

// The subject never in the clear: keyed BLAKE2b-128 under the hub's look-up key, as for phones.
struct Identity {
  IdentityKind kind{};
  std::string issuer;
  std::array<std::uint8_t, 16> subject{};
  friend auto operator<=>(const Identity&, const Identity&) = default;
};

// When something was noted, in an order that everybody agrees on: corrected occurrence, then the fact's key.
struct EventOrder {
  std::int64_t at_ms{};
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq seq;
  friend auto operator<=>(const EventOrder&, const EventOrder&) = default;
};

// MemberEnrolled (missing: its Origin). A second one of a member changes nothing: the first in order stays for ever.
struct EnrolledEvent {
  base::MemberId member;
  Origin origin;
  EventOrder order;
};

enum class IdentityState : std::uint8_t { claimed = 1, verified = 2, dropped = 3 };  // persisted

// The side table of phones (verified by a message or the provider), payer tokens of Tender, platform links (missing
// fact: identity_noted).
struct IdentityEvent {
  base::MemberId member;
  Identity identity;
  IdentityState state{};  // dropped: the number was given up, and counts only when verified again later
  EventOrder order;
};

// The hub's log, members_merged (missing: its number as an id of its own) and member_unmerged (missing: which merge).
struct MergeEvent {
  std::uint64_t merge{};  // position in the hub's log
  base::MemberId from;
  base::MemberId into;
};
struct UnmergeEvent {
  std::uint64_t merge{};
};

struct PoolEvents {
  std::vector<EnrolledEvent> enrolled;
  std::vector<IdentityEvent> identities;
  std::vector<MergeEvent> merges;
  std::vector<UnmergeEvent> unmerges;
};

enum class LinkAdvice : std::uint8_t {
  merge,       // by the job
  review,      // by a person: such a key may be a family's
  kept_apart,  // a person undid just this: never by the job again
  too_many,    // more numbers than one person may have
};

// Both are roots; `into` enrolled first.
struct LinkProposal {
  base::MemberId from;
  base::MemberId into;
  Identity identity;
  LinkAdvice advice{};
  friend bool operator==(const LinkProposal&, const LinkProposal&) = default;
};

// Everything resolved once; a value, any thread. O(n log n) in the events.
class MemberPool {
 public:
  explicit MemberPool(const PoolEvents& events);

  // The number that stands for the person: of those that no merge points away from the one that enrolled first. Any
  // number ever given out is answered; one that is alone, or not known, stands for itself.
  [[nodiscard]] base::MemberId person_of(base::MemberId member) const;
  // All numbers of the person, the root first, the others ascending.
  [[nodiscard]] std::vector<base::MemberId> numbers_of(base::MemberId member) const;
  // The merges that hold the person together, ascending: what there is to undo.
  [[nodiscard]] std::vector<std::uint64_t> merges_of(base::MemberId member) const;

  // Where this number came from, whatever it was merged with; and where the person did: the first of all numbers.
  [[nodiscard]] std::optional<Origin> origin_of(base::MemberId member) const;
  [[nodiscard]] std::optional<Origin> person_origin(base::MemberId member) const;

  // Who has it verified; of several persons (kept apart, or not linked yet) the one who verified it first.
  [[nodiscard]] std::optional<base::MemberId> holder_of(const Identity& identity) const;

  // What the job finds: people who share a verified identity, each pair of them once, by identity. Each merge is
  // advised as if those before it were done, so that doing all of them leaves nothing to merge. A person that a merge
  // was undone from is not brought back by way of a third.
  [[nodiscard]] std::vector<LinkProposal> proposals(std::size_t numbers_max) const;

 private:
  struct Enrolled {
    EventOrder order;
    Origin origin;
  };
  struct Person {
    std::set<base::MemberId> numbers;
    std::vector<std::uint64_t> merges;
  };

  void note_enrolments(std::span<const EnrolledEvent> events);
  void note_identities(std::span<const IdentityEvent> events);
  void note_merges(const PoolEvents& events);
  [[nodiscard]] bool is_before(base::MemberId a, base::MemberId b) const;

  std::map<base::MemberId, Enrolled> enrolled_;
  std::map<Identity, std::map<base::MemberId, EventOrder>> verified_;  // since when
  std::map<base::MemberId, base::MemberId> roots_;                     // of those that are merged
  std::map<base::MemberId, Person> people_;                            // by root
  std::set<std::pair<base::MemberId, base::MemberId>> undone_;         // both ways
};

// --- who may become a member

enum class AgeVerdict : std::uint8_t { may_join, needs_guardian, refused };

// Who is too young is refused, or goes to a guardian where one may agree. The birthday on which somebody becomes old
// enough is itself too early: a year of life is over with the day. Somebody born on 29 February has the 1st of March in
// other years. A birthday that is not given refuses nobody; one in the future does.
[[nodiscard]] AgeVerdict age_verdict(std::optional<base::LocalDate> birthday, base::LocalDate today,
                                     const JoiningRule& rule);

}  // namespace millpond::model
