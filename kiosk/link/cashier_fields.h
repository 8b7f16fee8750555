// SPDX-License-Identifier: Apache-2.0
// The fields of what a cashier's screen shows, as fields.h has those of every other screen. Values; pure.
#pragma once

#include "kiosk/link/fields.h"

namespace millpond::link {

template <class F>
void fields(F&& f, Like<flow::Figure> auto& v) {
  f("label", v.label);
  f("value", v.value);
  f("detail", v.detail);
  f("tone", v.tone);
}

template <class F>
void fields(F&& f, Like<flow::Hint> auto& v) {
  f("icon", v.icon);
  f("text", v.text);
}

template <class F>
void fields(F&& f, Like<flow::DeskMember> auto& v) {
  f("initial", v.initial);
  f("name", v.name);
  f("number", v.number);
  f("tier", v.tier);
  f("note", v.note);
  f("figures", v.figures);
  f("hints", v.hints);
  f("look_up", v.look_up);
}

template <class F>
void fields(F&& f, Like<flow::DeskPrompt> auto& v) {
  f("icon", v.icon);
  f("title", v.title);
  f("text", v.text);
  f("problem", v.problem);
  f("ways", v.ways);
}

template <class F>
void fields(F&& f, Like<flow::DeskCoupon> auto& v) {
  f("coupon", v.coupon);
  f("taken", v.taken);
  f("says", v.says);
}

template <class F>
void fields(F&& f, Like<flow::BillLine> auto& v) {
  f("what", v.what);
  f("quantity", v.quantity);
  f("amount", v.amount);
}

template <class F>
void fields(F&& f, Like<flow::Bill> auto& v) {
  f("title", v.title);
  f("lines", v.lines);
  f("more", v.more);
  f("sums", v.sums);
  f("total", v.total);
}

template <class F>
void fields(F&& f, Like<flow::BillView> auto& v) {
  f("title", v.title);
  f("lines", v.lines);
  f("more", v.more);
  f("sums", v.sums);
  f("total", v.total);
  f("please", v.please);
  f("coupons", v.coupons);
  f("note", v.note);
  f("start", v.start);
}

template <class F>
void fields(F&& f, Like<flow::Pad> auto& v) {
  f("label", v.label);
  f("typed", v.typed);
  f("placeholder", v.placeholder);
  f("note", v.note);
  f("problem", v.problem);
  f("keys", v.keys);
  f("submit", v.submit);
  f("clear", v.clear);
}

template <class F>
void fields(F&& f, Like<flow::Outcome> auto& v) {
  f("icon", v.icon);
  f("tone", v.tone);
  f("title", v.title);
  f("points", v.points);
  f("lines", v.lines);
  f("done", v.done);
}

template <class F>
void fields(F&& f, Like<flow::Rail> auto& v) {
  f("items", v.items);
  f("current", v.current);
}

template <class F>
void fields(F&& f, Like<flow::DeskView> auto& v) {
  f("title", v.title);
  f("rail", v.rail);
  f("member", v.member);
  f("prompt", v.prompt);
  f("coupons_title", v.coupons_title);
  f("coupons", v.coupons);
  f("no_coupons", v.no_coupons);
  f("coupons_off", v.coupons_off);
  f("approve", v.approve);
  f("bill", v.bill);
  f("pad", v.pad);
  f("outcome", v.outcome);
}

template <class F>
void fields(F&& f, Like<flow::ReportSection> auto& v) {
  f("icon", v.icon);
  f("title", v.title);
  f("rows", v.rows);
  f("empty", v.empty);
}

template <class F>
void fields(F&& f, Like<flow::ReportView> auto& v) {
  f("title", v.title);
  f("subtitle", v.subtitle);
  f("rail", v.rail);
  f("sections", v.sections);
  f("note", v.note);
}

}  // namespace millpond::link
