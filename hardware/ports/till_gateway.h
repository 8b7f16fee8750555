// SPDX-License-Identifier: Apache-2.0
// TillGateway: how a till says "paid", as values, and who answers it. Final amounts in the currency's minor units;
// codes as the till scanned them, unverified. Not a transport: hardware/till speaks HTTP, a file drop or a printer
// capture can speak the same. A handler is called from several threads at once and may block for a commit.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/error.h"
#include "sync/base/ids.h"
#include "sync/base/money.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millpond::ports {

struct TillLine {
  std::string id;
  std::string sku;
  std::string quantity;  // decimal as the till wrote it: "1", "0.350"
  std::string unit;      // "cup", "kg"; may be empty
  std::string category;
  std::vector<std::string> modifiers;  // "less ice"
  std::int64_t net_minor{};            // what the line adds to the total
  std::int64_t discount_minor{};       // already taken off
  bool excluded{};                     // earns nothing, and counts for no coupon and no campaign
  std::string name{};                  // what people call it, for the slip alone; may be empty
};

enum class TillTenderType : std::uint8_t { cash, card, wechat_pay, alipay, points, coupon, gift_card, other };

// In the JSON of tills, of templates and of columns; never rename.
inline constexpr std::array till_tender_names{
    std::pair{"cash", TillTenderType::cash},
    std::pair{"card", TillTenderType::card},
    std::pair{"wechat_pay", TillTenderType::wechat_pay},
    std::pair{"alipay", TillTenderType::alipay},
    std::pair{"points", TillTenderType::points},
    std::pair{"coupon", TillTenderType::coupon},
    std::pair{"gift_card", TillTenderType::gift_card},
    std::pair{"other", TillTenderType::other},
};

struct TillTender {
  TillTenderType type{};
  std::int64_t amount_minor{};       // what was handed over
  std::int64_t change_minor{};       // what was given back; the tender paid the difference
  std::string provider_transaction;  // of a payment provider; may be empty
  std::string provider_merchant;     // the account that was paid into; may be empty
  std::int64_t points{};             // of a tender in points: how many are to be spent; 0: none by this terminal
};

// A line of the sale that came back, wholly or in part.
struct TillRefundLine {
  std::string id;  // the sale's
  std::int64_t net_minor{};
};

// Who paid, as a payment provider names them, for pay-to-member. Never a card number, never a face.
struct TillPayer {
  std::string provider;  // "wechat_pay"
  std::string app_id;
  std::string subject;
};

// (store, till, business date, transaction), because tills restart their numbers daily.
struct TillSaleKey {
  base::StoreId store;
  std::string till;
  base::LocalDate business_date;
  std::string transaction;
};

// A person behind the counter who says yes with their PIN. Never stored or logged.
struct TillApproval {
  base::StaffId staff;
  std::string pin;
};

struct TillSale {
  TillSaleKey key;
  std::int64_t completed_at_ms{};
  base::Currency currency;
  std::int64_t total_minor{};     // sum of the lines, and of the tenders
  std::int64_t tax_minor{};       // within the total
  std::int64_t eligible_minor{};  // what may earn, before coupons; unless the till says less, lines not excluded
  std::vector<TillLine> lines;
  std::vector<TillTender> tenders;
  std::optional<TillPayer> payer;
  std::string member_code;               // empty: nobody scanned at the till
  std::vector<std::string> redemptions;  // coupon codes
  std::string basket;                    // as the till named it when it had coupons kept; may be empty
  std::string operator_id;
  std::string invoice_code{};  // what the customer scans for the till's e-invoice; may be empty
  // Of a manager, for coupons when the hub is long silent; of a cashier, for many points by a code that may be a copy.
  std::optional<TillApproval> approval;
  bool training{};
  std::string heard{};  // by which way but the gateway: "capture", "import"; never from a till's JSON
  bool late{};          // told after the fact: not of whoever stands at the screen now
};

// Goods of an earlier sale came back and the money was given back, or the sale was voided at the till.
struct TillRefund {
  TillSaleKey key;  // its own: sales and refunds of a till share their numbers
  TillSaleKey of;   // the sale's
  std::int64_t completed_at_ms{};
  std::optional<base::Currency> currency;  // nothing: the sale's
  std::int64_t total_minor{};              // of the sale's total
  bool whole{};                            // nothing of the sale is left
  std::vector<TillRefundLine> lines;       // may be empty; their sum is the total
  std::string operator_id;
  bool training{};
  base::StaffId
      approved_by{};  // whose PIN was checked at this terminal for it; 0: a till's own, which asks nobody here
};

// A basket that is not paid yet, for a quote, or to have its coupons kept until it is.
struct TillBasket {
  base::StoreId store;
  std::string till;
  std::string basket;  // the till's own name for it; empty in a quote of nothing that is kept
  base::Currency currency;
  std::vector<TillLine> lines;
  std::string member_code;
  std::vector<std::string> coupons;        // codes; a member's own need none
  std::int64_t keep_ms{};                  // 0: as long as the terminal likes
  std::optional<TillApproval> approval{};  // of what is kept, as of a sale
};

struct TillEnrolment {
  std::string phone;                     // E.164 or as typed
  std::optional<TillApproval> approval;  // a cashier knows the member: their card is printed
};

// A member looked up by hand, which needs an approval.
struct TillLookup {
  std::string whom;  // a phone or a member's number
  TillApproval approval;
};

struct TillAnswer {
  int status{200};  // of HTTP
  base::Bytes json;
  bool repeated{};  // of a sale that had been recorded before, by whichever way
};

// What went wrong, in the till's language: an answer's code is for programs, these three are for its cashier.
struct TillSentence {
  std::string what;
  std::string why;
  std::string next;
};

class TillHandler {
 public:
  virtual ~TillHandler() = default;

  // body_hash: SHA-256 of what was posted. Same key and hash: the stored answer again; same key, another hash: 409.
  // What was heard of otherwise (TillSale::heard) is compared by its total, and whoever told of it keeps what differs:
  // nothing is recorded of that.
  virtual TillAnswer sale(const TillSale& sale, const base::Hash& body_hash) = 0;
  // As a sale; the sale need not be known here.
  virtual TillAnswer refund(const TillRefund& refund, const base::Hash& body_hash) = 0;
  // The answer of a recorded sale or refund, or 404: for a till that lost ours.
  virtual TillAnswer find_sale(const TillSaleKey& key) = 0;
  // Which coupons take how much off which line, and of every other one why not. Keeps nothing.
  virtual TillAnswer quote(const TillBasket& basket, std::string_view language) = 0;
  // The same, and nobody else can use these coupons until the basket's sale, its release, or the end of the time.
  virtual TillAnswer hold(const TillBasket& basket, std::string_view language) = 0;
  virtual TillAnswer release(const std::string& till, const std::string& basket) = 0;
  // A member without consents, which only the member gives. One answer whether the phone was known or not.
  virtual TillAnswer enrol(const TillEnrolment& enrolment) = 0;
  virtual TillAnswer look_up(const TillLookup& lookup) = 0;
  virtual TillAnswer member(const std::string& code) = 0;
  virtual TillAnswer health() = 0;
  // language: BCP 47 of Accept-Language; empty: the terminal's own.
  virtual TillSentence explain(const base::Error& error, std::string_view language) = 0;
};

}  // namespace millpond::ports
