// SPDX-License-Identifier: Apache-2.0
// StaffDesk: people behind the counter at one terminal. Checks their PINs against what the hub told of them, makes them
// wait who guess, and records what they approve. It decides nothing about members: whoever needs an approval asks here.
//
// A miss is counted and durable before the PIN of the attempt is looked at, so that pulling the plug gives nobody
// another try; it is taken back when the PIN fits. Every PIN entered and every act approved is a fact (StaffChecked,
// ActApproved). Any thread but the journal's own; one check at a time, each takes 250 to 500 ms and 64 MiB by design,
// and two group commits.
#pragma once

#include "sync/model/staff.h"
#include "sync/terminal/terminal.h"
#include "sync/wire/people_rows.h"

#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace millpond::terminal {

// How long a word that was given before the sale waits for it: a queue at a till, not a shift.
inline constexpr std::int64_t vouch_ms = 180'000;

class StaffDesk {
 public:
  // All borrowed, and outlive it. boot_id: which start of the machine the monotonic clock counts from.
  StaffDesk(Terminal& terminal, const base::Clock& clock, std::string boot_id);

  struct Person {
    base::StaffId staff;
    model::Role role{};
    friend bool operator==(const Person&, const Person&) = default;
  };
  // Whose PIN it is. Errors: person_unknown (no such number in this store, disabled, or its row has not come),
  // unsupported (what the hub stored asks for more than a check may take: the person needs a new PIN), pin_wrong,
  // pin_locked (detail: for how many seconds, or that a manager has to unlock; the PIN was not looked at),
  // and the journal's (the PIN was not looked at).
  [[nodiscard]] base::Result<Person> check_pin(base::StaffId staff, std::string_view pin);

  // Whether this person may say yes to the act: their PIN fits and their role is enough. The act is not recorded here,
  // but by whoever does it, in one action with what it allows (Terminal's Approval). Errors: those of check_pin(), and
  // role_missing.
  [[nodiscard]] base::Result<> authorise(model::Act act, base::StaffId staff, std::string_view pin);

  // An act and the PIN of `act.by`, who alone or for `act.asked_by` says yes. Errors: those of check_pin(),
  // role_missing (the fact of the PIN stays, the act is not recorded), and the journal's.
  [[nodiscard]] base::Result<> approve(const model::ActApproved& act, std::string_view pin);

  // Somebody who may says that whoever shows this member's code is the member (Act::identity_approved): good for one
  // sale of vouch_ms from now, which records it. Errors: those of authorise().
  [[nodiscard]] base::Result<> vouch(base::MemberId member, base::StaffId staff, std::string_view pin);
  // Whether anybody's word may wait.
  [[nodiscard]] bool has_vouches();
  // Who vouched for the member, 0: nobody; each word once. For SaleRequest::vouched_by.
  [[nodiscard]] base::StaffId take_vouch(base::MemberId member);

  // A manager forgets the misses of somebody. Errors: those of approve().
  [[nodiscard]] base::Result<> unlock(base::StaffId staff, base::StaffId manager, std::string_view pin);

  // The person leaves the till. Errors: the journal's.
  [[nodiscard]] base::Result<> leave(base::StaffId staff);

  struct Standing {
    Person person;
    std::uint32_t misses{};
    model::PinGate gate;
  };
  // Everybody of this store. Errors: of replica and journal.
  [[nodiscard]] base::Result<std::vector<Standing>> people();

 private:
  struct Entry {  // of document "pin_misses"
    base::StaffId staff;
    std::uint32_t version{};  // of the PIN: another one begins at no misses
    model::PinMisses misses;
  };
  struct Misses {
    std::uint64_t version{};
    std::vector<Entry> entries;
  };
  [[nodiscard]] base::Result<wire::StaffRow> row_of(base::StaffId staff);
  [[nodiscard]] Misses load() const;
  [[nodiscard]] base::Result<> keep(Misses& misses, const std::vector<model::FactBody>& facts);
  [[nodiscard]] base::Result<Person> check(base::StaffId staff, std::string_view pin);
  [[nodiscard]] static Entry& entry_of(Misses& misses, const wire::StaffRow& row);

  struct Vouch {
    base::StaffId by;
    std::int64_t until_ms{};  // monotonic
  };

  Terminal& terminal_;
  const base::Clock& clock_;
  const std::string boot_id_;
  std::mutex mutex_;  // one check at a time
  std::mutex vouches_mutex_;
  std::map<base::MemberId, Vouch> vouches_;  // guarded by vouches_mutex_; of persons, gone with the program
};

}  // namespace millpond::terminal
