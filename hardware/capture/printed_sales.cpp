// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/printed_sales.h"

#include "sync/base/clock.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace millpond::capture {
namespace {

constexpr std::size_t talks_max = 64;
constexpr std::int64_t look_ms = 200;
constexpr std::int64_t tidy_every_ms = 3'600'000;
constexpr std::size_t retries_max = 20;  // in one go, so that new receipts do not wait

std::int64_t monotonic_ms() { return base::system_clock().monotonic_ms(); }

Reading as_review(Reading reading, Reason reason, std::string detail) {
  reading.verdict = Verdict::review;
  reading.reason = reason;
  reading.detail = std::move(detail);
  return reading;
}

}  // namespace

PrintedSales::PrintedSales(PrintedSalesSettings settings, std::vector<Template> templates, Tap& tap, ReviewShelf& shelf,
                           Context context, Record record)
    : settings_{settings},
      tap_{tap},
      shelf_{shelf},
      context_{std::move(context)},
      record_{std::move(record)},
      templates_{std::make_shared<const std::vector<Template>>(std::move(templates))},
      thread_{[this] { run(); }} {}

PrintedSales::~PrintedSales() {
  stopping_ = true;
  tap_.close();
  thread_.join();
}

PrintedCounts PrintedSales::counts() const { return {recorded_, known_, no_sales_, kept_, not_kept_, waiting_now_}; }

void PrintedSales::set_templates(std::vector<Template> templates) {
  const std::lock_guard lock{mutex_};
  templates_ = std::make_shared<const std::vector<Template>>(std::move(templates));
}

void PrintedSales::run() {
  auto retry_at_ms = monotonic_ms() + settings_.retry_ms;
  auto tidy_at_ms = monotonic_ms();
  while (!stopping_) {
    // Also while nothing is printed: a till that is out of use leaves receipts behind.
    if (monotonic_ms() >= tidy_at_ms) {
      shelf_.tidy(context_().now_ms);
      tidy_at_ms = monotonic_ms() + tidy_every_ms;
    }
    auto piece = tap_.pop(look_ms);
    const auto now_ms = monotonic_ms();
    settle_waiting(now_ms);
    if (piece) {
      take(std::move(*piece), now_ms);
      continue;
    }
    // Silence is silence only when nothing waits in the queue.
    end_quiet(now_ms);
    if (now_ms < retry_at_ms || stopping_) continue;
    retry();
    retry_at_ms = monotonic_ms() + settings_.retry_ms;
  }
  while (auto piece = tap_.try_pop()) take(std::move(*piece), monotonic_ms());
  for (auto& [number, talk] : talks_) {
    if (auto rest = talk.reader.finish()) consider(std::move(*rest));
  }
  settle_waiting(std::numeric_limits<std::int64_t>::max());
}

void PrintedSales::take(TapPiece piece, std::int64_t now_ms) {
  auto talk = talks_.find(piece.connection);
  if (talk == talks_.end()) {
    if (talks_.size() >= talks_max) end_quiet(now_ms + settings_.idle_ms);
    talk = talks_.try_emplace(piece.connection, settings_.pages).first;
  }
  auto& [reader, last_ms] = talk->second;
  last_ms = now_ms;
  if (piece.lost_bytes > 0) reader.lose(piece.lost_bytes);
  reader.feed(piece.bytes, [this](Receipt receipt) { consider(std::move(receipt)); });
  if (!piece.ended) return;
  if (auto rest = reader.finish()) consider(std::move(*rest));
  talks_.erase(talk);
}

void PrintedSales::end_quiet(std::int64_t now_ms) {
  for (auto talk = talks_.begin(); talk != talks_.end();) {
    auto& [reader, last_ms] = talk->second;
    if (now_ms - last_ms < settings_.idle_ms) {
      ++talk;
      continue;
    }
    if (auto rest = reader.finish()) consider(std::move(*rest));
    talk = talks_.erase(talk);
  }
}

Reading PrintedSales::read(const Receipt& receipt, const ReadContext& context) const {
  std::shared_ptr<const std::vector<Template>> templates;
  {
    const std::lock_guard lock{mutex_};
    templates = templates_;
  }
  return read_sale(receipt, *templates, context);
}

Reading PrintedSales::judge(Reading reading, bool late) {
  const bool copy = reading.reason == Reason::copy;
  if (reading.verdict != Verdict::sale && !copy) return reading;
  reading.sale.heard = "capture";
  reading.sale.late = late;
  // A copy of something that was never heard of may be the only word of it, and a person decides.
  const auto answer = record_(reading.sale, copy);
  switch (answer.once) {
    case till::Once::recorded:
      if (!copy) ++recorded_;
      return reading;
    case till::Once::known:
      ++known_;
      reading.verdict = Verdict::sale;
      return reading;
    case till::Once::changed:
      return as_review(std::move(reading), Reason::amount_changed, answer.detail);
    default:
      return as_review(std::move(reading), Reason::not_recorded, answer.detail);
  }
}

// A copy follows its original, and waits behind it.
void PrintedSales::consider(Receipt receipt) {
  auto context = context_();
  const auto reading = read(receipt, context);
  const bool of_a_sale = reading.verdict == Verdict::sale || reading.reason == Reason::copy;
  const auto wait_ms = of_a_sale && settings_.wait_ms ? settings_.wait_ms(reading.sale.key.till) : 0;
  if (wait_ms <= 0) return settle(std::move(receipt), context);
  if (waiting_.size() >= waiting_receipts_max) settle_first();
  waiting_.push_back({std::move(receipt), std::move(context), monotonic_ms() + wait_ms});
  waiting_now_ = waiting_.size();
}

void PrintedSales::settle_waiting(std::int64_t until_ms) {
  while (!waiting_.empty() && waiting_.front().until_ms <= until_ms) settle_first();
}

void PrintedSales::settle_first() {
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  settle(std::move(first.receipt), first.context);
  waiting_now_ = waiting_.size();
}

void PrintedSales::settle(Receipt receipt, const ReadContext& context) {
  const auto reading = judge(read(receipt, context), false);
  if (reading.verdict == Verdict::no_sale) ++no_sales_;
  if (reading.verdict != Verdict::review) return;
  Kept kept{{},
            context.now_ms,
            std::string{reason_name(reading.reason)},
            reading.detail,
            reading.template_name,
            receipt.lost_bytes,
            std::move(receipt.raw)};
  if (shelf_.keep(std::move(kept)))
    ++kept_;
  else
    ++not_kept_;
}

base::Result<Reading> PrintedSales::read_again(const std::string& id) {
  MILLPOND_TRY(const auto kept, shelf_.find(id));
  EscposReader reader{settings_.pages};
  std::optional<Receipt> receipt;
  reader.feed(kept.raw, [&](Receipt cut) {
    if (!receipt) receipt = std::move(cut);
  });
  if (auto rest = reader.finish(); rest && !receipt) receipt = std::move(rest);
  if (!receipt) receipt.emplace();
  receipt->lost_bytes = kept.lost_bytes;
  receipt->too_long = receipt->too_long || kept.raw.size() >= receipt_bytes_max;
  auto context = context_();
  context.now_ms = kept.at_ms;
  context.today = base::local_date_at(kept.at_ms, context.utc_offset_min);
  auto reading = judge(read(*receipt, context), true);
  if (reading.verdict != Verdict::review) shelf_.drop(id);
  return reading;
}

void PrintedSales::retry() {
  std::size_t tried = 0;
  for (const auto& kept : shelf_.list()) {
    if (kept.reason != reason_name(Reason::not_recorded) || stopping_) continue;
    if (++tried > retries_max) return;
    const auto reading = read_again(kept.id);
    if (reading && reading->reason == Reason::not_recorded) return;
  }
}

}  // namespace millpond::capture
