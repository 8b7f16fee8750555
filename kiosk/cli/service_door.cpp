// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/service_door.h"

#include "kiosk/link/link.h"
#include "sync/crypto/hash.h"
#include "sync/terminal/identity.h"
#include "sync/terminal/listing.h"

#include <functional>
#include <nlohmann/json.hpp>

namespace millpond::cli {
namespace {

using base::Code;
using base::Result;

Result<std::string> from_files(const std::filesystem::path& folder,
                               const std::function<Result<std::string>(store::Journal&)>& read) {
  MILLPOND_TRY(const auto identity, terminal::load_identity(folder));
  store::JournalOptions options;
  options.path = folder / "journal.db";
  if (std::error_code ignored; !std::filesystem::exists(options.path, ignored)) {
    return base::Error{Code::not_found, "open journal", "no journal in this folder", folder.string()};
  }
  options.owner = {identity.brand, identity.certificate.terminal, identity.certificate.store};
  // Unknown machine on purpose: looking at a journal must not begin an epoch, and must not mend one either.
  options.repair = false;
  MILLPOND_TRY(const auto journal,
               store::Journal::open(std::move(options), base::system_clock(), crypto::system_rng()));
  return read(*journal);
}

Result<std::string> service_or_files(const std::filesystem::path& folder, const std::string& method,
                                     const std::string& params_json,
                                     const std::function<Result<std::string>(store::Journal&)>& read,
                                     std::int64_t timeout_ms = 30'000) {
  auto answer = ask_service(folder, method, params_json, timeout_ms);
  if (answer || answer.error().code != Code::not_running) return answer;
  return from_files(folder, read);
}

}  // namespace

Result<std::string> ask_service(const std::filesystem::path& folder, const std::string& method,
                                const std::string& params_json, std::int64_t timeout_ms) {
  MILLPOND_TRY(const auto client, link::Client::connect(folder / "terminal.sock"));
  return client->ask(method, params_json, timeout_ms);
}

Result<std::string> journal_answer(const std::filesystem::path& folder, std::size_t limit, bool queued_only) {
  const nlohmann::json params{{"limit", limit}, {"queued_only", queued_only}};
  return service_or_files(folder, "journal", params.dump(), [&](store::Journal& journal) {
    return terminal::journal_listing(journal, limit, queued_only);
  });
}

Result<std::string> verify_answer(const std::filesystem::path& folder) {
  return service_or_files(folder, "verify", "{}",
                          [](store::Journal& journal) { return terminal::verify_listing(journal); });
}

Result<std::string> quarantine_answer(const std::filesystem::path& folder, bool close) {
  const auto look = [close](store::Journal& journal) -> Result<std::string> {
    if (close) MILLPOND_TRY_DO(journal.close_quarantine());
    return terminal::quarantine_listing(journal);
  };
  return service_or_files(folder, "quarantine", nlohmann::json{{"close", close}}.dump(), look);
}

Result<std::string> copy_answer(const std::filesystem::path& folder, const std::filesystem::path& target) {
  constexpr std::int64_t timeout_ms = 600'000;  // four gigabytes on a slow card
  const auto absolute = std::filesystem::absolute(target);
  const nlohmann::json params{{"target", absolute.string()}};
  const auto copy = [&](store::Journal& journal) -> Result<std::string> {
    MILLPOND_TRY_DO(journal.begin_copy(absolute));
    for (bool done = false; !done;) { MILLPOND_TRY(done, journal.step_copy()); }
    return nlohmann::json{{"copy", absolute.string()}}.dump();
  };
  return service_or_files(folder, "journal_copy", params.dump(), copy, timeout_ms);
}

}  // namespace millpond::cli
