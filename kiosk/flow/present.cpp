// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/flow.h"
#include "kiosk/flow/offers.h"
#include "kiosk/flow/reading.h"
#include "kiosk/flow/running_sale.h"
#include "kiosk/flow/surroundings.h"
#include "kiosk/flow/words.h"
#include "sync/model/rules.h"

#include <algorithm>

namespace millpond::flow {
namespace {

using text::Key;

constexpr std::size_t shown_coupons = 2;  // a card has room for these on every display

bool is_letter_or_hanzi(std::string_view name) {
  const auto first = static_cast<unsigned char>(name.front());
  return first >= 0x80 || (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z');
}

// The first character of UTF-8 text.
std::string first_character(std::string_view name) {
  std::size_t size = 1;
  while (size < name.size() && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) ++size;
  return std::string{name.substr(0, size)};
}

// A printer that says nothing is asked all the same; one that says why it cannot is not.
bool may_print(ports::DeviceState state) {
  using ports::DeviceState;
  return ports::is_known_good(state) || state == DeviceState::status_unknown || state == DeviceState::busy;
}

class Present {
 public:
  Present(const Model& model, std::int64_t now_ms, std::int64_t wall_ms)
      : model_{model},
        now_ms_{now_ms},
        wall_ms_{wall_ms},
        words_{model.locale, model.programme ? &*model.programme : nullptr, model.utc_offset_min, wall_ms} {}

  [[nodiscard]] ViewModel view() const {
    ViewModel view;
    view.revision = model_.revision;
    view.locale = model_.locale;
    view.appearance = model_.appearance;
    view.personal = model_.card || model_.sale || model_.just_enrolled || !model_.phone.empty();
    view.chrome = chrome();
    view.screen = screen();
    view.toast = toast();
    return view;
  }

 private:
  [[nodiscard]] Button button(Target target, Key label, Icon icon = Icon::none) const {
    Button made{target, words_.get(label), icon, true, {}};
    const bool leaves = target == Target::exit || target == Target::back || target == Target::done;
    if (model_.busy && !leaves && target != Target::language) { return disabled(made, words_.get(Key::button_busy)); }
    return made;
  }

  [[nodiscard]] static Button disabled(Button button, std::string why_not) {
    button.enabled = false;
    button.why_not = std::move(why_not);
    return button;
  }

  // Joining needs the words that one joins under.
  [[nodiscard]] Button entry(Target target, Key label, Icon icon) const {
    auto made = button(target, label, icon);
    if (model_.programme) return made;
    return disabled(std::move(made), words_.get(Key::phone_no_programme));
  }

  [[nodiscard]] Chrome chrome() const {
    Chrome chrome;
    chrome.brand = words_.brand();
    chrome.language = button(Target::language, Key::language_other, Icon::language);
    chrome.appearance = appearance_button(model_, words_);
    chrome.banner = line_banner(model_, words_);
    if (model_.programme && !model_.reading && model_.place != Place::attract) {
      chrome.rules = Button{Target::rules, words_.get(Key::tile_rules), Icon::info, true, {}};
    }
    const bool of_somebody = model_.place == Place::card || model_.place == Place::my_consents;
    const bool agrees = model_.place == Place::age || model_.place == Place::consent;
    if (of_somebody || agrees || model_.place == Place::issued) {
      chrome.exit = button(Target::exit, Key::button_exit, Icon::close);
    }
    chrome.countdown = idle_countdown(model_, words_, now_ms_);
    return chrome;
  }

  [[nodiscard]] std::optional<Toast> toast() const {
    if (model_.toast_until_ms == 0) return std::nullopt;
    if (model_.consent_saved) return Toast{Icon::check, Tone::positive, words_.get(Key::consents_saved)};
    if (model_.problem) return Toast{Icon::warning, Tone::warning, std::string{words_.sentence(*model_.problem).what}};
    if (!model_.printed) return std::nullopt;
    if (*model_.printed) return Toast{Icon::print, Tone::positive, words_.get(Key::print_card_done)};
    return Toast{Icon::print, Tone::warning, words_(Key::print_card_failed, words_.device(model_.printer))};
  }

  [[nodiscard]] Screen screen() const {
    if (model_.reading) return reading(*model_.reading);
    switch (model_.place) {
      case Place::attract:
        if (shows_bill(model_)) return running_sale(*model_.basket, model_, words_);
        return attract();
      case Place::scan:
        return scan();
      case Place::phone:
        return phone();
      case Place::age:
        return age();
      case Place::too_young:
        return too_young();
      case Place::consent:
        return consent();
      case Place::card:
        return card();
      case Place::my_consents:
        return my_consents();
      case Place::issued:
        return model_.sale ? sold(*model_.sale) : enrolled();
    }
    return attract();
  }

  [[nodiscard]] AttractView attract() const {
    AttractView view;
    view.headline = words_.get(Key::attract_headline);
    view.lines = {earn_line(), words_.get(Key::attract_line_offline)};
    view.start = button(Target::start_scan, Key::attract_start, Icon::scan);
    view.tiles = {
        {entry(Target::rules, Key::tile_rules, Icon::info), words_.get(Key::tile_rules_detail), Tone::brand},
        {entry(Target::join, Key::tile_join, Icon::person_add), words_.get(Key::tile_join_detail), Tone::positive}};
    if (!model_.programme) {
      for (auto& tile : view.tiles) tile.button.why_not = words_.get(Key::tile_join_waiting);
    }
    view.offer_title = words_.get(Key::attract_offer_none_title);
    view.offer_detail = words_.get(Key::attract_offer_none_detail);
    if (const auto today = promised_now(); today.campaign != nullptr) {
      view.offer_title = words_.of(today.campaign->name);
      const auto said = coupon_words(*today.offer, *model_.programme, words_.language());
      const auto until = words_.date(today.campaign->ends);
      const auto least_minor = today.campaign->least_paid_minor;
      view.offer_detail = least_minor == 0
                              ? words_(Key::attract_offer_detail_any, said.noun, until)
                              : words_(Key::attract_offer_detail, words_.money(least_minor), said.noun, until);
      if (!today.offer->issuer.empty()) {
        view.offer_title = words_(Key::attract_offer_partner, view.offer_title, today.offer->issuer);
      }
    }
    view.footer = words_.get(Key::attract_footer);
    return view;
  }

  [[nodiscard]] std::string earn_line() const {
    if (!model_.programme) return words_.get(Key::attract_line_no_programme);
    const auto& earn = model_.programme->earn;
    const auto money = words_.money(earn.per_minor);
    if (earn.points == 1) return words_(Key::attract_line_earn_one, money);
    return words_(Key::attract_line_earn, money, text::count(earn.points));
  }

  // One after another, by a clock that all screens of the machine share.
  [[nodiscard]] Promised promised_now() const {
    if (!model_.programme) return {};
    const auto now = model::store_moment(wall_ms_, model::offset_at(*model_.programme, wall_ms_));
    const auto all = promised(*model_.programme, model_.store, now);
    if (all.empty()) return {};
    return all[static_cast<std::size_t>(now_ms_ / promised_ms) % all.size()];
  }

  [[nodiscard]] ScanView scan() const {
    ScanView view;
    view.title = words_.get(Key::scan_title);
    view.hint = words_.get(model_.busy ? Key::scan_looking : Key::scan_hint);
    view.privacy = words_.get(Key::scan_privacy);
    if (model_.problem) view.problem = problem_banner(*model_.problem, words_);
    view.use_phone = entry(Target::use_phone, Key::scan_use_phone, Icon::phone);
    view.back = button(Target::back, Key::button_back, Icon::back);
    view.help = words_.get(Key::scan_help);
    view.camera_ready = model_.camera == ports::DeviceState::ok;
    if (!view.camera_ready) view.camera_problem = words_(Key::camera_problem, words_.device(model_.camera));
    return view;
  }

  [[nodiscard]] PhoneView phone() const {
    PhoneView view;
    view.title = words_.get(Key::phone_title);
    const auto& country = country_of(model_);
    view.hint = words_(Key::phone_hint, phone_digits(country));
    view.typed = text::grouped_phone(model_.phone);
    view.placeholder = words_.get(Key::phone_placeholder);
    view.note = words_.get(Key::phone_note);
    if (model_.problem) view.problem = problem_banner(*model_.problem, words_);
    for (int digit = 1; digit <= 9; ++digit) view.keys.push_back(digit_key(digit));
    view.keys.push_back(button(Target::backspace, Key::button_backspace, Icon::backspace));
    view.keys.push_back(digit_key(0));
    view.submit = button(Target::submit, Key::button_submit);
    if (model_.phone.size() < model::typed_digits_min(country.phone)) {
      view.submit = disabled(view.submit, words_(Key::phone_incomplete, phone_digits(country)));
    }
    view.back = button(Target::back, Key::button_back, Icon::back);
    return view;
  }

  [[nodiscard]] Button digit_key(int digit) const {
    auto key = button(static_cast<Target>(static_cast<int>(Target::digit_0) + digit), Key::button_submit);
    key.label = std::to_string(digit);
    return key;
  }

  // Both answers look alike and neither is ticked, so that nobody is led to one.
  [[nodiscard]] ConsentView age() const {
    const auto& joining = country_of(model_).joining;
    const auto years = text::count(joining.age_min);
    ConsentView view;
    view.title = words_.get(Key::age_title);
    view.hint = words_.get(Key::age_hint);
    const auto add = [&](Target target, std::string label, std::string detail, model::AgeAnswer answer) {
      const bool given = answer != model::AgeAnswer::not_asked && model_.age == answer;
      view.choices.push_back({target, std::move(label), std::move(detail), given, false});
    };
    add(Target::age_enough, words_(Key::age_enough, years), {}, model::AgeAnswer::old_enough);
    if (joining.guardians_agree) {
      add(Target::age_guardian, words_(Key::age_guardian, years), words_.get(Key::age_guardian_detail),
          model::AgeAnswer::guardian_agrees);
    }
    const auto younger = joining.guardians_agree ? Key::age_younger_alone : Key::age_younger;
    add(Target::age_younger, words_(younger, years), {}, model::AgeAnswer::not_asked);
    view.one_of = true;
    view.back = button(Target::back, Key::button_back, Icon::back);
    return view;
  }

  [[nodiscard]] NoticeView too_young() const {
    const auto& joining = country_of(model_).joining;
    NoticeView view;
    view.icon = Icon::people;
    view.tone = Tone::brand;
    view.title = words_.get(Key::too_young_title);
    view.text = words_(joining.guardians_agree ? Key::too_young_text_guardian : Key::too_young_text,
                       text::count(joining.age_min));
    view.next = words_.get(model_.card ? Key::too_young_next_member : Key::too_young_next);
    view.action = button(Target::done, Key::button_done);
    return view;
  }

  [[nodiscard]] ConsentView consent() const {
    ConsentView view;
    view.title = words_.get(Key::consent_title);
    const bool by_guardian = model_.age == model::AgeAnswer::guardian_agrees;
    view.hint = words_.get(by_guardian ? Key::consent_hint_guardian : Key::consent_hint);
    view.choices = {{Target::consent_membership, words_.get(Key::consent_membership),
                     shown_notice(Place::consent, model::Purpose::membership, false), model_.consent_membership, true},
                    {Target::consent_marketing, words_.get(Key::consent_marketing),
                     shown_notice(Place::consent, model::Purpose::marketing, false), model_.consent_marketing, false}};
    view.submit = button(Target::submit, Key::consent_submit, Icon::check);
    if (!model_.consent_membership) view.submit = disabled(*view.submit, words_.get(Key::consent_need_membership));
    view.back = button(Target::back, Key::button_back, Icon::back);
    return view;
  }

  // What the member may say anew at any time; membership itself ends with the account.
  [[nodiscard]] ConsentView my_consents() const {
    ConsentView view;
    view.title = words_.get(Key::consents_title);
    view.hint = words_.get(Key::consents_hint);
    for (const auto& each : model_.card->consents) {
      auto words = shown_notice(Place::my_consents, each.purpose, each.granted);
      if (words.empty()) words = words_.get(Key::consents_no_words);
      view.choices.push_back(
          {target_of(each.purpose), words_.get(label_of(each.purpose)), std::move(words), each.granted, false});
    }
    view.submit = button(Target::done, Key::button_done);
    view.back = button(Target::back, Key::button_back, Icon::back);
    return view;
  }

  [[nodiscard]] static Target target_of(model::Purpose purpose) {
    switch (purpose) {
      case model::Purpose::membership:
        return Target::consent_membership;
      case model::Purpose::marketing:
        return Target::consent_marketing;
      case model::Purpose::profiling:
        return Target::consent_profiling;
      case model::Purpose::partners:
        break;
    }
    return Target::consent_partners;
  }

  // The notice, or where all of it was or will be read.
  [[nodiscard]] std::string shown_notice(Place place, model::Purpose purpose, bool granted) const {
    auto notice = notice_words(model_, purpose);
    if (!is_read_by_pages(model_, place, purpose)) return notice;
    const auto pages = text::count(static_cast<std::int64_t>(pages_of({{{}, std::move(notice)}}).size()));
    const Key said = place == Place::consent ? Key::consent_was_read
                     : granted               ? Key::consents_take_back
                                             : Key::consents_read_first;
    return words_(said, pages);
  }

  [[nodiscard]] TextView reading(const Reading& at) const {
    const auto pages = reading_pages(model_);
    const auto page = std::min(at.page, pages.size() - 1);
    TextView view;
    using What = Reading::What;
    const bool looks_up = at.what == What::rules || at.what == What::coupons;
    view.title = words_.get(at.what == What::rules     ? Key::tile_rules
                            : at.what == What::coupons ? Key::card_coupons_title
                                                       : Key::reading_terms);
    if (pages.size() > 1) {
      view.page = words_(Key::reading_page, text::count(static_cast<std::int64_t>(page + 1)),
                         text::count(static_cast<std::int64_t>(pages.size())));
    }
    view.blocks = at.what == What::coupons ? coupon_page(page) : pages[page];
    if (page > 0) view.earlier = button(Target::page_back, Key::reading_earlier);
    if (page + 1 < pages.size()) {
      view.onward = button(Target::page_next, Key::reading_next);
    } else if (looks_up) {
      view.onward = button(Target::submit, Key::button_done);
    } else if (at.what == What::agreeing) {
      view.onward = button(Target::submit, Key::reading_agree, Icon::check);
    } else {
      view.onward = button(Target::submit, Key::reading_choose);
    }
    view.back = button(Target::back, Key::button_back, Icon::back);
    return view;
  }

  [[nodiscard]] TextPage coupon_page(std::size_t page) const {
    TextPage blocks;
    const auto all = model_.card ? coupons(*model_.card) : std::vector<CouponItem>{};
    for (std::size_t i = page * coupons_on_a_page; i < std::min(all.size(), (page + 1) * coupons_on_a_page); ++i) {
      const auto& item = all[i];
      std::string words;
      for (const auto* const each : {&item.condition, &item.terms, &item.validity, &item.state}) {
        if (!each->empty()) words += (words.empty() ? "" : "\n") + *each;
      }
      blocks.push_back(
          {item.campaign.empty() ? item.value : words_(Key::issued_join, item.value, item.campaign), std::move(words)});
    }
    if (blocks.empty()) blocks.push_back({{}, words_.get(Key::card_no_coupons)});
    return blocks;
  }

  [[nodiscard]] CardView card() const {
    const auto& member = *model_.card;
    CardView view;
    view.title = words_.get(Key::card_title);
    view.name = member.shown_name.empty() ? words_.get(Key::card_name_unknown) : member.shown_name;
    view.initial = is_letter_or_hanzi(view.name) ? first_character(view.name) : words_.get(Key::card_initial);
    view.number = base::format_id('M', member.member.value);
    view.points_label = words_.get(Key::card_points);
    view.points = text::count(member.points);
    view.as_of = words_.as_of(member.as_of_ms);
    if (member.points_pending != 0) {
      view.as_of = words_(Key::card_as_of_pending, view.as_of, text::count(member.points_pending));
    }
    if (member.points_not_active > 0) {
      view.as_of = words_(Key::card_as_of_not_active, view.as_of, text::count(member.points_not_active));
    }
    if (member.expiring_points > 0) {
      view.as_of = words_(Key::card_as_of_expiring, view.as_of, text::count(member.expiring_points),
                          words_.date(member.expires));
    }
    show_tier(view, member.qualifying_minor);
    view.code = member.code;
    view.code_title = words_.get(Key::card_code_title);
    view.code_lines = {words_.get(Key::card_code_line_show), words_.get(Key::card_code_line_confirm)};
    view.print = print_button();
    view.coupons_title = words_.get(Key::card_coupons_title);
    view.coupons = coupons(member);
    view.no_coupons = words_.get(Key::card_no_coupons);
    if (!member.consents.empty()) view.consents = button(Target::my_consents, Key::consents_button, Icon::shield);
    view.done = button(Target::done, Key::button_done);
    if (view.coupons.size() > shown_coupons) {
      view.all_coupons = button(Target::all_coupons, Key::card_all_coupons, Icon::ticket);
      view.all_coupons->label =
          words_(Key::card_all_coupons, text::count(static_cast<std::int64_t>(view.coupons.size())));
    }
    return view;
  }

  void show_tier(CardView& view, std::int64_t qualifying_minor) const {
    if (!model_.programme || model_.programme->tiers.empty()) return;
    const auto& tiers = model_.programme->tiers;
    const auto standing = model::tier_standing(tiers, qualifying_minor);
    if (standing.tier) view.tier = words_.of(tiers[*standing.tier].name);
    if (!standing.next) {
      view.progress_label = words_.get(Key::card_progress_top);
      view.progress = 1.0;
      return;
    }
    const auto& next = tiers[*standing.next];
    const auto spent_minor = std::clamp<std::int64_t>(qualifying_minor, 0, next.threshold_minor);
    view.progress_label = words_(Key::card_progress, words_.money(standing.missing_minor), words_.of(next.name));
    view.progress_detail =
        words_(Key::card_progress_detail, words_.money(spent_minor), words_.money(next.threshold_minor));
    view.progress = static_cast<double>(spent_minor) / static_cast<double>(next.threshold_minor);
  }

  [[nodiscard]] Button print_button() const {
    auto print = button(Target::print_card, Key::card_print, Icon::print);
    if (model_.card_printing) return disabled(std::move(print), words_.get(Key::button_busy));
    if (may_print(model_.printer)) return print;
    return disabled(std::move(print), words_(Key::print_unavailable, words_.device(model_.printer)));
  }

  // Usable ones first, then by nearest expiry.
  [[nodiscard]] std::vector<CouponItem> coupons(const MemberCard& member) const {
    auto sorted = member.coupons;
    std::ranges::stable_sort(sorted, {}, &CouponCard::expires);
    std::vector<CouponItem> items;
    for (const auto& coupon : sorted) {
      auto item = words_.coupon(coupon);
      if (auto why = why_not_now(coupon, member); item.usable && !why.empty()) {
        item.usable = false;
        item.tone = Tone::neutral;
        item.state = std::move(why);
      }
      items.push_back(std::move(item));
    }
    std::stable_partition(items.begin(), items.end(), [](const CouponItem& item) { return item.usable; });
    return items;
  }

  // Why a coupon cannot be used here and now, whatever is bought; empty when it can.
  [[nodiscard]] std::string why_not_now(const CouponCard& coupon, const MemberCard& member) const {
    if (!coupon.offer || !model_.programme) return {};
    const auto& programme = *model_.programme;
    model::Basket nothing;
    nothing.store = member.store;
    model::Shopper shopper;
    shopper.member = member.member;
    shopper.tier = model::tier_standing(programme.tiers, member.qualifying_minor).tier;
    const auto now = model::store_moment(wall_ms_, model::offset_at(programme, wall_ms_));
    const model::HeldCoupon held{coupon.coupon, &*coupon.offer, {}, {coupon.not_before, coupon.expires}, {}};
    const auto hurdle = model::hurdle_of(nothing, held, shopper, now);
    using model::Hurdle;
    const bool here =
        hurdle && (hurdle->why == Hurdle::tier || hurdle->why == Hurdle::not_yet || hurdle->why == Hurdle::weekday ||
                   hurdle->why == Hurdle::hours || (hurdle->why == Hurdle::store && member.store));
    return here ? hurdle_words(*hurdle, *coupon.offer, programme, words_.language()) : std::string{};
  }

  [[nodiscard]] IssuedView sold(const SaleResult& sale) const {
    IssuedView view;
    view.icon = !sale.issued.empty() ? Icon::gift : Icon::check;
    view.title = words_.get(!sale.issued.empty()     ? Key::issued_title_coupon
                            : sale.points_earned > 0 ? Key::issued_title_points
                                                     : Key::issued_title_recorded);
    view.subtitle = sale_subtitle(sale);
    if (sale.points_earned > 0) view.points = "+" + text::count(sale.points_earned);
    view.points_label = words_.get(Key::issued_points);
    if (model::shown(sale.strength, model::Surface::kiosk_screen).balance) {
      view.balance = words_(Key::issued_balance, text::count(sale.balance));
    }
    if (!sale.issued.empty()) {
      view.coupon = words_.coupon(sale.issued.front().coupon);
      view.code = sale.issued.front().code;
      view.code_hint = words_.get(Key::issued_code_hint_coupon);
    }
    show_print(view);
    view.done = button(Target::done, model_.card ? Key::button_see_card : Key::button_done);
    return view;
  }

  // "本次消费 ¥60.50 · 用券已减 ¥8", and why a coupon was not honoured.
  [[nodiscard]] std::string sale_subtitle(const SaleResult& sale) const {
    auto line = words_(Key::issued_sale_subtitle, words_.money(sale.total_minor, text::Fraction::always));
    std::int64_t redeemed_minor = 0;
    for (const auto& coupon : sale.redeemed) redeemed_minor += coupon.discount_minor;
    if (redeemed_minor > 0) {
      line = words_(Key::issued_join, line, words_(Key::issued_sale_redeemed, words_.money(redeemed_minor)));
    }
    for (const auto code : sale.refused) line = words_(Key::issued_join, line, words_.sentence(code).what);
    for (const auto& name : sale.promised) {
      line = words_(Key::issued_join, line, words_(Key::issued_to_be_confirmed, words_.of(name)));
    }
    return line;
  }

  void show_print(IssuedView& view) const {
    if (model_.slip_printing) {
      view.print_hint = words_.get(Key::issued_printing);
    } else if (!model_.printed) {
      view.print_hint = words_.get(Key::issued_print_none);
    } else if (*model_.printed) {
      view.print_hint = words_.get(Key::issued_printed);
      view.print_tone = Tone::positive;
    } else if (ports::is_known_good(model_.printer)) {
      view.print_hint = words_.get(Key::issued_print_unsure);
      view.print_tone = Tone::warning;
    } else {
      view.print_hint = words_(Key::issued_print_failed, words_.device(model_.printer));
      view.print_tone = Tone::warning;
    }
  }

  [[nodiscard]] IssuedView enrolled() const {
    IssuedView view;
    view.icon = Icon::check;
    view.title = words_.get(Key::issued_enrolled_title);
    view.subtitle = words_.get(Key::issued_enrolled_subtitle);
    view.done = button(Target::done, Key::button_done);
    return view;
  }

  const Model& model_;
  const std::int64_t now_ms_;
  const std::int64_t wall_ms_;
  const Words words_;
};

ViewModel notice(Locale locale, Icon icon, std::string title, std::string text, std::string next) {
  ViewModel view;
  view.locale = locale;
  view.chrome.brand = text::get(Key::brand_unknown, language_of(locale));
  view.chrome.language = {
      Target::language, std::string{text::get(Key::language_other, language_of(locale))}, Icon::language, true, {}};
  view.screen = NoticeView{icon, Tone::warning, std::move(title), std::move(text), std::move(next), {}};
  return view;
}

}  // namespace

ViewModel present(const Model& model, std::int64_t now_ms, std::int64_t wall_ms) {
  return Present{model, now_ms, wall_ms}.view();
}

ViewModel present_link_lost(Locale locale) {
  const auto get = [&](Key key) { return std::string{text::get(key, language_of(locale))}; };
  return notice(locale, Icon::cloud_off, get(Key::notice_link_lost_title), get(Key::notice_link_lost_text),
                get(Key::notice_link_lost_next));
}

ViewModel present_not_provisioned(Locale locale) {
  const auto sentence = text::sentence(base::Code::not_provisioned, language_of(locale));
  return notice(locale, Icon::shield, std::string{sentence.what}, std::string{sentence.why},
                std::string{sentence.next});
}

}  // namespace millpond::flow
