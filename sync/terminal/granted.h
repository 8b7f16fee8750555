// SPDX-License-Identifier: Apache-2.0
// Granted: what an offline grant brings to a machine besides its identity (identity.h): the documents on the stick that
// it came on, kept in the file grant.documents (0600) beside identity.json until the journal has them, and what it says
// the terminal may honour before the hub has spoken. Blocking file access; one thread.
#pragma once

#include "sync/terminal/identity.h"
#include "sync/wire/grant_file.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace millpond::terminal {

struct BroughtGrant {
  wire::GrantSheet sheet;
  wire::CheckedSheet checked;
  base::Bytes documents{};  // wire::encode_documents(), checked too; empty on paper
};

// What somebody brought: the sheet's text "MPG1:..." with whatever white space a scanner put around it, or the bytes of
// a stick's file. Every signature in it holds afterwards, and its documents are those that the grant names. Errors:
// grant_invalid, too_large, signature_invalid (the programme), hub_key_unvouched, bad_input (a document that cannot be
// read).
[[nodiscard]] base::Result<BroughtGrant> read_grant(base::ByteView content);

// Becomes the terminal of the grant. The documents are durable before the identity is, so that a power cut loses
// neither or both. Errors: those of save_granted() and of writing.
[[nodiscard]] base::Result<> save_grant(const std::filesystem::path& folder, const BroughtGrant& grant,
                                        std::int32_t day);

// The documents that came with a grant that the hub has not taken yet, checked against it once more, for the journal.
// None for any other terminal, for paper, and once they were forgotten. Errors: grant_invalid, those of reading.
[[nodiscard]] base::Result<std::vector<wire::DownRow>> granted_documents(const std::filesystem::path& folder,
                                                                         const Identity& identity);
// The journal has them.
void forget_granted_documents(const std::filesystem::path& folder);

// What the grant says that the terminal may honour, as the hub says it to others: version 0, so that the hub's first
// word takes its place. Nothing for a terminal that the hub knows.
[[nodiscard]] std::optional<wire::DownRow> granted_allowance(const Identity& identity);

}  // namespace millpond::terminal
