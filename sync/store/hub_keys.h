// SPDX-License-Identifier: Apache-2.0
// The hub keys that came after provisioning, each as the brand's root vouched for it, in journal document "hub_keys".
// The key of the identity is not among them. One that was accepted stays: what it signed is still there. On the
// journal's thread.
#pragma once

#include "sync/store/journal.h"
#include "sync/wire/certificate.h"

#include <vector>

namespace millpond::store {

// Oldest first. What this root did not vouch for is left out. Errors: the journal's own.
[[nodiscard]] base::Result<std::vector<wire::HubKey>> later_hub_keys(Journal& journal, const crypto::PublicKey& root);

// One commit; none for a key that is kept already. Errors: certificate_invalid (not vouched for), the journal's own.
[[nodiscard]] base::Result<> keep_hub_key(Journal& journal, base::ByteView vouched, const crypto::PublicKey& root);

}  // namespace millpond::store
