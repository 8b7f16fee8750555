// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/admin_json.h"

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
       {"terminal", "epoch", "store", "staff", "order", "grant", "lease", "terminals", "version", "key"}) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_number_unsigned()) continue;
    told += " " + std::string{name} + "=" + std::to_string(found->get<std::uint64_t>());
  }
  return told;
}

base::Result<base::MemberId> member_in(base::ByteView body, const char* name) {
  const auto member = base::parse_id('M', text_in(body, name));
  if (member) return base::MemberId{*member};
  return base::Error{base::Code::bad_input, "read request",
                     std::string{name} + " must be a member's number, as in M-4K7Q-..."};
}

}  // namespace millpond::hub
