// SPDX-License-Identifier: Apache-2.0
#include "sync/store/hub_time.h"

#include <algorithm>
#include <cstdlib>

namespace millpond::store {
namespace {

constexpr std::string_view document_kind = "hub_time";
constexpr std::size_t number_bytes = 8;

struct Saved {
  std::uint64_t version{};
  std::int64_t wall_ms{};
  std::int64_t monotonic_ms{};
  std::string boot_id;
};

base::Bytes encode(const Saved& saved) {
  base::Bytes bytes;
  base::append_big_endian(bytes, saved.version, number_bytes);
  base::append_big_endian(bytes, static_cast<std::uint64_t>(saved.wall_ms), number_bytes);
  base::append_big_endian(bytes, static_cast<std::uint64_t>(saved.monotonic_ms), number_bytes);
  const auto boot = base::view_of(saved.boot_id);
  bytes.insert(bytes.end(), boot.begin(), boot.end());
  return bytes;
}

std::optional<Saved> decode(base::ByteView bytes) {
  if (bytes.size() < 3 * number_bytes) return std::nullopt;
  const auto number = [&](std::size_t i) {
    return base::read_big_endian(bytes.subspan(i * number_bytes, number_bytes));
  };
  return Saved{number(0), static_cast<std::int64_t>(number(1)), static_cast<std::int64_t>(number(2)),
               std::string{base::text_of(bytes.subspan(3 * number_bytes))}};
}

bool agree(std::int64_t a, std::int64_t b) { return std::llabs(a - b) <= HubTime::agree_ms; }

}  // namespace

HubTime::HubTime(const base::Clock& clock, std::string boot_id, Span certificate)
    : clock_{clock},
      boot_id_{std::move(boot_id)},
      certificate_{certificate},
      ahead_ms_{clock.wall_ms() - clock.monotonic_ms()} {}

base::Result<> HubTime::load(Journal& journal) {
  MILLPOND_TRY(const auto content, journal.document(document_kind));
  const auto saved = content ? decode(*content) : std::nullopt;
  if (!saved) return {};
  const std::lock_guard lock{mutex_};
  version_ = saved->version;
  // A monotonic clock that has gone back counts from another start, whatever the boot is called.
  if (!boot_id_.empty() && saved->boot_id == boot_id_ && saved->monotonic_ms <= clock_.monotonic_ms()) {
    heard_ = Mark{saved->wall_ms, saved->monotonic_ms};
    saved_ms_ = saved->wall_ms;
  } else {
    earlier_ms_ = saved->wall_ms;
  }
  return {};
}

void HubTime::hear(std::int64_t hub_wall_ms) {
  if (hub_wall_ms == 0) return;
  const std::lock_guard lock{mutex_};
  word_ms_ = clock_.monotonic_ms();
  if (heard_ || earlier_ms_) {
    const auto known_ms = heard_ ? carried_on() : *earlier_ms_;
    // A word that was long on its way is older than what is known, not another opinion.
    const bool older = hub_wall_ms < known_ms;
    if (older && heard_ && agree(hub_wall_ms, known_ms)) return;
    if (older && !agree(hub_wall_ms, known_ms) && !agree(hub_wall_ms, clock_.wall_ms())) return;
  }
  heard_ = Mark{hub_wall_ms, clock_.monotonic_ms()};
}

HubTime::Time HubTime::now() const {
  const std::lock_guard lock{mutex_};
  const auto wall_ms = clock_.wall_ms();
  if (heard_) {
    const auto hub_ms = carried_on();
    return agree(wall_ms, hub_ms) ? Time{wall_ms, Source::machine} : Time{hub_ms, Source::hub};
  }
  return {wall_ms, may_be_now(wall_ms) ? Source::machine : Source::unknown};
}

HubTime::Precise HubTime::precise() const {
  const std::lock_guard lock{mutex_};
  const auto wall_ms = clock_.wall_ms();
  const auto ahead_ms = wall_ms - clock_.monotonic_ms();
  const bool jumped_back = ahead_ms < ahead_ms_ - jump_back_ms;
  ahead_ms_ = std::max(ahead_ms_, ahead_ms);
  if (heard_) {
    const auto hub_ms = carried_on();
    return {hub_ms, hub_ms - heard_->wall_ms, hub_ms >= release_ms};
  }
  const auto spoke_ms = earlier_ms_.value_or(certificate_.from_ms);
  const bool behind = wall_ms < spoke_ms - jump_back_ms;
  const bool trusted = may_be_now(wall_ms) && !behind && !jumped_back && wall_ms >= release_ms;
  return {wall_ms, std::max<std::int64_t>(wall_ms - spoke_ms, 0), trusted};
}

std::int64_t HubTime::last_word_ms() const {
  const std::lock_guard lock{mutex_};
  return heard_ ? heard_->wall_ms : earlier_ms_.value_or(0);
}

std::optional<std::int64_t> HubTime::silent_ms() const {
  const std::lock_guard lock{mutex_};
  if (word_ms_) return clock_.monotonic_ms() - *word_ms_;
  if (heard_) return clock_.monotonic_ms() - heard_->monotonic_ms;  // an earlier start of the program in this boot
  const auto wall_ms = clock_.wall_ms();
  if (!earlier_ms_ || !may_be_now(wall_ms)) return std::nullopt;
  return std::max<std::int64_t>(wall_ms - *earlier_ms_, 0);
}

bool HubTime::save_is_due() const {
  const std::lock_guard lock{mutex_};
  if (!heard_) return false;
  return !saved_ms_ || std::llabs(carried_on() - *saved_ms_) >= save_every_ms;
}

base::Result<> HubTime::save(Journal& journal) {
  Saved saved;
  {
    const std::lock_guard lock{mutex_};
    if (!heard_) return {};
    saved = {version_ + 1, carried_on(), clock_.monotonic_ms(), boot_id_};
  }
  const auto content = encode(saved);
  const Action keep = [&](Transaction& transaction) {
    return transaction.put_document(document_kind, saved.version, content);
  };
  MILLPOND_TRY_DO(journal.commit({&keep, 1}).front());
  const std::lock_guard lock{mutex_};
  version_ = saved.version;
  saved_ms_ = saved.wall_ms;
  return {};
}

std::int64_t HubTime::carried_on() const { return heard_->wall_ms + clock_.monotonic_ms() - heard_->monotonic_ms; }

bool HubTime::may_be_now(std::int64_t wall_ms) const {
  if (!earlier_ms_) return wall_ms >= certificate_.from_ms && wall_ms < certificate_.until_ms;
  return wall_ms >= *earlier_ms_ - agree_ms && wall_ms <= *earlier_ms_ + off_max_ms;
}

}  // namespace millpond::store
