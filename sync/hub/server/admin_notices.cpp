// SPDX-License-Identifier: Apache-2.0
// Notices on the operator's socket: what providers told, what became of it, and whose a payer is.
#include "sync/hub/server/admin_api.h"
#include "sync/hub/server/admin_json.h"
#include "sync/hub/server/log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;
using Json = nlohmann::ordered_json;

constexpr std::size_t listed_max = 1'000;
constexpr std::array<std::pair<std::string_view, model::IdentityKind>, 3> payer_kinds{
    {{"wechat_openid", model::IdentityKind::wechat_openid},
     {"alipay_user", model::IdentityKind::alipay_user},
     {"shop_member", model::IdentityKind::shop_member}}};

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::optional<std::uint64_t> number_of(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

const char* teller_of(NoticeJoin::By by) {
  if (by == NoticeJoin::By::terminal) return "terminal";
  return by == NoticeJoin::By::hub ? "hub" : "";
}

// A payer is said to be known or not, never who.
Json to_json(const NoticeEntry& entry) {
  const auto& notice = entry.notice;
  Json json{{"no", notice.no},
            {"standing", name_of(entry.standing)},
            {"account", notice.account},
            {"provider", notices::name_of(notice.provider)},
            {"kind", notices::name_of(notice.kind)},
            {"payment", notice.payment},
            {"refund", notice.refund},
            {"amount_minor", notice.amount.minor},
            {"currency", notice.amount.currency.view()},
            {"store", notice.store.value},
            {"completed", base::format_utc(notice.completed_ms)},
            {"received", base::format_utc(notice.received_ms)},
            {"told_by", teller_of(entry.join.by)},
            {"payer", notice.payer.empty() ? "not told"
                      : entry.join.payer   ? base::format_id('M', entry.join.payer.value)
                                           : "nobody's yet"},
            {"changed_again", notice.changes}};
  const bool differs = entry.standing == NoticeStanding::differs;
  if (differs || notice.changes > 0) {
    json["code"] = base::code_name(differs ? Code::notice_amount_differs : Code::notice_changed);
  }
  if (entry.join.sale) {
    const auto& sale = *entry.join.sale;
    json["sale"] = {{"store", sale.key.store.value},
                    {"till", sale.key.till},
                    {"date", base::format_date(sale.key.business_date)},
                    {"transaction", sale.key.transaction},
                    {"total_minor", sale.total_minor},
                    {"currency", sale.currency.view()}};
  }
  return json;
}

}  // namespace

base::Result<std::string> AdminApi::list_notices(const http::Request& request) {
  NoticeQuery query;
  query.troubled_only = request.query("troubled") == "1";
  query.limit = std::min<std::uint64_t>(number_of(request.query("limit")).value_or(100), listed_max);
  MILLPOND_TRY(const auto entries, core_.notices(query));
  auto list = Json::array();
  for (const auto& entry : entries) list.push_back(to_json(entry));
  return text_of({{"notices", std::move(list)}});
}

base::Result<std::string> AdminApi::show_notice(const http::Request& request) {
  NoticeQuery query;
  query.no = number_of(request.query("no"));
  if (!query.no) return Error{Code::bad_input, "show notice", "no=NUMBER"};
  MILLPOND_TRY(const auto entries, core_.notices(query));
  if (entries.empty()) return Error{Code::not_found, "show notice", "no notice " + std::to_string(*query.no)};
  auto json = to_json(entries.front());
  if (request.query("raw") == "1") {
    MILLPOND_TRY(const auto raw, core_.notice_raw(*query.no));
    json["raw"] = base::text_of(raw);
  }
  return text_of(json);
}

base::Result<std::string> AdminApi::know_payer(const http::Request& request) {
  MILLPOND_TRY(const auto member, member_in(request.body, "member"));
  const auto kind = text_in(request.body, "kind");
  const auto known = std::ranges::find(payer_kinds, kind, &std::pair<std::string_view, model::IdentityKind>::first);
  const auto subject = text_in(request.body, "subject");
  if (known == payer_kinds.end() || subject.empty() || subject.size() > 256) {
    return Error{Code::bad_input, "know payer", "kind: wechat_openid, alipay_user or shop_member; and a subject"};
  }
  MILLPOND_TRY_DO(core_.know_payer(member, {known->second, text_in(request.body, "issuer"), subject}));
  log(Level::info, "payer_known");
  return text_of({{"member", base::format_id('M', member.value)}, {"kind", kind}, {"known", true}});
}

}  // namespace millpond::hub
