// SPDX-License-Identifier: Apache-2.0
// Documents: the rows of a downlink page that live in the journal and not in the replica, because value depends on
// them: the programme, the issuer directory, this terminal's allowance and leases, withdrawn app cards, the hub's keys
// and its address. A lease that a newer one takes the place of is given back by the same action. A programme is kept
// only when a hub key signed its very bytes, a hub key or an address only when the brand's root did.
// Journal document "programme": the encoded wire::ProgrammeRow, signature included, verbatim. "hub_keys": see
// store/hub_keys.h. "hub_address": wire::sign_hub_address(), verbatim.
// Repeating a page changes nothing. Runs on the journal's thread; blocks for one commit, and only when a row is new.
#pragma once

#include "sync/client/hub_line.h"
#include "sync/store/journal.h"
#include "sync/wire/messages.h"

#include <optional>

namespace millpond::client {

inline constexpr std::string_view programme_document = "programme";
inline constexpr std::string_view address_document = "hub_address";
// The hub's word on whether this copy of the terminal may honour value: one byte, 1 while it may not, and 8 bytes that
// count changes.
inline constexpr std::string_view standing_document = "standing";
// What this terminal may honour without asking: the row's body, wire::decode_allowance().
inline constexpr std::string_view allowance_document = "allowance";
// There while the replica beside this journal was filled beside it.
inline constexpr std::string_view replica_document = "replica";

// `now_ms` dates what leases give back and bounds their ends. Returns the programme's version when a newer one was
// kept. Errors: signature_invalid and hub_key_unvouched (nothing of the page is kept), bad_input for a row that cannot
// be read, and the journal's own.
[[nodiscard]] base::Result<std::optional<std::uint32_t>> keep_documents(const wire::DownPage& page,
                                                                        const Credentials& credentials,
                                                                        store::Journal& journal, std::int64_t now_ms);

// Keeps a lease of the hub's, of a page or of an answer; what is left of the one before of the same thing goes back in
// the same action. None is kept beyond lease_ms_max from `now_ms`. One that is there already changes nothing. Errors:
// the journal's own.
[[nodiscard]] base::Result<> keep_lease(const model::Lease& lease, store::Transaction& transaction,
                                        std::int64_t now_ms);

// Gives back what is left of leases whose end has come, and of one that was cut for a sale which did not come in its
// time, or took fewer of its member's points: nobody else is given those meanwhile. Their facts are dated `now_ms`, as
// the hub's time is known. False when there are none. Errors: the journal's own.
[[nodiscard]] base::Result<bool> return_ended_leases(store::Journal& journal, std::int64_t now_ms);

// What the hub said last of this copy: true while it may not honour value. Errors: the journal's own.
[[nodiscard]] base::Result<bool> read_standing(store::Journal& journal);
// Keeps what the hub says of this copy; commits only when it changed. Errors: the journal's own.
[[nodiscard]] base::Result<> keep_standing(bool value_suspended, store::Journal& journal);

// Whether the replica beside this journal was filled beside it: a journal that began anew, or that was salvaged without
// its documents, never got those that the replica's cursor has passed, and the replica's positions are not its own.
[[nodiscard]] base::Result<bool> knows_replica(store::Journal& journal);
[[nodiscard]] base::Result<> remember_replica(store::Journal& journal);

}  // namespace millpond::client
