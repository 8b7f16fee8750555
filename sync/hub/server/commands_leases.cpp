// SPDX-License-Identifier: Apache-2.0
// Subcommands about leases.
#include "sync/hub/server/commands.h"

#include <functional>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

namespace millpond::hub {
namespace {

using Json = nlohmann::ordered_json;

// Prints JSON as it came, or hands the parsed answer to `show`.
base::Result<> ask_and_show(const HubFolder& folder, const Question& question, Output output, std::ostream& out,
                            const std::function<void(const Json&)>& show) {
  MILLPOND_TRY(const auto answer, ask_hub(folder, question));
  if (output == Output::json) {
    out << answer << "\n";
    return {};
  }
  try {
    show(Json::parse(answer));
  } catch (const Json::exception& failure) {
    return base::Error{base::Code::protocol_mismatch, "read the hub's answer", failure.what()};
  }
  return {};
}

void print_pools(const Json& pools, std::ostream& out) {
  for (const auto& pool : pools) {
    out << pool.at("kind").get<std::string>();
    if (pool.at("subject") != 0) out << " " << pool.at("subject").dump();
    out << ": " << pool.at("outstanding").dump() << " at terminals and " << pool.at("used").dump() << " used, of "
        << pool.at("cap").dump() << "; " << pool.at("past_leases").dump() << " were used past a lease\n";
  }
}

}  // namespace

base::Result<> list_leases(const HubFolder& folder, Output output, std::ostream& out) {
  return ask_and_show(folder, {"GET", "/leases"}, output, out, [&](const Json& json) {
    print_pools(json.at("pools"), out);
    out << "\nlease          kind             terminal  amount    left      told      waited for  until\n";
    for (const auto& each : json.at("leases")) {
      out << std::left << std::setw(15) << each.at("lease").dump() << std::setw(17)
          << each.at("kind").get<std::string>() << std::setw(10) << each.at("terminal").dump() << std::setw(10)
          << each.at("amount").dump() << std::setw(10) << each.at("left").dump() << std::setw(10)
          << each.at("told").dump() << std::setw(12) << each.at("waited_for").dump()
          << each.at("expires").get<std::string>() << "\n";
    }
    for (const auto& each : json.at("lost")) {
      out << "terminal " << each.at("terminal").dump() << " spent " << each.at("points").dump()
          << " points that members did not have, in " << each.at("sales").dump() << " sales\n";
    }
  });
}

base::Result<> write_off_lease(const HubFolder& folder, std::uint64_t lease, Output output, std::ostream& out) {
  const Question question{"POST", "/leases/write-off", Json{{"lease", lease}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    out << "nobody waits for lease " << json.at("lease").dump() << " any more\n";
  });
}

}  // namespace millpond::hub
