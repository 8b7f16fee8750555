// SPDX-License-Identifier: Apache-2.0
// The fields of every value that crosses the link, named once for writing and reading. f(name, field) is called in
// order; T may be const. Names travel between processes of one version.
#pragma once

#include "kiosk/flow/view_model.h"

#include <concepts>
#include <type_traits>

namespace millpond::link {

template <class T, class U>
concept Like = std::same_as<std::remove_const_t<T>, U>;

template <class F>
void fields(F&& f, Like<flow::Banner> auto& v) {
  f("icon", v.icon);
  f("tone", v.tone);
  f("text", v.text);
  f("detail", v.detail);
}

template <class F>
void fields(F&& f, Like<flow::Toast> auto& v) {
  f("icon", v.icon);
  f("tone", v.tone);
  f("text", v.text);
}

template <class F>
void fields(F&& f, Like<flow::Button> auto& v) {
  f("target", v.target);
  f("label", v.label);
  f("icon", v.icon);
  f("enabled", v.enabled);
  f("why_not", v.why_not);
  f("key", v.key);
}

template <class F>
void fields(F&& f, Like<flow::Tile> auto& v) {
  f("button", v.button);
  f("subtitle", v.subtitle);
  f("tone", v.tone);
}

template <class F>
void fields(F&& f, Like<flow::Chrome> auto& v) {
  f("brand", v.brand);
  f("language", v.language);
  f("banner", v.banner);
  f("appearance", v.appearance);
  f("rules", v.rules);
  f("exit", v.exit);
  f("countdown", v.countdown);
}

template <class F>
void fields(F&& f, Like<flow::AttractView> auto& v) {
  f("headline", v.headline);
  f("lines", v.lines);
  f("start", v.start);
  f("tiles", v.tiles);
  f("offer_title", v.offer_title);
  f("offer_detail", v.offer_detail);
  f("footer", v.footer);
}

template <class F>
void fields(F&& f, Like<flow::ScanView> auto& v) {
  f("title", v.title);
  f("hint", v.hint);
  f("privacy", v.privacy);
  f("problem", v.problem);
  f("use_phone", v.use_phone);
  f("back", v.back);
  f("help", v.help);
  f("camera_ready", v.camera_ready);
  f("camera_problem", v.camera_problem);
}

template <class F>
void fields(F&& f, Like<flow::PhoneView> auto& v) {
  f("title", v.title);
  f("hint", v.hint);
  f("typed", v.typed);
  f("placeholder", v.placeholder);
  f("note", v.note);
  f("problem", v.problem);
  f("keys", v.keys);
  f("submit", v.submit);
  f("back", v.back);
}

template <class F>
void fields(F&& f, Like<flow::ConsentChoice> auto& v) {
  f("target", v.target);
  f("label", v.label);
  f("detail", v.detail);
  f("checked", v.checked);
  f("required", v.required);
}

template <class F>
void fields(F&& f, Like<flow::ConsentView> auto& v) {
  f("title", v.title);
  f("hint", v.hint);
  f("choices", v.choices);
  f("one_of", v.one_of);
  f("submit", v.submit);
  f("back", v.back);
}

template <class F>
void fields(F&& f, Like<flow::CouponItem> auto& v) {
  f("value", v.value);
  f("condition", v.condition);
  f("terms", v.terms);
  f("validity", v.validity);
  f("campaign", v.campaign);
  f("tone", v.tone);
  f("usable", v.usable);
  f("state", v.state);
}

template <class F>
void fields(F&& f, Like<flow::CardView> auto& v) {
  f("title", v.title);
  f("initial", v.initial);
  f("name", v.name);
  f("number", v.number);
  f("tier", v.tier);
  f("points_label", v.points_label);
  f("points", v.points);
  f("as_of", v.as_of);
  f("progress_label", v.progress_label);
  f("progress", v.progress);
  f("progress_detail", v.progress_detail);
  f("code", v.code);
  f("code_title", v.code_title);
  f("code_lines", v.code_lines);
  f("print", v.print);
  f("coupons_title", v.coupons_title);
  f("coupons", v.coupons);
  f("no_coupons", v.no_coupons);
  f("consents", v.consents);
  f("done", v.done);
  f("all_coupons", v.all_coupons);
}

template <class F>
void fields(F&& f, Like<flow::IssuedView> auto& v) {
  f("icon", v.icon);
  f("title", v.title);
  f("subtitle", v.subtitle);
  f("points", v.points);
  f("points_label", v.points_label);
  f("balance", v.balance);
  f("coupon", v.coupon);
  f("code", v.code);
  f("code_hint", v.code_hint);
  f("print_hint", v.print_hint);
  f("print_tone", v.print_tone);
  f("done", v.done);
}

template <class F>
void fields(F&& f, Like<flow::NoticeView> auto& v) {
  f("icon", v.icon);
  f("tone", v.tone);
  f("title", v.title);
  f("text", v.text);
  f("next", v.next);
  f("action", v.action);
}

template <class F>
void fields(F&& f, Like<flow::TextBlock> auto& v) {
  f("heading", v.heading);
  f("text", v.text);
}

template <class F>
void fields(F&& f, Like<flow::TextView> auto& v) {
  f("title", v.title);
  f("page", v.page);
  f("blocks", v.blocks);
  f("earlier", v.earlier);
  f("onward", v.onward);
  f("back", v.back);
}

template <class F>
void fields(F&& f, Like<flow::ViewModel> auto& v) {
  f("revision", v.revision);
  f("locale", v.locale);
  f("appearance", v.appearance);
  f("personal", v.personal);
  f("chrome", v.chrome);
  f("screen", v.screen);
  f("toast", v.toast);
}

}  // namespace millpond::link
