// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/settings.h"

#include "hardware/ports/serial_line.h"
#include "kiosk/service/till_keys.h"
#include "sync/base/file.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <toml++/toml.h>
#include <type_traits>

namespace millpond::service {
namespace {

using base::Code;
using base::Error;
using base::Result;

// More than a terminal has a disk for, so that a budget in bytes or kilobytes is noticed.
constexpr std::int64_t budget_mb_max = 1 << 20;
constexpr std::int64_t ring_mb_min = 16;  // 35 days of 10,000 events a day, 45 bytes each
// A month's backup of a hub and some days to notice that it is needed; and what a shop's disk should not be asked for.
constexpr std::int64_t retention_days_min = 35;
constexpr std::int64_t retention_days_max = 400;

Error at(Code code, const toml::node& node, const std::string& what, const std::filesystem::path& file) {
  return {code, "read settings", "line " + std::to_string(node.source().begin.line) + ": " + what, file.string()};
}

// One row a key: where it belongs and how its value is taken. A reader returns what is wrong, or nothing.
using Reader = std::function<std::string(const toml::node&, Settings&)>;

template <class Member>
Reader text(Member member) {
  return [member](const toml::node& node, Settings& settings) -> std::string {
    const auto value = node.value_exact<std::string>();
    if (!value) return "must be a text in quotes";
    settings.*member = *value;
    return {};
  };
}

template <class Member>
Reader yes_or_no(Member member) {
  return [member](const toml::node& node, Settings& settings) -> std::string {
    const auto value = node.value_exact<bool>();
    if (!value) return "must be true or false";
    settings.*member = *value;
    return {};
  };
}

template <class Member>
Reader one_of(Member member, std::vector<std::string> allowed) {
  return [member, allowed = std::move(allowed)](const toml::node& node, Settings& settings) -> std::string {
    const auto value = node.value_exact<std::string>();
    std::string list;
    for (const auto& word : allowed) {
      if (value && *value == word) {
        settings.*member = word;
        return {};
      }
      list += (list.empty() ? "\"" : ", \"") + word + "\"";
    }
    return "must be one of " + list;
  };
}

template <class Member>
Reader number(Member member, std::int64_t min, std::int64_t max) {
  return [member, min, max](const toml::node& node, Settings& settings) -> std::string {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < min || *value > max) {
      return "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max);
    }
    settings.*member = static_cast<std::remove_reference_t<decltype(settings.*member)>>(*value);
    return {};
  };
}

template <class Member>
Reader till_name(Member member) {
  return [member](const toml::node& node, Settings& settings) -> std::string {
    const auto value = node.value_exact<std::string>();
    if (!value || !(value->empty() || is_till_name(*value))) {
      return "must be a till's name: letters, digits, '-' and '_', at most 32";
    }
    settings.*member = *value;
    return {};
  };
}

std::string read_printer_kind(const toml::node& node, Settings& settings) {
  static const std::map<std::string, PrinterKind> kinds{{"none", PrinterKind::none},
                                                        {"file", PrinterKind::file},
                                                        {"tcp", PrinterKind::tcp},
                                                        {"lp", PrinterKind::lp},
                                                        {"serial", PrinterKind::serial}};
  const auto value = node.value_exact<std::string>();
  const auto found = value ? kinds.find(*value) : kinds.end();
  if (found == kinds.end()) return R"(must be one of "none", "file", "tcp", "lp", "serial")";
  settings.printer = found->second;
  return {};
}

// As fast as a serial line can be; 0 besides where it may be left out.
template <class Member>
Reader serial_speed(Member member, bool may_be_nought = false) {
  return [=](const toml::node& node, Settings& settings) -> std::string {
    const auto value = node.value_exact<std::int64_t>();
    const bool fits = value && *value >= 0 && *value <= 115'200 &&
                      (ports::is_serial_speed(static_cast<int>(*value)) || (may_be_nought && *value == 0));
    if (!fits) return "must be one of 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200";
    settings.*member = static_cast<std::remove_reference_t<decltype(settings.*member)>>(*value);
    return {};
  };
}

// "22:00" as minutes of the day.
std::optional<int> minute_of(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  int hour = 0;
  int minute = 0;
  const auto read = [&](std::size_t at, int& value) {
    const auto [end, failure] = std::from_chars(text.data() + at, text.data() + at + 2, value);
    return failure == std::errc{} && end == text.data() + at + 2 && value >= 0;
  };
  if (!read(0, hour) || !read(3, minute) || hour > 23 || minute > 59) return std::nullopt;
  return hour * 60 + minute;
}

std::string read_bulk_hours(const toml::node& node, Settings& settings) {
  const auto value = node.value_exact<std::string>().value_or("");
  const auto dash = value.find('-');
  const auto from = minute_of(std::string_view{value}.substr(0, dash));
  const auto until = dash == std::string::npos ? from : minute_of(std::string_view{value}.substr(dash + 1));
  if (dash == std::string::npos || !from || !until) return R"(must be hours like "22:00-06:00")";
  settings.bulk_hours = {*from, *until};
  return {};
}

const std::map<std::string, std::map<std::string, Reader>>& readers() {
  static const std::map<std::string, std::map<std::string, Reader>> table{
      {"gateway",
       {{"address", text(&Settings::gateway_address)},
        {"port", number(&Settings::gateway_port, 0, 65'535)},
        {"certificate", text(&Settings::gateway_certificate)},
        {"key", text(&Settings::gateway_key)},
        {"unsigned_per_s", number(&Settings::gateway_unsigned_per_s, 1, 100'000)},
        {"unsigned_burst", number(&Settings::gateway_unsigned_burst, 1, 1'000'000)}}},
      {"printer",
       {{"kind", read_printer_kind},
        {"target", text(&Settings::printer_target)},
        {"bits_per_s", serial_speed(&Settings::printer_bits_per_s)},
        {"flow", one_of(&Settings::printer_flow, {"none", "rts_cts", "xon_xoff"})},
        {"text", one_of(&Settings::printer_text, {"dots", "gb18030"})},
        {"codes", one_of(&Settings::printer_codes, {"dots", "printer"})},
        {"cutter", yes_or_no(&Settings::printer_cutter)},
        {"drawer", one_of(&Settings::printer_drawer, {"none", "pin2", "pin5"})},
        {"preview", text(&Settings::preview_folder)},
        {"width_dots", number(&Settings::printer_width_dots, 384, 832)}}},
      {"screen",
       {{"language", one_of(&Settings::language, {"zh-CN", "en"})}, {"till", till_name(&Settings::till_by_hand)}}},
      {"journal",
       {{"durability", one_of(&Settings::durability, {"safe", "wal"})},
        {"budget_mb", number(&Settings::journal_budget_mb, 0, budget_mb_max)},
        {"ring_mb", number(&Settings::journal_ring_mb, ring_mb_min, budget_mb_max)},
        {"retention_days", number(&Settings::journal_retention_days, retention_days_min, retention_days_max)}}},
      {"hub",
       {{"ca_file", text(&Settings::ca_file)},
        {"proxy", text(&Settings::proxy)},
        {"poll_ms", number(&Settings::poll_ms, 200, 3'600'000)}}},
      {"line",
       {{"up_bytes_per_s", number(&Settings::up_bytes_per_s, 0, 1'000'000'000)},
        {"down_bytes_per_s", number(&Settings::down_bytes_per_s, 0, 1'000'000'000)},
        {"connect_timeout_ms", number(&Settings::connect_timeout_ms, 500, 120'000)},
        {"request_timeout_ms", number(&Settings::request_timeout_ms, 1'000, 600'000)},
        {"low_speed_bytes_per_s", number(&Settings::low_speed_bytes_per_s, 0, 1'000'000)},
        {"low_speed_ms", number(&Settings::low_speed_ms, 1'000, 600'000)},
        {"poll_slot_max_ms", number(&Settings::poll_slot_max_ms, 0, 3'600'000)},
        {"bulk_events", number(&Settings::bulk_events, 0, 1'000'000'000)},
        {"bulk_hours", read_bulk_hours}}},
      {"capture",
       {{"listen", text(&Settings::capture_listen)},
        {"printer", text(&Settings::capture_printer)},
        {"till", text(&Settings::capture_till)},
        {"code_page", one_of(&Settings::capture_code_page,
                             {"gb18030", "cp936", "cp932", "cp437", "cp850", "cp858", "windows-1252"})},
        {"templates", text(&Settings::capture_templates)},
        {"idle_ms", number(&Settings::capture_idle_ms, 200, 60'000)},
        {"baud", serial_speed(&Settings::capture_baud)},
        {"printer_baud", serial_speed(&Settings::capture_printer_baud, /*may_be_nought=*/true)},
        {"flow", one_of(&Settings::capture_flow, {"none", "rts_cts", "xon_xoff"})},
        {"till_flow", one_of(&Settings::capture_till_flow, {"none", "rts_cts", "xon_xoff"})},
        {"wait_ms", number(&Settings::capture_wait_ms, 0, 60'000)}}},
      {"file_drop", {{"folder", text(&Settings::drop_folder)}}},
      {"link", {{"group", text(&Settings::group)}}},
  };
  return table;
}

// A journal that its own ring fills would refuse sales with nothing queued.
std::string journal_wrong(const Settings& settings) {
  if (settings.journal_budget_mb == 0 || settings.journal_ring_mb <= settings.journal_budget_mb / 2) return {};
  return "journal.ring_mb (" + std::to_string(settings.journal_ring_mb) + ") must be at most half of budget_mb (" +
         std::to_string(settings.journal_budget_mb) + ")";
}

Result<> read_section(const std::string& name, const toml::node& node, Settings& settings,
                      const std::filesystem::path& file) {
  const auto section = readers().find(name);
  if (section == readers().end()) return at(Code::config_unknown_key, node, "[" + name + "]", file);
  const auto* table = node.as_table();
  if (table == nullptr) return at(Code::config_invalid, node, "[" + name + "] must be a section", file);
  for (const auto& [key, value] : *table) {
    const auto reader = section->second.find(std::string{key.str()});
    const auto full = name + "." + std::string{key.str()};
    if (reader == section->second.end()) return at(Code::config_unknown_key, value, full, file);
    if (const auto wrong = reader->second(value, settings); !wrong.empty()) {
      return at(Code::config_invalid, value, full + " " + wrong, file);
    }
  }
  return {};
}

}  // namespace

Result<Settings> parse_settings(std::string_view text, const std::filesystem::path& file) {
  Settings settings;
  toml::table document;
  try {
    document = toml::parse(text, file.string());
  } catch (const toml::parse_error& error) {
    return Error{Code::config_invalid, "read settings",
                 "line " + std::to_string(error.source().begin.line) + ": " + std::string{error.description()},
                 file.string()};
  }
  for (const auto& [name, node] : document) {
    MILLPOND_TRY_DO(read_section(std::string{name.str()}, node, settings, file));
  }
  if (const auto wrong = journal_wrong(settings); !wrong.empty()) {
    return at(Code::config_invalid, *document.get("journal"), wrong, file);
  }
  return settings;
}

std::vector<std::string> settings_keys() {
  std::vector<std::string> keys;
  for (const auto& [section, of_section] : readers()) {
    for (const auto& [key, reader] : of_section) keys.push_back(section + "." + key);
  }
  return keys;
}

Result<Settings> load_settings(const std::filesystem::path& file) {
  const auto bytes = base::read_file(file, settings_bytes_max);
  if (!bytes && bytes.error().code == Code::not_found) return Settings{};
  if (!bytes) return bytes.error();
  return parse_settings(base::text_of(*bytes), file);
}

}  // namespace millpond::service
