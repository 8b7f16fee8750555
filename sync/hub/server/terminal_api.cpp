// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/terminal_api.h"

#include "sync/http/json_limits.h"
#include "sync/hub/server/answers.h"
#include "sync/hub/server/log.h"

#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view protobuf = "application/x-protobuf";
constexpr std::size_t provision_body_bytes_max = 4U << 10;
constexpr std::size_t cards_at_once_max = 50;
constexpr double cards_per_h = 200;  // a shop shows fewer cards for the first time
constexpr double cards_burst = 500;
constexpr std::int64_t points_park_ms = 700;  // a terminal waits for 1.5 s in all
constexpr std::string_view version_json =
    R"({"program":"millpond-hub","protocol":1,"version":")" MILLPOND_VERSION R"("})";

http::Response protobuf_response(int status, base::Bytes body) {
  return {status, std::string{protobuf}, std::move(body), {}};
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "GENERATION.HUB_SEQ.SCOPED_SEQ"
std::optional<wire::DownCursor> parse_cursor(std::string_view text) {
  const auto first = text.find('.');
  const auto second = text.find('.', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto generation = parse_number(text.substr(0, first));
  const auto hub_seq = parse_number(text.substr(first + 1, second - first - 1));
  const auto scoped_seq = parse_number(text.substr(second + 1));
  if (!generation || !hub_seq || !scoped_seq || *scoped_seq > *hub_seq) return std::nullopt;
  return wire::DownCursor{*generation, *hub_seq, *scoped_seq};
}

// A JSON object within the bounds of the door. Errors: bad_input, too_large.
base::Result<nlohmann::json> parse_body(base::ByteView body) {
  MILLPOND_TRY_DO(http::check_json_limits(body));
  auto json = nlohmann::json::parse(base::text_of(body), nullptr, false);
  if (!json.is_object()) return Error{Code::bad_input, "read body", "not a JSON object"};
  return json;
}

int status_of_answer(wire::UpStatus status) {
  if (status == wire::UpStatus::accepted) return 200;
  return status == wire::UpStatus::refused ? 403 : 409;
}

http::Response busy(const Error& error, std::int64_t wait_ms, std::int64_t now_ms) {
  auto response = error_response(error, Audience::terminal, now_ms);
  response.status = 429;
  response.headers = {{"Retry-After", std::to_string((wait_ms + 999) / 1000)}};
  return response;
}

}  // namespace

TerminalApi::TerminalApi(HubCore& core, const base::Clock& clock, ApiOptions options)
    : core_{core},
      clock_{clock},
      options_{std::move(options)},
      strangers_{options_.strangers},
      requests_{static_cast<double>(options_.requests_per_s), static_cast<double>(options_.requests_burst)},
      provision_failures_{options_.provision_failures_per_h / 3600.0,
                          static_cast<double>(options_.provision_failures_per_h)},
      cards_{cards_per_h / 3600.0, cards_burst},
      slots_{options_.poll_slots},
      started_wall_ms_{clock_.wall_ms()},
      started_monotonic_ms_{clock_.monotonic_ms()} {}

namespace {

bool is_for_terminals(const http::Request& request) {
  const auto path = request.path();
  if (request.method == "POST") {
    return path == "/v1/up" || path == "/v1/redeem" || path == "/v1/points" || path == "/v1/member" ||
           path == "/v1/renew" || path == "/v1/card";
  }
  return request.method == "GET" && (path == "/v1/down" || path == "/v1/hello" || SnapshotApi::serves(path));
}

}  // namespace

// Looked at before anything is computed for the request: a signature costs a stranger less than it costs the hub.
http::Response TerminalApi::answer(const http::Request& request) {
  const bool for_terminals = is_for_terminals(request);
  const auto who = for_terminals ? request.header(wire::header_terminal) : std::string_view{};
  const auto address = http::address_of_peer(request.peer);
  if (request.attempt == 0) {
    const auto wait = strangers_.wait_ms(address, who, clock_.monotonic_ms());
    if (wait > 0) return busy({Code::rate_limited, "limit rate", "unsigned requests"}, wait, clock_.wall_ms());
  }
  if (for_terminals) return answer_signed(request);
  strangers_.count(address, clock_.monotonic_ms());
  return answer_stranger(request);
}

http::Response TerminalApi::answer_stranger(const http::Request& request) {
  const auto path = request.path();
  if (path == "/livez") return http::json_response(200, R"({"live":true})");
  if (path == "/readyz") return ready();
  if (path == "/version") return http::json_response(200, version_json);
  if (path == "/v1/provision" && request.method == "POST") return provision(request);
  if (path == "/v1/bind" && request.method == "POST") return bind(request);
  return refusal({Code::not_found, "route", request.method});
}

http::Response TerminalApi::ready() {
  const bool projecting = !options_.projector_healthy || options_.projector_healthy();
  const auto stored = core_.ping();
  if (projecting && stored) {
    // Ready all the same: a balancer that takes the only hub away would stop more than what went back.
    const auto checked = core_.last_check();
    const auto told = *stored ? went_back_words : checked && !checked->holds ? check_broken_words : std::string_view{};
    if (!told.empty()) return http::json_response(200, R"({"ready":true,"told":")" + std::string{told} + R"("})");
    return http::json_response(200, R"({"ready":true})");
  }
  return refusal(stored ? Error{Code::overloaded, "project", "the projector waits for the database"} : stored.error());
}

http::Response TerminalApi::refusal(const Error& error) const {
  return error_response(error, Audience::terminal, clock_.wall_ms());
}

http::Response TerminalApi::answer_signed(const http::Request& request) {
  const auto auth = wire::from_headers([&](std::string_view name) { return request.header(name); });
  if (!auth) {
    strangers_.count(http::address_of_peer(request.peer), clock_.monotonic_ms());
    return refusal(auth.error());
  }
  http::Response response;
  if (const auto refused = admit(request, *auth); !refused) {
    log(Level::warning, "request_refused",
        {{"terminal", std::int64_t{auth->terminal.value}},
         {"code", std::string{base::code_name(refused.error().code)}}});
    response = refusal(refused.error());
  } else if (*refused) {
    response = **refused;
  } else {
    auto answered = dispatch(request, auth->terminal);
    if (!answered) log_error("request_failed", answered.error());
    response = answered ? std::move(answered).value() : refusal(answered.error());
  }
  if (response.park_ms > 0) return response;
  sign(request, *auth, response);
  return response;
}

void TerminalApi::sign(const http::Request& request, const wire::RequestAuth& auth, http::Response& response) const {
  const auto signature = core_.sign_answer(wire::answer_signed_bytes(request.method, request.target, auth.terminal,
                                                                     auth.nonce, response.status, response.body));
  const auto number = std::to_string(core_.hub_key_number());
  response.headers.emplace_back(wire::header_hub_key, number);
  if (const auto known = request.header(wire::header_hub_key); !known.empty() && known != number) {
    response.headers.emplace_back(wire::header_hub_key_vouched, base::to_hex(core_.vouched_hub_key()));
  }
  response.headers.emplace_back(wire::header_hub_signature, base::to_hex(signature));
}

// An answer when the sender must wait. A request that was held had its nonce taken and its token paid when it came;
// only whether its terminal is still believed may have changed.
base::Result<std::optional<http::Response>> TerminalApi::admit(const http::Request& request,
                                                               const wire::RequestAuth& auth) {
  if (request.attempt > 0) {
    MILLPOND_TRY_DO(core_.authorized_terminal(auth.terminal));
    return std::optional<http::Response>{};
  }
  const auto address = http::address_of_peer(request.peer);
  if (const auto checked = check_sender(request, auth); !checked) {
    strangers_.count(address, clock_.monotonic_ms());
    return checked.error();
  }
  strangers_.know(address, request.header(wire::header_terminal), clock_.monotonic_ms());
  const auto wait = requests_.take(std::to_string(auth.terminal.value), clock_.monotonic_ms());
  if (wait == 0) return std::optional<http::Response>{};
  return std::optional{busy({Code::rate_limited, "limit rate", "too many requests"}, wait, clock_.wall_ms())};
}

base::Result<> TerminalApi::check_sender(const http::Request& request, const wire::RequestAuth& auth) {
  MILLPOND_TRY(const auto terminal, core_.authorized_terminal(auth.terminal));
  return check_signed(request, auth, terminal.key, nonces_);
}

// The signature first: what an unsigned request claims about time or nonce says nothing.
base::Result<> TerminalApi::check_signed(const http::Request& request, const wire::RequestAuth& auth,
                                         const crypto::PublicKey& key, wire::NonceCache& nonces) {
  const auto bytes =
      wire::request_signed_bytes(request.method, request.target, auth.terminal, auth.wall_ms, auth.nonce, request.body);
  if (!crypto::verify(key, crypto::context::request, core_.brand(), bytes, auth.signature)) {
    return Error{Code::signature_invalid, "check request", "not signed by this terminal's key for this brand"};
  }
  const auto now_ms = clock_.wall_ms();
  if (!wire::is_timely(auth.wall_ms, now_ms)) {
    return Error{Code::clock_skew, "check request", "more than 300 s apart"};
  }
  if (may_be_of_before(auth.wall_ms)) return Error{Code::clock_skew, "check request", "signed before this hub began"};
  const std::lock_guard lock{nonces_mutex_};
  if (!nonces.remember(auth.terminal, auth.nonce, auth.wall_ms, {now_ms, clock_.monotonic_ms()})) {
    return Error{Code::replayed, "check request", "this nonce was used"};
  }
  return {};
}

// What an earlier run took is in nobody's memory, so a request of before the start is not taken at all: its sender
// hears the hub's time, corrects its own and signs anew. Once nothing of before could pass by its time any more, a wall
// clock that is put back must not lock everybody out.
bool TerminalApi::may_be_of_before(std::int64_t signed_at_ms) const {
  return signed_at_ms < started_wall_ms_ &&
         clock_.monotonic_ms() - started_monotonic_ms_ < 2 * wire::request_skew_max_ms;
}

base::Result<http::Response> TerminalApi::dispatch(const http::Request& request, base::TerminalId terminal) {
  if (request.path() == "/v1/hello") return http::json_response(200, R"({"hello":true})");
  if (request.path() == "/v1/renew") return renew(terminal);
  if (request.path() == "/v1/card") return cards(request, terminal);
  if (request.path() == "/v1/redeem") return redeem(request, terminal);
  if (request.path() == "/v1/points") return points(request, terminal);
  if (request.path() == "/v1/member") return card(request, terminal);
  if (request.method == "POST") return up(request, terminal);
  return SnapshotApi::serves(request.path()) ? snapshot(request) : down(request, terminal);
}

base::Result<http::Response> TerminalApi::snapshot(const http::Request& request) const {
  if (options_.shelf == nullptr) return Error{Code::not_found, "ask for snapshot", "this hub makes none"};
  return SnapshotApi{*options_.shelf}.answer(request);
}

base::Result<http::Response> TerminalApi::up(const http::Request& request, base::TerminalId terminal) {
  MILLPOND_TRY(const auto answer, core_.ingest(terminal, request.body));
  if (answer.status != wire::UpStatus::accepted) {
    log(Level::warning, "batch_refused", {{"terminal", std::int64_t{terminal.value}}, {"code", answer.reason}});
  } else if (options_.on_ingested) {
    options_.on_ingested();
  }
  return protobuf_response(status_of_answer(answer.status), wire::encode(answer));
}

base::Result<http::Response> TerminalApi::renew(base::TerminalId terminal) {
  MILLPOND_TRY(const auto answer, core_.renew(terminal));
  log(Level::info, "certificate_renewed", {{"terminal", std::int64_t{terminal.value}}});
  return http::Response{200, "application/json", wire::to_json(answer), {}};
}

// A card outlives the terminal that asks for it, so what one terminal can ask for is bounded.
base::Result<http::Response> TerminalApi::cards(const http::Request& request, base::TerminalId terminal) {
  MILLPOND_TRY(const auto json, parse_body(request.body));
  const Error unreadable{Code::bad_input, "sign cards", R"({"members": ["M-..."]}, 1 to 50 of them)"};
  const auto list = json.find("members");
  if (list == json.end() || !list->is_array() || list->empty() || list->size() > cards_at_once_max) return unreadable;
  std::vector<base::MemberId> members;
  for (const auto& each : *list) {
    const auto number = each.is_string() ? base::parse_id('M', each.get<std::string>()) : std::nullopt;
    if (!number) return unreadable;
    members.push_back(base::MemberId{*number});
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto wait = cards_.take(std::to_string(terminal.value), clock_.monotonic_ms());
    if (wait > 0) return busy({Code::rate_limited, "sign cards", "too many cards"}, wait, clock_.wall_ms());
  }
  MILLPOND_TRY(const auto signed_cards, core_.sign_cards(members));
  return http::json_response(200, nlohmann::json{{"cards", signed_cards}}.dump());
}

base::Result<http::Response> TerminalApi::redeem(const http::Request& request, base::TerminalId terminal) {
  MILLPOND_TRY(const auto word, core_.redeem(terminal, request.body));
  return protobuf_response(200, wire::encode(word));
}

base::Result<http::Response> TerminalApi::points(const http::Request& request, base::TerminalId terminal) {
  MILLPOND_TRY(const auto word, core_.points(terminal, request.body));
  if (word.word == model::HubWord::unknown && !request.last_call) {
    // Facts wait for stage 2, often for milliseconds: asked again when they are applied, while the till still waits.
    http::Response held;
    held.park_ms = points_park_ms;
    return held;
  }
  return protobuf_response(200, wire::encode(word));
}

base::Result<http::Response> TerminalApi::card(const http::Request& request, base::TerminalId terminal) {
  MILLPOND_TRY(const auto word, core_.card(terminal, request.body));
  return protobuf_response(200, wire::encode(word));
}

base::Result<http::Response> TerminalApi::down(const http::Request& request, base::TerminalId terminal) {
  const auto cursor = parse_cursor(request.query("cursor"));
  const auto limit_text = request.query("limit");
  const auto limit = limit_text.empty() ? std::optional<std::uint64_t>{wire::page_rows_max} : parse_number(limit_text);
  const auto epoch_text = request.query("epoch");
  const auto epoch = epoch_text.empty() ? std::optional<std::uint64_t>{0} : parse_number(epoch_text);
  if (!cursor || !limit || *limit == 0 || !epoch || *epoch > UINT32_MAX) {
    return Error{Code::bad_input, "read downlink", "cursor=GENERATION.SEQ.SCOPED&epoch=E&limit=N"};
  }
  const auto wait_text = request.query("wait");
  const auto wait = wait_text.empty() ? std::optional<std::uint64_t>{0} : parse_number(wait_text);
  if (!wait) return Error{Code::bad_input, "read downlink", "wait=MS"};
  const auto rows = static_cast<std::uint32_t>(std::min<std::uint64_t>(*limit, wire::page_rows_max));
  MILLPOND_TRY(auto page, core_.down(terminal, *cursor, rows, {static_cast<std::uint32_t>(*epoch)}));
  if (page.restart && page.next.generation == cursor->generation) {
    log(Level::warning, "hub_went_back", {{"terminal", std::int64_t{terminal.value}}});
  }
  page.credit.poll_slot_ms = slots_.grant(terminal, clock_.monotonic_ms());
  // What the asking copy was told last about honouring value; whoever says nothing was told nothing.
  const bool suspended = request.query("suspended") == "1";
  const bool news =
      page.more || page.restart || page.snapshot_required || page.next != *cursor || page.value_suspended != suspended;
  if (!news && !request.last_call && *wait > 0 && page.credit.poll_slot_ms > 0) {
    http::Response held;
    held.park_ms = static_cast<std::int64_t>(std::min<std::uint64_t>(*wait, page.credit.poll_slot_ms));
    return held;
  }
  return protobuf_response(200, wire::encode(page));
}

// A good code is taken whatever was guessed from its address before: a stranger behind the same proxy must not lock a
// technician out. What is bounded is wrong ones; above the bound they take no tries either.
http::Response TerminalApi::provision(const http::Request& request) {
  const auto address = http::address_of_peer(request.peer);
  const auto now_ms = clock_.monotonic_ms();
  const bool counts = provision_failures_.wait_ms(address, now_ms) == 0;
  const auto fail = [&](const Error& error) {
    if (const auto wait = provision_failures_.take(address, now_ms); wait > 0) {
      return busy({Code::rate_limited, "limit rate", "too many wrong codes"}, wait, clock_.wall_ms());
    }
    log_error("provision_refused", error);
    return refusal(error);
  };
  if (request.body.size() > provision_body_bytes_max) return fail({Code::too_large, "provision", "body"});
  if (const auto bounded = http::check_json_limits(request.body); !bounded) return fail(bounded.error());
  const auto parsed = wire::parse_provision_request(request.body);
  if (!parsed) return fail(parsed.error());
  const auto answer = core_.provision(*parsed, counts);
  const bool guessed = !answer && (answer.error().code == Code::provision_code_invalid ||
                                   answer.error().code == Code::work_order_invalid);
  if (guessed) return fail(answer.error());
  if (!answer) {
    log_error("provision_failed", answer.error());
    return refusal(answer.error());
  }
  log(Level::info, "terminal_provisioned");
  return {200, "application/json", wire::to_json(*answer), {}};
}

// Nobody knows the machine yet, so its own key speaks for it; the binding proves the rest. Bounded like a code.
http::Response TerminalApi::bind(const http::Request& request) {
  const auto address = http::address_of_peer(request.peer);
  const auto now_ms = clock_.monotonic_ms();
  const bool counts = provision_failures_.wait_ms(address, now_ms) == 0;
  const auto auth = wire::from_headers([&](std::string_view name) { return request.header(name); });
  if (!auth) return refusal(auth.error());
  const auto answered = [&]() -> base::Result<http::Response> {
    MILLPOND_TRY_DO(http::check_json_limits(request.body));
    MILLPOND_TRY(const auto wanted, wire::parse_bind_request(request.body));
    MILLPOND_TRY_DO(check_signed(request, *auth, wanted.terminal_key, bind_nonces_));
    MILLPOND_TRY(const auto answer, core_.bind_grant(wanted, counts));
    log(Level::info, "grant_bound");
    return http::Response{200, "application/json", wire::to_json(answer), {}};
  }();
  const auto wait = answered ? 0 : provision_failures_.take(address, now_ms);
  if (wait > 0) return busy({Code::rate_limited, "limit rate", "too many wrong grants"}, wait, clock_.wall_ms());
  if (!answered) log_error("grant_refused", answered.error());
  auto response = answered ? *answered : refusal(answered.error());
  sign(request, *auth, response);
  return response;
}

}  // namespace millpond::hub
