// SPDX-License-Identifier: Apache-2.0
// Settings of one terminal, read once at start from terminal.toml in its folder. Every key has a default, so an absent
// file is a working terminal; an unknown key is refused by name, because a misspelt one would silently do nothing.
#pragma once

#include "sync/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace millpond::service {

enum class PrinterKind : std::uint8_t { none, file, tcp, lp };

struct Settings {
  // [gateway]
  std::uint16_t gateway_port{8461};  // on loopback; 0: any free one, written to DIR/gateway.port
  // [printer]
  PrinterKind printer{PrinterKind::file};
  std::string printer_target{"receipts"};  // a folder, "host:9100" or a device; folders are relative to DIR
  std::string preview_folder{"receipts"};  // a PNG of every slip; empty: none
  int printer_width_dots{576};             // 80 mm paper at 203 dpi; 384 for 58 mm
  // [screen]
  std::string language{"zh-CN"};  // of slips, and of screens until somebody touches the language button
  // [journal]
  std::string durability{"safe"};  // "wal" only on a disk with power-loss protection
  // [hub]
  std::string ca_file{};
  std::string proxy{};
  std::int64_t poll_ms{10'000};  // of the downlink, until the hub grants another interval
  // [link]
  std::string group{};  // whose members may attach screens; empty: the service's own user
};

// Defaults when the file does not exist. Errors: config_unknown_key and config_invalid, with line and key as detail.
[[nodiscard]] base::Result<Settings> load_settings(const std::filesystem::path& file);

}  // namespace millpond::service
