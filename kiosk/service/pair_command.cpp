// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/pair_command.h"

#include "kiosk/service/till_keys.h"

#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using base::Code;
using base::Error;
using State = till::Pairing::State;

std::string_view name_of(State state) {
  switch (state) {
    case State::open:
      return "open";
    case State::asked:
      return "asked";
    case State::paired:
      return "paired";
    case State::disturbed:
      return "disturbed";
    case State::closed:
      break;
  }
  return "closed";
}

}  // namespace

base::Result<std::string> run_pair_command(till::Pairing& pairing,
                                           const std::function<base::Result<till::Key>(const std::string&)>& make_key,
                                           const std::string& params_json) {
  const auto params = nlohmann::json::parse(params_json, nullptr, false);
  const auto text = [&](const char* name) {
    return params.is_object() && params.contains(name) && params[name].is_string() ? params[name].get<std::string>()
                                                                                   : std::string{};
  };
  const auto what = text("do");
  if (what == "open") {
    if (!is_till_name(text("till"))) {
      return Error{Code::bad_input, "pair till", "a till's name is 1 to 32 letters, digits, '-' and '_'"};
    }
    pairing.open(text("till"));
  } else if (what == "confirm") {
    // Looked at before a key is made: two keys of a till count, and a third one ends the first.
    const auto standing = pairing.standing();
    if (standing.state != State::asked || standing.fingerprint != text("fingerprint")) {
      return Error{Code::not_found, "pair till", "no till asks with this fingerprint"};
    }
    MILLPOND_TRY(auto key, make_key(standing.till));
    MILLPOND_TRY_DO(pairing.confirm(standing.fingerprint, std::move(key)));
  } else if (what == "close") {
    pairing.close();
  } else if (what != "look") {
    return Error{Code::bad_input, "pair till", "do must be open, look, confirm or close"};
  }
  const auto standing = pairing.standing();
  return nlohmann::ordered_json{
      {"state", name_of(standing.state)}, {"till", standing.till}, {"fingerprint", standing.fingerprint}}
      .dump();
}

}  // namespace millpond::service
