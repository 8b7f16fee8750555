// SPDX-License-Identifier: Apache-2.0
// FraudWatch: what in a terminal's facts a person at head office should look at. A signal accuses nobody: it names a
// pattern, the facts it was made of, and the limit it passed. A fold over facts in the order of one terminal; the hub
// keeps one per terminal, so that a rebuild gives the same signals, and its state, so that a restart does. Occurrence
// times are the terminal's own and only measure distances. Not thread-safe; one owner.
#pragma once

#include "sync/base/bytes.h"
#include "sync/model/facts.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace millpond::model {

enum class Signal : std::uint8_t {  // persisted
  enrolments_without_sale = 1,      // more than 3 in 10 minutes of which no sale names the member
  member_twice = 2,                 // one member's sales within 5 minutes
  own_card = 3,                     // whoever is at the till is the member
  coupon_rate = 4,                  // coupons a sale, 3 sigma above the brand's
  over_redemption = 5,              // a coupon of this terminal's did not count
  right_breached = 6,               // it used a right that it had released
  manual_lookups = 7,               // more than a fifth of a day's identifications
  pin_guessing = 8,                 // a PIN was locked
  second_conflict = 9,              // one member's second over-redemption within 90 days: online only from now on
  void_after_issue = 10,            // a sale was told otherwise or taken back, and what it had brought is out
  foreign_identity = 11,            // it gave a member or a coupon an identity of another terminal's
  issue_beyond_rules = 12,          // it gave more than the programme that its fact names (issue_check.h)
  programme_unknown = 13,           // it gave something by a version that was never published here; once a life
  uses_rate = 14,                   // coupons used a sale, 3 sigma above the brand's
  journal_lost = 15,                // its journal went back: facts that the hub holds are not there any more
  programme_old = 16,               // it gave by an older version than it had named a day before; once a life
};

struct Raised {
  Signal signal{};
  base::MemberId member;  // 0: about no member
  base::StaffId staff;    // 0: about nobody behind the counter
  std::int64_t value{};   // what was counted
  std::int64_t limit{};   // what it passed
  friend bool operator==(const Raised&, const Raised&) = default;
};

// What a sale had brought before it was told with another body (SaleDisputed) or came back
// (SaleRefunded).
struct Brought {
  base::MemberId member;
  bool coupon{};
  bool points{};
};

// Coupons given, coupons used and sales of the whole brand, for the rates that are usual.
struct UsualRate {
  std::uint64_t sales{};
  std::uint64_t coupons{};
  std::uint64_t uses{};
};

// Whether `coupons` of `sales` lies more than three standard deviations above the usual share (a binomial's, in whole
// numbers), or is more than twice what as many sales bring. Fewer than 30 sales count as 30: a share of few says
// nothing. False while the brand has fewer.
[[nodiscard]] bool rate_is_odd(std::uint64_t sales, std::uint64_t coupons, const UsualRate& usual);

class FraudWatch {
 public:
  // `heard`: the hub's day when the fact came. Counts of a day go by it: what a terminal dates its facts by would begin
  // them anew. `staff_member`: the member that the person at the till is, where the brand knows it; 0 otherwise.
  // `brought`: what the sale had brought that this fact tells otherwise or takes back; nothing for other facts.
  [[nodiscard]] std::vector<Raised> on(const Fact& fact, base::LocalDate heard, const UsualRate& usual,
                                       base::MemberId staff_member = {}, const std::optional<Brought>& brought = {});

  // Everything that was half seen, in at most state_bytes_max, and back. Bytes that are no state are a new watch.
  static constexpr std::size_t state_bytes_max = 8U << 10;
  [[nodiscard]] base::Bytes state() const;
  [[nodiscard]] static FraudWatch of_state(base::ByteView bytes);

 private:
  struct Enrolment {
    std::int64_t at_ms{};
    base::MemberId member;
  };
  void on_sale(const SaleRecorded& sale, std::int64_t at_ms, base::MemberId staff_member, std::vector<Raised>& raised);
  void remember_sale(base::MemberId member, std::int64_t at_ms, std::vector<Raised>& raised);
  void on_typed_number(base::MemberId member, std::int64_t at_ms, std::vector<Raised>& raised);
  void on_coupon(const UsualRate& usual, std::vector<Raised>& raised);
  void on_use(const UsualRate& usual, std::vector<Raised>& raised);
  void on_gift(const Stamp& stamp, base::LocalDate heard, std::vector<Raised>& raised);
  void on_lookup(base::StaffId by, std::vector<Raised>& raised);
  void new_day(base::LocalDate day);

  std::deque<Enrolment> enrolments_;                   // of the last 10 minutes, without a sale since
  std::map<base::MemberId, std::int64_t> last_sales_;  // of the last 5 minutes; the newest of very many
  base::LocalDate day_;
  std::uint64_t sales_today_{};
  std::uint64_t coupons_today_{};
  std::uint64_t identified_today_{};
  std::uint64_t lookups_today_{};
  std::uint64_t voids_today_{};
  std::uint64_t uses_today_{};
  bool rate_raised_{};
  bool lookups_raised_{};
  bool uses_raised_{};
  // The newest version of the programme that a life gave by, and the hub's day on which that was heard first.
  base::Epoch life_;
  std::uint32_t newest_version_{};
  base::LocalDate newest_since_;
  bool old_raised_{};
};

}  // namespace millpond::model
