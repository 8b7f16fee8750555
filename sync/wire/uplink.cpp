// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/canonical.h"
#include "sync/wire/column_rows.h"
#include "sync/wire/compress.h"
#include "sync/wire/messages.h"
#include "sync/wire/proto_fields.h"

namespace millpond::wire {
namespace {

base::Bytes encode_verbatim(const std::vector<Row>& rows) {
  proto::UpRows columns;
  for (const auto& row : rows) {
    add_to_column(row.canonical, *columns.mutable_canonical_sizes(), *columns.mutable_canonicals());
    add_to_column(row.payload_salt, *columns.mutable_salt_sizes(), *columns.mutable_salts());
    add_to_column(row.payload, *columns.mutable_payload_sizes(), *columns.mutable_payloads());
  }
  return compress(columns.SerializeAsString());
}

// Nothing when they do not give the rows back: a batch that its reader cannot rebuild would end this terminal's upload.
std::optional<base::Bytes> encode_columns(const UpRequest& message) {
  const auto packed = pack_rows(message);
  std::vector<std::size_t> ends;
  const auto content = packed.columns.content(packed.head, ends);
  if (content.size() > up_body_bytes_max) return std::nullopt;
  if (!reads_back(content, message, packed.candidates)) return std::nullopt;
  return compress_blocks(content, ends);
}

base::Result<> decode_columns(const std::string& frame, std::uint32_t count, UpRequest& message) {
  MILLPOND_TRY(const auto content, decompress(frame, up_body_bytes_max));
  MILLPOND_TRY(auto unpacked, unpack_rows(content, message, count));
  message.rows = std::move(unpacked.rows);
  message.brand = unpacked.brand;
  return {};
}

base::Result<std::vector<Row>> decode_verbatim(const std::string& frame, std::uint32_t count) {
  MILLPOND_TRY(const auto content, decompress(frame, up_body_bytes_max));
  MILLPOND_TRY(const auto columns, parse<proto::UpRows>(content, "up rows", up_body_bytes_max));
  const auto expected = static_cast<int>(count);
  if (columns.canonical_sizes_size() != expected || columns.salt_sizes_size() != expected ||
      columns.payload_sizes_size() != expected) {
    return bad_message("up rows", "columns of unequal length");
  }
  ColumnReader canonicals{columns.canonical_sizes(), columns.canonicals()};
  ColumnReader salts{columns.salt_sizes(), columns.salts()};
  ColumnReader payloads{columns.payload_sizes(), columns.payloads()};
  std::vector<Row> rows(count);
  for (auto& row : rows) {
    if (!canonicals.next(row.canonical) || !salts.next(row.payload_salt) || !payloads.next(row.payload)) {
      return bad_message("up rows", "a column is too short");
    }
    if (row.canonical.size() > canonical_bytes_max) {
      return base::Error{base::Code::too_large, "decode up rows", "a fact is too long"};
    }
  }
  if (!canonicals.finished() || !salts.finished() || !payloads.finished()) {
    return bad_message("up rows", "a column is too long");
  }
  return rows;
}

}  // namespace

base::Bytes batch_signed_bytes(base::TerminalId terminal, base::Epoch epoch, base::Seq first_seq, std::uint64_t count,
                               const base::Hash& chain_head) {
  base::Bytes bytes;
  base::append_big_endian(bytes, terminal.value, 4);
  base::append_big_endian(bytes, epoch.value, 4);
  base::append_big_endian(bytes, first_seq.value, 8);
  base::append_big_endian(bytes, count, 8);
  base::append(bytes, chain_head);
  return bytes;
}

base::Bytes encode(const UpRequest& message) {
  auto schema = message.schema;
  auto rows = schema >= schema_columns ? encode_columns(message) : std::nullopt;
  if (!rows) {
    schema = schema_verbatim;
    rows = encode_verbatim(message.rows);
  }
  proto::UpRequest out;
  out.set_protocol(message.protocol);
  out.set_schema(schema);
  out.set_terminal(message.terminal.value);
  out.set_epoch(message.epoch.value);
  out.set_first_seq(message.first_seq.value);
  out.set_count(static_cast<std::uint32_t>(message.rows.size()));
  out.set_chain_before(text_of_array(message.chain_before));
  out.set_chain_head(text_of_array(message.chain_head));
  out.set_device_wall_ms(message.device_wall_ms);
  out.set_device_monotonic_ms(message.device_monotonic_ms);
  out.set_boot_id(message.boot_id);
  out.set_signature(text_of_array(message.signature));
  out.set_rows_zstd(rows->data(), rows->size());
  return serialize(out);
}

base::Result<UpRequest> decode_up_request(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::UpRequest>(bytes, "up request", up_body_bytes_max));
  if (in.protocol() != protocol_version) {
    return base::Error{base::Code::protocol_mismatch, "decode up request", "version " + std::to_string(in.protocol())};
  }
  if (in.count() > batch_events_max) {
    return base::Error{base::Code::too_large, "decode up request", std::to_string(in.count()) + " facts"};
  }
  UpRequest message;
  if (in.terminal() > base::terminal_id_max || in.first_seq() == 0 || in.boot_id().size() > 64 ||
      !copy_exactly(in.chain_before(), message.chain_before) || !copy_exactly(in.chain_head(), message.chain_head) ||
      !copy_exactly(in.signature(), message.signature)) {
    return bad_message("up request", "a field is out of its bounds");
  }
  message.schema = schema_of(in.schema());
  if (message.schema > schema_max) {
    return base::Error{base::Code::protocol_mismatch, "decode up request", "schema " + std::to_string(in.schema())};
  }
  message.terminal = {in.terminal()};
  message.epoch = {in.epoch()};
  message.first_seq = {in.first_seq()};
  message.device_wall_ms = in.device_wall_ms();
  message.device_monotonic_ms = in.device_monotonic_ms();
  message.boot_id = in.boot_id();
  if (message.schema >= schema_columns) {
    MILLPOND_TRY_DO(decode_columns(in.rows_zstd(), in.count(), message));
  } else {
    MILLPOND_TRY(message.rows, decode_verbatim(in.rows_zstd(), in.count()));
  }
  return message;
}

base::Bytes encode(const UpAnswer& message) {
  proto::UpAnswer out;
  out.set_protocol(protocol_version);
  out.set_status(static_cast<std::uint32_t>(message.status));
  out.set_epoch(message.epoch.value);
  out.set_accepted_through(message.accepted_through.value);
  out.set_head(text_of_array(message.head));
  out.set_hub_wall_ms(message.hub_wall_ms);
  to_proto(message.credit, *out.mutable_credit());
  out.set_reason(message.reason);
  out.set_common_through(message.common_through.value);
  out.set_schema_max(message.schema_max);
  return serialize(out);
}

base::Result<UpAnswer> decode_up_answer(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::UpAnswer>(bytes, "up answer"));
  if (in.protocol() != protocol_version) {
    return base::Error{base::Code::protocol_mismatch, "decode up answer", "version " + std::to_string(in.protocol())};
  }
  UpAnswer message;
  if (in.status() < 1 || in.status() > 4 || in.reason().size() > 64 || !copy_exactly(in.head(), message.head)) {
    return bad_message("up answer", "a field is out of its bounds");
  }
  message.status = static_cast<UpStatus>(in.status());
  message.epoch = {in.epoch()};
  message.accepted_through = {in.accepted_through()};
  message.hub_wall_ms = in.hub_wall_ms();
  message.credit = from_proto(in.credit());
  message.reason = in.reason();
  message.common_through = {in.common_through()};
  message.schema_max = schema_of(in.schema_max());
  return message;
}

}  // namespace millpond::wire
