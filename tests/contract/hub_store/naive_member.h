// SPDX-License-Identifier: Apache-2.0
// What NaiveFold knows of a member.
#pragma once

#include "sync/model/member_facts.h"
#include "sync/model/member_marks.h"

namespace millpond::tests {

struct NaiveMember {
  bool enrolled{};
  bool removed{};
  std::int64_t points{};
  std::int64_t qualifying{};
  std::uint32_t version{};
  std::int64_t visits{};
  model::Channel came_by{};
  model::MemberMarks marks{};
  std::uint64_t same_as{};  // as somebody told it; 0: nobody's alias
  friend bool operator==(const NaiveMember&, const NaiveMember&) = default;
};

}  // namespace millpond::tests
