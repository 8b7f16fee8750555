// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/phone.h"

#include <algorithm>

namespace millpond::hub {
namespace {

constexpr std::size_t e164_digits_min = 7;
constexpr std::size_t e164_digits_max = 15;
constexpr std::string_view china = "+86";
constexpr std::size_t china_mobile_digits = 11;

bool is_e164(std::string_view text) {
  if (!text.starts_with('+')) return false;
  const auto digits = text.substr(1);
  return digits.size() >= e164_digits_min && digits.size() <= e164_digits_max &&
         std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string mask_phone(std::string_view e164) {
  if (e164.starts_with(china) && e164.size() == china.size() + china_mobile_digits) {
    const auto national = e164.substr(china.size());
    return std::string{national.substr(0, 3)} + "****" + std::string{national.substr(7)};
  }
  return std::string{e164.substr(0, 3)} + "****" + std::string{e164.substr(e164.size() - 2)};
}

base::Result<std::string> open_sealed_text(const HubKeys& keys, base::ByteView box) {
  MILLPOND_TRY(const auto plain, keys.open_sealed(box));
  return std::string{base::text_of(plain)};
}

base::Result<OpenedPhone> open_phone(const HubKeys& keys, const PhoneScope& scope, const SealedPhone& sealed) {
  MILLPOND_TRY(const auto plain, keys.open_sealed(sealed.box));
  const auto text = base::text_of(plain);
  if (!is_e164(text)) return base::Error{base::Code::phone_malformed, "open sealed phone", "not in E.164 form"};
  const PeopleKeys people{keys.phone_key};
  const auto place = scope.place_of(sealed.store);
  return OpenedPhone{people.lookup_of(sealed.generation, place, text), mask_phone(text),
                     people.identity_of(sealed.generation, text), place};
}

}  // namespace millpond::hub
