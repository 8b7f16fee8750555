// SPDX-License-Identifier: Apache-2.0
// Notices of payment providers and of other tills' servers, as the hub keeps them and what became of them. Part of
// hub_values.h. Values; any thread.
//
// A notice is kept durably before its sender hears that it was received. What follows is decided later and again:
// a payment is joined to the sale that a terminal tells with it, whichever comes first; one that no terminal tells in
// time is booked by the hub as a sale of its own, so that the member who is known by the payer earns. A sale of a
// terminal always takes the place of one that the hub booked, and an amount that differs is shown and never corrected.
// Who paid is kept as a keyed hash, what was sent as it came but encrypted and for a while only.
#pragma once

#include "sync/base/result.h"
#include "sync/model/facts.h"
#include "sync/notices/read.h"

#include <optional>
#include <string>
#include <vector>

namespace millpond::hub {

struct NoticeTerms {
  std::int64_t wait_ms{};  // for a terminal to tell of the payment
};

struct NoticeTaken {
  notices::NoticeKind kind{};
  bool repeated{};  // it was kept already
};

struct KeptNotice {
  std::uint64_t no{};
  std::string account;
  std::string id;
  notices::Provider provider{};
  notices::NoticeKind kind{};
  base::Hash meaning{};  // of what it says: the same id with another is a change
  base::Bytes raw;       // headers and body, encrypted; not filled in lists
  std::int64_t received_ms{};
  std::int64_t due_ms{};  // nobody waits for a terminal any more
  std::string merchant;
  std::string payment;  // or the other system's number of a sale
  std::string refund;
  base::Money amount;
  bool refunded_in_all{};
  std::int64_t completed_ms{};
  base::StoreId store;          // 0: nobody said
  base::Bytes payer;            // PeopleKeys::payer_of(); empty: not told, or erased
  base::Bytes told;             // of a sale, or what came back of one: canonical bytes of the sale it would be
  std::string of_sale;          // which one came back
  bool whole{};                 // all of it
  std::uint64_t log_no{};       // the fact that the hub booked of it; 0: none
  std::int64_t booked_minor{};  // of a refund: how much of it that fact tells
  bool open{true};              // somebody has to look again
  std::uint32_t changes{};      // how often its number came with other content
};

// What the books know of it, as of now.
struct NoticeJoin {
  enum class By : std::uint8_t { nobody, terminal, hub };
  By by{};                                  // who told the sale of this payment
  std::optional<model::SaleRecorded> sale;  // what they told, where it can be read
  base::MemberId payer;                     // who is known by the payer
  bool refund_told{};                       // of that sale something came back, by the same teller
  // Of a refund: the notice of the payment, or of the sale.
  bool original_known{};
  bool original_open{};
  std::uint64_t original_log_no{};
  std::int64_t original_booked_minor{};  // by refunds of it so far
};

enum class NoticeStanding : std::uint8_t {
  waiting,    // for a terminal, within the time
  unjoined,   // its time is over and nothing could be done: no store, no programme, no such payment
  confirmed,  // a sale was told with this payment
  differs,    // that sale has another amount or currency
  booked,     // by the hub itself
};
[[nodiscard]] std::string_view name_of(NoticeStanding standing);

struct NoticeEntry {
  KeptNotice notice;
  NoticeJoin join;
  NoticeStanding standing{};
};
[[nodiscard]] NoticeStanding standing_of(const KeptNotice& notice, const NoticeJoin& join, std::int64_t now_ms);

// By number: the newest first, or only what an operator should look at (unjoined, differs, or changed since).
struct NoticeQuery {
  std::optional<std::uint64_t> no{};
  bool troubled_only{};
  std::size_t limit{100};
};

}  // namespace millpond::hub
