// SPDX-License-Identifier: Apache-2.0
// RedeemLine: asks the hub, while somebody waits, whether coupons may be honoured, for points that no lease here has,
// and about a member's code whose issuer is unknown here. A connection of its own, so that no upload stands in the way,
// and a limit of its own, because a customer stands there: who gets no answer in time goes by what the hub has said
// before. After a failure nobody is kept waiting for a while. Nothing is durable here: the same may be asked again and
// gets the same answer. Any thread; callers take turns within the limit. Clock, time and Rng are borrowed and outlive
// it.
#pragma once

#include "sync/client/hub_line.h"
#include "sync/store/hub_time.h"
#include "sync/wire/question_rows.h"
#include "sync/wire/rights_rows.h"

#include <mutex>
#include <optional>
#include <span>

namespace millpond::client {

class RedeemLine {
 public:
  static constexpr std::int64_t limit_ms = 1'500;     // for everything that one sale asks
  static constexpr std::int64_t hold_limit_ms = 800;  // while a basket is only being kept
  static constexpr std::int64_t pause_ms = 10'000;    // after a failure

  // time: by which replaced hub keys retire (HubLine::set_hub_day()).
  RedeemLine(Credentials credentials, std::unique_ptr<net::HttpClient> http, const base::Clock& clock,
             const store::HubTime& time, base::Rng& nonces);

  // One word for each question, in order: HubWord::not_asked where there was none, or the line has just failed;
  // HubWord::silent where no signed answer came in time. Blocks for `limit` milliseconds at most.
  [[nodiscard]] std::vector<wire::RedeemWord> ask(std::span<const std::optional<wire::RedeemAsk>> asks,
                                                  std::int64_t limit = limit_ms);
  // The same with the time that is left of a sale's. Nothing but the word is done: whoever gets a lease keeps it
  // (keep_lease).
  [[nodiscard]] wire::PointsWord ask(const wire::PointsAsk& ask, std::int64_t within_ms);
  [[nodiscard]] wire::CardWord ask(const wire::CardAsk& ask, std::int64_t within_ms);

 private:
  // An answer of 200 to one question. Errors: the line's, and what the hub refused.
  [[nodiscard]] base::Result<base::Bytes> post(const char* target, const base::Bytes& body, std::int64_t timeout_ms);
  [[nodiscard]] base::Result<wire::RedeemWord> ask_one(const wire::RedeemAsk& ask, std::int64_t timeout_ms);
  template <class Word, class Ask, class Decode>
  [[nodiscard]] Word ask_alone(const char* target, const Ask& ask, std::int64_t within_ms, const Decode& decode);

  const base::Clock& clock_;
  const store::HubTime& time_;
  std::unique_ptr<net::HttpClient> http_;  // guarded by mutex_, as what follows
  HubLine line_;
  std::int64_t not_before_ms_{INT64_MIN};  // monotonic
  std::timed_mutex mutex_;
};

}  // namespace millpond::client
