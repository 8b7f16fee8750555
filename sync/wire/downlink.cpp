// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/hash.h"
#include "sync/wire/compress.h"
#include "sync/wire/messages.h"
#include "sync/wire/proto_fields.h"

namespace millpond::wire {
namespace {

base::Result<std::vector<DownRow>> decode_rows(const std::string& frame, std::uint32_t count) {
  MILLPOND_TRY(const auto content, decompress(frame, down_body_bytes_max));
  MILLPOND_TRY(const auto columns, parse<proto::DownRows>(content, "down rows", down_body_bytes_max));
  const auto expected = static_cast<int>(count);
  if (columns.kinds_size() != expected || columns.key_sizes_size() != expected || columns.deleted_size() != expected ||
      columns.body_sizes_size() != expected) {
    return bad_message("down rows", "columns of unequal length");
  }
  ColumnReader keys{columns.key_sizes(), columns.keys()};
  ColumnReader bodies{columns.body_sizes(), columns.bodies()};
  std::vector<DownRow> rows(count);
  for (int i = 0; i < expected; ++i) {
    auto& row = rows[static_cast<std::size_t>(i)];
    if (columns.kinds(i) > 255) return bad_message("down rows", "a kind is out of its bounds");
    row.kind = static_cast<std::uint8_t>(columns.kinds(i));
    row.deleted = columns.deleted(i);
    if (!keys.next(row.key) || !bodies.next(row.body)) return bad_message("down rows", "a column is too short");
    if (row.key.empty() || (row.deleted && !row.body.empty())) return bad_message("down rows", "an impossible row");
  }
  if (!keys.finished() || !bodies.finished()) return bad_message("down rows", "a column is too long");
  return rows;
}

}  // namespace

base::Bytes encode(const DownPage& message) {
  proto::DownRows columns;
  for (const auto& row : message.rows) {
    columns.add_kinds(row.kind);
    add_to_column(row.key, *columns.mutable_key_sizes(), *columns.mutable_keys());
    columns.add_deleted(row.deleted);
    add_to_column(row.body, *columns.mutable_body_sizes(), *columns.mutable_bodies());
  }
  proto::DownPage out;
  out.set_protocol(protocol_version);
  out.set_generation(message.next.generation);
  out.set_hub_seq(message.next.hub_seq);
  out.set_more(message.more);
  out.set_restart(message.restart);
  out.set_count(static_cast<std::uint32_t>(message.rows.size()));
  out.set_rows_zstd(std::string{base::text_of(compress(columns.SerializeAsString()))});
  out.set_includes_epoch(message.includes_epoch.value);
  out.set_includes_your_seq(message.includes_your_seq.value);
  for (const auto& mark : message.accepted) {
    auto* const added = out.add_accepted();
    added->set_epoch(mark.epoch.value);
    added->set_through(mark.through.value);
  }
  out.set_scoped_seq(message.next.scoped_seq);
  out.set_snapshot_required(message.snapshot_required);
  out.set_value_suspended(message.value_suspended);
  out.set_schema_max(message.schema_max);
  if (message.checkpoint) {
    out.mutable_checkpoint()->set_count(message.checkpoint->count);
    out.mutable_checkpoint()->set_checksum(message.checkpoint->checksum);
  }
  out.set_hub_wall_ms(message.hub_wall_ms);
  to_proto(message.credit, *out.mutable_credit());
  return serialize(out);
}

base::Result<DownPage> decode_down_page(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::DownPage>(bytes, "down page", down_body_bytes_max));
  if (in.protocol() != protocol_version) {
    return base::Error{base::Code::protocol_mismatch, "decode down page", "version " + std::to_string(in.protocol())};
  }
  if (in.count() > page_rows_max) {
    return base::Error{base::Code::too_large, "decode down page", std::to_string(in.count()) + " rows"};
  }
  if (in.accepted_size() > static_cast<int>(epoch_marks_max) || in.scoped_seq() > in.hub_seq()) {
    return bad_message("down page", "a field is out of its bounds");
  }
  DownPage message;
  message.next = {in.generation(), in.hub_seq(), in.scoped_seq()};
  message.more = in.more();
  message.restart = in.restart();
  MILLPOND_TRY(message.rows, decode_rows(in.rows_zstd(), in.count()));
  message.includes_epoch = {in.includes_epoch()};
  message.includes_your_seq = {in.includes_your_seq()};
  for (const auto& mark : in.accepted()) message.accepted.push_back({{mark.epoch()}, {mark.through()}});
  message.snapshot_required = in.snapshot_required();
  message.value_suspended = in.value_suspended();
  message.schema_max = schema_of(in.schema_max());
  if (in.has_checkpoint()) message.checkpoint = Checkpoint{in.checkpoint().count(), in.checkpoint().checksum()};
  message.hub_wall_ms = in.hub_wall_ms();
  message.credit = from_proto(in.credit());
  return message;
}

std::uint64_t row_checksum(base::ByteView key, base::ByteView body) {
  const auto hash = crypto::blake2b(key, body);
  return base::read_big_endian(base::ByteView{hash}.first(8));
}

}  // namespace millpond::wire
