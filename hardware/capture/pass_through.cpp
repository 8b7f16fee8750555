// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/pass_through.h"

#include "hardware/capture/relay.h"
#include "sync/base/check.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace millpond::capture {
namespace {

using base::Result;

constexpr std::size_t relays_max = 32;     // tills at one printer at once
constexpr std::size_t untold_max = 1'000;  // connections whose copy has a hole that nobody knows of yet
constexpr int look_again_ms = 250;         // for a serial line or a printer that went away
constexpr int tick_ms = 20;
constexpr int busy_again_ms = 100;
constexpr int open_again_max_ms = 5'000;

struct Talk {
  Relay relay;
  std::uint64_t number{};
  std::int64_t began_ms{};
  bool end_told{};
  std::uint64_t counted_to_printer{};
  std::uint64_t counted_to_till{};
};

struct Untold {
  std::uint64_t lost_bytes{};
  bool ended{};
};

class PollingPassThrough final : public PassThrough {
 public:
  PollingPassThrough(PassThroughSettings settings, Tap& tap) : settings_{std::move(settings)}, tap_{tap} {}
  ~PollingPassThrough() override;

  Result<> start();
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] std::optional<base::Error> problem() const override {
    const std::lock_guard lock{problem_mutex_};
    return problem_;
  }
  [[nodiscard]] PassThroughCounts counts() const override {
    return {connections_, refused_, to_printer_, to_till_, lost_};
  }

 private:
  Result<> open();
  [[nodiscard]] bool try_open();
  void run();
  void turn();
  void ask_device_again();
  void refuse(Peer till);
  void welcome();
  void look_at_line();
  [[nodiscard]] bool may_welcome() const;
  void begin(Peer till);
  void serve(Talk& talk, bool printer_happened);
  void copy(Talk& talk, base::ByteView bytes);
  void tell(TapPiece piece);
  void tell_again();
  void count(Talk& talk);
  [[nodiscard]] int wait_ms() const;
  [[nodiscard]] static std::int64_t now_ms() { return base::system_clock().monotonic_ms(); }

  const PassThroughSettings settings_;
  Tap& tap_;
  std::optional<SocketAddress> printer_address_;
  Descriptor listening_;
  Descriptor wake_;
  Descriptor till_line_;  // a serial line between two jobs of its relay
  std::int64_t line_after_ms_{};
  std::optional<Peer> kept_waiting_;  // a till on the network, for a device that somebody else has open
  std::int64_t device_after_ms_{};
  std::int64_t waits_until_ms_{};
  std::list<Talk> talks_;
  std::map<std::uint64_t, Untold> untold_;
  std::uint64_t last_number_{};
  std::atomic<std::uint64_t> connections_{};
  std::atomic<std::uint64_t> refused_{};
  std::atomic<std::uint64_t> to_printer_{};
  std::atomic<std::uint64_t> to_till_{};
  std::atomic<std::uint64_t> lost_{};
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint16_t> port_{};
  mutable std::mutex problem_mutex_;
  std::optional<base::Error> problem_;  // guarded by problem_mutex_
  std::thread thread_;
};

PollingPassThrough::~PollingPassThrough() {
  stopping_ = true;
  const std::uint64_t one = 1;
  if (wake_) static_cast<void>(::write(wake_.get(), &one, sizeof one) == sizeof one);
  if (thread_.joinable()) thread_.join();
}

Result<> PollingPassThrough::open() {
  if (settings_.printer_line.device.empty()) {
    MILLPOND_TRY(printer_address_, look_up(settings_.printer_host, settings_.printer_port));
  }
  if (settings_.till_line.device.empty()) {
    MILLPOND_TRY(const auto address, look_up(settings_.listen_host, settings_.listen_port));
    MILLPOND_TRY(listening_, listen_at(address));
  } else {
    MILLPOND_TRY(till_line_, open_line(settings_.till_line, LineTo::till));
  }
  if (listening_) port_ = port_of(listening_);
  return {};
}

Result<> PollingPassThrough::start() {
  wake_ = Descriptor{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  MILLPOND_CHECK(wake_);
  if (!try_open() && !settings_.keep_trying) return *problem();
  thread_ = std::thread{[this] { run(); }};
  return {};
}

bool PollingPassThrough::try_open() {
  const auto opened = open();
  const std::lock_guard lock{problem_mutex_};
  problem_.reset();
  if (!opened) problem_ = opened.error();
  return opened.has_value();
}

void PollingPassThrough::run() {
  bool opened = !problem();
  for (int wait_ms = look_again_ms; !opened && !stopping_; wait_ms = std::min(2 * wait_ms, open_again_max_ms)) {
    pollfd wake{wake_.get(), POLLIN, 0};
    static_cast<void>(::poll(&wake, 1, wait_ms));
    if (!stopping_) opened = try_open();
  }
  while (!stopping_) turn();
  for (auto& talk : talks_) talk.relay.break_off();
}

// A device serves one till at a time, as most printers do with their network port: the next one waits.
bool PollingPassThrough::may_welcome() const {
  return !kept_waiting_ && talks_.size() < (printer_address_ ? relays_max : 1);
}

int PollingPassThrough::wait_ms() const {
  bool soon = !untold_.empty() || kept_waiting_;
  bool lasting = true;
  for (const auto& talk : talks_) {
    soon = soon || talk.relay.is_connecting() || !printer_address_;
    lasting = lasting && !talk.relay.till_ended();
  }
  if (soon) return tick_ms;
  return lasting && settings_.till_line.device.empty() ? -1 : look_again_ms;
}

void PollingPassThrough::turn() {
  look_at_line();
  ask_device_again();
  tell_again();
  const int coming = listening_ ? listening_.get() : now_ms() < line_after_ms_ ? -1 : till_line_.get();
  std::vector<pollfd> waiting{{wake_.get(), POLLIN, 0}, {may_welcome() ? coming : -1, POLLIN, 0}};
  for (const auto& talk : talks_) {
    const auto now = now_ms();
    const auto printer = talk.relay.printer_events(now);
    waiting.push_back({talk.relay.till(), talk.relay.till_events(), 0});
    waiting.push_back({talk.relay.printer(now), printer, 0});
  }
  if (::poll(waiting.data(), waiting.size(), wait_ms()) < 0) return;
  if (stopping_) return;
  std::size_t at = 2;
  for (auto talk = talks_.begin(); talk != talks_.end(); at += 2) {
    serve(*talk, waiting[at + 1].revents != 0);
    if (talk->relay.is_over() && listening_.get() < 0) till_line_ = talk->relay.release_till();
    talk = talk->relay.is_over() ? talks_.erase(talk) : std::next(talk);
  }
  if (waiting[1].revents != 0) welcome();
}

void PollingPassThrough::serve(Talk& talk, bool printer_happened) {
  auto& relay = talk.relay;
  relay.serve(printer_happened, now_ms(), [&](base::ByteView bytes) { copy(talk, bytes); });
  const bool late = relay.is_connecting() && now_ms() - talk.began_ms > settings_.connect_ms;
  if (late) relay.break_off();
  if (late || relay.was_refused()) {
    ++refused_;
    line_after_ms_ = now_ms() + look_again_ms;
  }
  count(talk);
  if (!relay.till_ended() || talk.end_told) return;
  talk.end_told = true;
  tell({talk.number, 0, {}, true});
}

void PollingPassThrough::welcome() {
  Peer till{listening_ ? accept_from(listening_) : std::move(till_line_),
            listening_ ? PeerKind::socket : PeerKind::device};
  if (!till.line) return;
  ++connections_;
  waits_until_ms_ = now_ms() + settings_.busy_ms;
  begin(std::move(till));
}

// A serial line that was unplugged is looked for again.
void PollingPassThrough::look_at_line() {
  if (listening_ || till_line_ || !talks_.empty() || now_ms() < line_after_ms_) return;
  line_after_ms_ = now_ms() + look_again_ms;
  if (auto opened = open_line(settings_.till_line, LineTo::till)) till_line_ = std::move(opened).value();
}

void PollingPassThrough::begin(Peer till) {
  Peer printer;
  bool busy = false;
  if (printer_address_) {
    printer = {begin_connect(*printer_address_), PeerKind::socket};
  } else if (auto opened = open_line(settings_.printer_line, LineTo::printer)) {
    printer = {std::move(opened).value(), PeerKind::device};
  } else {
    busy = opened.error().code == base::Code::device_busy;
  }
  if (printer.line) {
    const bool connecting = printer_address_.has_value();
    talks_.push_back({Relay{std::move(till), std::move(printer), connecting}, ++last_number_, now_ms(), false, 0, 0});
  } else if (busy && till.kind == PeerKind::socket && now_ms() < waits_until_ms_) {
    kept_waiting_ = std::move(till);
    device_after_ms_ = now_ms() + busy_again_ms;
  } else {
    refuse(std::move(till));
  }
}

// A slip of our own is being printed on the same device: the till's job waits for it, as it would behind another till.
void PollingPassThrough::ask_device_again() {
  if (!kept_waiting_ || now_ms() < device_after_ms_) return;
  begin(*std::exchange(kept_waiting_, std::nullopt));
}

void PollingPassThrough::refuse(Peer till) {
  ++refused_;
  line_after_ms_ = now_ms() + look_again_ms;
  if (till.kind == PeerKind::device) till_line_ = std::move(till.line);
}

void PollingPassThrough::copy(Talk& talk, base::ByteView bytes) {
  tell({talk.number, 0, {bytes.begin(), bytes.end()}, false});
}

// What does not fit is counted, and told before anything else of this connection: once there is room, even when
// nothing else comes.
void PollingPassThrough::tell(TapPiece piece) {
  const auto waiting = untold_.find(piece.connection);
  const bool behind = waiting != untold_.end();
  if (behind) piece.lost_bytes = waiting->second.lost_bytes;
  const auto size = piece.bytes.size();
  const auto number = piece.connection;
  const bool ended = piece.ended;
  if (tap_.push(std::move(piece))) {
    if (behind) untold_.erase(waiting);
    return;
  }
  lost_ += size;
  if (untold_.size() >= untold_max && !behind) return;
  auto& left = untold_[number];
  left.lost_bytes += size;
  left.ended = left.ended || ended;
}

void PollingPassThrough::tell_again() {
  while (!untold_.empty()) {
    const auto& [number, left] = *untold_.begin();
    if (!tap_.push({number, left.lost_bytes, {}, left.ended})) return;
    untold_.erase(untold_.begin());
  }
}

void PollingPassThrough::count(Talk& talk) {
  const auto& relay = talk.relay;
  to_printer_ += relay.to_printer_bytes() - std::exchange(talk.counted_to_printer, relay.to_printer_bytes());
  to_till_ += relay.to_till_bytes() - std::exchange(talk.counted_to_till, relay.to_till_bytes());
}

}  // namespace

Result<std::unique_ptr<PassThrough>> PassThrough::start(PassThroughSettings settings, Tap& tap) {
  auto started = std::make_unique<PollingPassThrough>(std::move(settings), tap);
  MILLPOND_TRY_DO(started->start());
  return std::unique_ptr<PassThrough>{std::move(started)};
}

}  // namespace millpond::capture
