// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/interaction.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace millpond::view {
namespace {

std::optional<flow::Target> at(const Scratch& scratch, Point px) {
  const auto hit = std::find_if(scratch.targets.rbegin(), scratch.targets.rend(),
                                [px](const PlacedTarget& target) { return target.box_px.contains(px); });
  if (hit == scratch.targets.rend()) return scratch.elsewhere;
  return hit->enabled ? std::optional{hit->target} : std::nullopt;
}

bool offered(const Scratch& scratch, flow::Target target) {
  return std::any_of(scratch.targets.begin(), scratch.targets.end(),
                     [target](const PlacedTarget& placed) { return placed.target == target && placed.enabled; });
}

void move_focus(Scratch& scratch, int step) {
  std::vector<flow::Target> order;
  for (const PlacedTarget& placed : scratch.targets) {
    // What is offered twice is reached once, or the focus would go back to the first of them for ever.
    if (placed.enabled && std::find(order.begin(), order.end(), placed.target) == order.end()) {
      order.push_back(placed.target);
    }
  }
  if (order.empty()) return;
  const auto count = static_cast<int>(order.size());
  int index = step > 0 ? -1 : count;
  if (scratch.focused) {
    const auto found = std::find(order.begin(), order.end(), *scratch.focused);
    if (found != order.end()) index = static_cast<int>(found - order.begin());
  }
  scratch.focused = order[static_cast<std::size_t>((index + step + count) % count)];
}

void press_if_offered(const Scratch& scratch, flow::Target target, std::vector<flow::Target>& taps) {
  if (offered(scratch, target)) taps.push_back(target);
}

// The target that says it is pressed by this key.
bool press_labelled(const Scratch& scratch, std::string_view key, std::vector<flow::Target>& taps) {
  const auto labelled = std::find_if(scratch.targets.begin(), scratch.targets.end(),
                                     [key](const PlacedTarget& placed) { return placed.key == key; });
  if (labelled == scratch.targets.end()) return false;
  if (labelled->enabled) taps.push_back(labelled->target);
  return true;
}

flow::Target digit_target(int digit) {
  return static_cast<flow::Target>(static_cast<int>(flow::Target::digit_0) + std::clamp(digit, 0, 9));
}

void take(Scratch& scratch, const Input& input, std::vector<flow::Target>& taps) {
  using Kind = Input::Kind;
  switch (input.kind) {
    case Kind::down: {
      scratch.pressed = at(scratch, input.at_px);
      scratch.focused.reset();
      break;
    }
    case Kind::move:
      break;
    case Kind::up: {
      const auto target = at(scratch, input.at_px);
      if (target && scratch.pressed == target) taps.push_back(*target);
      scratch.pressed.reset();
      break;
    }
    case Kind::leave:
      scratch.pressed.reset();
      break;
    case Kind::focus_next:
      move_focus(scratch, 1);
      break;
    case Kind::focus_previous:
      move_focus(scratch, -1);
      break;
    case Kind::activate:
      if (scratch.focused) {
        press_if_offered(scratch, *scratch.focused, taps);
      } else {
        press_labelled(scratch, "Enter", taps);
      }
      break;
    case Kind::key:
      press_labelled(scratch, "F" + std::to_string(input.digit), taps);
      break;
    case Kind::cancel:
      if (press_labelled(scratch, "Esc", taps)) break;
      press_if_offered(scratch, offered(scratch, flow::Target::back) ? flow::Target::back : flow::Target::exit, taps);
      break;
    case Kind::digit:
      press_if_offered(scratch, digit_target(input.digit), taps);
      break;
    case Kind::erase:
      press_if_offered(scratch, flow::Target::backspace, taps);
      break;
  }
}

}  // namespace

void Scratch::forget() {
  inputs.clear();
  camera = {};
  targets.clear();
  elsewhere.reset();
  pressed.reset();
  focused.reset();
  press.fill(0);
  toast.clear();
}

std::vector<flow::Target> take_inputs(Scratch& scratch) {
  std::vector<flow::Target> taps;
  for (const Input& input : scratch.inputs) take(scratch, input, taps);
  scratch.inputs.clear();
  return taps;
}

bool advance_presses(Scratch& scratch, std::int64_t now_ms) {
  constexpr float down_per_ms = 0.04F;  // a press shows at once, a release fades
  constexpr float up_per_ms = 0.012F;
  const auto elapsed = static_cast<float>(std::clamp<std::int64_t>(now_ms - scratch.drawn_ms, 0, 100));
  bool moving = false;
  for (std::size_t i = 0; i < scratch.press.size(); ++i) {
    float& value = scratch.press[i];
    const bool down = scratch.pressed && static_cast<std::size_t>(*scratch.pressed) == i;
    const float goal = down ? 1 : 0;
    if (scratch.still) value = goal;
    if (value == goal) continue;
    value += (goal - value) * (1 - std::exp(-elapsed * (down ? down_per_ms : up_per_ms)));
    if (std::fabs(value - goal) < 0.01F) value = goal;
    moving = moving || value != goal;
  }
  return moving;
}

}  // namespace millpond::view
