// SPDX-License-Identifier: Apache-2.0
// Error: why something that can fail in the field did fail, as a closed code and what to do about it.
// Not a sentence for people: `text` turns a code into what happened, why, and what to do next, in the reader's
// language.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millpond::base {

// When the same call may succeed.
enum class Retry : std::uint8_t {
  now,        // at once: a race or an interrupted call
  later,      // after a pause: a peer or a disk is not available
  operator_,  // after a person has changed something
  never,      // the input is wrong and stays wrong
};

// Every code of the product with its retry class. Names are stable: programs, tests and string tables refer to them.
// Add at the end of the group; never rename.
#define MILLPOND_ERROR_CODES(X)        \
  /* general */                        \
  X(bad_input, never)                  \
  X(not_found, never)                  \
  X(too_large, never)                  \
  X(unsupported, never)                \
  X(internal, operator_)               \
  X(cancelled, now)                    \
  X(overloaded, later)                 \
  X(timeout, later)                    \
  /* files, configuration, process */  \
  X(file_unreadable, operator_)        \
  X(file_unwritable, operator_)        \
  X(permission_denied, operator_)      \
  X(config_invalid, operator_)         \
  X(config_unknown_key, operator_)     \
  X(already_running, operator_)        \
  X(already_exists, operator_)         \
  X(not_running, operator_)            \
  X(port_taken, operator_)             \
  X(address_not_allowed, operator_)    \
  /* store */                          \
  X(disk_full, operator_)              \
  X(disk_error, operator_)             \
  X(store_locked, operator_)           \
  X(store_corrupt, operator_)          \
  X(store_newer, operator_)            \
  X(commit_unknown, now)               \
  X(ids_exhausted, operator_)          \
  X(chain_broken, operator_)           \
  /* codes and keys */                 \
  X(code_malformed, never)             \
  X(code_unknown_kind, never)          \
  X(code_wrong_brand, never)           \
  X(code_forged, never)                \
  X(code_unknown_issuer, later)        \
  X(code_not_yet_valid, later)         \
  X(code_expired, never)               \
  X(code_stale, now)                   \
  X(code_shown_before, now)            \
  X(code_payment, never)               \
  X(key_unusable, operator_)           \
  X(signature_invalid, never)          \
  X(certificate_invalid, operator_)    \
  X(certificate_expired, operator_)    \
  X(picture_unreadable, never)         \
  X(picture_no_code, never)            \
  X(code_withdrawn, never)             \
  X(newer_release, operator_)          \
  /* members, sales, coupons */        \
  X(member_unknown, later)             \
  X(member_exists, never)              \
  X(phone_malformed, never)            \
  X(consent_missing, never)            \
  X(sale_malformed, never)             \
  X(sale_changed, never)               \
  X(sale_not_paid, never)              \
  X(refund_too_much, operator_)        \
  X(currency_mismatch, never)          \
  X(no_programme, later)               \
  X(programme_invalid, never)          \
  X(coupon_spent, never)               \
  X(coupon_void, never)                \
  X(coupon_elsewhere, later)           \
  X(coupon_unknown, later)             \
  X(coupon_threshold, never)           \
  X(coupon_other_member, never)        \
  X(coupon_duplicate_issue, never)     \
  X(award_duplicate, never)            \
  X(sale_duplicate, never)             \
  X(id_clash, operator_)               \
  X(value_suspended, operator_)        \
  X(points_overdrawn, operator_)       \
  X(profile_clash, never)              \
  X(consent_withdrawn, never)          \
  X(time_unknown, later)               \
  X(coupon_online_only, later)         \
  X(coupon_cap_value, later)           \
  X(coupon_cap_terminal, later)        \
  X(coupon_cap_age, later)             \
  X(coupon_cap_member, later)          \
  X(coupon_held, later)                \
  X(coupon_not_for_this, never)        \
  X(coupon_not_combined, never)        \
  X(hold_ended, never)                 \
  X(points_short, never)               \
  X(points_cap, later)                 \
  X(identity_too_weak, operator_)      \
  X(age_not_told, never)               \
  X(too_young, never)                  \
  X(campaign_cap, later)               \
  /* people behind the counter */      \
  X(pin_malformed, never)              \
  X(pin_too_simple, never)             \
  X(pin_wrong, never)                  \
  X(pin_locked, later)                 \
  X(person_unknown, operator_)         \
  X(role_missing, operator_)           \
  X(approval_required, operator_)      \
  /* line and hub */                   \
  X(hub_unreachable, later)            \
  X(hub_not_a_hub, later)              \
  X(hub_refused, operator_)            \
  X(hub_gap, now)                      \
  X(hub_fork, operator_)               \
  X(clock_skew, operator_)             \
  X(not_provisioned, operator_)        \
  X(provision_code_invalid, operator_) \
  X(unauthorized, operator_)           \
  X(replayed, never)                   \
  X(protocol_mismatch, operator_)      \
  X(rate_limited, later)               \
  X(terminal_revoked, operator_)       \
  X(hub_key_unvouched, operator_)      \
  X(work_order_invalid, operator_)     \
  X(grant_invalid, operator_)          \
  X(grant_expired, operator_)          \
  X(notice_account_unknown, operator_) \
  X(notice_key_unknown, operator_)     \
  X(notice_malformed, never)           \
  X(notice_expired, never)             \
  X(notice_changed, operator_)         \
  X(notice_other_account, operator_)   \
  X(notice_amount_differs, operator_)  \
  /* devices */                        \
  X(device_absent, operator_)          \
  X(device_busy, operator_)            \
  X(device_failed, later)              \
  X(font_missing, operator_)           \
  X(display_absent, operator_)

enum class Code : std::uint16_t {
#define MILLPOND_CODE(name, retry) name,
  MILLPOND_ERROR_CODES(MILLPOND_CODE)
#undef MILLPOND_CODE
};

struct Error {
  Code code{};
  std::string operation;  // what was tried: "open journal", "post /v1/up"
  std::string detail;     // what the layer below said; technical, never personal data
  std::string hint{};     // what this installation should look at: a path, a setting, a command
};

// The stable name of a code, for programs and string tables: "disk_full".
[[nodiscard]] std::string_view code_name(Code code);

// The code of a stable name, for messages that crossed a socket.
[[nodiscard]] std::optional<Code> code_from_name(std::string_view name);

[[nodiscard]] Retry retry_class(Code code);

// One technical line for logs and test failures: "disk_full: append: database or disk is full (hint)".
[[nodiscard]] std::string describe(const Error& error);

}  // namespace millpond::base
