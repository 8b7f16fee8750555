// SPDX-License-Identifier: Apache-2.0
// Replica: what the hub has told this terminal about members and coupons, with the downlink cursor in the same file so
// that both roll back together. May be deleted at any time and is fetched again; until its first checkpoint the
// terminal earns and enrols but honours nothing that only the hub knows. One SQLite file in WAL/NORMAL, one connection
// with a cache of 8 MiB, thread-safe by an internal lock: calls are short and never wait behind the journal's syncs.
//
// Damage: a file that does not hang together is set aside as "<file>.damaged" at open and a new one begun. A row that
// changed on the disk, or moved to another key, is found at open; it is store_corrupt whenever it is asked for, the
// others are served. damaged() then tells the client to fetch everything again.
//
// Personal data lies encrypted in the file (personal_fields.h): masked names, look-up hashes of phones, PINs of staff
// and keys of the store. In a file that another machine's key encrypted they are forgotten at open and fetched again.
#pragma once

#include "sync/base/result.h"
#include "sync/snapshot/place.h"
#include "sync/store/personal_fields.h"
#include "sync/wire/messages.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace millpond::snapshot {
class Staged;
}

namespace millpond::store {

struct ReplicaMember {
  wire::MemberRow row;
  std::uint64_t as_of_position{};  // this terminal's facts through here are in row.points (journal.h)
};

class Replica {
 public:
  // Opens or creates, and removes what a crash left beside it. Reads every page: 0.4 s a million members. Errors:
  // disk_full, permission_denied, store_locked. vfs: an SQLite VFS by name; tests inject faults through it. fields: the
  // keys of this machine; without them (simulations, figures) personal fields are kept as they come.
  [[nodiscard]] static base::Result<std::unique_ptr<Replica>> open(
      const std::filesystem::path& path, const std::string& vfs = {},
      std::shared_ptr<const PersonalFields> fields = nullptr);
  virtual ~Replica() = default;

  [[nodiscard]] virtual base::Result<wire::DownCursor> cursor() = 0;
  // Rows of a page and its cursor in one transaction; applying a page twice changes nothing. Programme and issuer rows
  // belong to the journal and are skipped here; unknown kinds are kept.
  [[nodiscard]] virtual base::Result<> apply(const wire::DownPage& page, std::uint64_t as_of_position) = 0;
  // Forgets everything and begins at the start of a generation. A damaged file is set aside. A crash leaves what was,
  // or an empty replica.
  [[nodiscard]] virtual base::Result<> restart(std::uint64_t generation) = 0;
  // Where files beside the replica go: snapshot::Download::open(place(), manifest).
  [[nodiscard]] virtual snapshot::Place place() const = 0;
  // Puts a snapshot in the place of everything here, durably and in one step: a crash leaves the old replica or the new
  // one. Its member rows include this terminal's facts through as_of_position; it is not complete before the next
  // checkpoint, and scoped rows begin at 0. Lookups wait for milliseconds. After an error the old replica goes on.
  [[nodiscard]] virtual base::Result<> adopt(std::unique_ptr<snapshot::Staged> staged,
                                             std::uint64_t as_of_position) = 0;
  // Count and checksum over live member rows, to compare with the hub's checkpoint.
  [[nodiscard]] virtual base::Result<wire::Checkpoint> checksum() = 0;
  [[nodiscard]] virtual base::Result<bool> complete() = 0;          // a checkpoint was reached in this generation
  [[nodiscard]] virtual base::Result<std::int64_t> as_of_ms() = 0;  // hub time of the last page; 0 before the first
  // Something that was read since open, restart or adopt had changed on the disk: fetch everything again.
  [[nodiscard]] virtual bool damaged() = 0;

  [[nodiscard]] virtual base::Result<std::optional<ReplicaMember>> find_member(base::MemberId member) = 0;
  [[nodiscard]] virtual base::Result<std::optional<wire::CouponRow>> find_coupon(base::CouponId coupon) = 0;
  [[nodiscard]] virtual base::Result<std::vector<wire::CouponRow>> coupons_of(base::MemberId member) = 0;
  [[nodiscard]] virtual base::Result<std::optional<wire::ProfileRow>> find_profile(base::MemberId member) = 0;
  [[nodiscard]] virtual base::Result<std::optional<base::MemberId>> find_phone(base::ByteView key16) = 0;
  // Every row of a kind that only this store or terminal gets: staff and store_secrets. Bodies as the hub sent them.
  [[nodiscard]] virtual base::Result<std::vector<wire::DownRow>> rows_of(wire::RowKind kind) = 0;
  // What a look-up hash is filed under on this machine, also in the journal.
  [[nodiscard]] virtual base::Bytes phone_at_rest(base::ByteView key16) const = 0;
  // Forgets names, look-up hashes and everything else that only some terminals get, also on the disk, and asks for it
  // again at the next page. What the hub told everybody stays. A damaged file that was set aside goes as a whole.
  // Repeating it changes nothing.
  [[nodiscard]] virtual base::Result<> purge_personal() = 0;
  // Makes everything applied so far durable (WAL checkpoint), before the journal drops what it repeats.
  [[nodiscard]] virtual base::Result<> checkpoint_to_disk() = 0;
};

}  // namespace millpond::store
