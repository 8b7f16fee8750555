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
                       base::Rng& nonces)
    : clock_{clock}, http_{std::move(http)}, line_{std::move(credentials), clock, nonces} {}

std::vector<wire::RedeemWord> RedeemLine::ask(std::span<const std::optional<wire::RedeemAsk>> asks) {
  std::vector<wire::RedeemWord> words(asks.size(), word_of(model::HubWord::not_asked));
  if (std::ranges::none_of(asks, [](const auto& ask) { return ask.has_value(); })) return words;
  const auto until_ms = clock_.monotonic_ms() + limit_ms;
  std::unique_lock lock{mutex_, std::chrono::milliseconds{limit_ms}};
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

base::Result<wire::RedeemWord> RedeemLine::ask_one(const wire::RedeemAsk& ask, std::int64_t timeout_ms) {
  auto request = line_.sign("POST", "/v1/redeem", wire::encode(ask), timeout_ms);
  MILLPOND_TRY(auto said, line_.check(request, http_->perform(request.http)));
  if (said.status != 200 && HubLine::refusal_of(said).error.code == base::Code::clock_skew) {
    // A wrong clock has never stopped a sale: the hub's answer says what time it is.
    line_.adopt_time(HubLine::refusal_of(said).hub_wall_ms);
    request = line_.sign("POST", "/v1/redeem", wire::encode(ask), timeout_ms);
    MILLPOND_TRY(said, line_.check(request, http_->perform(request.http)));
  }
  if (said.status != 200) return HubLine::refusal_of(said).error;
  MILLPOND_TRY(auto word, wire::decode_redeem_word(said.body));
  if (word.redemption == ask.redemption) return word;
  return base::Error{base::Code::protocol_mismatch, "ask about a coupon", "the answer is about another redemption"};
}

}  // namespace millpond::client
