// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/notice_commands.h"

#include "sync/hub/server/commands.h"

#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

namespace millpond::hub {
namespace {

using base::Result;
using Json = nlohmann::ordered_json;

struct NoticeArguments {
  HubFolder folder;
  bool json{};
  bool troubled{};
  bool raw{};
  std::uint64_t number{};
  std::uint32_t limit{100};
  std::string member;
  std::string kind;
  std::string issuer;
};

Result<> ask_and_show(const NoticeArguments& a, const Question& question,
                      const std::function<void(const Json&)>& show) {
  MILLPOND_TRY(const auto answer, ask_hub(a.folder, question));
  if (a.json) {
    std::cout << answer << "\n";
    return {};
  }
  try {
    show(Json::parse(answer));
  } catch (const Json::exception& failure) {
    return base::Error{base::Code::protocol_mismatch, "read the hub's answer", failure.what()};
  }
  return {};
}

void print_line(const Json& notice) {
  std::cout << std::left << std::setw(8) << notice.at("no").get<std::uint64_t>() << std::setw(11)
            << notice.at("standing").get<std::string>() << std::setw(12) << notice.at("kind").get<std::string>()
            << std::setw(16) << notice.at("account").get<std::string>() << std::right << std::setw(12)
            << notice.at("amount_minor").get<std::int64_t>() << ' ' << notice.at("currency").get<std::string>() << "  "
            << notice.at("completed").get<std::string>() << "  " << notice.at("payment").get<std::string>() << "\n";
}

Result<> list(const NoticeArguments& a) {
  const auto target = "/notices?limit=" + std::to_string(a.limit) + (a.troubled ? "&troubled=1" : "");
  return ask_and_show(a, {"GET", target}, [](const Json& json) {
    std::cout << std::left << std::setw(8) << "number" << std::setw(11) << "standing" << std::setw(12) << "kind"
              << std::setw(16) << "account" << std::right << std::setw(12) << "amount"
              << "      when\n";
    for (const auto& notice : json.at("notices")) print_line(notice);
  });
}

Result<> show(const NoticeArguments& a) {
  const auto target = "/notices/show?no=" + std::to_string(a.number) + (a.raw ? "&raw=1" : "");
  return ask_and_show(a, {"GET", target}, [](const Json& json) {
    for (const auto& [name, value] : json.items()) {
      std::cout << std::left << std::setw(16) << name << (value.is_string() ? value.get<std::string>() : value.dump())
                << "\n";
    }
  });
}

// The payer's number comes by standard input: arguments are seen by everybody on the machine.
Result<> payer(const NoticeArguments& a) {
  std::string subject;
  std::getline(std::cin, subject);
  const Json body{{"member", a.member}, {"kind", a.kind}, {"issuer", a.issuer}, {"subject", subject}};
  return ask_and_show(a, {"POST", "/members/payer", body.dump()}, [&](const Json&) {
    std::cout << "payments under that number are " << a.member << "'s from now on\n";
  });
}

}  // namespace

void add_notice_commands(CLI::App& app, std::function<Result<>()>& action) {
  const auto a = std::make_shared<NoticeArguments>();
  auto* notices = app.add_subcommand("notices", "What payment providers and other tills told the hub");
  notices->require_subcommand(1);
  const auto question = [&](const char* name, const char* help, Result<> (*work)(const NoticeArguments&)) {
    auto* added = notices->add_subcommand(name, help);
    added->add_option("--dir", a->folder.dir, "The hub's folder")->required();
    added->add_flag("--json", a->json, "Print one JSON object");
    added->callback([&action, a, work] { action = [a, work] { return work(*a); }; });
    return added;
  };
  auto* listed = question("list", "Show notices and what became of them, newest first", list);
  listed->add_flag("--troubled", a->troubled, "Only those that somebody should look at");
  listed->add_option("--limit", a->limit, "So many at most")->check(CLI::Range(1, 1'000));
  auto* shown = question("show", "Show one notice and the sale that it belongs to", show);
  shown->add_option("NUMBER", a->number, "From notices list")->required()->check(CLI::PositiveNumber);
  shown->add_flag("--raw", a->raw, "Also headers and body as they came");
  auto* known = question("payer", "Say whose payments those of a payer are; their number on standard input", payer);
  known->add_option("MEMBER", a->member, "Member number: M-...")->required();
  known->add_option("--kind", a->kind, "wechat_openid, alipay_user or shop_member")->required();
  known->add_option("--issuer", a->issuer, "The app of an open id; erpnext/ACCOUNT or odoo/ACCOUNT of a customer");
}

}  // namespace millpond::hub
