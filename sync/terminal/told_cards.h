// SPDX-License-Identifier: Apache-2.0
// ToldCards: what the hub said of members' codes whose issuer this terminal does not know, for as long as somebody
// stands here with one: between identifying and paying nobody is asked twice, and a member whose page has not come yet
// has a balance. Not a replica: it is bounded, forgets within minutes and does not outlive the program. Any thread.
// Inside `terminal` only.
#pragma once

#include "sync/store/replica.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace millpond::terminal {

class ToldCards {
 public:
  static constexpr std::int64_t kept_ms = 600'000;
  static constexpr std::size_t cards_max = 1'000;

  struct Word {
    base::MemberId member;
    bool issuer_revoked{};
    std::optional<store::ReplicaMember> row;  // what the hub knows of the member, if it does
  };

  // The hub says that an issuer of the brand made a code. Times are of one clock, whichever.
  void remember(std::string_view code, Word word, std::int64_t now_ms);
  // Nothing for a code that the hub was not asked about.
  [[nodiscard]] std::optional<bool> issuer_revoked(std::string_view code, std::int64_t now_ms) const;
  [[nodiscard]] std::optional<store::ReplicaMember> row_of(base::MemberId member, std::int64_t now_ms) const;

 private:
  struct Told {
    Word word;
    std::int64_t at_ms{};
    [[nodiscard]] bool counts(std::int64_t now_ms) const { return now_ms >= at_ms && now_ms < at_ms + kept_ms; }
  };
  mutable std::mutex mutex_;
  std::map<std::string, Told, std::less<>> told_;  // guarded by mutex_; by code
};

}  // namespace millpond::terminal
