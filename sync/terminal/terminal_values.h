// SPDX-License-Identifier: Apache-2.0
// What the use cases of a terminal take and return (terminal.h has them). Values; whoever holds one owns it.
#pragma once

#include "sync/base/error.h"
#include "sync/model/combination.h"
#include "sync/model/facts.h"
#include "sync/model/rights.h"
#include "sync/model/strength.h"
#include "sync/wire/question_rows.h"
#include "sync/wire/rights_rows.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace millpond::store {
class Transaction;
}

namespace millpond::terminal {

struct MemberCoupon {
  base::CouponId coupon;
  base::CampaignId campaign;
  std::int64_t value_minor{};
  std::int64_t threshold_minor{};
  base::LocalDate not_before;
  base::LocalDate expires;
  bool issued_here{};             // at this terminal, now or in an earlier life
  std::int64_t discount_minor{};  // of one that a basket uses: what it takes off
};

struct MemberView {
  base::MemberId member;
  std::string shown_name;         // masked by the hub; empty when unknown here
  std::int64_t points{};          // the hub's word
  std::int64_t points_pending{};  // earned here since
  std::int64_t qualifying_minor{};
  std::int64_t as_of_ms{};
  std::vector<MemberCoupon> coupons;  // unspent and not expired, nearest expiry first
  model::Strength strength{};         // how certain identify() is that it is this person; nobody: it was not asked
  std::int32_t told_age_min{};        // years that they have said to be at least: to the hub, or just now
  // Of a programme with lots, today:
  std::int64_t points_not_active{};  // of `points`, good only from a later day on
  base::LocalDate expires{};         // the last day of expiring_points; 0: none will expire
  std::int64_t expiring_points{};
  bool phone_verified{};  // the chain holds the phone for proved
};

// Later nobody waits for a slip; its coupon is on the member's card.
inline constexpr std::int64_t slip_age_max_ms = 15LL * 60'000;

struct EnrolRequest {
  std::string phone_e164;  // "+8613800138000", or as typed (phone.h); leaves only sealed and as a keyed hash
  std::vector<model::Consent> consents;
  model::Channel channel{};
  model::OriginChannel came_by{};  // 0: as the channel says
  base::StaffId staff{};           // who asked them; 0: nobody, or not known
};

// Who behind the counter said yes: StaffDesk::authorise() let them. Stands as a fact in the action that it allows.
struct Approval {
  base::StaffId by;
  std::string reason;  // in a few words, no personal data; may be empty
};

// What the hub said about one coupon of a sale that is not recorded yet.
struct HubReply {
  model::HubWord word{model::HubWord::not_asked};
  model::WhyNot why;            // of refused
  crypto::Signature receipt{};  // of confirmed
  model::Outstanding open{};    // of unknown
};

// What the hub may be asked before a sale is recorded. Asking is no duty, and the same sale asks the same again.
struct HubQuestions {
  std::vector<std::optional<wire::RedeemAsk>> coupons;  // by redemption, then by kept coupon
  std::optional<wire::PointsAsk> points;                // for a lease, where those that are here are not enough
  friend bool operator==(const HubQuestions&, const HubQuestions&) = default;
};

struct HubAnswers {
  std::vector<HubReply> coupons{};             // by question
  std::optional<base::Code> points_refusal{};  // what the hub said, when it was asked for points in vain
  // Keeps the lease that it gave: in the sale's own action, before its points are spent. Empty: it gave none. One that
  // cannot be kept comes again by the downlink; this sale goes on without it.
  std::function<base::Result<>(store::Transaction&)> keep_lease{};
};

// The goods of a sale as its slip names them. What is past lines_max is counted and summed up: a slip is no receipt.
struct SlipLines {
  struct Line {
    std::string name;      // as people or the till call it
    std::string quantity;  // "2", "0.350 kg"; empty for one piece
    std::int64_t net_minor{};
    bool excluded{};  // earns nothing
    friend bool operator==(const Line&, const Line&) = default;
  };
  static constexpr std::size_t lines_max = 20;
  std::vector<Line> shown;
  std::uint32_t more{};
  std::int64_t more_minor{};
  friend bool operator==(const SlipLines&, const SlipLines&) = default;
};

struct SaleRequest {
  model::SaleRecorded sale;              // member 0: take it from member_code or session_member; no body_tag
  base::Hash body_hash{};                // SHA-256 of what the till posted
  std::string member_code;               // as scanned at the till, or a phone typed there; may be empty
  base::MemberId session_member;         // whoever is identified at this terminal's screen; 0: nobody
  model::Strength session_strength{};    // how; too weak to see: this sale earns and says so, and no more
  std::vector<std::string> redemptions;  // coupon codes as scanned
  std::string basket{};                  // as the till named it when it had coupons kept (coupon_desk.h); may be empty
  std::int64_t completed_at_ms{};        // as the till says; 0: it does not
  std::string invoice_code{};            // what the slip shows for the till's e-invoice; may be empty
  SlipLines slip_lines{};                // what the slip shows of the goods; may be none
  // Told after the fact (an import, a file that lay). Older than slip_age_max_ms it is rated and dated by
  // completed_at_ms, up to told_late_max_ms, prints no slip and brings no coupon for whoever holds it.
  bool late{};
  static constexpr std::int64_t told_late_max_ms = 35LL * 86'400'000;
  // Whoever told of it keeps what differs from a sale under its key (a printed receipt, a file of the day's end): no
  // dispute is recorded.
  bool teller_keeps_changed{};
  std::string slip_locale{"zh-CN"};
  // Whoever is identified at this terminal's screen, where neither the till nor a kept basket names anybody, and
  // session_member is nobody: asked at most once, and only for a sale that is not recorded yet. On the journal's
  // thread; must not wait for it.
  struct Session {
    base::MemberId member;
    model::Strength strength{};
  };
  std::function<Session()> claim_session{};
  // Asks the hub what this sale needs, within a bounded time; called at most once, only where there is a question, with
  // nothing recorded yet. Empty: nobody asks.
  std::function<HubAnswers(const HubQuestions&)> ask_hub{};
  std::vector<HubReply> hub_replies{};  // of whoever asked before (questions()); then it is not asked again
  base::StaffId approved_by{};  // a manager (authorise()) who lets coupons be used though the hub is long silent
  std::int64_t spend_points{};  // what the member paid in points; 0: nothing
  std::optional<base::Code> points_refusal{};  // what the hub said, when it was asked for them in vain
  // Who behind the counter (authorise()) says that this is the member, 0: nobody. Asked where a member's code is shown
  // and more is to be spent than a picture of it is good for, at most once a sale. On the journal's thread; must not
  // wait for it.
  std::function<base::StaffId(base::MemberId)> vouched_by{};
  // Whether what is recorded under this key with another body is this very sale, told another way; by the answer that
  // is stored with it. Then the sale is repeated, and no dispute. Asked on the journal's thread.
  std::function<bool(const base::Bytes& answer)> told_before{};
};

struct Refusal {
  std::size_t index{};           // in SaleRequest::redemptions
  base::Code code{};             // coupon_spent, coupon_elsewhere, code_forged, ...
  std::int64_t missing_minor{};  // for coupon_threshold: how much is short
  base::LocalDate date{};        // for not yet valid and expired
  base::CouponId coupon{};       // 0: its code is not genuine
  base::CampaignId campaign{};
  std::optional<model::CouponRefused> hurdle{};  // which rule of its offer, where it was one
};

struct IssuedCoupon {
  MemberCoupon coupon;
  std::string code_text;  // signed 0x11
};

struct SaleOutcome {
  enum class Kind : std::uint8_t { recorded, repeated, changed } kind{};
  base::Seq seq;  // of SaleRecorded
  base::MemberId member;
  model::Strength strength{};  // of `member`: what may be told of it is model::shown()
  std::int64_t points_earned{};
  std::int64_t balance{};  // hub's word plus everything pending here
  std::vector<MemberCoupon> redeemed;
  std::vector<model::Honour> honoured;  // how, by `redeemed`
  std::vector<Refusal> refused;
  std::int64_t points_spent{};
  std::optional<base::Code> points_refused{};  // why none of spend_points were spent
  std::vector<IssuedCoupon> issued;            // what the sale brought
  // Why a coupon that it would have brought is not among them: time_unknown, certificate_expired.
  std::optional<base::Code> coupon_refused{};
  std::int64_t points_given{};               // by campaigns, beside points_earned; in the balance
  std::vector<base::CampaignId> used_up{};   // campaigns that gave nothing because what may be given here is used up
  std::vector<base::CampaignId> promised{};  // campaigns that the hub decides about; none for a typed number
  std::optional<base::Code> basket_problem;  // the coupons of SaleRequest::basket are kept no more
  std::optional<base::Code> member_problem;  // the member code was not usable; the sale stands without a member
  base::Bytes answer;                        // what the till gets: composed once, stored, repeated verbatim
};

// What a printed slip says, as stored with its print intent.
struct Slip {
  enum class Kind : std::uint8_t { sale = 1, card = 2, refund = 3 } kind{};
  std::int64_t total_minor{};
  std::int64_t at_ms{};
  base::Seq seq;
  base::MemberId member;
  model::Strength strength{};
  std::int64_t points_earned{};
  std::int64_t balance{};
  std::vector<MemberCoupon> redeemed;
  std::vector<IssuedCoupon> issued;
  std::string member_code_text;  // card slips
  std::int64_t points_spent{};
  std::int64_t points_given{};
  std::string invoice_code{};  // of the till, for its e-invoice; may be empty
  std::vector<base::CampaignId> promised{};
  SlipLines lines{};
  // Of a refund: the till's number of the sale, and what came back; total_minor is what it was worth in the sale.
  std::string of_transaction{};
  std::int64_t points_taken{};
  std::int64_t points_returned{};
  bool sale_known{};
  std::uint32_t voided{};  // coupons
};
[[nodiscard]] base::Bytes encode_slip(const Slip& slip);
[[nodiscard]] base::Result<Slip> decode_slip(base::ByteView bytes);

}  // namespace millpond::terminal
