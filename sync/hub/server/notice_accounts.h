// SPDX-License-Identifier: Apache-2.0
// The accounts of hub.toml with their keys and secrets read. Blocks for the disk; read once at start, so that a new key
// takes a restart.
#pragma once

#include "sync/hub/core/notice_values.h"
#include "sync/hub/server/config.h"

#include <map>

namespace millpond::hub {

struct LoadedAccount {
  notices::Account account;
  NoticeTerms terms;
};
using NoticeAccounts = std::map<std::string, LoadedAccount, std::less<>>;  // by name

// `credentials`: systemd's $CREDENTIALS_DIRECTORY, empty without one. Errors: key_unusable (a file is no such key, a
// secret of another size, or one that others than its owner can read), config_invalid (currency), not_found,
// permission_denied; the hint names the file.
[[nodiscard]] base::Result<NoticeAccounts> load_notice_accounts(const std::vector<NoticeAccount>& settings,
                                                                const std::filesystem::path& folder,
                                                                const std::filesystem::path& credentials);

}  // namespace millpond::hub
