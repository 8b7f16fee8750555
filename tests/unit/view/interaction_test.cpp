// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/interaction.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using namespace millpond::view;
using flow::Target;
using Kind = Input::Kind;

namespace {

Scratch three_buttons() {
  Scratch scratch;
  const auto place = [&](Target target, float x, bool enabled) {
    scratch.targets.push_back({target, "", {}, Box::at(x, 0, 100, 100), enabled});
  };
  place(Target::back, 0, true);
  place(Target::submit, 100, false);
  place(Target::digit_7, 200, true);
  return scratch;
}

}  // namespace

TEST_CASE("a touch beside everything presses what the screen wants it to, and never what is disabled") {
  const Point nothing{50, 500};
  auto scratch = three_buttons();
  scratch.elsewhere = Target::digit_7;
  scratch.inputs = {{Kind::down, nothing}, {Kind::up, nothing}};
  CHECK(take_inputs(scratch) == std::vector{Target::digit_7});
  scratch.inputs = {{Kind::down, {150, 50}}, {Kind::up, {150, 50}}};  // disabled
  CHECK(take_inputs(scratch).empty());
  scratch.inputs = {{Kind::down, {50, 50}}, {Kind::up, nothing}};
  CHECK(take_inputs(scratch).empty());
  scratch.elsewhere.reset();
  scratch.inputs = {{Kind::down, nothing}, {Kind::up, nothing}};
  CHECK(take_inputs(scratch).empty());
}

TEST_CASE("inputs become taps") {
  const Point back{50, 50};
  const Point submit{150, 50};
  const Point seven{250, 50};
  const Point nothing{50, 500};
  struct Row {
    const char* what;
    std::vector<Input> inputs;
    std::vector<Target> taps;
  };
  const std::vector<Row> table{
      {"down and up", {{Kind::down, back}, {Kind::up, back}}, {Target::back}},
      {"up elsewhere", {{Kind::down, back}, {Kind::up, seven}}, {}},
      {"up on nothing", {{Kind::down, back}, {Kind::up, nothing}}, {}},
      {"up without down", {{Kind::up, back}}, {}},
      {"left in between", {{Kind::down, back}, {Kind::leave}, {Kind::up, back}}, {}},
      {"disabled", {{Kind::down, submit}, {Kind::up, submit}}, {}},
      {"tab to the first", {{Kind::focus_next}, {Kind::activate}}, {Target::back}},
      {"tab passes what is disabled", {{Kind::focus_next}, {Kind::focus_next}, {Kind::activate}}, {Target::digit_7}},
      {"tab goes round",
       {{Kind::focus_next}, {Kind::focus_next}, {Kind::focus_next}, {Kind::activate}},
       {Target::back}},
      {"shift and tab to the last", {{Kind::focus_previous}, {Kind::activate}}, {Target::digit_7}},
      {"enter without focus", {{Kind::activate}}, {}},
      {"a finger takes the focus away", {{Kind::focus_next}, {Kind::down, nothing}, {Kind::activate}}, {}},
      {"escape", {{Kind::cancel}}, {Target::back}},
      {"a digit that is there", {{Kind::digit, {}, 7}}, {Target::digit_7}},
      {"a digit that is not", {{Kind::digit, {}, 8}}, {}},
      {"two in a row", {{Kind::digit, {}, 7}, {Kind::digit, {}, 7}}, {Target::digit_7, Target::digit_7}},
  };
  for (const Row& row : table) {
    INFO(row.what);
    Scratch scratch = three_buttons();
    scratch.inputs = row.inputs;
    CHECK(take_inputs(scratch) == row.taps);
    CHECK(scratch.inputs.empty());
  }
}

TEST_CASE("escape leaves when there is no way back") {
  Scratch scratch;
  scratch.targets.push_back({Target::exit, "", {}, Box::at(0, 0, 10, 10), true});
  scratch.inputs = {{Kind::cancel}};
  CHECK(take_inputs(scratch) == std::vector{Target::exit});
}

TEST_CASE("a press sinks at once and rises slowly, and comes to rest") {
  Scratch scratch = three_buttons();
  const auto back = static_cast<std::size_t>(Target::back);
  scratch.pressed = Target::back;
  CHECK(advance_presses(scratch, 30));
  CHECK(scratch.press[back] > 0.5F);
  scratch.pressed.reset();
  std::int64_t now_ms = 30;
  int frames = 0;
  while (advance_presses(scratch, now_ms += 16) && frames < 200) {
    scratch.drawn_ms = now_ms;
    ++frames;
  }
  CHECK(frames > 3);
  CHECK(frames < 100);
  CHECK(scratch.press[back] == 0);
}

TEST_CASE("at the end of a session nothing of it is kept") {
  Scratch scratch = three_buttons();
  scratch.toast = "138 **** 2917";
  scratch.camera = {1, 2, 3, {}};
  scratch.pressed = Target::back;
  scratch.forget();
  CHECK(scratch.targets.empty());
  CHECK(scratch.toast.empty());
  CHECK(scratch.camera.texture == 0);
  CHECK_FALSE(scratch.pressed);
}
