// SPDX-License-Identifier: Apache-2.0
// PrintedSales: the sales of one till, heard of by what it prints. Empties the tap of a pass-through, reads receipts,
// and records each sale once, or keeps the receipt for review. Printing does not wait for any of it.
//
// A till that also posts prints first and knows more: whose sale it is, and which coupons were used. What it prints
// waits for its word, so that the receipt is the copy and not the post.
//
// One thread of its own, which the handler may block. A receipt is in memory until it is recorded or kept: a machine
// that dies in between has not heard of that sale, and the day's end tells (docs/import.md).
#pragma once

#include "hardware/capture/pass_through.h"
#include "hardware/capture/review_shelf.h"
#include "hardware/till/record_once.h"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace millpond::capture {

struct PrintedSalesSettings {
  PrinterPages pages{};
  std::int64_t idle_ms{3'000};  // of silence on an open line end a receipt that no cut ended
  std::int64_t retry_ms{30'000};
  // How long the own word of this till is waited for; 0, or nobody to ask: not at all. On the thread of PrintedSales.
  std::function<std::int64_t(const std::string& till)> wait_ms{};
};

struct PrintedCounts {
  std::uint64_t recorded{};
  std::uint64_t known{};  // copies, and sales that came by another way first
  std::uint64_t no_sales{};
  std::uint64_t kept{};
  std::uint64_t not_kept{};  // the disk refused them
  std::uint64_t waiting{};   // now, for the till's own word
};

inline constexpr std::size_t waiting_receipts_max = 64;  // past it the oldest waits no longer

class PrintedSales {
 public:
  // What a receipt does not say; asked for each.
  using Context = std::function<ReadContext()>;
  // Records a sale that was read, or says why not (till::record_once); Once::unavailable while there is no shop.
  using Record = std::function<till::OnceAnswer(const ports::TillSale&, bool only_look)>;

  // tap and shelf outlive it.
  PrintedSales(PrintedSalesSettings settings, std::vector<Template> templates, Tap& tap, ReviewShelf& shelf,
               Context context, Record record);
  ~PrintedSales();  // takes no more from the tap; what was begun is kept for review
  PrintedSales(const PrintedSales&) = delete;
  PrintedSales& operator=(const PrintedSales&) = delete;

  // Any thread.
  [[nodiscard]] PrintedCounts counts() const;
  void set_templates(std::vector<Template> templates);
  // Reads a kept receipt again as of the day it was printed, by the templates of now. When it is recorded, known or no
  // sale it leaves the shelf; else it stays as it is. Errors: those of ReviewShelf::find.
  [[nodiscard]] base::Result<Reading> read_again(const std::string& id);

 private:
  void run();
  void take(TapPiece piece, std::int64_t now_ms);
  void end_quiet(std::int64_t now_ms);
  struct Waiting {
    Receipt receipt;
    ReadContext context;
    std::int64_t until_ms{};
  };
  void consider(Receipt receipt);
  void settle(Receipt receipt, const ReadContext& context);
  void settle_waiting(std::int64_t until_ms);
  void settle_first();
  [[nodiscard]] Reading read(const Receipt& receipt, const ReadContext& context) const;
  // Records what was read; verdict review when a person must look.
  [[nodiscard]] Reading judge(Reading reading, bool late);
  void retry();

  struct Talk {
    explicit Talk(PrinterPages pages) : reader{pages} {}
    EscposReader reader;
    std::int64_t last_ms{};
  };

  const PrintedSalesSettings settings_;
  Tap& tap_;
  ReviewShelf& shelf_;
  const Context context_;
  const Record record_;
  mutable std::mutex mutex_;
  std::shared_ptr<const std::vector<Template>> templates_;  // guarded by mutex_
  std::map<std::uint64_t, Talk> talks_;
  std::deque<Waiting> waiting_;  // its thread's own; in the order of the paper
  std::atomic<std::size_t> waiting_now_{};
  std::atomic<std::uint64_t> recorded_{};
  std::atomic<std::uint64_t> known_{};
  std::atomic<std::uint64_t> no_sales_{};
  std::atomic<std::uint64_t> kept_{};
  std::atomic<std::uint64_t> not_kept_{};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace millpond::capture
