// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/member_command.h"

#include "kiosk/service/coupon_answers.h"
#include "kiosk/service/shop.h"

#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using Json = nlohmann::ordered_json;
using base::Result;

struct Question {
  std::string whom;
  std::optional<terminal::Approval> by;
  std::string pin;
};

Result<Question> question_in(const std::string& params_json) {
  try {
    const auto params = Json::parse(params_json);
    Question question;
    question.whom = params.value("whom", "");
    question.pin = params.value("pin", "");
    const auto staff = params.value("staff", std::int64_t{0});
    const auto reason = params.value("reason", "");
    if (staff > 0 && staff <= INT32_MAX) {
      question.by = terminal::Approval{{static_cast<std::uint32_t>(staff)}, reason};
    }
    return question;
  } catch (const nlohmann::json::exception& error) {
    return base::Error{base::Code::bad_input, "read question", error.what()};
  }
}

Result<> authorise(Shop& shop, model::Act act, const Question& question) {
  return shop.staff().authorise(act, question.by->by, question.pin);
}

}  // namespace

Result<std::string> show_member(Shop& shop, const std::string& locale, const std::string& params_json) {
  MILLPOND_TRY(const auto question, question_in(params_json));
  auto& terminal = shop.terminal();
  if (question.by) { MILLPOND_TRY_DO(authorise(shop, model::Act::manual_lookup, question)); }
  MILLPOND_TRY(const auto view,
               question.by ? terminal.look_up(question.whom, *question.by) : terminal.see(question.whom));
  const auto shown = model::shown(view.strength, model::Surface::command_line);
  Json answer{{"member", base::format_id('M', view.member.value)}};
  if (shown.balance) {
    answer["points"] = view.points + view.points_pending;
    answer["settled"] = view.points;
    answer["pending"] = view.points_pending;
    answer.update(Json::parse(points_json(view)));
  }
  if (shown.tier_and_coupons) {
    answer["coupons"] = view.coupons.size();
    const auto programme = shop.programme();
    const auto language = text::language_of_tag(locale).value_or(text::Language::zh_cn);
    for (const auto& coupon : view.coupons)
      answer["coupon_list"].push_back(Json::parse(coupon_json(coupon, programme, language)));
  }
  if (shown.code) answer["code"] = terminal.member_code(view.member);
  return answer.dump();
}

Result<std::string> print_member_card(Shop& shop, const std::string& locale, const std::string& params_json) {
  MILLPOND_TRY(const auto question, question_in(params_json));
  auto& terminal = shop.terminal();
  base::MemberId member;
  if (question.by) {
    MILLPOND_TRY_DO(authorise(shop, model::Act::card_reprinted, question));
    MILLPOND_TRY(member, terminal.whose(question.whom));
  } else {
    MILLPOND_TRY(const auto view, terminal.see(question.whom));
    member = view.member;
  }
  MILLPOND_TRY_DO(terminal.request_card_slip(member, locale, question.by));
  shop.wake_printer();
  return Json{{"member", base::format_id('M', member.value)}, {"card", "printing"}}.dump();
}

}  // namespace millpond::service
