// SPDX-License-Identifier: Apache-2.0
// CouponDesk: what a till asks about coupons before it takes the money: which of them are worth most together in this
// basket, on which lines, and of every other one why not; and to have them kept until the basket is paid. What is kept
// is a hold of the journal, outside chain and outbox; what the hub has confirmed for it is used by the sale that names
// the basket, or given back by a fact. Any thread but the journal's own; blocks for a commit at most, and keep() for
// the hub's word before it. Borrows the terminal, which outlives it.
#pragma once

#include "sync/terminal/terminal.h"

namespace millpond::terminal {

inline constexpr std::int64_t keep_ms_default = 300'000;
inline constexpr std::int64_t keep_ms_min = 30'000;
inline constexpr std::int64_t keep_ms_max = 900'000;
inline constexpr std::size_t kept_baskets_max = 200;
inline constexpr std::size_t member_coupons_max = 40;  // of a member's own, nearest expiry first

struct BasketRequest {
  std::string till;
  std::string name;  // the till's own for its basket; keep() needs one
  base::Currency currency;
  std::vector<model::SaleLine> lines;
  std::string member_code;             // as scanned; may be empty
  base::MemberId session_member;       // whoever is identified at this terminal's screen; 0: nobody
  model::Strength session_strength{};  // how
  std::vector<std::string> codes;      // of coupons, as scanned; a member's own need none
  base::StaffId approved_by{};         // keep(): a manager who lets them be used though the hub is long silent
  // keep(): asked once, when a card alone brings a coupon that takes off more than it may (model/spending.h): who says
  // that this is the member, 0: nobody. Empty: nobody can.
  std::function<base::StaffId(base::MemberId)> vouched_by{};
};

struct QuotedCoupon {
  MemberCoupon coupon;                 // with what it takes off
  std::vector<std::int64_t> by_line;   // as many as the basket has lines
  std::optional<std::size_t> index{};  // in BasketRequest::codes; nothing: one of the member's own
  model::Honour honour{};              // keep() only: how it is honoured
};

struct Quote {
  base::MemberId member;
  model::Strength strength{};
  std::optional<base::Code> member_problem;
  std::int64_t total_minor{};  // of the lines
  std::int64_t discount_minor{};
  std::vector<QuotedCoupon> taken;  // in the order shown
  std::vector<Refusal> refused;     // index: in BasketRequest::codes, or past its end for one of the member's own
  std::int64_t until_ms{};          // keep() only: by the wall clock
};

class CouponDesk {
 public:
  // What the hub says to questions, in order; blocks as long as a till may wait.
  using AskHub = std::function<std::vector<HubReply>(const std::vector<std::optional<wire::RedeemAsk>>& asks)>;

  explicit CouponDesk(Terminal& terminal) : terminal_{terminal} {}

  // Changes nothing and asks nobody, so that a coupon that somebody else used a moment ago may still be quoted.
  // Errors: no_programme, currency_mismatch, those of the journal.
  [[nodiscard]] base::Result<Quote> quote(const BasketRequest& request);

  // The same, asked at the hub where it must be, and kept for `keep_for_ms`. The same basket again takes the place of
  // what was kept for it. Errors besides: coupon_held (somebody else was faster: ask again), overloaded
  // (kept_baskets_max).
  [[nodiscard]] base::Result<Quote> keep(const BasketRequest& request, std::int64_t keep_for_ms, const AskHub& ask);

  // Whether there is anything for this basket: who was named for it, 0: nobody; and whether its time is over, after
  // which it may be let go at any moment. Nothing when nothing is kept. Errors: the journal's.
  struct Kept {
    base::MemberId member;
    bool is_over{};
  };
  [[nodiscard]] base::Result<std::optional<Kept>> kept_for(std::string_view till, std::string_view name);

  // The basket was abandoned. Error: not_found.
  [[nodiscard]] base::Result<> release(std::string_view till, std::string_view name);

  // Gives back what is past its end. In how many milliseconds the next one ends; nothing when none is kept.
  [[nodiscard]] base::Result<std::optional<std::int64_t>> let_go();

 private:
  struct Counter;  // one question: what is known of basket, member and coupons

  [[nodiscard]] base::Result<Counter> look(const BasketRequest& request);
  void make_certain(const BasketRequest& request, Counter& counter);
  void name(const base::Result<Terminal::Named>& named, Counter& counter) const;
  [[nodiscard]] base::Result<> gather(store::Transaction& transaction, const BasketRequest& request, Counter& counter);
  static void ask_about(Counter& counter, const AskHub& ask);
  [[nodiscard]] base::Result<> give_back(store::Transaction& transaction, const KeptBasket& basket,
                                         const std::set<base::CouponId>& but) const;
  [[nodiscard]] base::Result<> cancel(store::Transaction& transaction, base::CouponId coupon,
                                      std::uint64_t redemption) const;
  [[nodiscard]] base::Result<> put(const BasketRequest& request, const Counter& counter, const KeptBasket& basket);

  Terminal& terminal_;
};

}  // namespace millpond::terminal
