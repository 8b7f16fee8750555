// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/printer_of.h"

#include "hardware/plug/device_watch.h"
#include "hardware/print/file_printer.h"
#include "hardware/print/lp_printer.h"
#include "hardware/print/serial_printer.h"
#include "hardware/print/tcp_printer.h"
#include "sync/base/clock.h"

#include <charconv>
#include <spdlog/spdlog.h>
#include <utility>

namespace millpond::service {
namespace {

using base::Code;
using base::Error;
using base::Result;

Result<print::TcpPrinterSettings> parse_target(const std::string& target) {
  print::TcpPrinterSettings settings;
  const auto colon = target.rfind(':');
  settings.host = target.substr(0, colon);
  if (colon != std::string::npos) {
    const auto* begin = target.data() + colon + 1;
    const auto* end = target.data() + target.size();
    const auto [rest, error] = std::from_chars(begin, end, settings.port);
    if (error != std::errc{} || rest != end) settings.host.clear();
  }
  if (settings.host.empty()) {
    return Error{Code::config_invalid, "read settings", "printer.target must be \"host\" or \"host:port\"", target};
  }
  return settings;
}

print::DrawerPin drawer_of(const std::string& name) {
  if (name == "pin2") return print::DrawerPin::pin2;
  return name == "pin5" ? print::DrawerPin::pin5 : print::DrawerPin::none;
}

}  // namespace

ports::FlowControl flow_of(const std::string& name) {
  if (name == "rts_cts") return ports::FlowControl::rts_cts;
  return name == "xon_xoff" ? ports::FlowControl::xon_xoff : ports::FlowControl::none;
}

Result<std::unique_ptr<ports::Printer>> printer_of(const Settings& settings, const std::filesystem::path& folder) {
  const auto& clock = base::system_clock();
  const print::StreamSettings stream{{}, drawer_of(settings.printer_drawer)};
  switch (settings.printer) {
    case PrinterKind::tcp: {
      MILLPOND_TRY(auto target, parse_target(settings.printer_target));
      target.stream = stream;
      return std::unique_ptr<ports::Printer>{std::make_unique<print::TcpPrinter>(std::move(target), clock)};
    }
    case PrinterKind::lp:
      return std::unique_ptr<ports::Printer>{std::make_unique<print::LpPrinter>(
          print::LpPrinterSettings{.device = settings.printer_target, .stream = stream}, clock)};
    case PrinterKind::serial:
      return std::unique_ptr<ports::Printer>{std::make_unique<print::SerialPrinter>(
          print::SerialPrinterSettings{.device = settings.printer_target,
                                       .bits_per_s = static_cast<int>(settings.printer_bits_per_s),
                                       .flow = flow_of(settings.printer_flow),
                                       .stream = stream},
          clock)};
    case PrinterKind::file:
      return std::unique_ptr<ports::Printer>{
          std::make_unique<print::FilePrinter>(print::FilePrinterSettings{.path = folder / settings.printer_target})};
    case PrinterKind::none:
      break;
  }
  return Error{Code::config_invalid, "open printer", "printer.kind is \"none\"", "terminal.toml"};
}

std::function<std::shared_ptr<void>(std::function<void()>)> printer_watch(const Settings& settings) {
  if (settings.printer != PrinterKind::lp && settings.printer != PrinterKind::serial) return {};
  return [](std::function<void()> changed) -> std::shared_ptr<void> {
    auto watch = plug::DeviceWatch::start({"usbmisc", "tty"}, std::move(changed));
    if (watch) return std::shared_ptr<plug::DeviceWatch>{std::move(*watch)};
    spdlog::warn("a printer that is plugged in is found by trying only: {}", base::describe(watch.error()));
    return nullptr;
  };
}

}  // namespace millpond::service
