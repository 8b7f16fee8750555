// SPDX-License-Identifier: Apache-2.0
// What the hub decides about campaigns itself: promises that terminals left to it, and what happened without a sale.
// Values; any thread.
#pragma once

#include "sync/hub/core/fact_place.h"
#include "sync/model/campaign_times.h"
#include "sync/model/facts.h"
#include "sync/model/member_marks.h"
#include "sync/model/rule_book.h"

#include <optional>
#include <vector>

namespace millpond::hub {

enum class CaseKind : std::uint8_t {  // persisted
  promise = 1,                        // key: promise_key()
  happening = 2,                      // key: model::event_key()
};

// Of the award that a terminal promised: terminal 4, epoch 4, seq 8.
inline constexpr std::size_t promise_key_bytes = 16;
[[nodiscard]] base::Bytes promise_key(const model::Stamp& award);

// Something that campaigns may give for, other than a paid sale; as in model::Happening.
struct Happened {
  base::Bytes key{};
  model::Trigger trigger{};
  std::int64_t number{};
  std::string word{};
  base::MemberId member;
  base::StoreId store;
  std::int64_t at_ms{};
  std::int32_t utc_offset_min{};
  std::uint32_t version{};  // of the programme in force there; 0: it had none
  friend bool operator==(const Happened&, const Happened&) = default;
};

// What the books know of a person, with every number that is theirs, as of before something.
struct PersonBefore {
  base::MemberId root;
  bool enrolled{};
  bool removed{};
  model::Channel came_by{};
  std::int64_t visits{};
  std::int32_t last_day{};  // of the latest visit; 0: none
  std::int64_t qualifying_minor{};
  model::MemberMarks marks;
  // What campaigns gave, this occasion left out, and which ones have given for it.
  std::vector<model::CampaignTimes> given;
  std::vector<base::CampaignId> gave_here;
};

// A case that waits for the hub's decision.
struct OpenCase {
  CaseKind kind{};
  base::Bytes key;
  Happened happened;  // of a promise: the sale
  // Of a promise: the sale, and the award with the epoch of that sale.
  std::optional<model::SaleRecorded> sale{};
  std::optional<model::AwardGiven> promise{};
  PersonBefore person;
};

struct CasePosition {
  FactPlace promise;
  base::Bytes happening;  // empty: none yet
};
struct OpenCases {
  std::vector<OpenCase> cases;
  CasePosition last;
  bool more{};  // some are behind it
};

// Who has been away so long, by the rules of a version, at a moment of the hub.
struct AbsenceAsk {
  static constexpr base::MemberId from_the_first{std::uint64_t{1} << 63};  // numbers are stored signed
  base::MemberId after{from_the_first};
  std::vector<std::int32_t> days;  // absences that campaigns name
  std::int64_t now_ms{};
  std::int32_t utc_offset_min{};
  std::uint32_t version{};
};
// An absence is noticed on its day and on those after it, so that a hub that was away for a while passes over nobody.
inline constexpr std::int32_t absence_noticed_days = 7;
struct Absences {
  struct Found {
    base::MemberId number;  // by which it was found
    OpenCase open;
  };
  std::vector<Found> found;
  base::MemberId last;  // that was looked at
  bool more{};
  bool ready{};  // otherwise nobody was looked at, because decisions wait for stage 2
};

// What a decision takes of a limit of a whole campaign.
struct Drawn {
  model::LeaseKind kind{};
  base::CampaignId campaign;
  std::int64_t cap{};  // of all that it may give
  std::int64_t amount{};
  friend bool operator==(const Drawn&, const Drawn&) = default;
};

// What is given, by facts whose stamps lack only the place and whose coupons lack only their numbers; none: nothing.
struct CampaignDecision {
  CaseKind kind{};
  base::Bytes key;
  std::vector<Drawn> drawn;
  std::vector<model::Fact> given;
};

// One entry of the hub's log: each fact of a decision has its own, the limits stand in the first. Of a decision that
// gives nothing there is one without a fact.
struct DecisionEntry {
  CaseKind kind{};
  base::Bytes key;
  base::Seq first;  // entry of the decision
  std::vector<Drawn> drawn;
  base::Bytes canonical;  // empty: nothing is given
  friend bool operator==(const DecisionEntry&, const DecisionEntry&) = default;
};
[[nodiscard]] base::Bytes encode_decision(const DecisionEntry& entry);
// Error: bad_input.
[[nodiscard]] base::Result<DecisionEntry> decode_decision(base::ByteView content);

}  // namespace millpond::hub
