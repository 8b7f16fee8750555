// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/view_model.h"

#include <array>

namespace millpond::flow {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<Screen>> screen_names{
    "attract", "scan", "phone", "consent", "card", "issued", "notice", "desk", "report", "text", "bill"};
constexpr std::array<std::string_view, target_count> target_names = [] {
  std::array<std::string_view, target_count> names{};
  std::string_view rest = target_list;
  for (auto& name : names) {
    name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), name.size() + 2));
  }
  return names;
}();

void offer(std::vector<Target>& targets, const Button& button) {
  if (button.enabled) targets.push_back(button.target);
}

struct Offers {
  std::vector<Target>& targets;
  void operator()(const AttractView& view) const {
    offer(targets, view.start);
    for (const auto& tile : view.tiles) offer(targets, tile.button);
  }
  void operator()(const ScanView& view) const {
    offer(targets, view.use_phone);
    offer(targets, view.back);
  }
  void operator()(const PhoneView& view) const {
    for (const auto& key : view.keys) offer(targets, key);
    offer(targets, view.submit);
    offer(targets, view.back);
  }
  void operator()(const ConsentView& view) const {
    for (const auto& choice : view.choices) targets.push_back(choice.target);
    if (view.submit) offer(targets, *view.submit);
    offer(targets, view.back);
  }
  void operator()(const CardView& view) const {
    offer(targets, view.print);
    if (view.consents) offer(targets, *view.consents);
    offer(targets, view.done);
    if (view.all_coupons) offer(targets, *view.all_coupons);
  }
  void operator()(const IssuedView& view) const { offer(targets, view.done); }
  void operator()(const NoticeView& view) const {
    if (view.action) offer(targets, *view.action);
  }
  void operator()(const DeskView& view) const {
    for (const auto& item : view.rail.items) offer(targets, item);
    if (view.member && view.member->look_up) offer(targets, *view.member->look_up);
    if (view.prompt) {
      for (const auto& way : view.prompt->ways) offer(targets, way);
    }
    if (view.coupons_off) offer(targets, *view.coupons_off);
    if (view.approve) offer(targets, *view.approve);
    if (view.pad) {
      for (const auto& key : view.pad->keys) offer(targets, key);
      if (view.pad->clear) offer(targets, *view.pad->clear);
      offer(targets, view.pad->submit);
    }
    if (view.outcome) offer(targets, view.outcome->done);
  }
  void operator()(const TextView& view) const {
    if (view.earlier) offer(targets, *view.earlier);
    offer(targets, view.onward);
    offer(targets, view.back);
  }
  void operator()(const BillView& view) const {
    if (view.start) offer(targets, *view.start);
  }
  void operator()(const ReportView& view) const {
    for (const auto& item : view.rail.items) offer(targets, item);
  }
};

}  // namespace

std::string_view screen_name(const Screen& screen) { return screen_names.at(screen.index()); }

std::string_view target_name(Target target) { return target_names.at(static_cast<std::size_t>(target)); }

std::optional<Target> target_from_name(std::string_view name) {
  for (std::size_t i = 0; i < target_names.size(); ++i) {
    if (target_names[i] == name) return static_cast<Target>(i);
  }
  return std::nullopt;
}

std::vector<Target> offered_targets(const ViewModel& view) {
  std::vector<Target> targets;
  offer(targets, view.chrome.language);
  if (view.chrome.appearance) offer(targets, *view.chrome.appearance);
  if (view.chrome.rules) offer(targets, *view.chrome.rules);
  if (view.chrome.exit) offer(targets, *view.chrome.exit);
  if (view.chrome.countdown) targets.push_back(Target::more_time);
  std::visit(Offers{targets}, view.screen);
  return targets;
}

}  // namespace millpond::flow
