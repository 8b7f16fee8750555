// SPDX-License-Identifier: Apache-2.0
// Staff tasks: something a post has to do by a time, whoever stands there; when it is not done its successor has to,
// and then a supervisor hears of it. Prospects: people who may become members, each with one owner. Share codes: one
// per group, with who opened it and who joined. Folds over events in any order; nothing here waits or reminds. Pure.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace millpond::model {

// From a rating, a campaign's action, a person (missing fact: task_posted). One task per cause.
struct StaffTask {
  base::Hash cause{};
  base::StoreId store;
  base::MemberId member;  // about nobody: 0
  std::string post;       // "shift_lead": a place in the store, not a person, so that it survives a change of shift
  std::string successor;
  std::int64_t posted_at_ms{};
  std::int64_t due_ms{};
  std::int64_t escalates_ms{};  // not before due_ms
  friend bool operator==(const StaffTask&, const StaffTask&) = default;
};

enum class TaskStep : std::uint8_t { taken = 1, left = 2, done = 3, cancelled = 4 };  // persisted

// (missing facts: task_taken, task_left, task_done, task_cancelled)
struct TaskEvent {
  base::Hash cause{};
  TaskStep step{};
  base::StaffId by;
  std::int64_t at_ms{};
};

enum class TaskState : std::uint8_t { open, taken, done, cancelled };

struct TaskStanding {
  TaskState state{};
  base::StaffId by;            // who has it, did it or cancelled it; 0: nobody
  std::string responsible;     // post or successor; empty when it is over
  bool overdue{};              // not over, and past due; of one that was done: done late
  bool escalated{};            // a supervisor has to hear of it
  std::int64_t ended_at_ms{};  // 0 while it is not over
  friend bool operator==(const TaskStanding&, const TaskStanding&) = default;
};

// Events of other causes are passed over. What is done stays done, whoever cancels; the first one who did it counts. Of
// taking and leaving the latest counts; of one moment leaving, then the smaller person.
[[nodiscard]] TaskStanding task_standing(const StaffTask& task, std::span<const TaskEvent> events, std::int64_t now_ms);

// --- prospects

enum class ProspectStep : std::uint8_t { noted = 1, handed_on = 2, joined = 3, lost = 4 };  // persisted

// (missing facts: prospect_noted, prospect_handed_on, prospect_lost; joined is a MemberEnrolled with the prospect)
struct ProspectEvent {
  std::uint64_t prospect{};
  ProspectStep step{};
  base::StaffId staff;    // noted: the owner; handed_on: the next one
  base::MemberId member;  // joined
  std::int64_t at_ms{};
};

struct ProspectStanding {
  std::uint64_t prospect{};
  base::StaffId owner;    // 0: never noted
  base::StaffId credit;   // who owned it when it joined, for goals and commission; 0: not joined
  base::MemberId member;  // 0: not joined
  bool lost{};            // and did not join
  friend bool operator==(const ProspectStanding&, const ProspectStanding&) = default;
};

// By prospect. Whoever noted it first owns it until it is handed on; nobody takes it by noting it again.
[[nodiscard]] std::vector<ProspectStanding> prospect_standings(std::span<const ProspectEvent> events);

// --- share codes of groups

enum class ShareStep : std::uint8_t { opened = 1, joined = 2 };  // persisted

// (missing facts: share_opened by the hub's page; joined is a MemberEnrolled with the code)
struct ShareEvent {
  std::uint64_t code{};
  ShareStep step{};
  std::uint64_t visitor{};  // opened: a salted number of the browser; the same one later is the same visitor
  base::MemberId member;    // joined
  std::int64_t at_ms{};
};

struct ShareFigures {
  std::uint64_t code{};
  std::int64_t opens{};     // every one
  std::int64_t visitors{};  // different ones
  std::int64_t joins{};     // members; each belongs to the first code they joined by
  friend bool operator==(const ShareFigures&, const ShareFigures&) = default;
};

[[nodiscard]] std::vector<ShareFigures> share_figures(std::span<const ShareEvent> events);  // by code

}  // namespace millpond::model
