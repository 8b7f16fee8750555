// SPDX-License-Identifier: Apache-2.0
#include "sync/model/rating.h"

#include "sync/crypto/hash.h"
#include "sync/model/document.h"
#include "sync/model/figures_base.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 16U << 10;
constexpr std::size_t post_bytes_max = 60;
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_ms = 24 * hour_ms;
constexpr std::int64_t hours_max = 24 * 366;
constexpr std::int64_t days_max = 3'660;

// Within [0, limit_ms], without overflow for any two moments.
bool within(std::int64_t from_ms, std::int64_t to_ms, std::int64_t limit_ms) {
  return to_ms >= from_ms && to_ms <= add_within_bounds(from_ms, limit_ms);
}

base::Hash cause_of(const RatedSubject& subject) {
  constexpr std::string_view label = "low score";
  base::Bytes bytes;
  bytes.reserve(label.size() + 17);
  base::append(bytes, base::view_of(label));
  base::append_big_endian(bytes, static_cast<std::uint64_t>(subject.about), 1);
  base::append_big_endian(bytes, subject.terminal.value, 4);
  base::append_big_endian(bytes, subject.epoch.value, 4);
  base::append_big_endian(bytes, subject.subject, 8);
  return crypto::blake2b(bytes);
}

}  // namespace

base::Result<RatingPolicy> parse_rating_policy(base::ByteView json) {
  Document document{json, document_bytes_max, "read rating policy"};
  auto root = document.root();
  RatingPolicy policy;
  policy.version = static_cast<std::uint32_t>(root.integer("version", 1, std::numeric_limits<std::uint32_t>::max()));
  policy.low_score_max = static_cast<std::int32_t>(root.integer("low_score_max", 1, 4));
  policy.answer_ms_max = root.integer("answer_hours", 1, hours_max) * hour_ms;
  policy.ask_again_ms_min = root.integer("ask_again_days", 0, days_max) * day_ms;
  auto task = root.object("task");
  policy.post = task.text("post", post_bytes_max);
  policy.successor = task.text("successor", post_bytes_max);
  policy.due_ms = task.integer("due_hours", 1, hours_max) * hour_ms;
  task.finish();
  root.finish();
  if (auto problem = document.problem()) return std::move(*problem);
  return policy;
}

bool may_ask(const RatingPolicy& policy, std::int64_t happened_at_ms, std::int64_t now_ms, bool rated,
             std::optional<std::int64_t> last_asked_ms) {
  if (rated || !within(happened_at_ms, now_ms, policy.answer_ms_max)) return false;
  return !last_asked_ms || now_ms >= add_within_bounds(*last_asked_ms, policy.ask_again_ms_min);
}

RatingOutcome take_rating(const RatingPolicy& policy, const Rating& rating, std::int64_t happened_at_ms,
                          std::span<const RatedSubject> known) {
  if (rating.score < 1 || rating.score > 5) return {RatingVerdict::malformed, std::nullopt};
  if (std::ranges::find(known, rating.of) != known.end()) return {RatingVerdict::repeated, std::nullopt};
  if (!within(happened_at_ms, rating.at_ms, policy.answer_ms_max)) return {RatingVerdict::too_late, std::nullopt};
  RatingOutcome outcome{RatingVerdict::counted, std::nullopt};
  if (rating.score <= policy.low_score_max) {
    const auto due_ms = add_within_bounds(rating.at_ms, policy.due_ms);
    outcome.task =
        StaffTask{cause_of(rating.of), rating.store, rating.member, policy.post,
                  policy.successor,    rating.at_ms, due_ms,        add_within_bounds(due_ms, policy.due_ms)};
  }
  return outcome;
}

}  // namespace millpond::model
