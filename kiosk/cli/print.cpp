// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/print.h"

#include "kiosk/cli/output.h"
#include "kiosk/cli/service_door.h"
#include "sync/base/file.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace millpond::cli {
namespace {

using Json = nlohmann::ordered_json;
using base::Code;
using base::Error;

constexpr std::int64_t timeout_ms = 300'000;  // a long slip at a slow serial line

base::Result<> keep_picture(const std::string& answer, const std::string& file) {
  const auto png = base::from_hex(Json::parse(answer).at("png").get<std::string>());
  if (!png) return Error{Code::internal, "preview", "the picture came damaged"};
  return base::write_file(file, *png, base::Privacy::owner);
}

}  // namespace

int run_print(const PrintOptions& options, const std::filesystem::path& folder, bool json) {
  const bool preview = options.what == "preview";
  if (preview != !options.png.empty()) {
    return fail(Error{Code::bad_input, "print", "--png FILE belongs to preview, and preview needs it"});
  }
  if (options.what == "again" && options.event == 0) {
    return fail(Error{Code::bad_input, "print", "which slip? Its record's number stands on it."});
  }
  if (std::error_code ignored; preview && std::filesystem::exists(options.png, ignored)) {
    return fail(Error{Code::already_exists, "preview", "the file is there already", options.png});
  }
  const Json params{{"do", options.what == "self-test" ? "self_test" : options.what}, {"event", options.event}};
  const auto answer = ask_service(folder, "print", params.dump(), timeout_ms);
  if (!answer) return fail(answer.error());
  if (preview) {
    if (const auto kept = keep_picture(*answer, options.png); !kept) return fail(kept.error());
    std::cout << (json ? Json{{"png", options.png}}.dump() : options.png) << '\n';
    return 0;
  }
  if (json) {
    std::cout << *answer << '\n';
    return 0;
  }
  const auto fields = Json::parse(*answer);
  for (const auto& [key, value] : fields.items()) std::cout << key << ": " << value.get<std::string>() << '\n';
  if (const auto next = device_next_step(fields.value("state", "")); !next.empty()) std::cout << "-> " << next << '\n';
  return 0;
}

}  // namespace millpond::cli
