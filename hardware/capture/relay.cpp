// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/relay.h"

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millpond::capture {
namespace {

constexpr std::size_t waiting_bytes_max = 64U << 10;  // a till waits when its printer is so far behind
constexpr std::size_t read_bytes_max = 16U << 10;
constexpr std::int64_t quiet_ms = 20;
constexpr std::int64_t rest_ms = 3'000;
constexpr int rounds_max = 8;  // reads in a row, so that one till does not keep others waiting

bool is_again(int cause) { return cause == EAGAIN || cause == EWOULDBLOCK || cause == EINTR; }

}  // namespace

short Relay::till_events() const {
  short events = 0;
  if (till_.broke) return events;
  if (!connecting_ && !to_printer_.ended && to_printer_.size() < waiting_bytes_max) events |= POLLIN;
  if (to_till_.size() > 0) events |= POLLOUT;
  return events;
}

short Relay::printer_events(std::int64_t now_ms) const {
  short events = 0;
  if (connecting_) return POLLOUT;
  if (!to_till_.ended && to_till_.size() < waiting_bytes_max && now_ms >= quiet_until_ms_) events |= POLLIN;
  if (to_printer_.size() > 0) events |= POLLOUT;
  return events;
}

void Relay::break_off() {
  if (till_.kind == PeerKind::socket) till_.line.reset();
  if (till_.kind == PeerKind::device && till_.broke) till_.line.close();
  printer_.line.reset();
  over_ = true;
}

void Relay::serve(bool printer_happened, std::int64_t now_ms, const OnPrinted& on_printed) {
  if (over_) return;
  if (connecting_) {
    // A till that gives up before the printer answered is noticed when the connection stands.
    if (!printer_happened) return;
    refused_ = connect_failed(printer_.line) != 0;
    if (refused_) return break_off();
    connecting_ = false;
  }
  if (moved_at_ms_ == 0) moved_at_ms_ = now_ms;
  take_in(till_, printer_, to_printer_, now_ms, on_printed);
  take_in(printer_, till_, to_till_, now_ms, {});
  give_out(printer_, to_printer_);
  give_out(till_, to_till_);
  settle(now_ms);
}

void Relay::settle(std::int64_t now_ms) {
  if (printer_.broke || till_.broke) return break_off();
  const bool till_gone = to_till_.dead && to_printer_.ended;
  const bool told = to_printer_.passed && (to_till_.passed || printer_.kind == PeerKind::device || till_gone);
  const bool answered = to_till_.size() == 0 || till_gone;
  // A device has no ended sides: when the till is done, so is the job. A printer that is left alone gets a while to
  // print what it holds, because closing with unread answers would break it off.
  const bool waits = till_gone && !to_till_.ended && printer_.kind == PeerKind::socket;
  const bool rests = till_.kind == PeerKind::device && to_printer_.size() == 0 && to_till_.size() == 0;
  const bool long_quiet = now_ms - moved_at_ms_ > rest_ms;
  if ((told && answered && (!waits || long_quiet)) || (rests && long_quiet)) {
    over_ = true;
    if (till_.kind == PeerKind::socket) till_.line.close();
    printer_.line.close();
  }
}

bool Relay::is_read(Peer& from, Direction& way, std::ptrdiff_t count, std::int64_t now_ms) {
  if (count > 0) return true;
  const bool is_printer = &from == &printer_;
  if (count < 0) {
    // Opened for writing only: nothing ever comes back.
    if (is_printer && from.kind == PeerKind::device && (errno == EBADF || errno == EINVAL))
      way.ended = way.passed = true;
    else if (!is_again(errno))
      from.broke = true;
    return false;
  }
  // A line printer's driver answers 0 when it has nothing to say; a serial line that is gone answers so too.
  if (from.kind == PeerKind::socket)
    way.ended = true;
  else if (is_printer)
    quiet_until_ms_ = now_ms + quiet_ms;
  return false;
}

void Relay::take_in(Peer& from, Peer& to, Direction& way, std::int64_t now_ms, const OnPrinted& on_printed) {
  std::array<std::uint8_t, read_bytes_max> room;
  for (int round = 0; round < rounds_max && from.line && !from.broke && !way.ended; ++round) {
    if (way.size() >= waiting_bytes_max || (&from == &printer_ && now_ms < quiet_until_ms_)) return;
    const auto count = ::read(from.line.get(), room.data(), room.size());
    if (!is_read(from, way, count, now_ms)) return;
    const base::ByteView bytes{room.data(), static_cast<std::size_t>(count)};
    moved_at_ms_ = now_ms;
    if (way.dead) continue;
    way.waiting.insert(way.waiting.end(), bytes.begin(), bytes.end());
    give_out(to, way);
    if (on_printed) on_printed(bytes);
  }
}

void Relay::give_out(Peer& to, Direction& way) {
  while (way.size() > 0 && !to.broke && !way.dead) {
    const auto* const next = way.waiting.data() + way.begin;
    const auto count = to.kind == PeerKind::socket ? ::send(to.line.get(), next, way.size(), MSG_NOSIGNAL)
                                                   : ::write(to.line.get(), next, way.size());
    if (count < 0 && !is_again(errno)) {
      way.dead = &to == &till_ && to.kind == PeerKind::socket;
      to.broke = !way.dead;
      break;
    }
    if (count <= 0) return;
    way.begin += static_cast<std::size_t>(count);
    way.moved += static_cast<std::uint64_t>(count);
  }
  if (way.size() > 0 && !way.dead) return;
  way.waiting.clear();
  way.begin = 0;
  if (!way.ended || way.passed) return;
  way.passed = true;
  if (to.kind == PeerKind::socket && !way.dead) ::shutdown(to.line.get(), SHUT_WR);
}

}  // namespace millpond::capture
