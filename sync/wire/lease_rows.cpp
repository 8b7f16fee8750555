// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/lease_rows.h"

#include "sync/wire/proto_fields.h"

#include <algorithm>

namespace millpond::wire {

base::Bytes encode(const model::Lease& lease) {
  proto::Lease out;
  out.set_id(lease.id.value);
  out.set_kind(static_cast<std::uint32_t>(lease.kind));
  out.set_subject(lease.subject);
  out.set_epoch(lease.epoch.value);
  out.set_amount(lease.amount);
  out.set_a_member_max(lease.a_member_max);
  out.set_expires_ms(lease.expires_ms);
  out.set_asked_by(lease.asked_by.value);
  out.set_asked_points(lease.asked_points);
  out.set_asked_until_ms(lease.asked_until_ms);
  return serialize(out);
}

base::Result<model::Lease> decode_lease(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::Lease>(bytes, "lease"));
  const bool known = in.kind() >= static_cast<std::uint32_t>(model::LeaseKind::points) &&
                     in.kind() <= static_cast<std::uint32_t>(model::LeaseKind::campaign_count);
  if (in.id() == 0 || !known) return bad_message("lease", "without a number, or of an unknown kind");
  if (in.amount() <= 0 || in.a_member_max() < 0 || in.expires_ms() <= 0) return bad_message("lease", "of nothing");
  if (in.asked_points() < 0 || in.asked_until_ms() < 0) return bad_message("lease", "asked for nothing");
  const model::Lease lease{{in.id()},         static_cast<model::LeaseKind>(in.kind()),
                           in.subject(),      {in.epoch()},
                           in.amount(),       in.a_member_max(),
                           in.expires_ms(),   {in.asked_by()},
                           in.asked_points(), in.asked_until_ms()};
  if (lease.kind == model::LeaseKind::points && lease.subject != 0) return bad_message("lease", "points of something");
  return lease;
}

base::Bytes lease_key(base::TerminalId terminal, model::LeaseKind kind, std::uint64_t subject) {
  base::Bytes key;
  base::append_big_endian(key, terminal.value, 4);
  base::append_big_endian(key, static_cast<std::uint64_t>(kind), 1);
  base::append_big_endian(key, subject, 8);
  return key;
}

bool is_lease_key(base::ByteView key, base::TerminalId terminal, const model::Lease& lease) {
  return std::ranges::equal(key, lease_key(terminal, lease.kind, lease.subject));
}

}  // namespace millpond::wire
