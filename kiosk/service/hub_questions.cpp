// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/hub_questions.h"

#include "sync/client/documents.h"

namespace millpond::service {

terminal::HubAnswers ask_hub(Shop& shop, const terminal::HubQuestions& questions) {
  terminal::HubAnswers answers;
  const auto began_ms = shop.monotonic_ms();
  if (!questions.coupons.empty()) {
    for (const auto& word : shop.redemptions().ask(questions.coupons)) {
      answers.coupons.push_back({word.word, word.why, word.receipt, word.open});
    }
  }
  if (!questions.points) return answers;
  const auto left_ms = client::RedeemLine::limit_ms - (shop.monotonic_ms() - began_ms);
  const auto word = shop.redemptions().ask(*questions.points, left_ms);
  if (word.word == model::HubWord::refused) answers.points_refusal = word.why;
  if (word.lease) {
    answers.keep_lease = [lease = *word.lease, at_ms = word.hub_wall_ms](store::Transaction& transaction) {
      return client::keep_lease(lease, transaction, at_ms);
    };
  }
  return answers;
}

}  // namespace millpond::service
