// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/notice_api.h"

#include "sync/http/json_limits.h"
#include "sync/hub/server/answers.h"
#include "sync/hub/server/log.h"

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view prefix = "/v1/notices/";

http::Response too_often(http::Response response, std::int64_t wait_ms) {
  response.status = 429;
  response.headers.emplace_back("Retry-After", std::to_string((wait_ms + 999) / 1'000));
  return response;
}

http::Response as_response(const notices::Answer& answer) {
  const auto body = base::view_of(answer.body);
  return {answer.status, answer.content_type, {body.begin(), body.end()}, {}};
}

}  // namespace

NoticeApi::NoticeApi(HubCore& core, const base::Clock& clock, NoticeAccounts accounts, std::function<void()> on_kept)
    : core_{core},
      clock_{clock},
      accounts_{std::move(accounts)},
      on_kept_{std::move(on_kept)},
      notices_{notices_per_s, notices_burst},
      failures_{failures_per_s, failures_burst} {}

bool NoticeApi::serves(std::string_view path) { return path.starts_with(prefix); }

http::Response NoticeApi::refusal(const Error& error, const LoadedAccount* account) const {
  if (account == nullptr) return error_response(error, Audience::terminal, clock_.wall_ms());
  return as_response(notices::answer_to(account->account.provider, &error, status_of(error.code)));
}

base::Result<NoticeTaken> NoticeApi::take(const LoadedAccount& account, const http::Request& request) {
  if (request.body.size() > http::json_bytes_max) return Error{Code::too_large, "receive notice", "more than 256 KiB"};
  const notices::Received received{[&](std::string_view name) { return request.header(name); }, request.body,
                                   clock_.wall_ms()};
  return core_.take_notice(account.account, received, account.terms);
}

http::Response NoticeApi::answer(const http::Request& request) {
  const auto address = request.peer.substr(0, request.peer.rfind(':'));
  const auto now_ms = clock_.monotonic_ms();
  const Error rated{Code::rate_limited, "limit rate", "too many notices"};
  if (const auto wait = failures_.wait_ms(address, now_ms); wait > 0) return too_often(refusal(rated, nullptr), wait);
  const auto found = accounts_.find(request.path().substr(prefix.size()));
  if (found == accounts_.end() || request.method != "POST") {
    static_cast<void>(failures_.take(address, now_ms));
    log(Level::warning, "notice_refused", {{"code", std::string{base::code_name(Code::notice_account_unknown)}}});
    return refusal({Code::notice_account_unknown, "receive notice", "no such account"}, nullptr);
  }
  const auto& [name, account] = *found;
  if (const auto wait = notices_.take(name, now_ms); wait > 0) return too_often(refusal(rated, &account), wait);
  const auto taken = take(account, request);
  if (!taken) {
    // What it held stays out of the log: the error names fields, never values.
    log(Level::warning, "notice_refused",
        {{"account", name},
         {"code", std::string{base::code_name(taken.error().code)}},
         {"detail", taken.error().detail}});
    const bool ours = status_of(taken.error().code) >= 500;
    if (!ours) static_cast<void>(failures_.take(address, now_ms));
    return refusal(taken.error(), &account);
  }
  if (!taken->repeated && taken->kind != notices::NoticeKind::nothing) {
    log(Level::info, "notice_kept", {{"account", name}, {"kind", std::string{notices::name_of(taken->kind)}}});
    if (on_kept_) on_kept_();
  }
  return as_response(notices::answer_to(account.account.provider, nullptr, 0));
}

}  // namespace millpond::hub
