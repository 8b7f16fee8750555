// SPDX-License-Identifier: Apache-2.0
// Ratings: one touch after a visit, one question after a redemption. A low score becomes a task for somebody of the
// store, whose due time is here; the task itself is staff_task.h. Nobody is asked twice about one thing, nor all the
// time. Pure.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"
#include "sync/model/staff_task.h"

#include <cstdint>
#include <optional>
#include <span>

namespace millpond::model {

enum class RatedAbout : std::uint8_t { visit = 1, redemption = 2 };  // persisted

// What a rating is about: a sale's seq of its terminal, a coupon. From PointsEarned::sale, CouponRedeemed::coupon.
struct RatedSubject {
  RatedAbout about{};
  base::TerminalId terminal;
  base::Epoch epoch;
  std::uint64_t subject{};
  friend auto operator<=>(const RatedSubject&, const RatedSubject&) = default;
};

// A touch (missing fact: visit_rated).
struct Rating {
  RatedSubject of;
  base::MemberId member;
  base::StoreId store;
  std::int32_t score{};  // 1 .. 5; of a redemption 1 is no and 5 is yes
  std::int64_t at_ms{};
};

// The document.
struct RatingPolicy {
  std::uint32_t version{};
  std::int32_t low_score_max{};     // 1 .. 4, inclusive
  std::int64_t answer_ms_max{};     // after the subject happened
  std::int64_t ask_again_ms_min{};  // between two questions to one member
  std::string post;                 // whose task a low score is
  std::string successor;            // after the due time
  std::int64_t due_ms{};            // after the rating
  friend bool operator==(const RatingPolicy&, const RatingPolicy&) = default;
};

// {version, low_score_max, answer_hours, ask_again_days, task: {post, successor, due_hours}}; all of it is required.
// Error: programme_invalid.
[[nodiscard]] base::Result<RatingPolicy> parse_rating_policy(base::ByteView json);

// Whether to ask now: the subject is fresh, nobody rated it, and the member was not asked lately.
[[nodiscard]] bool may_ask(const RatingPolicy& policy, std::int64_t happened_at_ms, std::int64_t now_ms, bool rated,
                           std::optional<std::int64_t> last_asked_ms);

enum class RatingVerdict : std::uint8_t { counted, repeated, too_late, malformed };

struct RatingOutcome {
  RatingVerdict verdict{};
  std::optional<StaffTask> task;  // of a low score; its cause is the subject's, so that it is posted once
};

// The first rating of a subject counts. `known`: those that count already.
[[nodiscard]] RatingOutcome take_rating(const RatingPolicy& policy, const Rating& rating, std::int64_t happened_at_ms,
                                        std::span<const RatedSubject> known);

}  // namespace millpond::model
