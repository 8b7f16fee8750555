// SPDX-License-Identifier: Apache-2.0
#include "sync/client/personal_retention.h"

#include <algorithm>

namespace millpond::client {

void PersonalRetention::caught_up(std::int64_t hub_wall_ms) {
  silence_.heard(hub_wall_ms);
  purged_ = false;
}

bool PersonalRetention::overdue() const {
  const auto kept_ms = kept_ms_ ? std::min(kept_ms_(), kept_max_ms) : kept_max_ms;
  return silence_.loaded() && silence_.silent_ms() >= kept_ms;
}

base::Result<> PersonalRetention::tend(const AskJournal& ask_journal) {
  const bool hour_is_over = clock_.monotonic_ms() >= next_look_ms_;
  const bool due = !silence_.loaded() || silence_.save_is_due() || hour_is_over || (overdue() && !purged_);
  if (!due) return {};
  if (!silence_.loaded()) {
    MILLPOND_TRY_DO(ask_journal([&](store::Journal& journal) { return silence_.load(journal); }));
  }
  MILLPOND_TRY_DO(look(ask_journal));
  next_look_ms_ = clock_.monotonic_ms() + look_every_ms;
  // Last: a full disk must not keep what is overdue.
  return ask_journal([&](store::Journal& journal) -> base::Result<> {
    return silence_.save_is_due() ? silence_.save(journal) : base::Result<>{};
  });
}

base::Result<> PersonalRetention::look(const AskJournal& ask_journal) {
  if (overdue()) {
    // Again in every hour: uploads may have been acknowledged since, while pages were refused.
    MILLPOND_TRY_DO(ask_journal([](store::Journal& journal) { return journal.forget_personal(std::nullopt); }));
    if (!purged_) MILLPOND_TRY_DO(replica_.purge_personal());
    purged_ = true;
    return {};
  }
  const auto word_ms = time_.last_word_ms();
  if (word_ms == looked_word_ms_) return {};
  MILLPOND_TRY_DO(ask_journal([&](store::Journal& journal) { return journal.forget_personal(word_ms - kept_max_ms); }));
  looked_word_ms_ = word_ms;
  return {};
}

}  // namespace millpond::client
