// SPDX-License-Identifier: Apache-2.0
// EscposReader: turns the bytes that a till sends to an ESC/POS printer into receipts of lines. Understands as much of
// the commands as is needed to find text, code pages, pictures, bar codes and cuts; what it does not know it skips.
// Never fails, never throws but for lack of memory, holds at most the bounds below: its input is whatever somebody
// sends to port 9100. Not a printer: nothing is drawn or laid out. One thread; no clock, whoever owns it says when a
// job is over.
#pragma once

#include "hardware/capture/code_page.h"
#include "sync/base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace millpond::capture {

inline constexpr std::size_t line_bytes_max = 1'024;  // of one printed line, before decoding
inline constexpr std::size_t receipt_lines_max = 2'000;
inline constexpr std::size_t receipt_bytes_max = 256U << 10;  // kept of a receipt as it was sent

// image: dots that say nothing to us. code: the content of a bar code or QR code.
enum class LineKind : std::uint8_t { text, image, code };

struct ReceiptLine {
  LineKind kind{};
  std::string text{};  // UTF-8 without control characters; of an image empty
  friend bool operator==(const ReceiptLine&, const ReceiptLine&) = default;
};

struct Receipt {
  std::vector<ReceiptLine> lines{};
  base::Bytes raw{};           // as sent, the first receipt_bytes_max
  bool cut{};                  // ended by the cutter, not by silence
  bool too_long{};             // more than the bounds: lines or bytes are missing
  bool interrupted{};          // ended inside a command or a line
  std::size_t unread{};        // characters that no code page has
  std::uint64_t lost_bytes{};  // that were printed and never came here
};

// What the printer believes after it was switched on.
struct PrinterPages {
  CodePage single{CodePage::cp437};
  CodePage wide{CodePage::gb18030};
  bool wide_at_start{true};  // as Chinese printers are
};

class EscposReader {
 public:
  using OnReceipt = std::function<void(Receipt)>;

  explicit EscposReader(PrinterPages pages) : pages_{pages} { power_on(); }

  // Calls back for each receipt that a cut ends. A cut without anything before it ends nothing.
  void feed(base::ByteView bytes, const OnReceipt& on_receipt);
  // So many bytes are missing here: they were printed, and nobody read them.
  void lose(std::uint64_t bytes);
  // The job is over: the line was closed or is silent. What there is, or nothing; then as after switching on.
  [[nodiscard]] std::optional<Receipt> finish();
  // Whether something waits for finish().
  [[nodiscard]] bool has_part() const { return !receipt_.raw.empty() || receipt_.lost_bytes > 0; }

 private:
  enum class State : std::uint8_t { text, command, parameters, payload, until_nul };

  void power_on();
  void take(std::uint8_t byte, const OnReceipt& on_receipt);
  void take_text(std::uint8_t byte);
  void take_command(std::uint8_t byte, const OnReceipt& on_receipt);
  void take_parameter(std::uint8_t byte, const OnReceipt& on_receipt);
  void run_escape(const OnReceipt& on_receipt);
  void run_group(const OnReceipt& on_receipt);
  void run_field();
  void want(std::size_t parameters);
  void want_payload(std::uint64_t bytes);
  void payload_done();
  void graphics(std::uint64_t bytes);
  void flush_run();
  void gap();
  void end_line();
  void add_line(ReceiptLine line);
  void end_receipt(const OnReceipt& on_receipt);
  void run_command(const OnReceipt& on_receipt);

  PrinterPages pages_;
  Decoder decoder_;
  CodePage single_{};
  CodePage wide_{};
  bool wide_on_{};
  State state_{State::text};
  std::uint8_t prefix_{};   // ESC, FS, GS or DLE
  std::uint8_t command_{};  // the byte after it
  std::vector<std::uint8_t> parameters_{};
  std::size_t wanted_{};          // parameters
  std::uint64_t payload_left_{};  // bytes of a picture or a code
  base::Bytes payload_{};         // its first bytes
  std::string stored_code_{};     // a QR code that waits for its print command
  base::Bytes run_{};             // of text, not decoded yet
  std::string line_{};
  std::size_t line_bytes_{};
  Receipt receipt_{};
};

}  // namespace millpond::capture
