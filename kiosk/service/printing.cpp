// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/printing.h"

#include "hardware/print/escpos.h"
#include "hardware/print/native.h"
#include "hardware/print/rasterize.h"
#include "kiosk/service/printer_of.h"
#include "kiosk/service/slip_receipt.h"
#include "sync/base/file.h"
#include "sync/terminal/terminal.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <spdlog/spdlog.h>
#include <thread>
#include <utility>

namespace millpond::service {
namespace {

using base::Result;
using store::PrintState;

constexpr std::int64_t backoff_min_ms = 250;
constexpr std::int64_t backoff_max_ms = 5'000;
constexpr std::size_t errands_max = 4;
constexpr std::size_t previews_max = 200;
constexpr std::size_t previews_between = 50;  // that are kept before somebody looks again
constexpr auto preview_kept = std::chrono::hours{7 * 24};
constexpr std::int64_t tidy_every_ms = 3'600'000;

// Removes pictures of slips that are older than a week, and the oldest ones where there are very many. Wanted or not:
// those of before are in the default folder, as far as anybody knows.
void tidy_previews(const std::filesystem::path& shop, const Settings& settings) {
  const auto folder = shop / (settings.preview_folder.empty() ? Settings{}.preview_folder : settings.preview_folder);
  std::vector<std::pair<std::filesystem::file_time_type, std::filesystem::path>> previews;
  std::error_code failed;
  for (std::filesystem::directory_iterator each{folder, failed}, end; !failed && each != end; each.increment(failed)) {
    const auto name = each->path().filename().string();
    std::error_code gone;
    const auto written = each->last_write_time(gone);
    if (!gone && name.starts_with("event-") && name.ends_with(".png")) previews.emplace_back(written, each->path());
  }
  std::sort(previews.begin(), previews.end(), std::greater{});
  const auto oldest = std::filesystem::file_time_type::clock::now() - preview_kept;
  while (!previews.empty() && (previews.size() > previews_max || previews.back().first < oldest)) {
    std::error_code gone;
    std::filesystem::remove(previews.back().second, gone);
    previews.pop_back();
  }
}

PrintState state_of(ports::PrintOutcome outcome) {
  switch (outcome) {
    case ports::PrintOutcome::sent:
      return PrintState::sent;
    case ports::PrintOutcome::confirmed:
      return PrintState::confirmed;
    case ports::PrintOutcome::queued:
    case ports::PrintOutcome::uncertain:
      break;
  }
  return PrintState::uncertain;
}

model::PrintOutcome fact_of(PrintState state) {
  switch (state) {
    case PrintState::sent:
      return model::PrintOutcome::sent;
    case PrintState::confirmed:
      return model::PrintOutcome::confirmed;
    case PrintState::failed:
      return model::PrintOutcome::failed;
    case PrintState::queued:
    case PrintState::uncertain:
      break;
  }
  return model::PrintOutcome::uncertain;
}

class PrintingThread final : public Printing {
 public:
  PrintingThread(PrintingSetup setup, std::unique_ptr<ports::Printer> printer, store::JournalThread& journal,
                 const base::Clock& clock)
      : setup_{std::move(setup)}, printer_{std::move(printer)}, journal_{journal}, clock_{clock}, thread_{[this] {
          run();
        }} {
    if (setup_.watch) watch_ = setup_.watch([this] { device_changed(); });
  }

  ~PrintingThread() override {
    watch_.reset();
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void wake() override {
    {
      const std::lock_guard lock{mutex_};
      woken_ = true;
    }
    changed_.notify_all();
  }

  [[nodiscard]] bool post(std::function<void(ports::Printer&)> errand) override {
    {
      const std::lock_guard lock{mutex_};
      if (stopping_ || errands_.size() >= errands_max) return false;
      errands_.push_back(std::move(errand));
    }
    changed_.notify_all();
    return true;
  }

  [[nodiscard]] bool print_again(base::Seq of, std::function<void(Result<ports::PrintReport>)> done) override {
    return post([this, of, done = std::move(done)](ports::Printer&) { done(again(of)); });
  }

  [[nodiscard]] ports::DeviceState state() const override { return state_; }

 private:
  void run();
  void device_changed();
  void look_at_printer();
  void tidy();
  void run_errands();
  Result<ports::PrintReport> again(base::Seq of);
  bool wait(std::int64_t timeout_ms);
  bool print_all();
  Result<PrintState> print(const store::PrintIntent& intent);
  Result<ports::PrintReport> submit(const store::PrintIntent& intent, const base::Bytes& bytes, PrintState unprinted);
  Result<base::Bytes> draw(const store::PrintIntent& intent, Copy which);
  Result<> keep_preview(base::Seq of, const print::Bitmap& bitmap);
  Result<> record(const store::PrintIntent& intent, PrintState state);

  const PrintingSetup setup_;
  const std::unique_ptr<ports::Printer> printer_;
  store::JournalThread& journal_;
  const base::Clock& clock_;
  std::atomic<ports::DeviceState> state_{ports::DeviceState::status_unknown};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void(ports::Printer&)>> errands_;  // guarded by mutex_
  std::size_t kept_ = 0;                                      // pictures since the start; its thread's own
  std::int64_t tidied_ms_ = -tidy_every_ms;                   // monotonic; its thread's own
  bool changed_devices_ = false;                              // guarded by mutex_
  bool woken_ = true;      // guarded by mutex_; intents of an earlier life may be waiting
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
  std::shared_ptr<void> watch_;
};

// On the watch's thread.
void PrintingThread::device_changed() {
  {
    const std::lock_guard lock{mutex_};
    changed_devices_ = true;
  }
  wake();
}

// Perhaps it was the printer's own cable.
void PrintingThread::look_at_printer() {
  {
    const std::lock_guard lock{mutex_};
    if (!std::exchange(changed_devices_, false)) return;
  }
  const auto before = state_.load();
  state_ = printer_->probe();
  if (state_ != before && setup_.on_state) setup_.on_state(state_);
}

void PrintingThread::run() {
  std::int64_t backoff_ms = 0;
  while (wait(backoff_ms)) {
    tidy();
    look_at_printer();
    run_errands();
    const bool stuck = !print_all();
    backoff_ms = stuck ? std::clamp(backoff_ms * 2, backoff_min_ms, backoff_max_ms) : 0;
  }
}

void PrintingThread::tidy() {
  const auto now_ms = clock_.monotonic_ms();
  if (now_ms - tidied_ms_ < tidy_every_ms) return;
  tidied_ms_ = now_ms;
  tidy_previews(setup_.folder, setup_.settings);
}

void PrintingThread::run_errands() {
  while (true) {
    std::function<void(ports::Printer&)> errand;
    {
      const std::lock_guard lock{mutex_};
      if (errands_.empty() || stopping_) return;
      errand = std::move(errands_.front());
      errands_.pop_front();
    }
    errand(*printer_);
    state_ = printer_->state();
  }
}

// Until woken, or for timeout_ms when it is not 0; never for longer than tidy() may wait. False when stopping.
bool PrintingThread::wait(std::int64_t timeout_ms) {
  std::unique_lock lock{mutex_};
  const auto ready = [this] { return woken_ || stopping_ || !errands_.empty(); };
  changed_.wait_for(lock, std::chrono::milliseconds{timeout_ms == 0 ? tidy_every_ms : timeout_ms}, ready);
  woken_ = false;
  return !stopping_;
}

// False when a slip is waiting for the device.
bool PrintingThread::print_all() {
  if (!setup_.programme()) return true;  // a slip speaks the programme's currency and brand; its arrival wakes us
  Result<std::vector<store::PrintIntent>> intents{std::vector<store::PrintIntent>{}};
  if (!journal_.with([&](store::Journal& journal) { intents = journal.unfinished_prints(); }) || !intents) return false;
  for (const auto& intent : *intents) {
    if (intent.state != PrintState::queued) continue;
    const auto done = print(intent);
    state_ = printer_->state();
    if (!done) spdlog::warn("slip of event {} waits: {}", intent.of.value, base::describe(done.error()));
    const bool came = done && (*done == PrintState::sent || *done == PrintState::confirmed);
    setup_.on_news({intent.of, came, state_});
    if (!done) return false;
  }
  return true;
}

Result<PrintState> PrintingThread::print(const store::PrintIntent& intent) {
  const auto give_up = [&]() -> Result<PrintState> {
    MILLPOND_TRY_DO(record(intent, PrintState::failed));
    return PrintState::failed;
  };
  if (const auto slip = terminal::decode_slip(intent.content);
      slip && clock_.wall_ms() - slip->at_ms > terminal::slip_age_max_ms) {
    return give_up();
  }
  const auto bytes = draw(intent, Copy::first);
  if (!bytes) {
    spdlog::error("slip of event {} cannot be drawn: {}", intent.of.value, base::describe(bytes.error()));
    return give_up();
  }
  MILLPOND_TRY(const auto report, submit(intent, *bytes, PrintState::queued));
  return state_of(report.outcome);
}

// The state that stands in the journal while bytes leave is `uncertain`; when not one left, `unprinted` stands again.
Result<ports::PrintReport> PrintingThread::submit(const store::PrintIntent& intent, const base::Bytes& bytes,
                                                  PrintState unprinted) {
  const auto set = [&](PrintState state) {
    return journal_.commit(
        [&](store::Transaction& transaction) { return transaction.set_print_state(intent.of, state, intent.epoch); });
  };
  MILLPOND_TRY_DO(set(PrintState::uncertain));
  auto report = printer_->submit({"event-" + std::to_string(intent.of.value), bytes});
  if (!report) {
    MILLPOND_TRY_DO(set(unprinted));
    return report;
  }
  MILLPOND_TRY_DO(record(intent, state_of(report->outcome)));
  return report;
}

Result<ports::PrintReport> PrintingThread::again(base::Seq of) {
  Result<std::optional<store::PrintIntent>> found{std::optional<store::PrintIntent>{}};
  MILLPOND_TRY_DO(journal_.with([&](store::Journal& journal) { found = journal.print_intent(of); }));
  MILLPOND_TRY(const auto intent, std::move(found));
  if (!intent) return base::Error{base::Code::not_found, "print again", "no slip of this event is kept"};
  if (intent->state == PrintState::queued) {
    return base::Error{base::Code::bad_input, "print again", "the slip still waits to be printed at all"};
  }
  MILLPOND_TRY(const auto slip, terminal::decode_slip(intent->content));
  if (slip.kind == terminal::Slip::Kind::card) {
    return base::Error{base::Code::role_missing, "print again", "a card is printed by its own command"};
  }
  MILLPOND_TRY(const auto bytes, draw(*intent, Copy::again));
  return submit(*intent, bytes, intent->state);
}

Result<base::Bytes> PrintingThread::draw(const store::PrintIntent& intent, Copy which) {
  const auto programme = setup_.programme();
  if (!programme) return base::Error{base::Code::no_programme, "draw slip", "the programme was withdrawn meanwhile"};
  MILLPOND_TRY(const auto receipt, slip_receipt(intent, *programme, which));
  MILLPOND_TRY(const auto bitmap, print::rasterize(receipt, {.width_dots = setup_.settings.printer_width_dots}));
  if (!setup_.settings.preview_folder.empty()) {
    // The slip is for somebody who waits, its picture for somebody who may look later.
    if (const auto kept = keep_preview(intent.of, bitmap); !kept) {
      spdlog::warn("no preview of event {}: {}", intent.of.value, base::describe(kept.error()));
    }
  }
  const print::EscposOptions escpos{.cut = setup_.settings.printer_cutter};
  if (setup_.settings.printer_text == "dots") return print::to_escpos(bitmap, escpos);
  return print::to_native(receipt, {.escpos = escpos,
                                    .raster = {.width_dots = setup_.settings.printer_width_dots},
                                    .codes = setup_.settings.printer_codes == "printer"});
}

Result<> PrintingThread::keep_preview(base::Seq of, const print::Bitmap& bitmap) {
  MILLPOND_TRY(const auto png, print::to_png(bitmap));
  const auto folder = setup_.folder / setup_.settings.preview_folder;
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  MILLPOND_TRY_DO(base::write_file(folder / ("event-" + std::to_string(of.value) + ".png"), png, base::Privacy::owner));
  if (kept_++ % previews_between == 0) tidy_previews(setup_.folder, setup_.settings);
  return {};
}

Result<> PrintingThread::record(const store::PrintIntent& intent, PrintState state) {
  const auto programme = setup_.programme();
  const auto now = clock_.wall_ms();
  return journal_.commit([&](store::Transaction& transaction) -> Result<> {
    MILLPOND_TRY_DO(transaction.set_print_state(intent.of, state, intent.epoch));
    MILLPOND_TRY_DO(transaction.append(model::PrintFinished{intent.of, fact_of(state)}, now,
                                       programme ? model::offset_at(*programme, now) : 0,
                                       programme ? programme->version : 0));
    return {};
  });
}

}  // namespace

Result<std::unique_ptr<Printing>> Printing::start(PrintingSetup setup, store::JournalThread& journal,
                                                  const base::Clock& clock) {
  MILLPOND_TRY(auto printer, printer_of(setup.settings, setup.folder));
  return std::unique_ptr<Printing>{
      std::make_unique<PrintingThread>(std::move(setup), std::move(printer), journal, clock)};
}

}  // namespace millpond::service
