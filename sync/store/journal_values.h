// SPDX-License-Identifier: Apache-2.0
// Values that a journal takes and gives: what it knows of sales, coupons, slips, its queue and its lives. Pure.
#pragma once

#include "sync/model/leases.h"
#include "sync/model/rights.h"
#include "sync/wire/messages.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace millpond::store {

// What codes are verified by and what value is bounded by, as of the last commit: so that nobody who shows something
// waits behind a sync. Never changes once it is published; any thread may hold one. Leases and the cards of single
// members are not in it.
struct Published {
  using Issuers = std::map<std::uint32_t, wire::IssuerRow>;
  using Documents = std::map<std::string, base::Bytes, std::less<>>;

  std::shared_ptr<const Issuers> issuers;      // never null, as the other
  std::shared_ptr<const Documents> documents;  // by kind
  base::Epoch live_epoch;

  // Null where there is none.
  [[nodiscard]] const wire::IssuerRow* issuer(std::uint32_t number) const {
    const auto found = issuers->find(number);
    return found == issuers->end() ? nullptr : &found->second;
  }
  [[nodiscard]] const base::Bytes* document(std::string_view kind) const {
    const auto found = documents->find(kind);
    return found == documents->end() ? nullptr : &found->second;
  }
};

struct StoredSale {
  model::SaleKey key;
  base::Hash body_hash{};
  base::Seq seq;        // of SaleRecorded, or of SaleRefunded
  base::Bytes answer;   // what the till was answered, verbatim
  base::Epoch epoch{};  // of seq; put_sale() takes the live one
};

struct LocalCoupon {
  model::CouponIssued issued;
  wire::CouponState state{};
  base::Seq redeemed_in;         // the sale that spent it; 0 when unspent
  base::Epoch redeemed_epoch{};  // of redeemed_in
  bool held{};                   // the right to honour it is here (rights.h)
};

// A share of something limited, with what was used of it here; all of it when a row changed on the disk.
struct GivenSince {  // occasions on which a campaign gave a member something
  std::int64_t times{};
  std::int64_t times_that_day{};
};

struct HeldLease {
  model::Lease lease;
  model::LeaseUse use;
  base::Epoch live_epoch;
};

// Something kept for a while for a basket that is not paid yet: outside chain and outbox.
struct Hold {
  std::uint64_t id{};
  std::int64_t until_ms{};  // by the machine's clock
  base::Bytes content;      // terminal's value of what is kept
};

enum class PrintState : std::uint8_t { queued = 1, sent = 2, confirmed = 3, uncertain = 4, failed = 5 };

// A slip that must be printed although the printer, the power or the program may fail first.
struct PrintIntent {
  base::Seq of;  // the sale or enrolment it belongs to
  std::uint32_t template_version{1};
  std::string locale;
  base::Bytes content;  // terminal's value of the slip, versioned by template_version
  PrintState state{PrintState::queued};
  base::Epoch epoch{};  // of `of`; put_print_intent() takes the live one
};

struct OutboxStatus {
  base::Epoch epoch;  // of the rows to send next
  base::Seq acked;    // within that epoch
  base::Seq head;     // within that epoch
  base::Epoch live_epoch;
  base::Seq live_head;
  std::uint64_t queued{};    // over all epochs
  std::int64_t oldest_ms{};  // occurred_at of the oldest unacknowledged fact; 0 when none
};

// One life of the journal, as far as anything of it is still kept.
struct EpochMark {
  base::Epoch epoch;
  base::Seq acked;      // what the hub has said it holds
  base::Seq head;       // where it ends, or has got to if it lives
  base::Seq kept_from;  // oldest fact in ring or outbox; 0: none is left, nothing to compare with the hub
  friend bool operator==(const EpochMark&, const EpochMark&) = default;
};

// Whether rights wait to be released to the hub.
struct RightsStatus {
  bool held{};            // coupons were issued, in whatever epoch, since the last RightsReleased
  bool release_queued{};  // a RightsReleased of the live epoch is not acknowledged
  friend bool operator==(const RightsStatus&, const RightsStatus&) = default;
};

struct JournalEntry {  // for people: `millpond journal`
  model::Fact fact;
  base::Hash chain{};
  bool acked{};
};

// Something that changed on the disk: never sent, kept for a person.
struct QuarantinedRow {
  std::string kind;     // "fact", "payload", "batch" of the sent ring, "missing", "unreadable"
  base::Epoch epoch{};  // where it stood; 0: in none that is known here any more
  base::Seq seq{};
  base::Bytes content;  // as it reads now; of "missing" how many facts, in digits
  bool closed{};        // somebody has looked at it
};

struct Verification {
  std::uint64_t facts{};  // recomputed links of the chain
  base::Hash head{};
  bool sqlite_ok{};              // PRAGMA integrity_check
  std::uint64_t changed_rows{};  // of balances, coupons, sale keys and phones: they count as absent
  std::optional<base::Seq> broken_at;
};

}  // namespace millpond::store
