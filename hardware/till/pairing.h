// SPDX-License-Identifier: Apache-2.0
// Pairing: how a till on another machine gets its key over the shop's network, when nothing vouches for either side but
// a person who sees both screens. Somebody opens it at the terminal for one till. The till posts a random number to
//
//   POST /v1/pairings   {"nonce": 32 to 128 hexadecimal digits}
//
// and both sides show a fingerprint of the certificate that the line has at their own end and of the number. They are
// alike only when nobody stands between the two who ends the till's line himself. The person says so at the terminal,
// and the next time the till posts its number it is answered with its key.
//
// The fingerprint is 24 hexadecimal digits in groups of four: the first of SHA-256 over
// "millpond till pairing 1\n" + the certificate's SHA-256 fingerprint + "\n" + nonce + "\n". Whoever would stand
// between needs another number with the same 96 bits before the pairing ends. Certificate: none on a line without TLS,
// which stays within one machine.
//
// One till at a time, for five minutes. A second number while it is open closes it: somebody else is asking. Any
// thread; never blocks.
#pragma once

#include "hardware/till/gateway.h"

#include <mutex>
#include <optional>

namespace millpond::till {

inline constexpr std::string_view pairings_path = "/v1/pairings";
inline constexpr std::int64_t pairing_open_ms = 300'000;

// What a person compares.
[[nodiscard]] std::string pairing_fingerprint(std::string_view certificate_fingerprint, std::string_view nonce);

// The nonce of {"nonce"}. Error: bad_input, with the place as hint.
[[nodiscard]] base::Result<std::string> parse_pairing(base::ByteView json);

class Pairing {
 public:
  enum class State : std::uint8_t {
    closed,     // nobody opened it, or its time is over
    open,       // no till has asked yet
    asked,      // one has: fingerprint
    paired,     // and has been told its key, or is going to be
    disturbed,  // a second one asked; it has to be opened again
  };
  struct Standing {
    State state{};
    std::string till{};
    std::string fingerprint{};  // of asked and paired
  };

  Pairing(std::string certificate_fingerprint, const base::Clock& clock)
      : certificate_{std::move(certificate_fingerprint)}, clock_{clock} {}

  // Opens it anew; what was open is forgotten.
  void open(const std::string& till);
  void close();
  [[nodiscard]] Standing standing();
  // A person has compared this very fingerprint. Errors: not_found (nobody asks with it any more), already_exists.
  [[nodiscard]] base::Result<> confirm(const std::string& fingerprint, Key key);
  // What a till that posts this number is answered: a key, or nothing yet. Error: not_found (it is not open, or open
  // for somebody else).
  [[nodiscard]] base::Result<std::optional<Key>> ask(const std::string& nonce);

 private:
  void forget_old();

  const std::string certificate_;
  const base::Clock& clock_;
  std::mutex mutex_;
  State state_{State::closed};  // guarded by mutex_, as all below
  std::string till_{};
  std::string nonce_{};
  std::optional<Key> key_{};
  std::int64_t until_ms_{};  // monotonic
};

}  // namespace millpond::till
