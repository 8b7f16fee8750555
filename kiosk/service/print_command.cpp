// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/print_command.h"

#include "hardware/print/escpos.h"
#include "kiosk/service/shop.h"
#include "kiosk/service/slip_receipt.h"

#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using Json = nlohmann::ordered_json;
using base::Code;
using base::Error;
using base::Result;

struct Question {
  std::string what;
  base::Seq event;
};

Result<Question> question_in(const std::string& params_json) {
  try {
    const auto params = Json::parse(params_json);
    return Question{params.value("do", ""), base::Seq{params.value("event", std::uint64_t{0})}};
  } catch (const nlohmann::json::exception& error) { return Error{Code::bad_input, "read question", error.what()}; }
}

Result<std::string> words_of(const Result<ports::PrintReport>& report) {
  if (!report) return report.error();
  Json answer{{"outcome", ports::outcome_name(report->outcome)}, {"state", ports::state_name(report->state)}};
  if (!report->detail.empty()) answer["detail"] = report->detail;
  return answer.dump();
}

Result<std::string> words_of(const Result<ports::DrawerReport>& report) {
  if (!report) return report.error();
  Json answer{{"outcome", ports::drawer_outcome_name(report->outcome)}, {"state", ports::state_name(report->state)}};
  if (!report->detail.empty()) answer["detail"] = report->detail;
  return answer.dump();
}

Result<std::string> print_self_test(ports::Printer& printer, const Settings& settings) {
  const auto now_ms = base::system_clock().wall_ms();
  const auto page = self_test_page(settings, printer.probe(), now_ms);
  MILLPOND_TRY(const auto dots, print::draw_self_test(page, {.width_dots = settings.printer_width_dots}));
  const auto report =
      printer.submit({"self-test-" + std::to_string(now_ms), print::to_escpos(dots, {.cut = settings.printer_cutter})});
  MILLPOND_TRY(const auto words, words_of(report));
  auto answer = Json::parse(words);
  answer["code"] = self_test_code(now_ms);
  return answer.dump();
}

Result<std::string> preview(Shop& shop, const Settings& settings, base::Seq event) {
  const print::RasterOptions options{.width_dots = settings.printer_width_dots};
  Result<print::Bitmap> dots{print::Bitmap{}};
  if (event.value == 0) {
    dots =
        print::draw_self_test(self_test_page(settings, shop.printer_state(), base::system_clock().wall_ms()), options);
  } else {
    Result<std::optional<store::PrintIntent>> found{std::optional<store::PrintIntent>{}};
    MILLPOND_TRY_DO(shop.journal().with([&](store::Journal& journal) { found = journal.print_intent(event); }));
    MILLPOND_TRY(const auto intent, std::move(found));
    if (!intent) return Error{Code::not_found, "preview slip", "no slip of this event is kept"};
    const auto programme = shop.programme();
    if (!programme) return Error{Code::no_programme, "preview slip", "no programme"};
    MILLPOND_TRY(const auto receipt, slip_receipt(*intent, *programme, Copy::first));
    dots = print::rasterize(receipt, options);
  }
  if (!dots) return dots.error();
  MILLPOND_TRY(const auto png, print::to_png(*dots));
  return Json{{"png", base::to_hex(png)}}.dump();
}

}  // namespace

void run_print_command(Shop& shop, const Settings& settings, Loop& work, const std::string& params_json, Reply reply) {
  const auto question = question_in(params_json);
  if (!question) return reply(question.error());
  if (question->what == "preview") return reply(preview(shop, settings, question->event));
  auto* const printing = shop.printing();
  if (printing == nullptr) {
    return reply(Error{Code::config_invalid, "print", "printer.kind is \"none\"", "terminal.toml"});
  }
  // Whoever asked hears of it on the work thread; a service that ends has nobody to tell.
  const auto tell = [&work, reply](Result<std::string> answer) {
    static_cast<void>(work.post([reply, answer = std::move(answer)] { reply(answer); }));
  };
  bool taken = false;
  if (question->what == "state") {
    taken = printing->post([tell](ports::Printer& printer) {
      tell(Json{{"state", ports::state_name(printer.probe())}}.dump());
    });
  } else if (question->what == "self_test") {
    taken = printing->post([tell, settings](ports::Printer& printer) { tell(print_self_test(printer, settings)); });
  } else if (question->what == "drawer") {
    taken = printing->post([tell](ports::Printer& printer) { tell(words_of(printer.kick_drawer())); });
  } else if (question->what == "again") {
    taken =
        printing->print_again(question->event, [tell](Result<ports::PrintReport> report) { tell(words_of(report)); });
  } else {
    return reply(Error{Code::bad_input, "print", "no such thing to do: " + question->what});
  }
  if (!taken) reply(Error{Code::overloaded, "print", "the printer has enough to do"});
}

}  // namespace millpond::service
