// SPDX-License-Identifier: Apache-2.0
#include "sync/client/redeem_line.h"

#include <algorithm>

namespace millpond::client {
namespace {

constexpr std::int64_t timeout_min_ms = 50;

wire::RedeemWord word_of(model::HubWord what) {
  wire::RedeemWord word;
  word.word = what;
  return word;
}

}  // namespace

RedeemLine::RedeemLine(Credentials credentials, std::unique_ptr<net::HttpClient> http, const base::Clock& clock,
                       const store::HubTime& time, base::Rng& nonces)
    : clock_{clock}, time_{time}, http_{std::move(http)}, line_{std::move(credentials), clock, nonces} {}

std::vector<wire::RedeemWord> RedeemLine::ask(std::span<const std::optional<wire::RedeemAsk>> asks,
                                              std::int64_t limit) {
  std::vector<wire::RedeemWord> words(asks.size(), word_of(model::HubWord::not_asked));
  if (std::ranges::none_of(asks, [](const auto& ask) { return ask.has_value(); })) return words;
  const auto until_ms = clock_.monotonic_ms() + limit;
  std::unique_lock lock{mutex_, std::chrono::milliseconds{limit}};
  if (!lock || clock_.monotonic_ms() < not_before_ms_) return words;
  for (std::size_t i = 0; i < asks.size(); ++i) {
    if (!asks[i]) continue;
    const auto left_ms = until_ms - clock_.monotonic_ms();
    if (left_ms < timeout_min_ms) return words;
    words[i] = word_of(model::HubWord::silent);
    auto word = ask_one(*asks[i], left_ms);
    if (word) {
      words[i] = *std::move(word);
      continue;
    }
    not_before_ms_ = clock_.monotonic_ms() + pause_ms;
    return words;
  }
  return words;
}

base::Result<base::Bytes> RedeemLine::post(const char* target, const base::Bytes& body, std::int64_t timeout_ms) {
  line_.set_hub_day(base::local_date_at(time_.last_word_ms(), 0).days);
  auto request = line_.sign("POST", target, body, timeout_ms);
  MILLPOND_TRY(auto said, line_.check(request, http_->perform(request.http)));
  if (said.status != 200 && HubLine::refusal_of(said).error.code == base::Code::clock_skew) {
    // A wrong clock has never stopped a sale: the hub's answer says what time it is.
    line_.adopt_time(HubLine::refusal_of(said).hub_wall_ms);
    request = line_.sign("POST", target, body, timeout_ms);
    MILLPOND_TRY(said, line_.check(request, http_->perform(request.http)));
  }
  if (said.status != 200) return HubLine::refusal_of(said).error;
  return std::move(said.body);
}

base::Result<wire::RedeemWord> RedeemLine::ask_one(const wire::RedeemAsk& ask, std::int64_t timeout_ms) {
  MILLPOND_TRY(const auto body, post("/v1/redeem", wire::encode(ask), timeout_ms));
  MILLPOND_TRY(auto word, wire::decode_redeem_word(body));
  if (word.redemption == ask.redemption) return word;
  return base::Error{base::Code::protocol_mismatch, "ask about a coupon", "the answer is about another redemption"};
}

template <class Word, class Ask, class Decode>
Word RedeemLine::ask_alone(const char* target, const Ask& ask, std::int64_t within_ms, const Decode& decode) {
  Word word;
  word.word = model::HubWord::not_asked;
  if (within_ms < timeout_min_ms) return word;
  const auto until_ms = clock_.monotonic_ms() + within_ms;
  std::unique_lock lock{mutex_, std::chrono::milliseconds{within_ms}};
  const auto left_ms = until_ms - clock_.monotonic_ms();
  if (!lock || left_ms < timeout_min_ms || clock_.monotonic_ms() < not_before_ms_) return word;
  const auto answered = [&]() -> base::Result<Word> {
    MILLPOND_TRY(const auto body, post(target, wire::encode(ask), left_ms));
    return decode(body);
  }();
  if (answered) return *answered;
  not_before_ms_ = clock_.monotonic_ms() + pause_ms;
  word.word = model::HubWord::silent;
  return word;
}

wire::PointsWord RedeemLine::ask(const wire::PointsAsk& ask, std::int64_t within_ms) {
  const auto about_this = [&](base::ByteView body) -> base::Result<wire::PointsWord> {
    MILLPOND_TRY(auto word, wire::decode_points_word(body));
    const bool same = word.asked == ask.asked && (!word.lease || word.lease->epoch == ask.epoch);
    if (same) return word;
    return base::Error{base::Code::protocol_mismatch, "ask for points", "the answer is about another sale"};
  };
  return ask_alone<wire::PointsWord>("/v1/points", ask, within_ms, about_this);
}

wire::CardWord RedeemLine::ask(const wire::CardAsk& ask, std::int64_t within_ms) {
  return ask_alone<wire::CardWord>("/v1/member", ask, within_ms, wire::decode_card_word);
}

}  // namespace millpond::client
