// SPDX-License-Identifier: Apache-2.0
// ItemCode (一物一码): what a scan of a serial number printed on goods means: genuine, claimed for the first time,
// shown before, or far from where it was to be sold. The text on the goods and its check bytes are codes/claim.h's.
// Only the hub has the keys, so a terminal without a line keeps a claim as pending and promises nothing; the hub's
// first claim wins, in the order in which the hub hears of them. Pure: no clock, no I/O. Any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"
#include "sync/crypto/secret_key.h"
#include "sync/model/document.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millpond::model {

// The key of a run of codes, out of the hub's root for claims; the key's number is printed in every code. A run whose
// key was lost to a printer is closed without touching the others. Codes are printed: never change.
[[nodiscard]] crypto::SecretKey item_key(const crypto::SecretKey& root, std::uint8_t key_number);

// --- the document

enum class ItemReward : std::uint8_t { nothing = 1, points = 2, coupon = 3 };  // persisted

// Numbers that were printed for one product.
struct ItemBatch {
  std::uint32_t batch{};  // from 1; claims name it
  std::uint8_t key_number{};
  std::uint64_t first{};
  std::uint64_t last{};  // inclusive
  std::string sku;
  LocalizedText product;
  std::vector<std::string> regions;  // where it is to be sold; empty: everywhere
  ItemReward reward{};
  std::int64_t points{};    // of points
  base::CampaignId coupon;  // of coupon: whose
  base::LocalDate claim_from;
  base::LocalDate claim_by;  // last day
  bool closed{};             // its key is known to others: nothing of it is genuine any more
  friend bool operator==(const ItemBatch&, const ItemBatch&) = default;
};

struct ItemBatches {
  std::uint32_t version{};
  std::vector<ItemBatch> batches;
  friend bool operator==(const ItemBatches&, const ItemBatches&) = default;
};

// Reads {version, batches[{batch, key_number, first, last, sku, product, regions?, reward: nothing | points | coupon,
// points | coupon, claim_from, claim_by, closed?}]}. Error: programme_invalid; repeated batches, contradictory dates
// and ranges that share a number under one key are refused.
[[nodiscard]] base::Result<ItemBatches> parse_items(base::ByteView json);

// Null for a number that was never printed under this key.
[[nodiscard]] const ItemBatch* batch_of(const ItemBatches& items, std::uint8_t key_number, std::uint64_t number);

// --- scans

// A fact of the kind "item scanned", which is still missing; terminal, epoch, seq, moment, offset and date are of its
// stamp, the region is the store's in the hub's list of stores.
struct ItemScan {
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq seq;
  base::MemberId member;  // 0: nobody identified, who can claim nothing
  base::StoreId store;
  std::string region;
  std::int64_t at_ms{};           // corrected moment
  std::int32_t utc_offset_min{};  // of the store, to show the moment as it was there
  base::LocalDate local_date;
  friend bool operator==(const ItemScan&, const ItemScan&) = default;
};

// What the hub, or a terminal about its own scans, knows of one number.
struct ItemBooking {
  std::optional<ItemScan> first_scan;   // as heard, whoever it was
  std::optional<ItemScan> first_claim;  // the one that has the reward
  std::uint32_t scans{};                // the first scan and claim once, however often they are told; saturates
  std::uint32_t region_mismatches{};    // saturates
  friend bool operator==(const ItemBooking&, const ItemBooking&) = default;
};

enum class ItemWord : std::uint8_t {
  forged,        // the check bytes do not hold, or the number was never printed: nothing is booked
  withdrawn,     // its batch is closed
  pending,       // a terminal without the hub: the hub decides
  claimed,       // the first claim: the reward is this member's
  claimed_here,  // the same scan told again: the same answer
  own_again,     // this member claimed it before
  taken,         // somebody else did
  genuine,       // nobody claimed it, and this scan does not: no member, or no reward
  too_early,     // before the first day of claiming
  too_late,      // after the last
};

struct ItemAnswer {
  ItemWord word{};
  std::optional<ItemScan> shown_first;     // when this is not the first scan of the number: where and when that was
  bool region_mismatch{};                  // flagged, and never a reason to refuse: a person may carry goods anywhere
  std::uint32_t batch{};                   // 0 when forged
  ItemReward reward{ItemReward::nothing};  // of claimed and claimed_here
  std::int64_t points{};
  base::CampaignId coupon;
  friend bool operator==(const ItemAnswer&, const ItemAnswer&) = default;
};

// At the hub, in its order. `mac_holds` is codes::verify_claim()'s answer with item_key(). Dates are judged by the
// local date of the scan, so that a claim made in time and told late counts.
[[nodiscard]] ItemAnswer book_scan(const ItemBatches& items, std::uint8_t key_number, std::uint64_t number,
                                   bool mac_holds, ItemBooking& booking, const ItemScan& scan);

// At a terminal without the hub's answer: `booking` is what this terminal has seen of the number itself. Pending, or
// own_again and taken when it was shown here before: nobody claims twice at one machine. No batch is known here.
[[nodiscard]] ItemAnswer note_scan(ItemBooking& booking, const ItemScan& scan);

}  // namespace millpond::model
