// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/import.h"

#include "hardware/capture/day_sales.h"
#include "kiosk/cli/output.h"
#include "kiosk/cli/service_door.h"
#include "sync/base/file.h"

#include <CLI/CLI.hpp>
#include <array>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

namespace millpond::cli {
namespace {

using Json = nlohmann::ordered_json;
using base::Result;
using capture::DaySale;

constexpr std::size_t sales_at_once = 50;
constexpr std::int64_t timeout_ms = 120'000;  // a commit a sale on a slow card
constexpr std::array tender_names{"cash", "card", "wechat_pay", "alipay", "points", "coupon", "gift_card", "other"};

Result<std::vector<DaySale>> read_file(const ImportOptions& options, const capture::DayContext& context) {
  MILLPOND_TRY(const auto content, base::read_file(options.file, capture::day_file_bytes_max));
  if (options.columns.empty()) return capture::read_poslog(content, context);
  MILLPOND_TRY(const auto mapping, base::read_file(options.columns, 1U << 16));
  MILLPOND_TRY(const auto columns, capture::parse_columns(mapping));
  return capture::read_csv(content, columns, context);
}

Json json_of(const ports::TillRefund& refund) {
  const auto key_of = [](const ports::TillSaleKey& key) {
    return Json{{"store", key.store.value},
                {"till", key.till},
                {"business_date", base::format_date(key.business_date)},
                {"transaction", key.transaction}};
  };
  auto json = key_of(refund.key);
  json["of"] = key_of(refund.of);
  json["completed_at"] = base::format_utc(refund.completed_at_ms);
  json["currency"] = refund.currency->view();
  json["total_minor"] = refund.total_minor;
  return Json{{"refund", json}};
}

Json json_of(const ports::TillSale& sale) {
  Json json{{"store", sale.key.store.value},
            {"till", sale.key.till},
            {"business_date", base::format_date(sale.key.business_date)},
            {"transaction", sale.key.transaction},
            {"state", "paid"},
            {"completed_at", base::format_utc(sale.completed_at_ms)},
            {"currency", sale.currency.view()},
            {"total_minor", sale.total_minor}};
  if (!sale.member_code.empty()) json["member_code"] = sale.member_code;
  for (const auto& line : sale.lines) {
    Json row{{"id", line.id}, {"quantity", line.quantity}, {"net_minor", line.net_minor}};
    if (!line.sku.empty()) row["sku"] = line.sku;
    json["lines"].push_back(row);
  }
  for (const auto& tender : sale.tenders) {
    Json row{{"type", tender_names[static_cast<std::size_t>(tender.type)]}, {"amount_minor", tender.amount_minor}};
    if (tender.change_minor > 0) row["change_minor"] = tender.change_minor;
    if (!tender.provider_transaction.empty()) row["provider_transaction"] = tender.provider_transaction;
    json["tenders"].push_back(row);
  }
  return json;
}

struct Report {
  std::map<std::string, std::size_t> counts{{"recorded", 0}, {"known", 0}, {"review", 0}, {"unavailable", 0}};
  Json review = Json::array();

  void add(const DaySale& row, const std::string& once, const std::string& detail) {
    const bool reviewed = once != "recorded" && once != "known";
    ++counts[once == "unavailable" ? once : reviewed ? "review" : once];
    if (!reviewed) return;
    review.push_back({{"line", row.line},
                      {"till", row.sale.key.till},
                      {"receipt", row.sale.key.transaction},
                      {"total_minor", row.sale.total_minor},
                      {"why", once},
                      {"detail", detail}});
  }
};

Result<> send(const ImportOptions& options, const std::vector<const DaySale*>& batch, Report& report) {
  if (batch.empty()) return {};
  Json params{{"dry", options.dry_run}, {"sales", Json::array()}};
  for (const auto* const row : batch)
    params["sales"].push_back(row->refund ? json_of(*row->refund) : json_of(row->sale));
  const auto text = params.dump(-1, ' ', false, Json::error_handler_t::replace);
  MILLPOND_TRY(const auto answer, ask_service(options.folder, "import", text, timeout_ms));
  const auto results = Json::parse(answer).at("results");
  for (std::size_t i = 0; i < batch.size() && i < results.size(); ++i) {
    report.add(*batch[i], results[i].at("once").get<std::string>(), results[i].at("detail").get<std::string>());
  }
  return {};
}

// A number that stands twice in one file with two amounts is for a person; the first counts.
Result<> import_all(const ImportOptions& options, const std::vector<DaySale>& sales, Report& report) {
  std::map<std::string, std::int64_t> seen;
  std::vector<const DaySale*> batch;
  for (const auto& row : sales) {
    const auto& key = row.sale.key;
    const auto name = key.till + "\n" + base::format_date(key.business_date) + "\n" + key.transaction;
    if (!row.problem.empty()) {
      report.add(row, "no_sale", row.problem);
      continue;
    }
    const auto [before, fresh] = seen.emplace(name, row.sale.total_minor);
    if (!fresh) {
      const bool same = before->second == row.sale.total_minor;
      report.add(row, same ? "known" : "changed", same ? "" : std::to_string(before->second));
      continue;
    }
    batch.push_back(&row);
    if (batch.size() < sales_at_once) continue;
    MILLPOND_TRY_DO(send(options, batch, report));
    batch.clear();
  }
  return send(options, batch, report);
}

void print(const Report& report, const ImportOptions& options) {
  Json json{{"dry_run", options.dry_run}};
  for (const auto& [name, count] : report.counts) json[name] = count;
  json["for_review"] = report.review;
  if (options.json) {
    std::cout << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    return;
  }
  if (options.dry_run) std::cout << "Nothing was recorded: this was a dry run.\n";
  for (const auto& [name, count] : report.counts) std::cout << name << "  " << count << '\n';
  for (const auto& row : report.review) {
    std::cout << "line " << row.at("line") << "  " << row.at("till").get<std::string>() << "  "
              << row.at("receipt").get<std::string>() << "  " << row.at("total_minor") << "  "
              << row.at("why").get<std::string>() << "  " << row.at("detail").get<std::string>() << '\n';
  }
}

}  // namespace

int import_file(const ImportOptions& options) {
  const auto status = ask_service(options.folder, "status", "{}");
  if (!status) return fail(status.error());
  const auto known = Json::parse(*status);
  if (!known.value("provisioned", false))
    return fail({base::Code::not_provisioned, "import", "this machine is no terminal"});
  auto tills = capture::parse_tills(options.tills);
  if (!tills)
    return fail({base::Code::bad_input, "import", "--till takes the file's name of a till and its own: 1=till-1"});
  const capture::DayContext context{base::StoreId{known.at("store").get<std::uint32_t>()},
                                    known.value("utc_offset_min", 0), options.store, std::move(*tills)};
  const auto sales = read_file(options, context);
  if (!sales) return fail(sales.error());
  Report report;
  const auto done = import_all(options, *sales, report);
  print(report, options);
  if (!done) return fail(done.error());
  return report.review.empty() ? 0 : 1;
}

void add_import_command(CLI::App& app, ImportOptions& options, const std::string& folder, int& status) {
  auto* command = app.add_subcommand("import", "sales of a day's end from a file: a POSLog, or CSV with --columns");
  command->add_option("FILE", options.file, "the file")->required();
  command->add_option("--columns", options.columns, "for CSV: which column says what (docs/import.md)");
  command->add_option("--till", options.tills, "the file's name of a till and the one that came live: 1=till-1");
  command->add_option("--store", options.store, "how a POSLog names this store, where that is not its number");
  command->add_flag("--dry-run", options.dry_run, "only say what would become of each sale");
  command->add_flag("--json", options.json, "for programs");
  command->callback([&] {
    options.folder = folder;
    status = import_file(options);
  });
}

}  // namespace millpond::cli
