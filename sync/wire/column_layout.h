// SPDX-License-Identifier: Apache-2.0
// The columns of schema_columns, and of the schemas that added to it, by number. Numbers are persisted in every batch
// that a ring or a hub keeps: never renumber, never reuse, never change what a column means; a better idea is a new
// schema. Inside `wire` only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millpond::wire {

enum class Column : std::uint8_t {
  kind = 1,  // FactKind of each fact, + odd_stamp; or as_it_is
  verbatim_size = 2,
  verbatim = 3,  // bytes
  salt_size = 4,
  salt = 5,  // bytes
  payload_size = 6,
  payload = 7,  // bytes
  // Where a stamp is not what the one before it promises: differences, 0 for what is as promised.
  terminal = 8,
  epoch = 9,
  seq = 10,
  utc_offset = 11,
  local_date = 12,
  programme_version = 13,
  // Texts seen for the first time, of all dictionaries in the order of their use.
  text_size = 14,
  text = 15,  // bytes
  // Identities: a dictionary of their upper 40 bits, and counters.
  id_prefix = 16,
  id_prefix_new = 17,
  id_counter = 18,      // of members seen for the first time
  coupon_counter = 19,  // of coupons redeemed: distance to the newest one
  time = 20,            // + FactKind: milliseconds since the fact before
  sale_store = 40,
  sale_till = 41,
  sale_date = 42,
  sale_transaction = 43,
  sale_member = 44,
  sale_currency = 45,
  sale_total = 46,
  sale_tax = 47,
  sale_eligible = 48,
  sale_body_tag = 49,  // bytes, 8 each
  sale_training = 50,
  line_count = 51,
  line_id = 52,
  line_sku = 53,
  line_quantity = 54,
  line_category = 55,
  line_net = 56,
  line_discount = 57,
  tender_count = 58,
  tender_type = 59,
  tender_amount = 60,
  tender_merchant = 61,  // 0: none
  tender_provider_transaction = 62,
  // Of a fact that belongs to a sale: differences to the last sale of the batch.
  owner_member = 64,
  owner_sale = 65,
  owner_epoch = 66,
  points = 67,
  points_base = 68,
  coupon_id = 72,
  coupon_campaign = 73,
  coupon_store = 74,
  coupon_value = 75,
  coupon_threshold = 76,
  coupon_not_before = 77,
  coupon_expires = 78,
  coupon_cause = 79,
  coupon_cause_bytes = 80,  // bytes, 32 each
  spent_prefix = 81,
  spent_reason = 82,
  print_intent = 84,
  print_outcome = 85,
  member_id = 88,
  member_store = 89,
  member_channel = 90,
  consent_count = 91,
  consent_purpose = 92,
  consent_granted = 93,
  consent_text_hash = 94,
  consent_language = 95,
  payload_hash = 96,
  payload_hash_bytes = 97,  // bytes, 32 each
  // Of schema_later_columns alone.
  sale_operator = 98,  // 0: none
  line_modifier_count = 99,
  line_modifier = 100,
  line_excluded = 101,
  coupon_by = 102,
  coupon_variant = 103,
  coupon_least_paid = 104,
  member_campaign = 105,
  member_staff = 106,
  member_invited_by = 107,
  member_came_by = 108,
  consent_age = 109,
};

inline constexpr std::size_t columns_max = 128;
inline constexpr std::size_t dictionary_entries_max = 1U << 18;  // of a batch; one with more is sent verbatim
inline constexpr std::uint64_t odd_stamp = 32;                   // in Column::kind
inline constexpr std::uint64_t as_it_is = 31;  // in Column::kind; never 0, so that a batch without this column is none

}  // namespace millpond::wire
