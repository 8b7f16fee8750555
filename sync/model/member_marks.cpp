// SPDX-License-Identifier: Apache-2.0
#include "sync/model/member_marks.h"

#include <algorithm>
#include <iterator>

namespace millpond::model {
namespace {

bool has_word(MarkKind kind) { return kind == MarkKind::tag || kind == MarkKind::untag || kind == MarkKind::rfm; }

bool change(bool& value, bool to) {
  const bool changes = value != to;
  value = to;
  return changes;
}

}  // namespace

base::Result<> check_mark(const MemberMark& mark) {
  const auto refuse = [](std::string why) { return base::Error{base::Code::bad_input, "mark member", std::move(why)}; };
  if (mark.kind < MarkKind::tag || mark.kind > MarkKind::rfm) return refuse("an unknown kind of mark");
  if (!has_word(mark.kind)) return mark.word.empty() ? base::Result<>{} : refuse("a word where none belongs");
  if (mark.word.empty() && mark.kind != MarkKind::rfm) return refuse("a tag without a name");
  if (mark.word.size() > mark_bytes_max) {
    return refuse("\"" + mark.word.substr(0, mark_bytes_max) + "...\" is longer than " +
                  std::to_string(mark_bytes_max) + " bytes");
  }
  const bool plain = std::ranges::none_of(mark.word, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (!plain) return refuse("a word with control characters");
  return {};
}

bool apply_mark(MemberMarks& marks, const MemberMark& mark) {
  const auto place = std::ranges::lower_bound(marks.tags, mark.word);
  const bool there = place != marks.tags.end() && *place == mark.word;
  switch (mark.kind) {
    case MarkKind::tag:
      if (there || marks.tags.size() >= member_tags_max) return false;
      marks.tags.insert(place, mark.word);
      return true;
    case MarkKind::untag:
      if (!there) return false;
      marks.tags.erase(place);
      return true;
    case MarkKind::verified:
      return change(marks.verified, true);
    case MarkKind::unverified:
      return change(marks.verified, false);
    case MarkKind::rfm:
      if (marks.rfm == mark.word) return false;
      marks.rfm = mark.word;
      return true;
  }
  return false;
}

void add_marks(MemberMarks& sum, const MemberMarks& more) {
  sum.verified = sum.verified || more.verified;
  if (sum.rfm.empty()) sum.rfm = more.rfm;
  std::vector<std::string> tags;
  std::ranges::set_union(sum.tags, more.tags, std::back_inserter(tags));
  if (tags.size() > member_tags_max) tags.resize(member_tags_max);
  sum.tags = std::move(tags);
}

base::Bytes encode_mark(const MemberMark& mark) {
  base::Bytes bytes{static_cast<std::uint8_t>(mark.kind)};
  bytes.insert(bytes.end(), mark.word.begin(), mark.word.end());
  return bytes;
}

base::Result<MemberMark> decode_mark(base::ByteView bytes) {
  if (bytes.empty()) return base::Error{base::Code::bad_input, "read mark", "nothing"};
  MemberMark mark{static_cast<MarkKind>(bytes[0]), std::string{bytes.begin() + 1, bytes.end()}};
  MILLPOND_TRY_DO(check_mark(mark));
  return mark;
}

}  // namespace millpond::model
