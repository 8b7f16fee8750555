// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/till.h"

#include "kiosk/cli/output.h"
#include "kiosk/cli/service_door.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

namespace millpond::cli {
namespace {

using Json = nlohmann::ordered_json;
using base::Code;
using base::Result;

constexpr auto look_every = std::chrono::milliseconds{500};

Result<Json> ask(const TillOptions& options, const Json& params) {
  MILLPOND_TRY(const auto answer, ask_service(options.folder, "till_pair", params.dump()));
  return Json::parse(answer);
}

// The first standing that is another than open.
Result<Json> wait_for_till(const TillOptions& options) {
  while (true) {
    MILLPOND_TRY(const auto standing, ask(options, {{"do", "look"}}));
    if (standing.at("state") != "open") return standing;
    std::this_thread::sleep_for(look_every);
  }
}

int make_key(const TillOptions& options) {
  const auto answer = ask_service(options.folder, "till_add", Json{{"till", options.name}}.dump());
  if (!answer) return fail(answer.error());
  if (options.json) {
    std::cout << *answer << '\n';
    return 0;
  }
  const auto object = Json::parse(*answer);
  for (const auto& [key, value] : object.items()) {
    std::cout << std::left << std::setw(20) << key << value.get<std::string>() << '\n';
  }
  return 0;
}

}  // namespace

int pair_till(const TillOptions& options) {
  if (const auto opened = ask(options, {{"do", "open"}, {"till", options.name}}); !opened) return fail(opened.error());
  const auto status = ask_service(options.folder, "status", "{}");
  if (!status) return fail(status.error());
  std::cout << "Begin the pairing at the till within five minutes. This terminal is "
            << Json::parse(*status).value("gateway", "") << '\n'
            << std::flush;
  const auto standing = wait_for_till(options);
  if (!standing) return fail(standing.error());
  const auto state = standing->at("state").get<std::string>();
  if (state == "disturbed") {
    return fail({Code::unauthorized, "pair till", "two tills asked; find out which is whose and begin anew"});
  }
  if (state != "asked") return fail({Code::timeout, "pair till", "no till asked within five minutes"});
  std::cout << "The till shows a fingerprint. Here it is\n\n    " << standing->at("fingerprint").get<std::string>()
            << "\n\nAre they alike, every digit? [y/N] " << std::flush;
  std::string said;
  std::getline(std::cin, said);
  if (said != "y" && said != "Y") {
    static_cast<void>(ask(options, {{"do", "close"}}));
    return fail({Code::cancelled, "pair till", "the fingerprints differ: somebody may stand between the two"});
  }
  const auto paired = ask(options, {{"do", "confirm"}, {"fingerprint", standing->at("fingerprint")}});
  if (!paired) return fail(paired.error());
  std::cout << options.name << " gets its key when it asks again.\n";
  return 0;
}

void add_till_command(CLI::App& app, TillOptions& options, const std::string& folder, int& status) {
  auto* command = app.add_subcommand("till", "make a key for a till; the secret is shown once");
  command->add_option("name", options.name, "the till's name, for example till-1")->required();
  auto* json = command->add_flag("--json", options.json, "for programs");
  command->add_flag("--pair", options.pair, "give it to a till on the network, after comparing what both screens show")
      ->excludes(json);
  command->callback([&] {
    options.folder = folder;
    status = options.pair ? pair_till(options) : make_key(options);
  });
}

}  // namespace millpond::cli
