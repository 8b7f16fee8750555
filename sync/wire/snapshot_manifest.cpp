// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/snapshot_manifest.h"

#include "sync/wire/proto_fields.h"

namespace millpond::wire {

base::Bytes encode(const SnapshotManifest& manifest) {
  proto::SnapshotManifest out;
  out.set_schema(manifest.schema);
  out.set_generation(manifest.cursor.generation);
  out.set_hub_seq(manifest.cursor.hub_seq);
  out.set_bytes(manifest.bytes);
  out.set_raw_bytes(manifest.raw_bytes);
  out.set_hash(text_of_array(manifest.hash));
  out.mutable_members()->set_count(manifest.members.count);
  out.mutable_members()->set_checksum(manifest.members.checksum);
  return serialize(out);
}

base::Result<SnapshotManifest> decode_snapshot_manifest(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::SnapshotManifest>(bytes, "snapshot manifest"));
  if (in.bytes() > snapshot_bytes_max || in.raw_bytes() > snapshot_raw_bytes_max) {
    return base::Error{base::Code::too_large, "decode snapshot manifest",
                       std::to_string(in.bytes()) + " bytes of " + std::to_string(in.raw_bytes())};
  }
  if (in.schema() == 0 || in.generation() == 0 || in.bytes() == 0 || in.raw_bytes() == 0) {
    return bad_message("snapshot manifest", "a field is missing");
  }
  SnapshotManifest manifest;
  manifest.schema = in.schema();
  manifest.cursor = {in.generation(), in.hub_seq(), 0};
  manifest.bytes = in.bytes();
  manifest.raw_bytes = in.raw_bytes();
  if (!copy_exactly(in.hash(), manifest.hash)) return bad_message("snapshot manifest", "a hash of another length");
  manifest.members = {in.members().count(), in.members().checksum()};
  return manifest;
}

}  // namespace millpond::wire
