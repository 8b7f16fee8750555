// SPDX-License-Identifier: Apache-2.0
// Values about people that cross the HubStore port: how what is sealed is opened, who works behind a counter and what
// they did there, what somebody should look at, and everything that is kept of one member. Part of hub_values.h. Pure;
// any thread.
#pragma once

#include "sync/base/result.h"
#include "sync/model/fraud_watch.h"
#include "sync/model/member_facts.h"
#include "sync/model/staff.h"
#include "sync/wire/messages.h"

#include <functional>
#include <string>
#include <vector>

namespace millpond::hub {

// A sealed phone on its way through stage 2.
struct SealedPhone {
  base::ByteView box;
  base::MemberId member;
  base::StoreId store;         // where the member enrolled
  std::uint64_t generation{};  // of the feed that the look-up hash goes into
};
// What is kept of a payload instead of the payload: how it is opened, by the member it is about and the place it stands
// in. Error: not_found (erased), signature_invalid.
using PayloadOpener =
    std::function<base::Result<base::Bytes>(base::MemberId member, std::string_view place, base::ByteView kept)>;
// "payloads|terminal/epoch/seq|box|1".
[[nodiscard]] inline std::string payload_place(base::TerminalId terminal, base::Epoch epoch, base::Seq seq) {
  return "payloads|" + std::to_string(terminal.value) + "/" + std::to_string(epoch.value) + "/" +
         std::to_string(seq.value) + "|box|1";
}

// What it says to those who may know: look-up hashes and the form that screens show.
struct OpenedPhone {
  base::Bytes lookup_key;  // 16 bytes; of a generation and a place
  std::string shown_name;  // "138****2917"
  base::Bytes identity{};  // 16 bytes; the same wherever it was typed; empty: lookup_key is
  std::uint64_t place{};   // of the feed whose terminals may look it up; 0: everybody
};
// Opens a sealed box. Error: signature_invalid, phone_malformed.
using PhoneOpener = std::function<base::Result<OpenedPhone>(const SealedPhone& sealed)>;

struct StaffRecord {
  base::StaffId staff;
  base::StoreId store;
  model::Role role{};
  std::string pin_hash;
  std::uint32_t version{};  // grows with every change
  bool disabled{};
  base::MemberId member{};  // who the person is as a customer, where they said so
  friend bool operator==(const StaffRecord&, const StaffRecord&) = default;
};

// The hub's own log as far as it is about people and keys, newest first.
struct HubActs {
  struct Entry {
    std::uint64_t no{};
    std::int64_t at_ms{};
    std::string what;  // "operator_act", "member_removed", ...
    std::string told;  // who and of whom: ids, never personal data
  };
  std::vector<Entry> entries;
  std::optional<std::uint64_t> broken_at;  // the first number at which the chain over the whole log does not hold
};

// One privileged act or one PIN, as a terminal told it.
struct AuditEntry {
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq seq;
  std::int64_t at_ms{};  // the terminal's own clock
  bool is_act{};         // else a PIN was entered
  std::uint8_t what{};   // model::Act or model::StaffCheck
  base::StaffId staff;
  base::StaffId asked_by;
  base::MemberId member;
  std::uint64_t subject{};
  std::string reason;
};

// A pattern in a terminal's facts, and the fact that completed it.
struct SignalEntry {
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq seq;
  std::int64_t at_ms{};
  model::Raised raised;
};

// Everything that is kept of a person: of all their numbers.
struct MemberFile {
  struct Sale {
    base::StoreId store;
    std::string till;
    base::LocalDate date;
    std::string transaction;
    std::int64_t total_minor{};
  };
  struct Payload {
    base::MemberId member;
    base::TerminalId terminal;
    base::Epoch epoch;
    base::Seq seq;
    model::ProfileField field{};  // 0: the phone of an enrolment
    std::uint32_t version{};
    base::Bytes kept;
  };
  // What the member said: everything at the enrolment, and the newest word since on each purpose; oldest first.
  struct Said {
    base::MemberId member;
    model::Consent consent;
    std::int64_t at_ms{};
    base::TerminalId terminal;
    friend bool operator==(const Said&, const Said&) = default;
  };
  std::vector<base::MemberId> numbers;  // the person's first
  std::int64_t points{};
  std::vector<wire::ConsentVersion> consents;
  std::vector<Said> said;
  std::vector<wire::CouponRow> coupons;
  std::vector<Sale> sales;
  std::vector<Payload> payloads;
};

}  // namespace millpond::hub
