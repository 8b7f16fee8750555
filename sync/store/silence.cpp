// SPDX-License-Identifier: Apache-2.0
#include "sync/store/silence.h"

#include <algorithm>

namespace millpond::store {
namespace {

constexpr std::string_view document_kind = "silence";
constexpr std::size_t number_bytes = 8;

}  // namespace

base::Result<> Silence::load(Journal& journal) {
  MILLPOND_TRY(const auto content, journal.document(document_kind));
  loaded_ = true;
  saved_at_ms_ = clock_->monotonic_ms();
  if (!content || content->size() != 3 * number_bytes) return {};
  const auto number = [&](std::size_t i) {
    return base::read_big_endian(base::ByteView{*content}.subspan(i * number_bytes, number_bytes));
  };
  version_ = number(0);
  if (news_) return {};  // this run knows better
  word_ms_ = static_cast<std::int64_t>(number(1));
  ran_before_ms_ = std::max<std::int64_t>(static_cast<std::int64_t>(number(2)), 0);
  return {};
}

void Silence::heard(std::int64_t hub_wall_ms) {
  if (hub_wall_ms == 0) return;
  word_ms_ = hub_wall_ms;
  ran_before_ms_ = 0;
  since_ms_ = clock_->monotonic_ms();
  news_ = true;
}

std::int64_t Silence::silent_ms() const {
  const auto by_clock_ms = word_ms_ == 0 ? 0 : clock_->wall_ms() - word_ms_;
  return std::max(by_clock_ms, ran_ms());
}

bool Silence::save_is_due() const {
  if (news_ && version_ == 0) return true;
  return clock_->monotonic_ms() - saved_at_ms_ >= save_every_ms;
}

base::Result<> Silence::save(Journal& journal) {
  base::Bytes content;
  base::append_big_endian(content, version_ + 1, number_bytes);
  base::append_big_endian(content, static_cast<std::uint64_t>(word_ms_), number_bytes);
  base::append_big_endian(content, static_cast<std::uint64_t>(ran_ms()), number_bytes);
  const Action keep = [&](Transaction& transaction) {
    return transaction.put_document(document_kind, version_ + 1, content);
  };
  MILLPOND_TRY_DO(journal.commit({&keep, 1}).front());
  version_ += 1;
  saved_at_ms_ = clock_->monotonic_ms();
  news_ = false;
  return {};
}

}  // namespace millpond::store
