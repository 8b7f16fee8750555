// SPDX-License-Identifier: Apache-2.0
// ViewModel: everything a screen shows, as final strings, flags and semantic colours. Made by present() in the service,
// carried over the link, drawn by `view`. A screen process holds one of these and nothing else about a member, and
// forgets it when the session ends or the link is lost. Values only.
#pragma once

#include "kiosk/flow/cashier_view.h"
#include "kiosk/flow/view_parts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millpond::flow {

struct AttractView {
  std::string headline;
  std::vector<std::string> lines;
  Button start;
  std::vector<Tile> tiles;  // two
  std::string offer_title;  // the campaign of the day
  std::string offer_detail;
  std::string footer;
  friend bool operator==(const AttractView&, const AttractView&) = default;
};

struct ScanView {
  std::string title;
  std::string hint;               // "请把会员码放进框内"
  std::string privacy;            // "画面仅在本机处理,不保存"
  std::optional<Banner> problem;  // unknown, forged, expired, payment code: what and what next
  Button use_phone;
  Button back;
  std::string help;
  bool camera_ready{true};
  std::string camera_problem;  // instead of the picture when there is none
  friend bool operator==(const ScanView&, const ScanView&) = default;
};

struct PhoneView {
  std::string title;
  std::string hint;
  std::string typed;  // "138 0013 8000", grouped as typed
  std::string placeholder;
  std::string note;  // what the number is used for
  std::optional<Banner> problem;
  std::vector<Button> keys;  // 1..9, backspace, 0, in reading order
  Button submit;
  Button back;
  friend bool operator==(const PhoneView&, const PhoneView&) = default;
};

struct ConsentChoice {
  Target target{};
  std::string label;
  std::string detail;
  bool checked{};
  bool required{};
  friend bool operator==(const ConsentChoice&, const ConsentChoice&) = default;
};

struct ConsentView {
  std::string title;
  std::string hint;
  std::vector<ConsentChoice> choices;  // never ticked beforehand
  bool one_of{};                       // exactly one choice counts; otherwise each counts by itself
  std::optional<Button> submit;        // none: touching a choice goes on
  Button back;
  friend bool operator==(const ConsentView&, const ConsentView&) = default;
};

struct CardView {
  std::string title;
  std::string initial;  // one character in the round portrait
  std::string name;     // masked
  std::string number;   // "M-4K7Q-…"
  std::string tier;
  std::string points_label;
  std::string points;          // "2,490"
  std::string as_of;           // "截至 10:42" and "+35 待确认"
  std::string progress_label;  // "再消费 ¥510 升铂金"; empty without tiers
  double progress{};           // 0 .. 1
  std::string progress_detail;
  ports::QrModules code;  // the member's own code
  std::string code_title;
  std::vector<std::string> code_lines;
  Button print;
  std::string coupons_title;
  std::vector<CouponItem> coupons;
  std::string no_coupons;
  std::optional<Button> consents;  // what the member agreed to, to look at and to take back
  Button done;
  std::optional<Button> all_coupons{};  // where there are more than a card always has room for
  friend bool operator==(const CardView&, const CardView&) = default;
};

// After a payment: what it earned. Also after enrolment, with the new card's code.
struct IssuedView {
  Icon icon{Icon::check};
  std::string title;
  std::string subtitle;
  std::string points;  // "+35"; empty when none
  std::string points_label;
  std::string balance;
  std::optional<CouponItem> coupon;
  ports::QrModules code;  // of the coupon or of the new member
  std::string code_hint;
  std::string print_hint;  // "小票正在打印", or the printer's trouble
  Tone print_tone{Tone::neutral};
  Button done;
  friend bool operator==(const IssuedView&, const IssuedView&) = default;
};

// On the customer's side of the till: what is being rung up. Nobody's name and no points.
struct BillView {
  std::string title;
  std::vector<BillLine> lines;
  std::string more;
  std::vector<Figure> sums;
  Figure total;
  std::string please;               // "请在收银台付款"
  std::vector<DeskCoupon> coupons;  // those that are taken, then one that is not
  std::string note;                 // what becomes of the points
  std::optional<Button> start;      // to show a code, while nobody is named
  friend bool operator==(const BillView&, const BillView&) = default;
};

// Something a person must know: the service is gone, the machine is not provisioned yet.
struct NoticeView {
  Icon icon{Icon::warning};
  Tone tone{Tone::warning};
  std::string title;
  std::string text;
  std::string next;
  std::optional<Button> action;
  friend bool operator==(const NoticeView&, const NoticeView&) = default;
};

// Words to read, a page at a time.
struct TextBlock {
  std::string heading;
  std::string text;
  friend bool operator==(const TextBlock&, const TextBlock&) = default;
};
struct TextView {
  std::string title;
  std::string page;  // "第 2 / 5 页"; empty when there is one
  std::vector<TextBlock> blocks;
  std::optional<Button> earlier;
  Button onward;  // the next page, or what comes after the last
  Button back;
  friend bool operator==(const TextView&, const TextView&) = default;
};

using Screen = std::variant<AttractView, ScanView, PhoneView, ConsentView, CardView, IssuedView, NoticeView, DeskView,
                            ReportView, TextView, BillView>;

struct ViewModel {
  std::uint64_t revision{};  // grows with every change
  Locale locale{Locale::zh_cn};
  Appearance appearance{Appearance::standard};
  bool personal{};  // shows a member: wiped on link loss and session end
  Chrome chrome;
  Screen screen;
  std::optional<Toast> toast;
  friend bool operator==(const ViewModel&, const ViewModel&) = default;
};

// "attract", "scan", "phone", "consent", "card", "issued", "notice", "desk", "report", "text", "bill": for file names
// and tests.
[[nodiscard]] std::string_view screen_name(const Screen& screen);
[[nodiscard]] std::string_view target_name(Target target);
[[nodiscard]] std::optional<Target> target_from_name(std::string_view name);
// Everything on this screen that a press does something about: enabled buttons, choices, more_time.
[[nodiscard]] std::vector<Target> offered_targets(const ViewModel& view);

}  // namespace millpond::flow
