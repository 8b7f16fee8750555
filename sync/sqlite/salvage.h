// SPDX-License-Identifier: Apache-2.0
// Salvage: rows out of a damaged file, as far as SQLite can still reach them. Judges nothing: whoever calls says which
// of the rows are whole.
#pragma once

#include "sync/sqlite/connection.h"

namespace millpond::sqlite {

// Opens a damaged file for reading what is left of it: entries of its schema that make no sense are left out. Errors:
// not_found, and store_corrupt when not even its header holds.
[[nodiscard]] base::Result<std::unique_ptr<Connection>> open_damaged(const OpenOptions& options);

// What the file defines, to the letter and in an order of its own.
[[nodiscard]] base::Result<std::string> schema_words(Connection& db);
// Whether every column that `of` has is in `db` as well, of the same type and place in keys: a later release may have
// added others.
[[nodiscard]] base::Result<bool> has_columns(Connection& db, Connection& of);
// True when the tables that the damaged file's schema still shows are those of the other file, to the letter.
[[nodiscard]] base::Result<bool> same_schema(Connection& damaged, Connection& other);

// Writes a copy of a damaged file whose header and schema are those of `donor`: an empty file that the same steps made
// at once, whose pages therefore lie where they lay in the damaged file. Only for reading rows that prove themselves:
// were the layouts different, tables would be mistaken for each other. A write-ahead log is copied along.
[[nodiscard]] base::Result<> graft_schema(const std::string& vfs, const std::filesystem::path& damaged,
                                          const std::filesystem::path& donor, const std::filesystem::path& result);

// Copies rows of one table into the same table of another file, whose columns are asked for by name; rows that are
// there already or do not fit are left out. Reads in the order of `key` until the damage, then from the other end; of
// an integer key it tries each value in between. Within a transaction of `to`. Returns how many rows were copied;
// damage in `from` is no error, what `to` cannot take is one.
[[nodiscard]] base::Result<std::uint64_t> copy_readable_rows(Connection& from, Connection& to, std::string_view table,
                                                             std::string_view key, bool integer_key);

}  // namespace millpond::sqlite
