// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/capture_desk.h"

#include "kiosk/service/printer_of.h"

#include "sync/base/file.h"
#include "sync/terminal/machine_key.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <spdlog/spdlog.h>

namespace millpond::service {
namespace {

using Json = nlohmann::ordered_json;
using base::Code;
using base::Error;
using base::Result;

constexpr const char* shelf_folder = "review";
constexpr std::uint64_t shelf_key_number = 2;  // 1: store/personal_fields.cpp; persisted: never change

struct HostPort {
  std::string host;
  std::uint16_t port{};
};

// "192.168.1.50:9100", "[fd00::5]:9100".
std::optional<HostPort> host_port(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  HostPort place{text.substr(0, colon), 0};
  const auto* const end = text.data() + text.size();
  const auto [read, failed] = std::from_chars(text.data() + colon + 1, end, place.port);
  if (failed != std::errc{} || read != end) return std::nullopt;
  if (place.host.front() == '[' && place.host.back() == ']') place.host = place.host.substr(1, place.host.size() - 2);
  return place;
}

Error invalid(const std::string& key) {
  return {Code::config_invalid, "open capture", key + " must be an address and a port, or a device", "terminal.toml"};
}

Result<capture::PassThroughSettings> through_settings(const Settings& settings) {
  capture::PassThroughSettings through;
  if (settings.capture_listen.starts_with('/')) {
    through.till_line = {settings.capture_listen, settings.capture_baud, flow_of(settings.capture_till_flow)};
  } else {
    const auto place = host_port(settings.capture_listen);
    if (!place) return invalid("capture.listen");
    through.listen_host = place->host;
    through.listen_port = place->port;
  }
  if (settings.capture_printer.starts_with('/')) {
    const int baud = settings.capture_printer_baud > 0 ? settings.capture_printer_baud : settings.capture_baud;
    through.printer_line = {settings.capture_printer, baud, flow_of(settings.capture_flow)};
    return through;
  }
  const auto place = host_port(settings.capture_printer);
  if (!place) return invalid("capture.printer");
  through.printer_host = place->host;
  through.printer_port = place->port;
  return through;
}

capture::PrintedSalesSettings sales_settings(const Settings& settings) {
  capture::PrintedSalesSettings sales;
  const auto page = capture::parse_code_page(settings.capture_code_page).value_or(capture::CodePage::cp437);
  sales.pages.wide_at_start = capture::is_double_byte(page);
  (sales.pages.wide_at_start ? sales.pages.wide : sales.pages.single) = page;
  sales.idle_ms = settings.capture_idle_ms;
  return sales;
}

std::string_view verdict_name(capture::Verdict verdict) {
  if (verdict == capture::Verdict::sale) return "sale";
  return verdict == capture::Verdict::no_sale ? "no_sale" : "review";
}

Json row_of(const capture::Kept& kept) {
  return {{"id", kept.id},
          {"at", base::format_utc(kept.at_ms)},
          {"reason", kept.reason},
          {"detail", kept.detail},
          {"template", kept.template_name}};
}

constexpr std::int64_t total_max = 1'000'000'000'000;  // as of a till's own sales

// What somebody read off a receipt: number, day and total. Who paid how, nobody typed.
Result<ports::TillSale> typed_sale(const Json& params, const capture::Kept& kept, const capture::ReadContext& here) {
  const auto wrong = [](const char* what, const char* place) {
    return Error{Code::bad_input, "record kept receipt", what, place};
  };
  const auto text = [&](const char* name) {
    return params.contains(name) && params[name].is_string() ? params[name].get<std::string>() : std::string{};
  };
  for (const auto reason : {capture::Reason::refund, capture::Reason::voided, capture::Reason::training}) {
    if (kept.reason == capture::reason_name(reason)) return wrong("this receipt is no sale", "/id");
  }
  ports::TillSale sale;
  sale.key = {here.store, text("till").empty() ? here.till : text("till"),
              base::local_date_at(kept.at_ms, here.utc_offset_min), text("receipt")};
  if (sale.key.transaction.empty() || sale.key.transaction.size() > 64) return wrong("needs the number", "/receipt");
  if (sale.key.till.empty() || sale.key.till.size() > 32) return wrong("needs the till's name", "/till");
  if (!text("date").empty()) {
    const auto date = base::parse_date(text("date"));
    if (!date) return wrong("must be a date like 2026-11-21", "/date");
    sale.key.business_date = *date;
  }
  if (!params.contains("total_minor") || !params["total_minor"].is_number_integer()) {
    return wrong("needs the total in minor units", "/total_minor");
  }
  sale.total_minor = sale.eligible_minor = params["total_minor"].get<std::int64_t>();
  if (sale.total_minor <= 0 || sale.total_minor > total_max) return wrong("is no total of a sale", "/total_minor");
  const auto currency = base::parse_currency(text("currency"));
  if (!currency) return wrong("no programme has come yet", "/currency");
  sale.currency = *currency;
  sale.completed_at_ms = kept.at_ms;
  sale.lines.push_back({"1", {}, "1", {}, {}, {}, sale.total_minor, 0});
  sale.tenders.push_back({ports::TillTenderType::other, sale.total_minor, 0, {}, {}, 0});
  sale.heard = "capture";
  sale.late = true;
  return sale;
}

}  // namespace

CaptureDesk::CaptureDesk(std::filesystem::path folder, const Settings& settings, crypto::SecretKey shelf_key,
                         const base::Clock& clock)
    : templates_folder_{folder / settings.capture_templates},
      till_{settings.capture_till},
      wait_ms_{settings.capture_wait_ms},
      clock_{clock},
      shelf_{folder / shelf_folder, std::move(shelf_key)},
      tap_{capture::tap_pieces_max, base::Overflow::refuse} {}

// What stands between till and printer goes first: nothing new is copied, and what was is kept.
CaptureDesk::~CaptureDesk() {
  through_.reset();
  sales_.reset();
}

Result<std::unique_ptr<CaptureDesk>> CaptureDesk::open(const std::filesystem::path& folder, const Settings& settings,
                                                       const base::Clock& clock) {
  std::error_code none;
  if (settings.capture_listen.empty() && !std::filesystem::exists(folder / shelf_folder, none)) {
    return std::unique_ptr<CaptureDesk>{};
  }
  MILLPOND_TRY(const auto machine, terminal::load_or_make_machine_key(folder, terminal::credentials_directory()));
  auto shelf_key = machine.root.derive(crypto::purpose::fields, shelf_key_number);
  if (settings.capture_listen.empty()) {
    capture::ReviewShelf{folder / shelf_folder, std::move(shelf_key)}.tidy(clock.wall_ms());
    return std::unique_ptr<CaptureDesk>{};
  }
  MILLPOND_TRY(auto through, through_settings(settings));
  through.keep_trying = true;
  std::unique_ptr<CaptureDesk> desk{new CaptureDesk{folder, settings, std::move(shelf_key), clock}};
  auto printed = sales_settings(settings);
  printed.wait_ms = [raw = desk.get()](const std::string& till) { return raw->wait_ms(till); };
  desk->sales_ = std::make_unique<capture::PrintedSales>(
      std::move(printed), std::vector<capture::Template>{}, desk->tap_, desk->shelf_,
      [raw = desk.get()] { return raw->context(); },
      [raw = desk.get()](const ports::TillSale& sale, bool only_look) { return raw->record(sale, only_look); });
  if (const auto loaded = desk->load_templates(); !loaded) spdlog::error("capture: {}", base::describe(loaded.error()));
  MILLPOND_TRY(desk->through_, capture::PassThrough::start(through, desk->tap_));
  if (const auto problem = desk->through_->problem()) {
    spdlog::error("capture is not open yet and is tried again: {}", base::describe(*problem));
  }
  return desk;
}

// One that is wrong is named, and the others stay as they were.
Result<> CaptureDesk::load_templates() {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator{templates_folder_, failed}) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<capture::Template> templates;
  for (const auto& file : files) {
    MILLPOND_TRY(const auto content, base::read_file(file, capture::template_bytes_max));
    auto read = capture::parse_template(content);
    if (!read) return Error{read.error().code, "read template", read.error().detail, file.string()};
    templates.push_back(std::move(read).value());
  }
  templates_ = templates.size();
  sales_->set_templates(std::move(templates));
  return {};
}

void CaptureDesk::attach(ports::TillHandler& handler, capture::PrintedSales::Context context,
                         std::function<bool(const std::string& till)> tells_itself) {
  const std::unique_lock lock{shop_mutex_};
  handler_ = &handler;
  context_of_shop_ = std::move(context);
  tells_itself_ = std::move(tells_itself);
}

void CaptureDesk::detach() {
  const std::unique_lock lock{shop_mutex_};
  handler_ = nullptr;
  context_of_shop_ = {};
  tells_itself_ = {};
}

till::OnceAnswer CaptureDesk::record(const ports::TillSale& sale, bool only_look) {
  const std::shared_lock lock{shop_mutex_};
  if (handler_ == nullptr) return {till::Once::unavailable, std::string{base::code_name(Code::not_provisioned)}};
  return till::record_once(*handler_, sale, only_look);
}

std::int64_t CaptureDesk::wait_ms(const std::string& till) {
  const std::shared_lock lock{shop_mutex_};
  return tells_itself_ && tells_itself_(till) ? wait_ms_ : 0;
}

capture::ReadContext CaptureDesk::context() {
  const std::shared_lock lock{shop_mutex_};
  if (context_of_shop_) {
    auto context = context_of_shop_();
    context.till = till_;
    return context;
  }
  const auto now_ms = clock_.wall_ms();
  return {{}, till_, base::local_date_at(now_ms, 0), 0, now_ms};
}

std::string CaptureDesk::status() const {
  const auto passed = through_->counts();
  const auto counts = sales_->counts();
  const auto problem = through_->problem();
  return Json{{"port", through_->port()},
              {"problem", problem ? Json(std::string{base::code_name(problem->code)}) : Json{}},
              {"templates", templates_},
              {"connections", passed.connections},
              {"refused_by_printer", passed.refused},
              {"bytes_printed", passed.to_printer_bytes},
              {"bytes_not_read", passed.lost_bytes},
              {"sales", counts.recorded},
              {"known", counts.known},
              {"no_sales", counts.no_sales},
              {"kept", counts.kept},
              {"not_kept", counts.not_kept},
              {"waiting_for_till", counts.waiting},
              {"waiting", shelf_.list().size()}}
      .dump();
}

std::string CaptureDesk::list() const {
  auto rows = Json::array();
  for (const auto& kept : shelf_.list()) rows.push_back(row_of(kept));
  return Json{{"kept", rows}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::string> CaptureDesk::show(const std::string& id) const {
  MILLPOND_TRY(const auto kept, shelf_.find(id));
  auto row = row_of(kept);
  row["raw"] = base::to_hex(kept.raw);
  return row.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::string> CaptureDesk::again(const std::string& id) {
  MILLPOND_TRY(const auto reading, sales_->read_again(id));
  return Json{{"id", id},
              {"verdict", verdict_name(reading.verdict)},
              {"reason", capture::reason_name(reading.reason)},
              {"detail", reading.detail},
              {"template", reading.template_name}}
      .dump();
}

Result<std::string> CaptureDesk::record_read(const std::string& id, const std::string& params_json) {
  MILLPOND_TRY(const auto kept, shelf_.find(id));
  MILLPOND_TRY(const auto sale, typed_sale(Json::parse(params_json), kept, context()));
  const auto answer = record(sale, false);
  const char* const operation = "record kept receipt";
  switch (answer.once) {
    case till::Once::recorded:
    case till::Once::known:
      shelf_.drop(id);
      return Json{{"id", id}, {"once", answer.once == till::Once::known ? "known" : "recorded"}}.dump();
    case till::Once::changed:
      return Error{Code::sale_changed, operation, "recorded before with " + answer.detail, id};
    case till::Once::unavailable:
      return Error{Code::overloaded, operation, answer.detail, id};
    case till::Once::refused:
      break;
  }
  return Error{Code::bad_input, operation, answer.detail, id};
}

Result<std::string> CaptureDesk::command(const std::string& params_json) {
  const auto params = Json::parse(params_json, nullptr, false);
  const auto text = [&](const char* name) {
    return params.is_object() && params.contains(name) && params[name].is_string() ? params[name].get<std::string>()
                                                                                   : std::string{};
  };
  const auto what = text("do");
  const auto id = text("id");
  if (what == "status") return status();
  if (what == "list") return list();
  if (what == "show") return show(id);
  if (what == "again") return again(id);
  if (what == "drop") {
    if (!shelf_.drop(id)) return Error{Code::not_found, "drop kept receipt", "no such receipt", id};
    return Json{{"dropped", id}}.dump();
  }
  if (what == "record") return record_read(id, params_json);
  if (what == "reload") {
    MILLPOND_TRY_DO(load_templates());
    return status();
  }
  return Error{Code::bad_input, "ask capture", "do must be status, list, show, again, drop, record or reload"};
}

}  // namespace millpond::service
