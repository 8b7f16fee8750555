// SPDX-License-Identifier: Apache-2.0
// SharedScanner: one hand scanner for Millpond and the till. What is ours is a scan; the rest goes on at once to where
// the till reads, unchanged and unkept: it may be a payment code, which is money. One thread; owns nothing it is given.
#pragma once

#include "hardware/ports/scanner.h"
#include "sync/base/clock.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace millpond::scan {

// Where the till reads.
class TextOutlet {
 public:
  virtual ~TextOutlet() = default;
  // The text and its end, as a scanner sends them: all of it or nothing. Errors: device_busy when the till does not
  // read and the kernel's buffer has no room, device_failed. Does not block.
  [[nodiscard]] virtual base::Result<> pass_on(std::string_view text) = 0;
  // Throws away what the till has not read in a second and a half: later it would be in somebody else's basket. Error:
  // device_busy when there was any. Call it a few times a second. Does not block.
  [[nodiscard]] virtual base::Result<> drop_unread() = 0;
};

class SharedScanner final : public ports::Scanner {
 public:
  // `is_ours` decides by the text alone; it keeps nothing.
  SharedScanner(ports::Scanner& scanner, TextOutlet& outlet, std::function<bool(std::string_view)> is_ours);

  base::Result<> open() override { return scanner_.open(); }
  // Also the outlet's errors, once each, while the state stays the scanner's: the till got nothing.
  base::Result<std::optional<ports::Scan>> next(std::int64_t timeout_ms) override;
  [[nodiscard]] ports::DeviceState state() const override { return scanner_.state(); }

 private:
  ports::Scanner& scanner_;
  TextOutlet& outlet_;
  const std::function<bool(std::string_view)> is_ours_;
};

// A serial line of our making that the till opens by the name of a link. The text ends with a carriage return.
class PtyOutlet final : public TextOutlet {
 public:
  // Replaces a link that stands there, nothing else. Errors: already_exists, device_failed, file_unwritable.
  // The clock outlives it.
  [[nodiscard]] static base::Result<std::unique_ptr<PtyOutlet>> make(const std::filesystem::path& link,
                                                                     const base::Clock& clock);
  ~PtyOutlet() override;
  PtyOutlet(const PtyOutlet&) = delete;
  PtyOutlet& operator=(const PtyOutlet&) = delete;

  [[nodiscard]] base::Result<> pass_on(std::string_view text) override;
  [[nodiscard]] base::Result<> drop_unread() override;

 private:
  PtyOutlet(int master, int kept_open, std::filesystem::path link, const base::Clock& clock);
  [[nodiscard]] base::Result<std::size_t> unread() const;
  void throw_away() const;

  int master_;
  int kept_open_;  // the till's side, so that its closing and opening again is no hang-up
  std::filesystem::path link_;
  const base::Clock& clock_;
  std::size_t in_line_bytes_ = 0;  // written since the line was last seen empty
  std::int64_t oldest_ms_ = 0;     // when the first of them was
  std::int64_t written_ms_ = 0;    // and the last
};

}  // namespace millpond::scan
