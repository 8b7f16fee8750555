// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/answers.h"

#include "sync/text/text.h"

#include <nlohmann/json.hpp>

namespace millpond::hub {

int status_of(base::Code code) {
  using base::Code;
  switch (code) {
    case Code::bad_input:
    case Code::protocol_mismatch:
    case Code::programme_invalid:
    case Code::consent_missing:
    case Code::unsupported:
    case Code::newer_release:
    case Code::notice_malformed:
    case Code::currency_mismatch:
      return 400;
    case Code::unauthorized:
    case Code::signature_invalid:
    case Code::clock_skew:
    case Code::replayed:
    case Code::notice_expired:
    case Code::notice_key_unknown:
      return 401;
    case Code::provision_code_invalid:
    case Code::permission_denied:
    case Code::terminal_revoked:
    case Code::work_order_invalid:
    case Code::grant_invalid:
    case Code::grant_expired:
    case Code::notice_other_account:
      return 403;
    case Code::not_found:
    case Code::notice_account_unknown:
      return 404;
    case Code::hub_gap:
    case Code::hub_fork:
    case Code::notice_changed:
    case Code::already_exists:
      return 409;
    case Code::too_large:
      return 413;
    case Code::rate_limited:
      return 429;
    case Code::disk_full:
    case Code::disk_error:
    case Code::store_locked:
    case Code::commit_unknown:
    case Code::overloaded:
      return 503;
    default:
      return 500;
  }
}

http::Response error_response(const base::Error& error, Audience audience, std::int64_t hub_wall_ms) {
  const auto sentence = text::sentence(error.code, text::Language::en);
  nlohmann::ordered_json body{{"code", base::code_name(error.code)},
                              {"what", sentence.what},
                              {"why", sentence.why},
                              {"next", sentence.next},
                              {"hub_wall_ms", hub_wall_ms}};
  if (audience == Audience::operator_) {
    body["operation"] = error.operation;
    body["detail"] = error.detail;
    body["hint"] = error.hint;
  }
  const auto status = status_of(error.code);
  auto response = http::json_response(status, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  if (status == 503) response.headers.emplace_back("Retry-After", "5");
  return response;
}

}  // namespace millpond::hub
