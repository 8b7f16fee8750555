// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/staff_desk.h"

#include "sync/crypto/pin.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/person.h"
#include "sync/terminal/store_secrets.h"

#include <algorithm>

namespace millpond::terminal {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view document_kind = "pin_misses";
constexpr std::size_t head_bytes = 8 + 2;
constexpr std::size_t entry_bytes = 4 + 4 + 4 + 8;

Error closed(const model::PinGate& gate) {
  const auto seconds = std::to_string((gate.wait_ms + 999) / 1'000);
  return {Code::pin_locked, "check PIN", gate.needs_unlocking ? "a manager has to unlock it" : seconds + " s"};
}

bool is_closed(const model::PinGate& gate) { return gate.needs_unlocking || gate.wait_ms > 0; }

}  // namespace

StaffDesk::StaffDesk(Terminal& terminal, const base::Clock& clock, std::string boot_id)
    : terminal_{terminal}, clock_{clock}, boot_id_{std::move(boot_id)} {}

base::Result<wire::StaffRow> StaffDesk::row_of(base::StaffId staff) {
  MILLPOND_TRY(const auto rows, terminal_.replica_.rows_of(wire::RowKind::staff));
  for (const auto& each : rows) {
    auto row = wire::decode_staff_row(each.body);
    if (row && row->staff == staff) return row;
  }
  return Error{Code::person_unknown, "find staff", "nobody here has the number " + std::to_string(staff.value)};
}

// The boot's name, then one entry a person. A document of another boot: waits begin with this start of the machine.
StaffDesk::Misses StaffDesk::load() const {
  const auto published = terminal_.journal_.published();
  const auto* const content = published->document(document_kind);
  Misses misses;
  if (content == nullptr || content->size() < head_bytes) return misses;
  base::ByteView bytes{*content};
  misses.version = base::read_big_endian(bytes.first(8));
  const auto name_size = static_cast<std::size_t>(base::read_big_endian(bytes.subspan(8, 2)));
  bytes = bytes.subspan(head_bytes);
  if (bytes.size() < name_size) return misses;
  const bool same_boot = !boot_id_.empty() && base::text_of(bytes.first(name_size)) == boot_id_;
  for (bytes = bytes.subspan(name_size); bytes.size() >= entry_bytes; bytes = bytes.subspan(entry_bytes)) {
    Entry entry;
    entry.staff = {static_cast<std::uint32_t>(base::read_big_endian(bytes.first(4)))};
    entry.version = static_cast<std::uint32_t>(base::read_big_endian(bytes.subspan(4, 4)));
    entry.misses.count = static_cast<std::uint32_t>(base::read_big_endian(bytes.subspan(8, 4)));
    if (same_boot) entry.misses.last_ms = static_cast<std::int64_t>(base::read_big_endian(bytes.subspan(12, 8)));
    misses.entries.push_back(entry);
  }
  return misses;
}

base::Result<> StaffDesk::keep(Misses& misses, const std::vector<model::FactBody>& facts) {
  std::erase_if(misses.entries, [](const Entry& entry) { return entry.misses.count == 0; });
  base::Bytes content;
  base::append_big_endian(content, misses.version + 1, 8);
  base::append_big_endian(content, boot_id_.size(), 2);
  base::append(content, base::view_of(boot_id_));
  for (const auto& entry : misses.entries) {
    base::append_big_endian(content, entry.staff.value, 4);
    base::append_big_endian(content, entry.version, 4);
    base::append_big_endian(content, entry.misses.count, 4);
    base::append_big_endian(content, static_cast<std::uint64_t>(entry.misses.last_ms), 8);
  }
  const auto rules = terminal_.programme();
  const Moment moment{terminal_.time_.now(), rules.get()};
  auto kept = terminal_.journal_.commit([&](store::Transaction& transaction) -> base::Result<> {
    for (const auto& fact : facts) {
      MILLPOND_TRY_DO(transaction.append(fact, moment.now_ms, moment.utc_offset_min, moment.programme_version));
    }
    return transaction.put_document(document_kind, misses.version + 1, content);
  });
  if (kept) misses.version += 1;
  return kept;
}

StaffDesk::Entry& StaffDesk::entry_of(Misses& misses, const wire::StaffRow& row) {
  auto found = std::ranges::find(misses.entries, row.staff, &Entry::staff);
  if (found == misses.entries.end()) found = misses.entries.insert(found, Entry{row.staff, row.version, {}});
  if (found->version != row.version) *found = {row.staff, row.version, {}};
  return *found;
}

base::Result<StaffDesk::Person> StaffDesk::check(base::StaffId staff, std::string_view pin) {
  MILLPOND_TRY(const auto row, row_of(staff));
  MILLPOND_TRY_DO(crypto::pin_cost_of(row.pin_hash));  // before a miss is counted: no PIN could fit
  MILLPOND_TRY(const auto secrets, store_secrets(terminal_.replica_, terminal_.identity_));
  if (!secrets) return Error{Code::person_unknown, "check PIN", "the hub has not sent this store's key yet"};
  auto misses = load();
  {
    auto& entry = entry_of(misses, row);
    const auto gate = model::gate_of(entry.misses, clock_.monotonic_ms());
    if (is_closed(gate)) return closed(gate);
    entry.misses.count += 1;
    entry.misses.last_ms = clock_.monotonic_ms();
  }
  MILLPOND_TRY_DO(keep(misses, {}));
  const auto key = crypto::SecretKey::of(secrets->pin_key);
  const bool fits = crypto::pin_fits(row.pin_hash, pin, staff.value, key);
  auto& entry = entry_of(misses, row);
  entry.misses.last_ms = clock_.monotonic_ms();
  const auto gate = model::gate_of(entry.misses, clock_.monotonic_ms());
  if (fits) entry.misses = {};
  const auto outcome = fits              ? model::StaffCheck::passed
                       : is_closed(gate) ? model::StaffCheck::locked
                                         : model::StaffCheck::missed;
  MILLPOND_TRY_DO(keep(misses, {model::StaffChecked{staff, outcome}}));
  if (fits) return Person{staff, row.role};
  if (is_closed(gate)) return closed(gate);
  return Error{Code::pin_wrong, "check PIN", "not this person's"};
}

base::Result<StaffDesk::Person> StaffDesk::check_pin(base::StaffId staff, std::string_view pin) {
  const std::lock_guard lock{mutex_};
  return check(staff, pin);
}

base::Result<> StaffDesk::authorise(model::Act act, base::StaffId staff, std::string_view pin) {
  MILLPOND_TRY(const auto person, check_pin(staff, pin));
  if (model::may_approve(person.role, act)) return {};
  return Error{Code::role_missing, "authorise", "not with this person's role"};
}

base::Result<> StaffDesk::approve(const model::ActApproved& act, std::string_view pin) {
  const std::lock_guard lock{mutex_};
  MILLPOND_TRY(const auto person, check(act.by, pin));
  if (!model::may_approve(person.role, act.act)) {
    return Error{Code::role_missing, "approve", "not with this person's role"};
  }
  auto misses = load();
  if (act.act == model::Act::pin_unlocked) {
    std::erase_if(misses.entries, [&](const Entry& entry) { return entry.staff.value == act.subject; });
  }
  return keep(misses, {act});
}

base::Result<> StaffDesk::vouch(base::MemberId member, base::StaffId staff, std::string_view pin) {
  MILLPOND_TRY_DO(authorise(model::Act::identity_approved, staff, pin));
  const auto now_ms = clock_.monotonic_ms();
  const std::lock_guard lock{vouches_mutex_};
  std::erase_if(vouches_, [&](const auto& each) { return each.second.until_ms <= now_ms; });
  vouches_[person_number(terminal_.replica_, member)] = {staff, now_ms + vouch_ms};
  return {};
}

bool StaffDesk::has_vouches() {
  const std::lock_guard lock{vouches_mutex_};
  return !vouches_.empty();
}

base::StaffId StaffDesk::take_vouch(base::MemberId member) {
  const std::lock_guard lock{vouches_mutex_};
  const auto found = vouches_.find(person_number(terminal_.replica_, member));
  if (found == vouches_.end()) return {};
  const auto vouch = found->second;
  vouches_.erase(found);
  return vouch.until_ms > clock_.monotonic_ms() ? vouch.by : base::StaffId{};
}

base::Result<> StaffDesk::unlock(base::StaffId staff, base::StaffId manager, std::string_view pin) {
  model::ActApproved act;
  act.act = model::Act::pin_unlocked;
  act.by = manager;
  act.asked_by = staff;
  act.subject = staff.value;
  return approve(act, pin);
}

base::Result<> StaffDesk::leave(base::StaffId staff) {
  const std::lock_guard lock{mutex_};
  auto misses = load();
  return keep(misses, {model::StaffChecked{staff, model::StaffCheck::left}});
}

base::Result<std::vector<StaffDesk::Standing>> StaffDesk::people() {
  const std::lock_guard lock{mutex_};
  MILLPOND_TRY(const auto rows, terminal_.replica_.rows_of(wire::RowKind::staff));
  auto misses = load();
  std::vector<Standing> standings;
  for (const auto& each : rows) {
    const auto row = wire::decode_staff_row(each.body);
    if (!row) continue;
    const auto& entry = entry_of(misses, *row);
    standings.push_back(
        {{row->staff, row->role}, entry.misses.count, model::gate_of(entry.misses, clock_.monotonic_ms())});
  }
  return standings;
}

}  // namespace millpond::terminal
