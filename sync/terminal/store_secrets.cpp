// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/store_secrets.h"

#include "sync/crypto/seal.h"

namespace millpond::terminal {

base::Result<std::optional<wire::StoreSecrets>> store_secrets(store::Replica& replica, const Identity& identity) {
  MILLPOND_TRY(const auto rows, replica.rows_of(wire::RowKind::store_secrets));
  std::optional<wire::StoreSecrets> newest;
  const auto opening = identity.key.opening_key();
  for (const auto& row : rows) {
    const auto plain = opening.open(row.body);
    if (!plain) continue;  // sealed for a key that this terminal had before
    auto secrets = wire::decode_store_secrets(*plain);
    if (secrets) newest = *secrets;
  }
  return newest;
}

}  // namespace millpond::terminal
