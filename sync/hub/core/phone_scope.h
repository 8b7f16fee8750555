// SPDX-License-Identifier: Apache-2.0
// PhoneScope: whose terminals can look a phone up. The smaller the scope, the fewer people a stolen machine with its
// keys can be asked about. A value; pure.
#pragma once

#include "sync/base/ids.h"

#include <map>

namespace millpond::hub {

struct PhoneScope {
  enum class Kind : std::uint8_t { store, region, chain } kind{Kind::region};
  std::map<base::StoreId, std::uint32_t> regions{};  // stores that are not named are one region, 0

  // The place of a store's rows in the feed: its own, or one above every store's number.
  [[nodiscard]] std::uint64_t place_of(base::StoreId store) const;
};

}  // namespace millpond::hub
