// SPDX-License-Identifier: Apache-2.0
// Settings of one terminal, read once at start from terminal.toml in its folder. Every key has a default, so an absent
// file is a working terminal; an unknown key is refused by name, because a misspelt one would silently do nothing.
#pragma once

#include "sync/base/result.h"
#include "sync/client/bulk_hours.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::service {

enum class PrinterKind : std::uint8_t { none, file, tcp, lp, serial };

struct Settings {
  // [gateway]
  std::string gateway_address{"127.0.0.1"};  // any other needs a certificate
  std::uint16_t gateway_port{8461};          // 0: any free one, written to DIR/gateway.port
  std::string gateway_certificate{};         // PEM with its chain, for TLS 1.3; relative to DIR
  std::string gateway_key{};                 // PEM of its private key; relative to DIR
  std::uint32_t gateway_unsigned_per_s{50};  // requests that no till's key signed
  std::uint32_t gateway_unsigned_burst{500};
  // [printer]
  PrinterKind printer{PrinterKind::file};
  std::string printer_target{"receipts"};  // a folder, "host:9100" or a device; folders are relative to DIR
  std::int64_t printer_bits_per_s{9'600};  // of a serial line: 1200 to 115200
  std::string printer_flow{"none"};        // of a serial line: "rts_cts", "xon_xoff"
  std::string printer_text{"dots"};        // "dots", or "gb18030": letters of the printer's own
  std::string printer_codes{"dots"};       // with gb18030: "dots", or "printer": QR codes that it draws itself
  std::string printer_drawer{"none"};      // a cash drawer at the printer: "pin2", "pin5"
  bool printer_cutter{true};               // cut after every slip
  std::string preview_folder{"receipts"};  // a PNG of every slip; empty: none
  int printer_width_dots{576};             // 80 mm paper at 203 dpi; 384 for 58 mm
  // [screen]
  std::string language{"zh-CN"};  // of slips, and of screens until somebody touches the language button
  std::string till_by_hand{};     // whose receipts a cashier types here; empty: till_by_hand() of cashier_desk.h
  // [journal]
  std::string durability{"safe"};           // "wal" only on a disk with power-loss protection
  std::uint64_t journal_budget_mb{4'096};   // of the file, in MiB: past it new work is refused; 0: the disk is the end
  std::uint64_t journal_ring_mb{256};       // of what is kept to refill a hub; at most half of the budget
  std::int64_t journal_retention_days{35};  // how long it is kept: longer than the hub's oldest backup is old
  // [hub]
  std::string ca_file{};
  std::string proxy{};           // "http://user:password@proxy:3128"
  std::int64_t poll_ms{10'000};  // of the downlink, until the hub grants another interval
  // [line] A 0 is no limit.
  std::uint64_t up_bytes_per_s{};  // on average, requests' headers included
  std::uint64_t down_bytes_per_s{};
  std::int64_t connect_timeout_ms{5'000};
  std::int64_t request_timeout_ms{20'000};  // doubles up to ten minutes while the line is too slow for it
  std::uint32_t low_speed_bytes_per_s{1};   // a transfer slower than this for low_speed_ms is given up
  std::int64_t low_speed_ms{30'000};
  std::int64_t poll_slot_max_ms{
      55'000};                     // how long the hub may hold a question until there is news; 0: ask by interval
  std::uint64_t bulk_events{};     // a queue of this many events waits for bulk_hours; 0: nothing waits
  client::BulkHours bulk_hours{};  // "22:00-06:00", local; for long queues and snapshots; default: all day
  // [capture] Between a till that calls nobody and its printer; docs/capture.md.
  std::string capture_listen{};              // where the till prints to: "127.0.0.1:9100", "/dev/ttyUSB0"; empty: none
  std::string capture_printer{};             // where the printer is: "192.168.1.50:9100", "/dev/usb/lp0"
  std::string capture_till{"till-1"};        // its name, where its receipts do not say
  std::string capture_code_page{"gb18030"};  // of the printer after it was switched on
  std::string capture_templates{"templates"};  // a folder of receipt templates; relative to DIR
  std::int64_t capture_idle_ms{3'000};         // of silence end a receipt that is not cut off
  int capture_baud{9'600};                     // of serial lines
  int capture_printer_baud{};                  // of the printer's, where it differs; 0: as the till's
  std::string capture_flow{"none"};            // of the printer's serial line: "rts_cts", "xon_xoff"
  std::string capture_till_flow{"none"};       // of the till's
  std::int64_t capture_wait_ms{5'000};         // for the word of a till that posts as well; 0: none
  // [file_drop] For tills that write files; docs/till.md.
  std::string drop_folder{};  // relative to DIR; empty: none
  // [link]
  std::string group{};  // whose members may attach screens; empty: the service's own user
  friend bool operator==(const Settings&, const Settings&) = default;
};

// The text of such a file; its name is for errors only.
inline constexpr std::size_t settings_bytes_max = 1U << 20;
[[nodiscard]] base::Result<Settings> parse_settings(std::string_view text, const std::filesystem::path& file);

// Every key that a file may have, as "section.key", in order.
[[nodiscard]] std::vector<std::string> settings_keys();

// Defaults when the file does not exist. Errors: config_unknown_key and config_invalid, with line and key as detail;
// file_unreadable, permission_denied, too_large.
[[nodiscard]] base::Result<Settings> load_settings(const std::filesystem::path& file);

}  // namespace millpond::service
