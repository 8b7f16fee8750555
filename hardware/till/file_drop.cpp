// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/file_drop.h"

#include "hardware/till/paths.h"
#include "hardware/till/request_check.h"
#include "hardware/till/sale_json.h"
#include "sync/base/file.h"
#include "sync/crypto/hash.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

namespace millpond::till {
namespace {

using base::Code;
using base::Error;
using base::Result;
namespace fs = std::filesystem;

constexpr std::string_view ending = ".sale";
constexpr std::string_view refund_ending = ".refund";
constexpr std::string_view void_ending = ".void";
constexpr std::size_t headers_max = 16;
constexpr std::size_t files_max = 1'000;   // in one go
constexpr std::int64_t late_ms = 120'000;  // then whoever stands at the screen is somebody else
constexpr std::int64_t forget_every_ms = 3'600'000;
constexpr std::int64_t rest_ms = 10'000;
constexpr int answered = 200;
constexpr int not_now = 500;

class PollingDrop final : public FileDrop {
 public:
  PollingDrop(FileDropSettings settings, ports::TillHandler& handler, const base::Clock& clock)
      : settings_{std::move(settings)}, handler_{handler}, clock_{clock}, check_{clock} {}
  ~PollingDrop() override {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }
  void add_key(Key key) override { check_.add_key(std::move(key)); }

  Result<> begin() {
    for (const auto* const name : {"in", "done", "reject"}) {
      std::error_code failed;
      fs::create_directories(settings_.folder / name, failed);
      if (failed) return Error{Code::file_unwritable, "open file drop", failed.message(), settings_.folder.string()};
    }
    thread_ = std::thread{[this] { run(); }};
    return {};
  }

 private:
  void run() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
      lock.unlock();
      look();
      lock.lock();
      wake_.wait_for(lock, std::chrono::milliseconds{settings_.look_ms}, [this] { return stopping_; });
    }
  }

  // By name, so that a till that counts is answered in order; sales before what takes them back.
  void look() {
    std::vector<fs::path> files;
    for (const auto& entry : entries_of("in")) {
      const auto name = entry.path().filename().string();
      const bool told = name.ends_with(ending) || name.ends_with(refund_ending) || name.ends_with(void_ending);
      const bool ours = told && !name.starts_with('.') && !rests(name);
      std::error_code gone;
      if (ours && entry.symlink_status(gone).type() == fs::file_type::regular) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::stable_partition(files.begin(), files.end(), [](const fs::path& file) { return file.extension() == ending; });
    for (std::size_t i = 0; i < std::min(files.size(), files_max); ++i) {
      if (!take(files[i])) break;
    }
    if (clock_.monotonic_ms() >= forget_at_ms_) forget_old();
  }

  // As many as can be read: a share may fail in the middle.
  std::vector<fs::directory_entry> entries_of(const char* name) const {
    std::vector<fs::directory_entry> entries;
    std::error_code failed;
    for (fs::directory_iterator each{settings_.folder / name, failed}, end; !failed && each != end;
         each.increment(failed)) {
      entries.push_back(*each);
    }
    return entries;
  }

  // One that cannot be read, answered or taken away is looked at again after a while, and holds up no other.
  bool rests(const std::string& name) {
    const auto until = resting_.find(name);
    if (until == resting_.end()) return false;
    if (clock_.monotonic_ms() < until->second) return true;
    resting_.erase(until);
    return false;
  }
  void let_rest(const fs::path& file) {
    if (resting_.size() >= files_max) resting_.clear();
    resting_[file.filename().string()] = clock_.monotonic_ms() + rest_ms;
  }

  // False when nothing can be recorded now.
  bool take(const fs::path& file) {
    const auto content = base::read_file(file, drop_file_bytes_max);
    if (!content && content.error().code != Code::too_large) {
      let_rest(file);
      return true;
    }
    const auto kind = file.extension().string();
    const auto answer = content ? answer_of(*content, kind) : refuse(content.error());
    if (answer.status >= not_now) return false;
    const auto where = settings_.folder / (answer.status == answered ? "done" : "reject");
    const auto name = kind == ending ? file.stem().string() : file.filename().string();
    const auto told = base::write_file(where / (name + ".answer"), answer.json, base::Privacy::owner);
    if (!told || !base::remove_file(file)) let_rest(file);
    return true;
  }

  ports::TillAnswer answer_of(base::ByteView content, std::string_view kind) {
    auto request = read_dropped_file(content);
    if (!request) return refuse(request.error());
    if (kind == refund_ending) request->target = refunds_path;
    if (kind == void_ending) request->target = request->header(header_target);
    const auto key = check_.verify(*request);
    if (!key) return refuse(key.error());
    const auto answer = kind == ending ? sell(*request, *key) : take_back(*request, *key, kind == void_ending);
    return answer ? *answer : refuse(answer.error());
  }

  Result<ports::TillAnswer> sell(const http::Request& request, const Key& key) {
    MILLPOND_TRY(auto sale, parse_sale(request.body));
    if (sale.key.till != key.till) return of_another_till("take sale");
    sale.late = clock_.wall_ms() - sale.completed_at_ms > late_ms;
    return handler_.sale(sale, crypto::sha256(request.body));
  }

  Result<ports::TillAnswer> take_back(const http::Request& request, const Key& key, bool wholly) {
    Result<ports::TillRefund> refund = ports::TillRefund{};
    if (wholly) {
      const auto path = inner_of(request.path(), sales_path, void_end);
      if (!path) return Error{Code::bad_input, "void sale", "Millpond-Target names no sale"};
      MILLPOND_TRY(const auto sale, parse_sale_key(*path));
      refund = parse_void(request.body, sale);
    } else {
      refund = parse_refund(request.body);
    }
    if (!refund) return refund.error();
    if (refund->key.till != key.till) return of_another_till("take refund");
    return handler_.refund(*refund, crypto::sha256(request.body));
  }

  [[nodiscard]] static Error of_another_till(const char* what) {
    return {Code::unauthorized, what, "this key belongs to another till", "/till"};
  }

  ports::TillAnswer refuse(const Error& error) {
    constexpr int refused = 422;
    const auto sentence = handler_.explain(error, {});
    nlohmann::ordered_json body{{"code", base::code_name(error.code)},
                                {"what", sentence.what},
                                {"why", sentence.why},
                                {"next", sentence.next},
                                {"detail", error.detail}};
    if (!error.hint.empty() && error.hint.front() == '/') body["at"] = error.hint;
    const auto text = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return {refused, {text.begin(), text.end()}};
  }

  // Also without a new file: a till that is out of use leaves answers behind. A .sale is of a version that kept them.
  void forget_old() {
    forget_at_ms_ = clock_.monotonic_ms() + forget_every_ms;
    const auto oldest = fs::file_time_type::clock::now() - std::chrono::hours{24 * drop_kept_days};
    for (const auto* const name : {"done", "reject"}) {
      for (const auto& entry : entries_of(name)) {
        std::error_code gone;
        const bool old = entry.last_write_time(gone) < oldest && !gone;
        if (old || entry.path().extension() == ending) fs::remove(entry.path(), gone);
      }
    }
  }

  const FileDropSettings settings_;
  ports::TillHandler& handler_;
  const base::Clock& clock_;
  RequestCheck check_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;                                                // guarded by mutex_
  std::int64_t forget_at_ms_{std::numeric_limits<std::int64_t>::min()};  // monotonic; its thread's own
  std::map<std::string, std::int64_t> resting_;                          // by name; until when, monotonic; its own too
  std::thread thread_;
};

}  // namespace

// "Name: value" lines up to an empty one; the rest is the body.
Result<http::Request> read_dropped_file(base::ByteView content) {
  const auto text = base::text_of(content);
  http::Request request;
  request.method = "POST";
  request.target = sales_path;
  std::size_t at = 0;
  while (request.headers.size() <= headers_max) {
    const auto end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    auto line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    at = end + 1;
    if (line.empty()) {
      request.body.assign(content.begin() + static_cast<std::ptrdiff_t>(at), content.end());
      return request;
    }
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) break;
    request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return Error{Code::bad_input, "read dropped file", "no header lines with an empty line behind them"};
}

Result<std::unique_ptr<FileDrop>> FileDrop::start(FileDropSettings settings, std::vector<Key> keys,
                                                  ports::TillHandler& handler, const base::Clock& clock) {
  auto drop = std::make_unique<PollingDrop>(std::move(settings), handler, clock);
  for (auto& key : keys) drop->add_key(std::move(key));
  MILLPOND_TRY_DO(drop->begin());
  return std::unique_ptr<FileDrop>{std::move(drop)};
}

}  // namespace millpond::till
