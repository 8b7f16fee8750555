// SPDX-License-Identifier: Apache-2.0
// HubTime: what day it is, as far as a terminal can know. A machine's clock may be years off; the hub's signed word is
// the mark that it is held against, carried on by the monotonic clock while the machine runs and kept in the journal
// beyond that. It dates coupons and facts. It orders nothing, and does not decide how long anything is kept.
//
// While this boot has heard the hub the time is known, whatever the machine's clock says. After another boot only the
// last mark is left: a clock behind it, or further ahead than a terminal is ever off, is not believed, and no day is
// known until the hub speaks or somebody sets the clock. Before the hub's first word the certificate's days are the
// bounds. The mark goes back only when hub and machine agree on an earlier time.
//
// Any thread. Durable by save(), as journal document "hub_time"; what was heard since is heard again.
#pragma once

#include "sync/base/clock.h"
#include "sync/store/journal.h"

#include <mutex>
#include <optional>
#include <string>

namespace millpond::store {

class HubTime {
 public:
  static constexpr std::int64_t agree_ms = 600'000;              // clocks no further apart say the same
  static constexpr std::int64_t off_max_ms = 35LL * 86'400'000;  // without a word of the hub, over another boot
  static constexpr std::int64_t save_every_ms = 3'600'000;

  enum class Source : std::uint8_t {
    machine,  // its clock contradicts nothing
    hub,      // its clock is wrong; the hub's last word, carried on
    unknown,  // its clock is wrong and nothing better is known: wall_ms only labels
  };
  struct Time {
    std::int64_t wall_ms{};
    Source source{Source::unknown};
    [[nodiscard]] bool day_known() const { return source != Source::unknown; }
    friend bool operator==(const Time&, const Time&) = default;
  };
  // When this terminal's certificate holds, in UTC.
  struct Span {
    std::int64_t from_ms{};
    std::int64_t until_ms{};
  };

  // boot_id: which start of the machine the monotonic clock counts from; an empty one is like no other.
  HubTime(const base::Clock& clock, std::string boot_id, Span certificate);

  // Takes over what an earlier run has saved; one that cannot be read counts as none. Errors: the journal's own.
  [[nodiscard]] base::Result<> load(Journal& journal);
  // The hub's time in a signed answer that was just asked for. 0 is no word.
  void hear(std::int64_t hub_wall_ms);
  [[nodiscard]] Time now() const;
  // Since the hub's last word, of another boot by the days that it is known to be; nothing when nobody knows.
  [[nodiscard]] std::optional<std::int64_t> silent_ms() const;

  // The time as precisely as it can be known, for codes that live seconds: the hub's word carried on where this boot
  // has heard it, the machine's clock otherwise. Not trusted: a clock before release_ms, one that contradicts the mark,
  // and one that jumped back by more than jump_back_ms in this boot, as far as the hub has not spoken since.
  struct Precise {
    std::int64_t wall_ms{};
    std::int64_t since_hub_ms{};  // since the hub's last word, over boots too; the provisioning counts as one
    bool trusted{};
    friend bool operator==(const Precise&, const Precise&) = default;
  };
  static constexpr std::int64_t jump_back_ms = 300'000;
  static constexpr std::int64_t release_ms = 1'767'225'600'000;  // 2026-01-01: this program is not older
  [[nodiscard]] Precise precise() const;

  // The hub's last word itself, of whichever boot; 0: it never spoke to this journal.
  [[nodiscard]] std::int64_t last_word_ms() const;

  // Whether the saved mark is from another boot or an hour old.
  [[nodiscard]] bool save_is_due() const;
  // One commit. Errors: the journal's own; it stays due then.
  [[nodiscard]] base::Result<> save(Journal& journal);

  [[nodiscard]] const std::string& boot_id() const { return boot_id_; }

 private:
  struct Mark {
    std::int64_t wall_ms{};
    std::int64_t monotonic_ms{};  // of this boot
  };
  [[nodiscard]] std::int64_t carried_on() const;  // of heard_
  [[nodiscard]] bool may_be_now(std::int64_t wall_ms) const;

  const base::Clock& clock_;
  const std::string boot_id_;
  const Span certificate_;
  mutable std::mutex mutex_;
  std::optional<Mark> heard_;               // in this boot; these are guarded by mutex_
  std::optional<std::int64_t> word_ms_;     // monotonic; of the last word in this boot
  std::optional<std::int64_t> earlier_ms_;  // the mark of another boot
  std::optional<std::int64_t> saved_ms_;    // of this boot
  mutable std::int64_t ahead_ms_;           // of wall over monotonic, the highest seen; guarded by mutex_ too
  std::uint64_t version_{};                 // of the saved document
};

}  // namespace millpond::store
