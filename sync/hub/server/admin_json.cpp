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

base::Result<base::MemberId> member_in(base::ByteView body, const char* name) {
  const auto member = base::parse_id('M', text_in(body, name));
  if (member) return base::MemberId{*member};
  return base::Error{base::Code::bad_input, "read request",
                     std::string{name} + " must be a member's number, as in M-4K7Q-..."};
}

}  // namespace millpond::hub
