// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/day_sales.h"
#include "hardware/capture/tokens.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <expat.h>
#include <memory>
#include <string_view>
#include <utility>

namespace millpond::capture {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::size_t depth_max = 64;
constexpr std::size_t text_bytes_max = 1'024;
constexpr std::size_t lines_max = 500;
constexpr std::size_t tenders_max = 20;
constexpr std::int64_t noon_ms = 12 * 3'600'000;
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t minute_ms = 60'000;
constexpr std::size_t piece_bytes = 1U << 20;

constexpr std::array tender_types{
    std::pair{"Cash", ports::TillTenderType::cash},          std::pair{"CreditDebit", ports::TillTenderType::card},
    std::pair{"Credit", ports::TillTenderType::card},        std::pair{"Debit", ports::TillTenderType::card},
    std::pair{"GiftCard", ports::TillTenderType::gift_card}, std::pair{"StoredValue", ports::TillTenderType::gift_card},
    std::pair{"Coupon", ports::TillTenderType::coupon},      std::pair{"LoyaltyPoints", ports::TillTenderType::points},
};

// Names without their namespace's prefix.
std::string_view local(const char* name) {
  std::string_view text{name};
  const auto colon = text.rfind(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

std::string attribute(const char** attributes, std::string_view name) {
  for (std::size_t i = 0; attributes[i] != nullptr; i += 2) {
    if (local(attributes[i]) == name) return attributes[i + 1];
  }
  return {};
}

// As xs:boolean writes it.
bool is_true(const std::string& text) { return text == "true" || text == "1"; }

// One transaction as it is read. Amounts stay texts until the currency is known.
struct Transaction {
  std::size_t line{};
  bool cancelled{};
  bool training{};
  bool retail{};
  std::string status{};  // of the retail transaction
  std::string store{};
  std::string workstation{};
  std::string sequence{};
  std::string day{};
  std::string ended{};
  std::string currency{};
  std::string total{};
  struct Item {
    std::string sku{};
    std::string quantity{};
    std::string amount{};
    bool back{};  // a return
  };
  struct Tender {
    std::string type{};
    std::string amount{};
    std::string reference{};
    bool change{};
  };
  struct Link {  // to the sale that came back
    std::string store{};
    std::string workstation{};
    std::string sequence{};
    std::string day{};
    friend bool operator==(const Link&, const Link&) = default;
  };
  std::vector<Item> items{};
  std::vector<Tender> tenders{};
  std::vector<Link> links{};
  bool too_long{};
};

class Reader {
 public:
  Reader(const DayContext& context, std::vector<DaySale>& sales)
      : context_{context}, sales_{sales}, parser_{::XML_ParserCreate("UTF-8"), ::XML_ParserFree} {
    ::XML_SetUserData(parser_.get(), this);
    ::XML_SetElementHandler(
        parser_.get(),
        [](void* self, const char* name, const char** attributes) {
          static_cast<Reader*>(self)->begin(name, attributes);
        },
        [](void* self, const char* name) { static_cast<Reader*>(self)->end(local(name)); });
    ::XML_SetCharacterDataHandler(parser_.get(), [](void* self, const char* text, int size) {
      static_cast<Reader*>(self)->add({text, static_cast<std::size_t>(size)});
    });
    // Entities are not part of a POSLog, and a file that declares some means no good.
    ::XML_SetStartDoctypeDeclHandler(parser_.get(), [](void* self, const char*, const char*, const char*, int) {
      static_cast<Reader*>(self)->stop("a document type declaration");
    });
  }

  Result<> read(base::ByteView file) {
    while (!file.empty() || !done_) {
      const auto piece = file.first(std::min(file.size(), piece_bytes));
      file = file.subspan(piece.size());
      done_ = file.empty();
      const auto status = ::XML_Parse(parser_.get(), reinterpret_cast<const char*>(piece.data()),
                                      static_cast<int>(piece.size()), done_ ? 1 : 0);
      if (status == XML_STATUS_OK) continue;
      const auto why = stopped_.empty() ? std::string{::XML_ErrorString(::XML_GetErrorCode(parser_.get()))} : stopped_;
      return Error{Code::bad_input, "read POSLog", "line " + std::to_string(line()) + ": " + why};
    }
    // Another kind of XML would be a day without sales.
    if (!is_poslog_) return Error{Code::bad_input, "read POSLog", "it has neither POSLog nor Transaction"};
    return {};
  }

 private:
  [[nodiscard]] std::size_t line() const { return ::XML_GetCurrentLineNumber(parser_.get()); }

  void stop(std::string why) {
    if (stopped_.empty()) stopped_ = std::move(why);
    ::XML_StopParser(parser_.get(), XML_FALSE);
  }

  void begin(const char* full_name, const char** attributes) {
    const auto name = local(full_name);
    if (path_.size() >= depth_max) return stop("nested too deep");
    path_.emplace_back(name);
    text_.clear();
    if (name == "POSLog" && path_.size() == 1) is_poslog_ = true;
    if (name == "Transaction" && path_.size() <= 2) {
      is_poslog_ = true;
      open_ = Transaction{};
      open_.line = line();
      open_.cancelled = is_true(attribute(attributes, "CancelFlag"));
      open_.training = is_true(attribute(attributes, "TrainingModeFlag"));
      in_transaction_ = true;
    }
    if (!in_transaction_) return;
    if (name == "RetailTransaction") {
      open_.retail = true;
      open_.status = attribute(attributes, "TransactionStatus");
    }
    if (name == "LineItem") line_void_ = is_true(attribute(attributes, "VoidFlag"));
    if (name == "Total") total_type_ = attribute(attributes, "TotalType");
    if (name == "Sale" || name == "Return") {
      if (open_.items.size() >= lines_max) open_.too_long = true;
      if (!open_.too_long && !line_void_) open_.items.push_back({{}, {}, {}, name == "Return"});
    }
    if (name == "Tender") {
      if (open_.tenders.size() >= tenders_max) open_.too_long = true;
      const auto type = attribute(attributes, "TenderType");
      if (!open_.too_long && !line_void_) open_.tenders.push_back({type, {}, {}, false});
    }
    if (name == "TransactionLink" && inside("Return") && !line_void_ && open_.links.size() < lines_max) {
      open_.links.emplace_back();
    }
    if (name == "TenderChange") in_change_ = true;
    if (name == "CurrencyCode" || (name == "Total" && open_.currency.empty())) {
      const auto code = attribute(attributes, "Currency");
      if (!code.empty()) open_.currency = code;
    }
  }

  void add(std::string_view text) {
    if (text_.size() + text.size() <= text_bytes_max) text_ += text;
  }

  [[nodiscard]] bool inside(std::string_view name) const {
    for (const auto& each : path_) {
      if (each == name) return true;
    }
    return false;
  }

  void end(std::string_view name) {
    const auto text = folded(std::exchange(text_, {}));
    if (in_transaction_) take(name, text);
    path_.pop_back();
  }

  void take(std::string_view name, const std::string& text) {
    const bool in_line = inside("LineItem");
    if (name == "Transaction" && path_.size() <= 2) {
      in_transaction_ = false;
      finish();
    }
    if (name == "TenderChange") in_change_ = false;
    if (!in_line) return inside("TransactionLink") ? void() : take_head(name, text);
    if (line_void_) return;
    if (inside("Tender") && !open_.tenders.empty()) return take_tender(name, text);
    if (inside("TransactionLink")) return take_link(name, text);
    const bool item = (inside("Sale") || inside("Return")) && !open_.items.empty();
    if (!item) return;
    auto& last = open_.items.back();
    if (name == "ItemID" && last.sku.empty()) last.sku = text;
    if (name == "Quantity" && last.quantity.empty()) last.quantity = text;
    if (name == "ExtendedAmount") last.amount = text;
  }

  void take_head(std::string_view name, const std::string& text) {
    if (name == "RetailStoreID" || name == "BusinessUnit") open_.store = text;
    if (name == "WorkstationID") open_.workstation = text;
    if (name == "SequenceNumber" && open_.sequence.empty()) open_.sequence = text;
    if (name == "BusinessDayDate") open_.day = text;
    if (name == "EndDateTime") open_.ended = text;
    if (name == "CurrencyCode" && !text.empty()) open_.currency = text;
    if (name == "Total" && total_type_ == "TransactionGrandAmount") open_.total = text;
  }

  void take_link(std::string_view name, const std::string& text) {
    if (open_.links.empty()) return;
    auto& link = open_.links.back();
    if (name == "RetailStoreID" || name == "BusinessUnit") link.store = text;
    if (name == "WorkstationID") link.workstation = text;
    if (name == "SequenceNumber") link.sequence = text;
    if (name == "BusinessDayDate") link.day = text;
  }

  void take_tender(std::string_view name, const std::string& text) {
    auto& tenders = open_.tenders;
    if (name == "Amount" && in_change_)
      tenders.push_back({"Cash", text, {}, true});
    else if (name == "Amount" && tenders.back().amount.empty() && !tenders.back().change)
      tenders.back().amount = text;
    // Not AuthorizationCode: an issuer's few characters, which come again with other cards.
    if (name == "ReferenceNumber") tenders.back().reference = text;
  }

  // Only what was rung up for money: a drawer opened or a day closed is no retail transaction.
  void finish() {
    if (!open_.retail) return;
    if (sales_.size() >= day_sales_max) return stop("more than 200,000 transactions");
    DaySale row{open_.line, {}, {}};
    fill(row);
    sales_.push_back(std::move(row));
  }

  void fill(DaySale& row) {
    auto& sale = row.sale;
    sale.key = {context_.store, till_of(open_.workstation), {}, open_.sequence};
    const auto date = base::parse_date(open_.day.substr(0, 10));
    const auto currency = base::parse_currency(open_.currency);
    if (open_.training) row.problem = "training";
    if (open_.cancelled || open_.status == "Voided" || open_.status == "PostVoided") row.problem = "void";
    if (open_.too_long) row.problem = "too many lines";
    if (open_.workstation.empty() || open_.workstation.size() > 32) row.problem = "no workstation";
    if (open_.sequence.empty() || open_.sequence.size() > 64) row.problem = "no sequence number";
    if (!date) row.problem = "no business day";
    if (!currency) row.problem = "no currency";
    if (!is_this_store(open_.store)) row.problem = "another store";
    if (date) sale.key.business_date = *date;
    if (!currency) return;
    sale.currency = *currency;
    Notation notation;
    notation.exponent = base::exponent(*currency);
    notation.short_fractions = true;
    const auto amounts = fill_amounts(row, notation);
    if (row.problem.empty() && !amounts.empty()) row.problem = amounts;
    const auto zoned = base::parse_rfc3339(open_.ended);
    const auto local_end = base::parse_rfc3339(open_.ended + "Z");
    if (zoned)
      sale.completed_at_ms = *zoned;
    else if (local_end)
      sale.completed_at_ms = *local_end - context_.utc_offset_min * minute_ms;
    else
      sale.completed_at_ms = sale.key.business_date.days * day_ms + noon_ms - context_.utc_offset_min * minute_ms;
    if (row.problem == "refund") fill_refund(row);
  }

  [[nodiscard]] std::string till_of(const std::string& workstation) const {
    const auto known = context_.tills.find(workstation);
    return known == context_.tills.end() ? workstation : known->second;
  }

  // Only where all of it is one sale's, which the file names. Lines count alike: theirs are not those of that sale.
  void fill_refund(DaySale& row) const {
    if (open_.links.empty() || std::ranges::any_of(open_.items, [](const auto& item) { return !item.back; })) return;
    const auto& link = open_.links.front();
    const auto date = base::parse_date(link.day.substr(0, 10));
    const bool one = std::ranges::all_of(open_.links, [&](const auto& each) { return each == link; });
    const auto& workstation = link.workstation.empty() ? open_.workstation : link.workstation;
    const bool named = date && !link.sequence.empty() && link.sequence.size() <= 64 && workstation.size() <= 32;
    if (!one || !named || !is_this_store(link.store)) return;
    ports::TillRefund refund;
    refund.key = row.sale.key;
    refund.of = {context_.store, till_of(workstation), *date, link.sequence};
    refund.completed_at_ms = row.sale.completed_at_ms;
    refund.currency = row.sale.currency;
    refund.total_minor = -row.sale.total_minor;
    row.refund = std::move(refund);
    row.problem.clear();
  }

  // By its number, with noughts before it or without, or by the name that was given for it.
  [[nodiscard]] bool is_this_store(std::string_view named) const {
    if (named.empty() || named == context_.store_name) return true;
    return named.substr(std::min(named.find_first_not_of('0'), named.size())) == std::to_string(context_.store.value);
  }

  // Empty, or what is wrong.
  std::string fill_amounts(DaySale& row, const Notation& notation) {
    auto& sale = row.sale;
    const auto total = parse_amount(open_.total, notation);
    if (!total) return "no grand total";
    sale.total_minor = sale.eligible_minor = *total;
    if (*total <= 0) return *total < 0 ? "refund" : "a total of nought";
    std::int64_t items = 0;
    for (const auto& item : open_.items) {
      const auto amount = parse_amount(item.amount, notation);
      if (!amount) return "an item without its amount";
      const auto net = item.back ? -std::abs(*amount) : *amount;
      const auto quantity = quantity_at(item.quantity, 0, '.');
      const bool counts = quantity && quantity->end == item.quantity.size() && quantity->value.front() != '-';
      sale.lines.push_back({std::to_string(sale.lines.size() + 1),
                            item.sku.substr(0, 64),
                            counts ? quantity->value : "1",
                            {},
                            {},
                            {},
                            net,
                            0});
      items += net;
    }
    // Taxes and discounts of the whole receipt stand elsewhere.
    if (items != *total)
      sale.lines.push_back({std::to_string(sale.lines.size() + 1), {}, "1", {}, {}, {}, *total - items, 0});
    std::int64_t paid = 0;
    for (const auto& tender : open_.tenders) {
      const auto amount = parse_amount(tender.amount, notation);
      if (!amount || *amount < 0) return "a tender without its amount";
      paid += tender.change ? -*amount : *amount;
      if (tender.change) {
        if (sale.tenders.empty() || *amount > sale.tenders.back().amount_minor) return "change that was not given";
        sale.tenders.back().change_minor += *amount;
        continue;
      }
      sale.tenders.push_back({type_of(tender.type), *amount, 0, tender.reference.substr(0, 64), {}, 0});
    }
    if (paid != *total) return "tenders that do not add up to the total";
    return {};
  }

  static ports::TillTenderType type_of(const std::string& name) {
    for (const auto& [known, type] : tender_types) {
      if (name == known) return type;
    }
    return ports::TillTenderType::other;
  }

  const DayContext& context_;
  std::vector<DaySale>& sales_;
  std::unique_ptr<XML_ParserStruct, decltype(&::XML_ParserFree)> parser_;
  std::vector<std::string> path_;
  std::string text_;
  std::string stopped_;
  std::string total_type_;
  Transaction open_;
  bool in_transaction_ = false;
  bool line_void_ = false;
  bool in_change_ = false;
  bool done_ = false;
  bool is_poslog_ = false;
};

}  // namespace

Result<std::vector<DaySale>> read_poslog(base::ByteView file, const DayContext& context) {
  if (file.size() > day_file_bytes_max) return Error{Code::too_large, "read POSLog", "more than 64 MiB"};
  std::vector<DaySale> sales;
  MILLPOND_TRY_DO(Reader(context, sales).read(file));
  return sales;
}

}  // namespace millpond::capture
