// SPDX-License-Identifier: Apache-2.0
#include "sync/model/staff_task.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace millpond::model {
namespace {

// The first of a step, nothing when there is none.
const TaskEvent* first_of(std::span<const TaskEvent> events, const base::Hash& cause, TaskStep step) {
  const TaskEvent* first = nullptr;
  for (const auto& event : events) {
    if (event.cause != cause || event.step != step) continue;
    if (first == nullptr || std::tuple{event.at_ms, event.by} < std::tuple{first->at_ms, first->by}) first = &event;
  }
  return first;
}

// The latest of taking and leaving; of one moment leaving, then the smaller person.
const TaskEvent* last_hold(std::span<const TaskEvent> events, const base::Hash& cause) {
  const auto beats = [](const TaskEvent& event, const TaskEvent& other) {
    if (event.at_ms != other.at_ms) return event.at_ms > other.at_ms;
    if (event.step != other.step) return event.step == TaskStep::left;
    return event.by < other.by;
  };
  const TaskEvent* last = nullptr;
  for (const auto& event : events) {
    if (event.cause != cause || (event.step != TaskStep::taken && event.step != TaskStep::left)) continue;
    if (last == nullptr || beats(event, *last)) last = &event;
  }
  return last;
}

template <class Event>
std::vector<Event> by_time(std::span<const Event> events) {
  std::vector<Event> ordered{events.begin(), events.end()};
  std::ranges::sort(ordered, {}, [](const Event& event) {
    if constexpr (requires { event.visitor; }) {
      return std::tuple{event.at_ms, event.step, event.code, event.visitor, event.member};
    } else {
      return std::tuple{event.at_ms, event.step, event.prospect, event.staff, event.member};
    }
  });
  return ordered;
}

}  // namespace

TaskStanding task_standing(const StaffTask& task, std::span<const TaskEvent> events, std::int64_t now_ms) {
  TaskStanding standing;
  const auto* done = first_of(events, task.cause, TaskStep::done);
  const auto* over = done != nullptr ? done : first_of(events, task.cause, TaskStep::cancelled);
  if (over != nullptr) {
    standing.state = done != nullptr ? TaskState::done : TaskState::cancelled;
    standing.by = over->by;
    standing.ended_at_ms = over->at_ms;
    standing.overdue = done != nullptr && over->at_ms >= task.due_ms;
    return standing;
  }
  const auto* hold = last_hold(events, task.cause);
  if (hold != nullptr && hold->step == TaskStep::taken) {
    standing.state = TaskState::taken;
    standing.by = hold->by;
  }
  standing.overdue = now_ms >= task.due_ms;
  standing.responsible = standing.overdue ? task.successor : task.post;
  standing.escalated = standing.overdue && now_ms >= task.escalates_ms;
  return standing;
}

std::vector<ProspectStanding> prospect_standings(std::span<const ProspectEvent> events) {
  std::map<std::uint64_t, ProspectStanding> standings;
  for (const auto& event : by_time(events)) {
    auto& standing = standings[event.prospect];
    standing.prospect = event.prospect;
    switch (event.step) {
      case ProspectStep::noted:
        if (!standing.owner) standing.owner = event.staff;
        break;
      case ProspectStep::handed_on:
        if (event.staff) standing.owner = event.staff;
        break;
      case ProspectStep::joined:
        if (standing.member) break;
        standing.member = event.member;
        standing.credit = standing.owner;
        standing.lost = false;
        break;
      case ProspectStep::lost:
        standing.lost = !standing.member;
        break;
    }
  }
  std::vector<ProspectStanding> list;
  for (const auto& [prospect, standing] : standings) list.push_back(standing);
  return list;
}

std::vector<ShareFigures> share_figures(std::span<const ShareEvent> events) {
  std::map<std::uint64_t, ShareFigures> rows;
  std::set<std::pair<std::uint64_t, std::uint64_t>> visitors;
  std::set<base::MemberId> joined;
  for (const auto& event : by_time(events)) {
    auto& row = rows[event.code];
    row.code = event.code;
    if (event.step == ShareStep::opened) {
      ++row.opens;
      row.visitors += visitors.insert({event.code, event.visitor}).second ? 1 : 0;
    } else if (event.member && joined.insert(event.member).second) {
      ++row.joins;
    }
  }
  std::vector<ShareFigures> list;
  for (const auto& [code, row] : rows) list.push_back(row);
  return list;
}

}  // namespace millpond::model
