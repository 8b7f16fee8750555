// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/grant_file.h"

#include "sync/base/byte_cursor.h"
#include "sync/crypto/hash.h"

namespace millpond::wire {
namespace {

constexpr std::string_view documents_context = "MILLPOND-GRANTED1";

base::Error invalid(const char* operation, const char* detail) {
  return {base::Code::grant_invalid, operation, detail};
}

// Takes fields whose lengths stand before them, until one is longer than what is left.
class Fields {
 public:
  explicit Fields(base::ByteView bytes) : left_{bytes.size()}, cursor_{bytes} {}
  [[nodiscard]] bool sound() const { return sound_; }
  [[nodiscard]] bool done() const { return sound_ && left_ == 0; }
  base::ByteView take(std::size_t size) {
    sound_ = sound_ && size <= left_;
    if (!sound_) return {};
    left_ -= size;
    return cursor_.take(size);
  }
  std::size_t number(std::size_t size) {
    const auto bytes = take(size);
    return sound_ ? static_cast<std::size_t>(base::read_big_endian(bytes)) : 0;
  }
  base::Bytes field(std::size_t length_bytes) {
    const auto bytes = take(number(length_bytes));
    return {bytes.begin(), bytes.end()};
  }

 private:
  std::size_t left_;
  base::ByteCursor cursor_;
  bool sound_ = true;
};

void append_field(base::Bytes& to, base::ByteView content, std::size_t length_bytes) {
  base::append_big_endian(to, content.size(), length_bytes);
  base::append(to, content);
}

base::Result<std::vector<DownRow>> decode_documents(base::ByteView bytes) {
  constexpr auto operation = "read granted documents";
  Fields fields{bytes};
  const auto count = fields.number(4);
  if (!fields.sound() || count > grant_documents_max) return invalid(operation, "more than a grant names");
  std::vector<DownRow> rows;
  for (std::size_t i = 0; i < count && fields.sound(); ++i) {
    DownRow row;
    row.kind = static_cast<std::uint8_t>(fields.number(1));
    row.key = fields.field(2);
    row.body = fields.field(4);
    rows.push_back(std::move(row));
  }
  if (!fields.done()) return invalid(operation, "wrong length");
  return rows;
}

}  // namespace

base::Bytes encode_grant_file(const GrantFile& file) {
  const auto magic = base::view_of(grant_file_magic);
  base::Bytes bytes{magic.begin(), magic.end()};
  append_field(bytes, encode_sheet(file.sheet), 2);
  append_field(bytes, file.documents, 4);
  return bytes;
}

base::Result<GrantFile> decode_grant_file(base::ByteView bytes) {
  constexpr auto operation = "read grant file";
  if (bytes.size() > grant_file_bytes_max) return base::Error{base::Code::too_large, operation, "above 3 MiB"};
  Fields fields{bytes};
  if (base::text_of(fields.take(grant_file_magic.size())) != grant_file_magic) {
    return invalid(operation, "no grant file, or of a later release");
  }
  const auto sheet = fields.field(2);
  GrantFile file;
  file.documents = fields.field(4);
  if (!fields.done()) return invalid(operation, "wrong length");
  MILLPOND_TRY(file.sheet, decode_sheet(sheet));
  return file;
}

base::Bytes encode_documents(const std::vector<DownRow>& rows) {
  base::Bytes bytes;
  std::size_t count = 0;
  for (const auto& row : rows) {
    if (row.deleted || count == grant_documents_max) continue;
    count += 1;
    base::append_big_endian(bytes, row.kind, 1);
    append_field(bytes, row.key, 2);
    append_field(bytes, row.body, 4);
  }
  base::Bytes all;
  base::append_big_endian(all, count, 4);
  base::append(all, bytes);
  return all;
}

base::Hash hash_documents(base::ByteView documents) {
  return crypto::blake2b(base::view_of(documents_context), documents);
}

base::Result<std::vector<DownRow>> open_documents(base::ByteView documents, const Grant& grant) {
  if (documents.empty()) return std::vector<DownRow>{};
  if (hash_documents(documents) != grant.documents) {
    return invalid("check granted documents", "other ones than the grant names");
  }
  return decode_documents(documents);
}

}  // namespace millpond::wire
