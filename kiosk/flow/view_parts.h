// SPDX-License-Identifier: Apache-2.0
// View parts: what every screen is made of: targets, buttons, banners, chrome. Part of the ViewModel (view_model.h).
// Values only.
#pragma once

#include "hardware/ports/qr_modules.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::flow {

enum class Locale : std::uint8_t { zh_cn, en };

// How a screen looks to whoever stands there; a session's end returns to the standard, which the shop chooses.
enum class Appearance : std::uint8_t { standard, large_text, high_contrast };

// Everything a person can press. Names travel over the link: never rename.
#define MILLPOND_TARGETS                                                                                               \
  start_scan, use_phone, join, back, exit, language, more_time, digit_0, digit_1, digit_2, digit_3, digit_4, digit_5,  \
      digit_6, digit_7, digit_8, digit_9, backspace, submit, consent_membership, consent_marketing, consent_profiling, \
      consent_partners, my_consents, read_notice, print_card, done, retry, appearance, digit_00, sell, type_number,    \
      look_up, coupons_off, service, shift, invite, clear, age_enough, age_guardian, age_younger, approve, page_next,  \
      page_back, rules, all_coupons, refund, whole, elsewhere

enum class Target : std::uint8_t { MILLPOND_TARGETS };

// Their names with ", " between them.
#define MILLPOND_TEXT_OF(...) #__VA_ARGS__
#define MILLPOND_TEXT(...) MILLPOND_TEXT_OF(__VA_ARGS__)
inline constexpr std::string_view target_list{MILLPOND_TEXT(MILLPOND_TARGETS)};
#undef MILLPOND_TEXT
#undef MILLPOND_TEXT_OF
inline constexpr std::size_t target_count =
    static_cast<std::size_t>(std::count(target_list.begin(), target_list.end(), ',')) + 1;

// What a colour means; the theme decides what it looks like.
enum class Tone : std::uint8_t { neutral, brand, positive, warning, negative };

enum class Icon : std::uint8_t {
  none,
  cup,
  scan,
  phone,
  person_add,
  ticket,
  star,
  print,
  check,
  cloud_off,
  cloud_done,
  warning,
  error,
  back,
  close,
  language,
  backspace,
  clock,
  lock,
  gift,
  receipt,
  shield,
  hourglass,
  appearance,
  cart,
  people,
  build,
  report,
  keyboard,
  bulb,
  display,
  wifi,
  text_size,
  person,
  info,
};

struct Banner {
  Icon icon{Icon::none};
  Tone tone{Tone::neutral};
  std::string text;    // "断网 · 7 条待同步"
  std::string detail;  // "积分和优惠券照常使用" (what still works)
  friend bool operator==(const Banner&, const Banner&) = default;
};

struct Toast {
  Icon icon{Icon::none};
  Tone tone{Tone::positive};
  std::string text;
  friend bool operator==(const Toast&, const Toast&) = default;
};

struct Button {
  Target target{};
  std::string label;
  Icon icon{Icon::none};
  bool enabled{true};
  std::string why_not;  // one sentence when disabled; nothing is greyed out without a reason
  std::string key{};    // that presses it on a keyboard, as it is labelled: "F2", "Enter", "Esc"
  friend bool operator==(const Button&, const Button&) = default;
};

struct Tile {
  Button button;
  std::string subtitle;
  Tone tone{Tone::brand};
  friend bool operator==(const Tile&, const Tile&) = default;
};

struct Chrome {
  std::string brand;
  Button language;                   // "English" on a Chinese screen
  std::optional<Banner> banner;      // offline and its queue; always drawn, on every screen
  std::optional<Button> appearance;  // larger, more contrast, and back
  std::optional<Button> rules;       // what the programme promises, and the notices
  std::optional<Button> exit;        // while somebody is identified: always in reach
  std::optional<Banner> countdown;   // "20 秒后退出" with Target::more_time
  friend bool operator==(const Chrome&, const Chrome&) = default;
};

struct CouponItem {
  std::string value;      // "¥8"
  std::string condition;  // "满 30 可用"
  std::string terms;      // "周一至周五 · 每单限用 1 张"; may be empty
  std::string validity;   // "有效期至 12月21日"
  std::string campaign;
  Tone tone{Tone::brand};
  bool usable{true};
  std::string state;  // "已使用" when not
  friend bool operator==(const CouponItem&, const CouponItem&) = default;
};

}  // namespace millpond::flow
