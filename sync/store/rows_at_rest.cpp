// SPDX-License-Identifier: Apache-2.0
#include "sync/store/rows_at_rest.h"

#include "sync/snapshot/tables.h"

#include <algorithm>

namespace millpond::store {
namespace {

using wire::RowKind;

// A kind that no hub gives out: a word in the file that only its keys can read.
constexpr std::uint8_t mark_kind = 255;
constexpr std::string_view mark_key = "at_rest";

bool is_boxed(std::uint8_t kind) {
  return kind == static_cast<std::uint8_t>(RowKind::staff) || kind == static_cast<std::uint8_t>(RowKind::store_secrets);
}

std::string place_of_body(const wire::DownRow& row) {
  return PersonalFields::place("rows_" + std::to_string(row.kind), row.key, "body");
}

std::string place_of_name(base::MemberId member) {
  base::Bytes key;
  base::append_big_endian(key, member.value, 8);
  return PersonalFields::place("profiles", key, "shown_name");
}

}  // namespace

bool RowsAtRest::concerns(std::uint8_t kind) const {
  if (!fields_) return false;
  return is_boxed(kind) || kind == static_cast<std::uint8_t>(RowKind::profile) ||
         kind == static_cast<std::uint8_t>(RowKind::phone);
}

base::Result<> RowsAtRest::hide(wire::DownRow& row) const {
  if (row.kind == static_cast<std::uint8_t>(RowKind::phone)) {
    if (row.key.size() != 16) return base::Error{base::Code::bad_input, "keep row", "a phone row of another length"};
    row.key = phone(row.key);
    return {};
  }
  if (row.deleted) return {};
  if (is_boxed(row.kind)) {
    row.body = fields_->encrypt(place_of_body(row), row.body);
    return {};
  }
  MILLPOND_TRY(auto profile, wire::decode_profile_row(row.body));
  if (!profile.shown_name.empty()) {
    const auto box = fields_->encrypt(place_of_name(profile.member), base::view_of(profile.shown_name));
    profile.shown_name = base::to_hex(box);
  }
  row.body = wire::encode(profile);
  return {};
}

bool RowsAtRest::reveal(wire::DownRow& row) const {
  if (!fields_ || !is_boxed(row.kind)) return true;
  auto body = fields_->decrypt(place_of_body(row), row.body);
  if (!body) return false;
  row.body = std::move(*body);
  return true;
}

std::string RowsAtRest::name(const wire::ProfileRow& row) const {
  if (!fields_ || row.shown_name.empty()) return row.shown_name;
  const auto box = base::from_hex(row.shown_name);
  if (!box) return {};
  const auto name = fields_->decrypt(place_of_name(row.member), *box);
  return name ? std::string{base::text_of(*name)} : std::string{};
}

base::Bytes RowsAtRest::phone(base::ByteView key16) const {
  if (!fields_) return {key16.begin(), key16.end()};
  const auto filed = fields_->phone(key16);
  return {filed.begin(), filed.end()};
}

base::Result<bool> RowsAtRest::owns(sqlite::Connection& db) const {
  if (!fields_) return true;
  const auto marks = snapshot::read_others(db, static_cast<RowKind>(mark_kind));
  if (!marks) return false;
  const auto place = PersonalFields::place("rows_255", base::view_of(mark_key), "body");
  return std::ranges::any_of(*marks, [&](const wire::DownRow& row) {
    return std::ranges::equal(row.key, base::view_of(mark_key)) && fields_->decrypt(place, row.body).has_value();
  });
}

base::Result<> RowsAtRest::forget(sqlite::Connection& db) const {
  MILLPOND_TRY_DO(db.execute("DELETE FROM phones; DELETE FROM profiles"));
  MILLPOND_TRY_DO(db.run("DELETE FROM others WHERE kind IN (?1, ?2, ?3)", RowKind::staff, RowKind::store_secrets,
                         static_cast<RowKind>(mark_kind)));
  if (!fields_) return {};
  const auto place = PersonalFields::place("rows_255", base::view_of(mark_key), "body");
  snapshot::State unused;
  wire::DownRow mark;
  mark.kind = mark_kind;
  const auto key = base::view_of(mark_key);
  mark.key.assign(key.begin(), key.end());
  mark.body = fields_->encrypt(place, mark.key);
  return snapshot::put_row(db, unused, mark);
}

}  // namespace millpond::store
