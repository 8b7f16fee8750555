// SPDX-License-Identifier: Apache-2.0
// MemberMarks: what a chain says of a member beside figures, and what conditions ask for (conditions.h): tags that
// campaigns or an operator gave, the class that the brand's analysis put them in, and whether their number was proved.
// The hub is the only writer. Never a name, a number or a birthday. Pure values.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace millpond::model {

inline constexpr std::size_t member_tags_max = 16;
inline constexpr std::size_t mark_bytes_max = 64;  // of a tag or a class; as in documents

struct MemberMarks {
  bool verified{};                  // of the phone: a message, a provider or somebody who saw it ring proved it
  std::string rfm{};                // class name; empty: not in any
  std::vector<std::string> tags{};  // ascending, no repetitions, up to member_tags_max
  friend bool operator==(const MemberMarks&, const MemberMarks&) = default;
};

enum class MarkKind : std::uint8_t {  // persisted in the hub's log
  tag = 1,
  untag = 2,
  verified = 3,
  unverified = 4,
  rfm = 5,
};
struct MemberMark {
  MarkKind kind{};
  std::string word{};  // tag or class; an empty class takes it away; empty for the others
  friend bool operator==(const MemberMark&, const MemberMark&) = default;
};

// Errors: bad_input for a word that is missing, too long or has control characters.
[[nodiscard]] base::Result<> check_mark(const MemberMark& mark);
// Whether it says what somebody concluded about the person, which they have to have agreed to (Purpose::profiling).
// To take something away needs nobody's consent, and that a number was proved is no conclusion.
[[nodiscard]] inline bool is_profile(const MemberMark& mark) {
  return mark.kind == MarkKind::tag || (mark.kind == MarkKind::rfm && !mark.word.empty());
}
// False when nothing changes by it: it is so already, or there are member_tags_max tags.
bool apply_mark(MemberMarks& marks, const MemberMark& mark);
// One person's several numbers: every tag that one of them has (the first ones by name), verified when one is; the
// class is that of the first that is in any.
void add_marks(MemberMarks& sum, const MemberMarks& more);

// Bytes of a log entry behind the member: kind 1, word.
[[nodiscard]] base::Bytes encode_mark(const MemberMark& mark);
[[nodiscard]] base::Result<MemberMark> decode_mark(base::ByteView bytes);

}  // namespace millpond::model
