// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/capture.h"

#include "hardware/capture/learn.h"
#include "hardware/capture/read_sale.h"
#include "hardware/capture/trial.h"
#include "kiosk/cli/output.h"
#include "kiosk/cli/service_door.h"
#include "sync/base/file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

namespace millpond::cli {
namespace {

using Json = nlohmann::ordered_json;
using base::Code;
using base::Error;
using base::Result;

capture::PrinterPages pages_of(const CaptureOptions& options) {
  capture::PrinterPages pages;
  const auto page = capture::parse_code_page(options.code_page).value_or(capture::CodePage::cp437);
  pages.wide_at_start = capture::is_double_byte(page);
  (pages.wide_at_start ? pages.wide : pages.single) = page;
  return pages;
}

// The first receipt of a file of what was printed.
Result<capture::Receipt> load_sample(const std::string& file, const CaptureOptions& options) {
  MILLPOND_TRY(const auto bytes, base::read_file(file, capture::receipt_bytes_max));
  capture::EscposReader reader{pages_of(options)};
  std::optional<capture::Receipt> first;
  reader.feed(bytes, [&](capture::Receipt receipt) {
    if (!first) first = std::move(receipt);
  });
  if (auto rest = reader.finish(); rest && !first) first = std::move(rest);
  if (!first) return Error{Code::bad_input, "read sample", "nothing is printed in it", file};
  return *first;
}

std::string_view verdict_name(capture::Verdict verdict) {
  if (verdict == capture::Verdict::sale) return "sale";
  return verdict == capture::Verdict::no_sale ? "no_sale" : "review";
}

Json report_of(const std::string& file, const capture::Receipt& receipt,
               const std::vector<capture::Template>& templates) {
  capture::ReadContext context;
  context.store = base::StoreId{1};
  context.till = "till";
  context.any_day = true;
  const auto reading = capture::read_sale(receipt, templates, context);
  const auto trial = capture::try_changes(receipt, templates, context);
  Json report{{"file", file},
              {"verdict", verdict_name(reading.verdict)},
              {"reason", capture::reason_name(reading.reason)},
              {"detail", reading.detail},
              {"template", reading.template_name}};
  auto fields = Json::array();
  for (const auto& field : reading.fields) {
    fields.push_back({{"name", field.name}, {"value", field.value}, {"line", field.line + 1}});
  }
  report["fields"] = fields;
  if (receipt.unread > 0) report["unread_characters"] = receipt.unread;
  report["changes"] = {{"tried", trial.changes},       {"kept_for_review", trial.kept},
                       {"no_matter", trial.same},      {"other_amount", trial.other_amount},
                       {"other_key", trial.other_key}, {"became_sale", trial.became_sale}};
  auto weak = Json::array();
  for (const auto line : trial.weak_lines) weak.push_back(line + 1);
  report["weak_lines"] = weak;
  return report;
}

void print_report(const Json& report, const capture::Receipt& receipt) {
  std::cout << report.at("file").get<std::string>() << ": " << report.at("verdict").get<std::string>();
  for (const auto* const key : {"reason", "detail", "template"}) {
    const auto value = report.at(key).get<std::string>();
    if (!value.empty() && value != "none") std::cout << "  " << key << "=" << value;
  }
  std::cout << '\n';
  for (std::size_t i = 0; i < receipt.lines.size(); ++i) {
    const auto& line = receipt.lines[i];
    std::cout << std::setw(4) << i + 1 << "  " << (line.kind == capture::LineKind::image ? "[picture]" : "")
              << line.text;
    for (const auto& field : report.at("fields")) {
      if (field.at("line").get<std::size_t>() == i + 1)
        std::cout << "   <- " << field.at("name").get<std::string>() << " " << field.at("value").get<std::string>();
    }
    std::cout << '\n';
  }
  std::cout << "  changes tried: " << report.at("changes").dump() << '\n';
  if (!report.at("weak_lines").empty())
    std::cout << "  nothing contradicts a change in these lines: " << report.at("weak_lines").dump() << '\n';
}

int show(const Result<std::string>& answer, bool json) {
  if (!answer) return fail(answer.error());
  if (json) {
    std::cout << *answer << '\n';
    return 0;
  }
  const auto object = Json::parse(*answer);
  for (const auto& [key, value] : object.items()) {
    if (!value.is_array()) {
      std::cout << std::left << std::setw(20) << key << (value.is_string() ? value.get<std::string>() : value.dump())
                << '\n';
      continue;
    }
    for (const auto& row : value) {
      for (const auto& [name, field] : row.items())
        std::cout << (field.is_string() ? field.get<std::string>() : field.dump()) << "  ";
      std::cout << '\n';
    }
  }
  return 0;
}

Result<std::string> ask(const CaptureOptions& options, const std::string& what, const std::string& id = {}) {
  return ask_service(options.folder, "capture", Json{{"do", what}, {"id", id}}.dump());
}

Result<> save(const CaptureOptions& options) {
  MILLPOND_TRY(const auto answer, ask(options, "show", options.save));
  const auto raw = base::from_hex(Json::parse(answer).at("raw").get<std::string>()).value_or(base::Bytes{});
  return base::write_file(options.out, raw, base::Privacy::owner);
}

int again(const CaptureOptions& options) {
  if (options.again != "all") return show(ask(options, "again", options.again), options.json);
  const auto listed = ask(options, "list");
  if (!listed) return fail(listed.error());
  int status = 0;
  for (const auto& row : Json::parse(*listed).at("kept")) {
    status = std::max(status, show(ask(options, "again", row.at("id").get<std::string>()), options.json));
  }
  return status;
}

// What somebody has read off a kept receipt.
int record_receipt(const CaptureOptions& options) {
  Json params{{"do", "record"},
              {"id", options.record},
              {"receipt", options.receipt},
              {"total_minor", options.total_minor},
              {"date", options.date},
              {"till", options.till}};
  return show(ask_service(options.folder, "capture", params.dump()), options.json);
}

}  // namespace

int check_capture(const CaptureOptions& options) {
  const auto content = base::read_file(options.template_file, capture::template_bytes_max);
  if (!content) return fail(content.error());
  const auto parsed = capture::parse_template(*content);
  if (!parsed) return fail(parsed.error());
  const bool redundant = parsed->kind == capture::TemplateKind::no_sale || parsed->has_redundancy();
  if (!redundant && !options.json)
    std::cout << "This template reads neither items nor tenders: nothing contradicts a total that is wrong.\n";
  int status = 0;
  for (const auto& file : options.samples) {
    const auto receipt = load_sample(file, options);
    if (!receipt) {
      status = fail(receipt.error());
      continue;
    }
    auto report = report_of(file, *receipt, {*parsed});
    report["redundancy"] = redundant;
    if (report.at("verdict") == "review") status = 1;
    if (options.json)
      std::cout << report.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    else
      print_report(report, *receipt);
  }
  return status;
}

int learn_capture(const CaptureOptions& options) {
  std::vector<capture::Marked> samples;
  for (const auto& file : options.samples) {
    const auto receipt = load_sample(file, options);
    if (!receipt) return fail(receipt.error());
    const auto text = base::read_file(file + ".marks", capture::template_bytes_max);
    if (!text) return fail(text.error());
    const auto marks = capture::parse_marks(base::text_of(*text));
    if (!marks) return fail(marks.error());
    samples.push_back({*receipt, *marks});
  }
  capture::LearnSettings settings{options.name, options.currency, {}};
  const auto currency = base::parse_currency(options.currency);
  if (!currency) return fail({Code::currency_mismatch, "learn template", "unknown currency " + options.currency});
  settings.notation.exponent = base::exponent(*currency);
  settings.notation.point = options.numbers == "1.234,56" ? ',' : '.';
  settings.notation.order = options.dates == "dmy"   ? capture::DateOrder::dmy
                            : options.dates == "mdy" ? capture::DateOrder::mdy
                                                     : capture::DateOrder::ymd;
  const auto learned = capture::learn(samples, settings);
  if (!learned) return fail(learned.error());
  if (options.out.empty()) {
    std::cout << *learned;
    return 0;
  }
  const auto written = base::write_file(options.out, base::view_of(*learned));
  return written ? 0 : fail(written.error());
}

int capture_status(const CaptureOptions& options, const std::string& what) {
  return show(ask(options, what), options.json);
}

int review_captured(const CaptureOptions& options) {
  if (!options.again.empty()) return again(options);
  if (!options.record.empty()) return record_receipt(options);
  if (!options.drop.empty()) return show(ask(options, "drop", options.drop), options.json);
  if (!options.save.empty()) {
    const auto saved = save(options);
    return saved ? 0 : fail(saved.error());
  }
  return show(ask(options, "list"), options.json);
}

void add_capture_commands(CLI::App& app, CaptureOptions& options, const std::string& folder, int& status) {
  auto* capture = app.add_subcommand("capture", "sales of a till that calls nobody, by what it prints");
  capture->require_subcommand(1);
  const auto add = [&](const char* name, const char* about) {
    auto* command = capture->add_subcommand(name, about);
    command->add_flag("--json", options.json, "for programs");
    return command;
  };
  const auto add_page = [&](CLI::App& command) {
    command
        .add_option("--code-page", options.code_page,
                    "of the printer: gb18030, cp437, cp850, cp858, windows-1252, cp936, cp932")
        ->capture_default_str()
        ->check([](const std::string& page) {
          return capture::parse_code_page(page) ? std::string{} : "no such code page: " + page;
        });
  };
  add("status", "what was passed, read and kept")->callback([&] {
    options.folder = folder;
    status = capture_status(options, "status");
  });
  add("reload", "read the templates again")->callback([&] {
    options.folder = folder;
    status = capture_status(options, "reload");
  });
  auto* review = add("review", "receipts that wait for a person");
  review->add_option("--again", options.again, "read this one again by the templates of now; or all");
  review->add_option("--drop", options.drop, "take this one off");
  auto* saving = review->add_option("--save", options.save, "write what was printed to a file, as a sample");
  saving->needs(review->add_option("--out", options.out, "the file to write"));
  auto* recording = review->add_option("--record", options.record, "record this one as the sale that you read on it");
  recording->needs(review->add_option("--number", options.receipt, "its number, with --record"));
  recording->needs(review->add_option("--total", options.total_minor, "in minor units (8.50 is 850), with --record")
                       ->check(CLI::PositiveNumber));
  review->add_option("--date", options.date, "of its business day, where that is not the day it was printed")
      ->needs(recording);
  review->add_option("--till", options.till, "the till, where that is not the one of [capture]")->needs(recording);
  review->callback([&] {
    options.folder = folder;
    status = review_captured(options);
  });
  auto* check = add("check", "what a template reads of samples, and what it would not notice");
  check->add_option("TEMPLATE", options.template_file, "the template")->required();
  check->add_option("SAMPLE", options.samples, "files of what was printed")->required();
  add_page(*check);
  check->callback([&] { status = check_capture(options); });
  auto* learn = add("learn", "make a template from samples with their values in SAMPLE.marks");
  learn->add_option("SAMPLE", options.samples, "files of what was printed")->required();
  learn->add_option("--name", options.name, "of the template")->required();
  learn->add_option("--currency", options.currency, "ISO 4217")->capture_default_str();
  learn->add_option("--numbers", options.numbers, "how amounts are written")
      ->check(CLI::IsMember({"1,234.56", "1.234,56"}));
  learn->add_option("--dates", options.dates, "in which order")->check(CLI::IsMember({"ymd", "dmy", "mdy"}));
  learn->add_option("--out", options.out, "the file to write; without it, standard output");
  add_page(*learn);
  learn->callback([&] { status = learn_capture(options); });
}

}  // namespace millpond::cli
