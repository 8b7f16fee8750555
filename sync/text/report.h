// SPDX-License-Identifier: Apache-2.0
// Report: how a program tells a failure on standard error: what happened, why and what to do next in the reader's
// language, then one technical line with the stable code in brackets. The only room for it, so that every program of
// ours looks alike. Any thread.
#pragma once

#include "sync/base/error.h"
#include "sync/text/text.h"

#include <string>

namespace millpond::text {

// The language this process was started in: LC_ALL, LC_MESSAGES or LANG, Chinese for "zh...", English otherwise.
[[nodiscard]] Language environment_language();

// Several lines, each ended.
[[nodiscard]] std::string report(const base::Error& error, Language language);

}  // namespace millpond::text
