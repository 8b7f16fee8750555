// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/log.h"

#include "sync/base/clock.h"

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace millpond::hub {
namespace {

spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("hub", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum spdlog_level(Level level) {
  if (level == Level::error) return spdlog::level::err;
  return level == Level::warning ? spdlog::level::warn : spdlog::level::info;
}

constexpr std::string_view names[] = {"info", "warning", "error"};

}  // namespace

void log(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  nlohmann::ordered_json line{{"time", base::format_utc(base::system_clock().wall_ms())},
                              {"level", names[static_cast<std::size_t>(level)]},
                              {"event", event}};
  for (const auto& [name, value] : fields) {
    std::visit([&, key = std::string{name}](const auto& content) { line[key] = content; }, value);
  }
  sink().log(spdlog_level(level), line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void log_error(std::string_view event, const base::Error& error) {
  log(Level::error, event,
      {{"code", std::string{base::code_name(error.code)}},
       {"operation", error.operation},
       {"detail", error.detail},
       {"hint", error.hint}});
}

}  // namespace millpond::hub
