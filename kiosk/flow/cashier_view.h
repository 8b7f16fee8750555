// SPDX-License-Identifier: Apache-2.0
// What a cashier's screen shows: the desk, where members are named and sales recorded, and reports. Every button that
// has a key names it. Part of the ViewModel (view_model.h). Values only.
#pragma once

#include "kiosk/flow/view_parts.h"

namespace millpond::flow {

// Something with a value: "积分" "2,490". The tone says what to think of it, and so do the words.
struct Figure {
  std::string label;
  std::string value;
  std::string detail;
  Tone tone{Tone::neutral};
  friend bool operator==(const Figure&, const Figure&) = default;
};

// Something to say to the member, from what is known: never a dialog, never in the way of the payment.
struct Hint {
  Icon icon{Icon::bulb};
  std::string text;
  friend bool operator==(const Hint&, const Hint&) = default;
};

struct DeskMember {
  std::string initial;
  std::string name;    // masked
  std::string number;  // "M-4K7Q-…"
  std::string tier;
  std::string note;  // "截至 10:42", or why there is no more to see
  std::vector<Figure> figures;
  std::vector<Hint> hints;
  std::optional<Button> look_up{};  // where nothing of the member is shown
  friend bool operator==(const DeskMember&, const DeskMember&) = default;
};

// While there is nobody yet, and while the customer's side is awaited.
struct DeskPrompt {
  Icon icon{Icon::scan};
  std::string title;
  std::string text;
  std::optional<Banner> problem;
  std::vector<Button> ways;
  friend bool operator==(const DeskPrompt&, const DeskPrompt&) = default;
};

struct DeskCoupon {
  CouponItem coupon;
  bool taken{};
  std::string says;  // "已减 ¥8.00", or in one sentence why not
  friend bool operator==(const DeskCoupon&, const DeskCoupon&) = default;
};

struct BillLine {
  std::string what;
  std::string quantity;
  std::string amount;
  friend bool operator==(const BillLine&, const BillLine&) = default;
};

// The sale as the till tells it, or as it was typed.
struct Bill {
  std::string title;
  std::vector<BillLine> lines;
  std::string more;  // "另有 3 件"; may be empty
  std::vector<Figure> sums;
  Figure total;
  friend bool operator==(const Bill&, const Bill&) = default;
};

struct Pad {
  std::string label;
  std::string typed;  // a PIN as dots
  std::string placeholder;
  std::string note;
  std::optional<Banner> problem;
  std::vector<Button> keys;  // 1..9, then three of the last row from the left
  Button submit;
  std::optional<Button> clear;
  friend bool operator==(const Pad&, const Pad&) = default;
};

// Instead of the pad, after a sale was recorded.
struct Outcome {
  Icon icon{Icon::check};
  Tone tone{Tone::positive};
  std::string title;
  std::string points;  // "+68"; of a refund what came back, "¥15.00"
  std::vector<std::string> lines;
  Button done;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct Rail {
  std::vector<Button> items;
  Target current{};
  friend bool operator==(const Rail&, const Rail&) = default;
};

struct DeskView {
  std::string title;
  Rail rail;
  std::optional<DeskMember> member;
  std::optional<DeskPrompt> prompt;
  std::string coupons_title;
  std::vector<DeskCoupon> coupons;
  std::string no_coupons;
  std::optional<Button> coupons_off;
  std::optional<Button> approve{};  // where a coupon waits for somebody's word
  std::optional<Bill> bill;
  std::optional<Pad> pad;
  std::optional<Outcome> outcome;
  friend bool operator==(const DeskView&, const DeskView&) = default;
};

struct ReportSection {
  Icon icon{Icon::report};
  std::string title;
  std::vector<Figure> rows;
  std::string empty;  // said when there are none
  friend bool operator==(const ReportSection&, const ReportSection&) = default;
};

struct ReportView {
  std::string title;
  std::string subtitle;
  Rail rail;
  std::vector<ReportSection> sections;
  std::string note;
  friend bool operator==(const ReportView&, const ReportView&) = default;
};

}  // namespace millpond::flow
