// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/people_rows.h"

#include "sync/wire/proto_fields.h"

namespace millpond::wire {

base::Bytes encode(const StaffRow& row) {
  proto::StaffRow out;
  out.set_staff(row.staff.value);
  out.set_role(static_cast<std::uint32_t>(row.role));
  out.set_pin_hash(row.pin_hash);
  out.set_version(row.version);
  return serialize(out);
}

base::Result<StaffRow> decode_staff_row(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::StaffRow>(bytes, "staff row"));
  const bool known = in.role() >= static_cast<std::uint32_t>(model::Role::cashier) &&
                     in.role() <= static_cast<std::uint32_t>(model::Role::technician);
  if (!known || in.staff() == 0) return bad_message("staff row", "an unknown role, or nobody");
  return StaffRow{{in.staff()}, static_cast<model::Role>(in.role()), in.pin_hash(), in.version()};
}

base::Bytes encode(const StoreSecrets& secrets) {
  proto::StoreSecrets out;
  out.set_generation(secrets.generation);
  out.set_phone_key(text_of_array(secrets.phone_key));
  out.set_pin_key(text_of_array(secrets.pin_key));
  return serialize(out);
}

base::Result<StoreSecrets> decode_store_secrets(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::StoreSecrets>(bytes, "store secrets"));
  StoreSecrets secrets;
  secrets.generation = in.generation();
  if (!copy_exactly(in.phone_key(), secrets.phone_key) || !copy_exactly(in.pin_key(), secrets.pin_key)) {
    return bad_message("store secrets", "a key of another length");
  }
  return secrets;
}

}  // namespace millpond::wire
