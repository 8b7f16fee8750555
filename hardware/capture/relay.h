// SPDX-License-Identifier: Apache-2.0
// Relay: one till and one printer that talk through us. Moves bytes as they come, holds a bounded number of them, and
// passes on how each side ends. Driven by poll() from outside; never blocks. One thread.
#pragma once

#include "hardware/capture/descriptors.h"
#include "sync/base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace millpond::capture {

enum class PeerKind : std::uint8_t { socket, device };

struct Peer {
  Descriptor line{};
  PeerKind kind{};
  bool broke{};
};

class Relay {
 public:
  // Called with what the till sent, after it went on as far as the printer takes it.
  using OnPrinted = std::function<void(base::ByteView)>;

  Relay(Peer till, Peer printer, bool connecting) : till_{std::move(till)}, printer_{std::move(printer)} {
    connecting_ = connecting;
  }

  // What to wait for; 0: nothing of this side now.
  [[nodiscard]] short till_events() const;
  [[nodiscard]] short printer_events(std::int64_t now_ms) const;
  // Moves what can be moved. A printer that broke breaks the till off; a till that broke breaks the printer off, unless
  // it had ended its side in order: then the printer still gets what is left. A serial till's relay is over when
  // nothing moved for a while.
  void serve(bool printer_happened, std::int64_t now_ms, const OnPrinted& on_printed);
  // Breaks both sides off; a serial line stays with release_till().
  void break_off();
  // The serial line of a till, for the next relay; empty when it broke.
  [[nodiscard]] Descriptor release_till() { return std::move(till_.line); }

  // -1 where there is nothing to wait for: poll() would tell of an end again and again.
  [[nodiscard]] int till() const { return till_events() == 0 ? -1 : till_.line.get(); }
  [[nodiscard]] int printer(std::int64_t now_ms) const {
    return printer_events(now_ms) == 0 ? -1 : printer_.line.get();
  }
  [[nodiscard]] bool is_connecting() const { return connecting_; }
  [[nodiscard]] bool was_refused() const { return refused_; }
  [[nodiscard]] bool till_ended() const { return to_printer_.ended || over_; }
  [[nodiscard]] bool is_over() const { return over_; }
  [[nodiscard]] std::uint64_t to_printer_bytes() const { return to_printer_.moved; }
  [[nodiscard]] std::uint64_t to_till_bytes() const { return to_till_.moved; }

 private:
  struct Direction {
    base::Bytes waiting{};
    std::size_t begin{};
    bool ended{};   // its source sends no more
    bool passed{};  // and the other side was told
    bool dead{};    // the other side takes no more: what comes is thrown away
    std::uint64_t moved{};
    [[nodiscard]] std::size_t size() const { return waiting.size() - begin; }
  };

  // Mark the side that broke. A till that takes no more answers may still have sent a job to its end.
  void take_in(Peer& from, Peer& to, Direction& way, std::int64_t now_ms, const OnPrinted& on_printed);
  void give_out(Peer& to, Direction& way);
  // Whether there is something to read; notes an end.
  [[nodiscard]] bool is_read(Peer& from, Direction& way, std::ptrdiff_t count, std::int64_t now_ms);
  void settle(std::int64_t now_ms);

  Peer till_;
  Peer printer_;
  Direction to_printer_;
  Direction to_till_;
  std::int64_t moved_at_ms_{};     // when a byte last came or went
  std::int64_t quiet_until_ms_{};  // a device that had nothing to say is not asked again before
  bool connecting_{};
  bool refused_{};
  bool over_{};
};

}  // namespace millpond::capture
