// SPDX-License-Identifier: Apache-2.0
// The command line's door to a terminal: the running service over its socket or, for questions about the journal, the
// files themselves when no service runs.
#pragma once

#include "sync/base/result.h"

#include <filesystem>
#include <string>

namespace millpond::cli {

// Asks the running service. Errors: not_running, timeout, and the service's own refusal.
[[nodiscard]] base::Result<std::string> ask_service(const std::filesystem::path& folder, const std::string& method,
                                                    const std::string& params_json, std::int64_t timeout_ms = 30'000);

// The service's answer, or the journal's own when none runs. Errors also: those of Journal::open.
[[nodiscard]] base::Result<std::string> journal_answer(const std::filesystem::path& folder, std::size_t limit,
                                                       bool queued_only);
[[nodiscard]] base::Result<std::string> verify_answer(const std::filesystem::path& folder);
// What changed on the disk; with `close` a person has looked at all of it, and doctor names it no more.
[[nodiscard]] base::Result<std::string> quarantine_answer(const std::filesystem::path& folder, bool close);
// Writes a whole copy of the journal to a file that does not exist yet; tills go on meanwhile. Blocks until it is on
// the disk. Errors also: already_exists, already_running, disk_full, permission_denied (of the service's user).
[[nodiscard]] base::Result<std::string> copy_answer(const std::filesystem::path& folder,
                                                    const std::filesystem::path& target);

}  // namespace millpond::cli
