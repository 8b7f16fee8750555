// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/target.h"

#include <algorithm>

namespace millpond::fuzz {

std::vector<Target> all_targets() {
  auto all = code_targets();
  for (const auto& more : {capture_targets(), document_targets(), game_targets(), kept_targets(), local_targets(),
                           notice_targets(), rule_targets(), scan_targets(), wire_targets()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  std::ranges::sort(all, {}, &Target::name);
  return all;
}

}  // namespace millpond::fuzz
