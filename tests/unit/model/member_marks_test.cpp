// SPDX-License-Identifier: Apache-2.0
#include "sync/model/member_marks.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using model::MarkKind;
using model::MemberMark;
using model::MemberMarks;

TEST_CASE("A mark changes what it names and nothing else") {
  struct Row {
    MemberMark mark;
    bool changes;
    MemberMarks after;
  };
  const MemberMarks before{true, "loyal", {"b", "d"}};
  for (const auto& row :
       {Row{{MarkKind::tag, "a"}, true, {true, "loyal", {"a", "b", "d"}}},
        Row{{MarkKind::tag, "c"}, true, {true, "loyal", {"b", "c", "d"}}}, Row{{MarkKind::tag, "d"}, false, before},
        Row{{MarkKind::untag, "b"}, true, {true, "loyal", {"d"}}}, Row{{MarkKind::untag, "c"}, false, before},
        Row{{MarkKind::verified, ""}, false, before},
        Row{{MarkKind::unverified, ""}, true, {false, "loyal", {"b", "d"}}},
        Row{{MarkKind::rfm, "loyal"}, false, before}, Row{{MarkKind::rfm, ""}, true, {true, "", {"b", "d"}}}}) {
    CAPTURE(static_cast<int>(row.mark.kind), row.mark.word);
    auto marks = before;
    CHECK(model::apply_mark(marks, row.mark) == row.changes);
    CHECK(marks == row.after);
    const auto decoded = model::decode_mark(model::encode_mark(row.mark));
    REQUIRE(decoded);
    CHECK(*decoded == row.mark);
  }
}

TEST_CASE("There are no more tags than a row tells") {
  MemberMarks marks;
  for (std::size_t i = 0; i < model::member_tags_max; ++i) {
    CHECK(model::apply_mark(marks, {MarkKind::tag, std::string(1, static_cast<char>('a' + i))}));
  }
  const auto full = marks;
  CHECK_FALSE(model::apply_mark(marks, {MarkKind::tag, "A"}));
  CHECK(marks == full);
  model::add_marks(marks, {false, "", {"A"}});
  CHECK(marks.tags.size() == model::member_tags_max);
  CHECK(marks.tags.front() == "A");
}

TEST_CASE("One person's numbers are marked together") {
  MemberMarks sum{false, "", {"b"}};
  model::add_marks(sum, {true, "loyal", {"a", "b"}});
  model::add_marks(sum, {false, "lapsed", {}});
  CHECK(sum == MemberMarks{true, "loyal", {"a", "b"}});
}

TEST_CASE("A word that is none is refused") {
  for (const auto& mark :
       {MemberMark{MarkKind::tag, ""}, MemberMark{MarkKind::untag, ""}, MemberMark{MarkKind::tag, "a\nb"},
        MemberMark{MarkKind::verified, "yes"}, MemberMark{MarkKind::rfm, std::string(65, 'x')}, MemberMark{{}, "a"},
        MemberMark{static_cast<MarkKind>(6), ""}}) {
    CAPTURE(static_cast<int>(mark.kind), mark.word);
    CHECK(model::check_mark(mark).error().code == base::Code::bad_input);
    CHECK_FALSE(model::decode_mark(model::encode_mark(mark)));
  }
  CHECK_FALSE(model::decode_mark({}));
}
