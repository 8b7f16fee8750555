// SPDX-License-Identifier: Apache-2.0
// Phones at the hub: out of the sealed box only for as long as a look-up hash and a masked form take. Private to this
// room. Pure; any thread.
#pragma once

#include "sync/hub/core/hub_store.h"
#include "sync/hub/core/keys.h"
#include "sync/hub/core/people.h"

namespace millpond::hub {

// A box holds the phone in E.164 form ("+8613800002917"). Errors: signature_invalid (sealed for somebody else, or
// changed), phone_malformed.
[[nodiscard]] base::Result<OpenedPhone> open_phone(const HubKeys& keys, const PhoneScope& scope,
                                                   const SealedPhone& sealed);

// What a box holds, whatever it is. Error: signature_invalid.
[[nodiscard]] base::Result<std::string> open_sealed_text(const HubKeys& keys, base::ByteView box);

// "138****2917" for mainland China, else country digits and the last two: "+44****56".
[[nodiscard]] std::string mask_phone(std::string_view e164);

}  // namespace millpond::hub
