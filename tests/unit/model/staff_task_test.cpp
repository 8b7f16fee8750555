// SPDX-License-Identifier: Apache-2.0
#include "sync/model/staff_task.h"

#include "sync/base/rng.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <map>
#include <set>

using namespace millpond;
using model::TaskEvent;
using model::TaskState;
using model::TaskStep;

namespace {

const model::StaffTask task{{1}, {2}, {9}, "shift_lead", "manager", 0, 100, 200};

TaskEvent event(TaskStep step, std::uint32_t by, std::int64_t at_ms) { return {{1}, step, {by}, at_ms}; }

}  // namespace

TEST_CASE("A task is the post's, then the successor's, then a supervisor's", "[staff_task]") {
  struct Row {
    std::vector<TaskEvent> events;
    std::int64_t now_ms;
    model::TaskStanding standing;
  };
  for (const auto& row : std::vector<Row>{
           {{}, 99, {TaskState::open, {}, "shift_lead", false, false, 0}},
           {{}, 100, {TaskState::open, {}, "manager", true, false, 0}},
           {{}, 200, {TaskState::open, {}, "manager", true, true, 0}},
           {{event(TaskStep::taken, 5, 10)}, 50, {TaskState::taken, {5}, "shift_lead", false, false, 0}},
           {{event(TaskStep::taken, 5, 10)}, 250, {TaskState::taken, {5}, "manager", true, true, 0}},
           {{event(TaskStep::taken, 5, 10), event(TaskStep::left, 5, 20)},
            50,
            {TaskState::open, {}, "shift_lead", false, false, 0}},
           {{event(TaskStep::taken, 5, 10), event(TaskStep::taken, 6, 20)},
            50,
            {TaskState::taken, {6}, "shift_lead", false, false, 0}},
           {{event(TaskStep::taken, 6, 10), event(TaskStep::taken, 5, 10)},
            50,
            {TaskState::taken, {5}, "shift_lead", false, false, 0}},
           {{event(TaskStep::taken, 6, 10), event(TaskStep::left, 6, 10)},
            50,
            {TaskState::open, {}, "shift_lead", false, false, 0}},
           {{event(TaskStep::done, 6, 99)}, 500, {TaskState::done, {6}, "", false, false, 99}},
           {{event(TaskStep::done, 6, 100)}, 500, {TaskState::done, {6}, "", true, false, 100}},
           {{event(TaskStep::cancelled, 4, 20), event(TaskStep::done, 6, 40), event(TaskStep::done, 7, 30)},
            50,
            {TaskState::done, {7}, "", false, false, 30}},
           {{event(TaskStep::cancelled, 4, 20)}, 500, {TaskState::cancelled, {4}, "", false, false, 20}},
           {{{{2}, TaskStep::done, {4}, 20}}, 50, {TaskState::open, {}, "shift_lead", false, false, 0}},
           {{event(TaskStep::taken, 5, std::numeric_limits<std::int64_t>::min())},
            50,
            {TaskState::taken, {5}, "shift_lead", false, false, 0}}}) {
    auto events = row.events;
    CHECK(model::task_standing(task, events, row.now_ms) == row.standing);
    std::ranges::reverse(events);
    CHECK(model::task_standing(task, events, row.now_ms) == row.standing);
  }
}

TEST_CASE("A prospect has one owner, who gets the credit", "[staff_task]") {
  using model::ProspectStep;
  std::vector<model::ProspectEvent> events{
      {1, ProspectStep::noted, {5}, {}, 10},   {1, ProspectStep::noted, {6}, {}, 20},
      {1, ProspectStep::joined, {}, {9}, 30},  {1, ProspectStep::handed_on, {7}, {}, 40},
      {2, ProspectStep::noted, {5}, {}, 10},   {2, ProspectStep::handed_on, {6}, {}, 15},
      {2, ProspectStep::lost, {}, {}, 20},     {3, ProspectStep::noted, {5}, {}, 10},
      {3, ProspectStep::lost, {}, {}, 20},     {3, ProspectStep::joined, {}, {8}, 30},
      {1, ProspectStep::joined, {}, {11}, 50}, {4, ProspectStep::joined, {}, {12}, 50}};
  const std::vector<model::ProspectStanding> expected{
      {1, {7}, {5}, {9}, false}, {2, {6}, {}, {}, true}, {3, {5}, {5}, {8}, false}, {4, {}, {}, {12}, false}};
  base::SeededRng rng{3};
  for (int round = 0; round < 200; ++round) {
    for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[rng.below(i)]);
    CHECK(model::prospect_standings(events) == expected);
  }
}

TEST_CASE("A group's code counts who opened it and who joined by it first", "[staff_task]") {
  base::SeededRng rng{20261128};
  std::int64_t joins = 0;
  for (int round = 0; round < 1'500; ++round) {
    std::vector<model::ShareEvent> events;
    for (std::int64_t i = 0; i < 20; ++i) {
      const bool opened = rng.chance(1, 2);
      events.push_back({1 + rng.below(3),
                        opened ? model::ShareStep::opened : model::ShareStep::joined,
                        opened ? rng.below(4) : 0,
                        {opened ? 0 : 1 + rng.below(6)},
                        static_cast<std::int64_t>(rng.below(8))});
    }
    std::vector<model::ShareFigures> expected;
    for (std::uint64_t code = 1; code <= 3; ++code) {
      model::ShareFigures figures{code, 0, 0, 0};
      std::set<std::uint64_t> visitors;
      bool seen = false;
      for (const auto& event : events) {
        if (event.code != code) continue;
        seen = true;
        if (event.step == model::ShareStep::opened) ++figures.opens, visitors.insert(event.visitor);
      }
      figures.visitors = static_cast<std::int64_t>(visitors.size());
      for (std::uint64_t member = 1; member <= 6; ++member) {
        std::pair<std::int64_t, std::uint64_t> first{std::numeric_limits<std::int64_t>::max(), 0};
        for (const auto& event : events) {
          if (event.member.value == member) first = std::min(first, std::pair{event.at_ms, event.code});
        }
        figures.joins += first.second == code ? 1 : 0;
      }
      joins += figures.joins;
      if (seen) expected.push_back(figures);
    }
    for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[rng.below(i)]);
    CHECK(model::share_figures(events) == expected);
  }
  CHECK(joins > 1'000);
}
