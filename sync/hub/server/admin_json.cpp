// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/admin_json.h"

#include "sync/base/clock.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace millpond::hub {

base::Result<std::uint32_t> number_in(base::ByteView body, const char* name, std::uint64_t max) {
  const auto json = nlohmann::json::parse(base::text_of(body), nullptr, false);
  const auto found = json.is_object() ? json.find(name) : json.end();
  const bool fits = json.is_object() && found != json.end() && found->is_number_unsigned() &&
                    found->get<std::uint64_t>() >= 1 && found->get<std::uint64_t>() <= max;
  if (fits) return found->get<std::uint32_t>();
  return base::Error{base::Code::bad_input, "read request",
                     std::string{name} + " must be from 1 to " + std::to_string(max)};
}

std::string text_in(base::ByteView body, const char* name) {
  const auto json = nlohmann::json::parse(base::text_of(body), nullptr, false);
  const auto found = json.is_object() ? json.find(name) : json.end();
  const bool is_text = json.is_object() && found != json.end() && found->is_string();
  return is_text ? found->get<std::string>() : std::string{};
}

std::string told_of(const http::Request& request) {
  constexpr std::string_view unix_peer = "unix:";
  std::string_view who = request.peer;
  if (who.starts_with(unix_peer)) who.remove_prefix(unix_peer.size());
  auto told = std::string{who} + " " + std::string{request.path()};
  const auto json = nlohmann::json::parse(base::text_of(request.body), nullptr, false);
  if (!json.is_object()) return told;
  for (const auto* const name : {"member", "from", "into"}) {
    const auto found = json.find(name);
    const auto id = found != json.end() && found->is_string() ? base::parse_id('M', found->get<std::string>())
                                                              : std::optional<std::uint64_t>{};
    if (id) told += " " + std::string{name} + "=" + base::format_id('M', *id);
  }
  for (const auto* const name :
       {"terminal", "epoch", "store", "staff", "order", "grant", "lease", "terminals", "version", "key", "campaign"}) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_number_unsigned()) continue;
    told += " " + std::string{name} + "=" + std::to_string(found->get<std::uint64_t>());
  }
  return told;
}

base::Result<std::int64_t> time_in(base::ByteView body, const char* name) {
  const auto text = text_in(body, name);
  if (text.empty()) return INT64_MAX;
  constexpr std::size_t date_size = 10;
  const auto digits = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const auto date = base::parse_date(std::string_view{text}.substr(0, date_size));
  const bool has_time = text.size() == date_size + 6 && text[date_size] == 'T' && text[date_size + 3] == ':' &&
                        std::ranges::all_of(std::array{1, 2, 4, 5}, [&](std::size_t at) {
                          return text[date_size + at] >= '0' && text[date_size + at] <= '9';
                        });
  const auto minutes = has_time ? digits(date_size + 1) * 60 + digits(date_size + 4) : 0;
  const bool in_day = !has_time || (digits(date_size + 1) < 24 && digits(date_size + 4) < 60);
  if (!date || (text.size() != date_size && !has_time) || !in_day) {
    return base::Error{base::Code::bad_input, "read request",
                       std::string{name} + " must be a time in UTC, as in 2026-11-21 or 2026-11-21T08:30"};
  }
  return (std::int64_t{date->days} * 1'440 + minutes) * 60'000;
}

base::Result<base::MemberId> member_in(base::ByteView body, const char* name) {
  const auto member = base::parse_id('M', text_in(body, name));
  if (member) return base::MemberId{*member};
  return base::Error{base::Code::bad_input, "read request",
                     std::string{name} + " must be a member's number, as in M-4K7Q-..."};
}

}  // namespace millpond::hub
