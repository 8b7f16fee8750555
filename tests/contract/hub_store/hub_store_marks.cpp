// SPDX-License-Identifier: Apache-2.0
// What every engine behind HubStore must do about what the chain says of a member beside figures.
#include "tests/contract/hub_store/suite.h"

using namespace millpond;
using namespace millpond::tests;

TEST_CASE(
    "Nobody concludes anything about a member who has not agreed to it, and what was concluded goes with the word") {
  on_every_engine([](HubStore& store, const auto&) {
    using model::MarkKind;
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.begin_epoch();
    terminal.enrol({9}, {1});
    const auto send = [&] {
      static_cast<void>(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
      project_all(store);
    };
    const auto says = [&](bool granted, std::uint32_t seen) {
      terminal.add(model::ConsentChanged{{9}, seen, {model::Purpose::profiling, granted, {}, "en"}});
      send();
    };
    const auto marked = [&](std::vector<model::MemberMark> marks) -> std::optional<base::Code> {
      const auto done = store.mark_member({9}, marks, 5);
      project_all(store);
      if (done) return std::nullopt;
      return done.error().code;
    };
    const auto marks = [&] { return (*store.member_row({9}))->marks; };
    send();
    CHECK(marked({{MarkKind::tag, "vip"}}) == base::Code::consent_missing);
    CHECK(marked({{MarkKind::rfm, "loyal"}}) == base::Code::consent_missing);
    CHECK(marked({{MarkKind::verified}, {MarkKind::untag, "vip"}, {MarkKind::rfm, ""}}) == std::nullopt);
    CHECK(marks() == model::MemberMarks{true, "", {}});

    says(true, 0);
    terminal.add(model::AwardGiven{{9}, {7}, model::ActionKind::tag, 0, "tea", base::Hash{1}, 0, false, {}, {}});
    send();
    CHECK(marked({{MarkKind::tag, "vip"}, {MarkKind::rfm, "loyal"}}) == std::nullopt);
    CHECK(marks() == model::MemberMarks{true, "loyal", {"tea", "vip"}});

    // Noted while they agreed, and applied behind their withdrawal.
    terminal.add(model::ConsentChanged{{9}, 1, {model::Purpose::profiling, false, {}, "en"}});
    static_cast<void>(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
    CHECK(marked({{MarkKind::tag, "late"}}) == std::nullopt);
    CHECK(marks() == model::MemberMarks{true, "", {"tea"}});
    CHECK(marked({{MarkKind::tag, "vip"}}) == base::Code::consent_missing);
    CHECK(store.rebuilt_otherwise(open_anything()).value().empty());
    CHECK(store.check()->holds());
  });
}

TEST_CASE("What the chain says of a member is told for the person, and is made again by a rebuild") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    terminal.begin_epoch();
    for (const std::uint64_t member : {8, 9}) terminal.enrol({member}, {1});
    terminal.add(model::ConsentChanged{{9}, 0, {model::Purpose::profiling, true, {}, "en"}});
    model::AwardGiven tag{{8}, {7}, model::ActionKind::tag, 0, "tea", base::Hash{1}, 0, false, {}, {}};
    terminal.add(tag);
    tag.cause = base::Hash{2};
    tag.word = "promised";
    tag.deferred = true;
    terminal.add(tag);
    REQUIRE(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
    project_all(store);
    const auto marks_of = [&](std::uint64_t member) { return (*store.member_row({member}))->marks; };
    CHECK(marks_of(8) == model::MemberMarks{false, "", {"tea"}});  // what was only promised counts nothing
    CHECK(marks_of(9) == model::MemberMarks{});

    using model::MarkKind;
    const std::vector<model::MemberMark> marks{{MarkKind::tag, "vip"}, {MarkKind::rfm, "loyal"}, {MarkKind::verified}};
    REQUIRE(store.mark_member({9}, marks, 5));
    CHECK(store.acts(10)->entries.front().what == "member_marked");
    const std::vector<model::MemberMark> half{{MarkKind::untag, "vip"}, {MarkKind::tag, ""}};
    CHECK(store.mark_member({9}, half, 6).error().code == base::Code::bad_input);
    CHECK(store.mark_member({77}, marks, 6).error().code == base::Code::not_found);
    project_all(store);
    CHECK(marks_of(9) == model::MemberMarks{true, "loyal", {"vip"}});
    const auto version = (*store.member_row({9}))->version;
    REQUIRE(store.mark_member({9}, marks, 7));
    project_all(store);
    CHECK((*store.member_row({9}))->version == version);  // nothing new, so nobody is told

    REQUIRE(store.merge_members({8}, {9}, 8));
    project_all(store);
    CHECK(marks_of(9) == model::MemberMarks{true, "loyal", {"tea", "vip"}});
    CHECK(store.rebuilt_otherwise(open_anything()).value().empty());
    REQUIRE(store.remove_member({9}, 9));
    project_all(store);
    CHECK(store.rebuilt_otherwise(open_anything()).value().empty());
    CHECK(store.check()->holds());
  });
}

TEST_CASE("Numbers that proved one phone within 90 days are one person, and no others become one by themselves") {
  constexpr std::int64_t day_ms = 86'400'000;
  constexpr std::int64_t first_proof_ms = 20'000 * day_ms;
  struct Row {
    const char* what;
    std::uint8_t phone;            // of the second enrolment; the first one's is 7
    std::uint64_t earlier, later;  // in which order they prove it
    std::int64_t days_between;
    bool unproved_between;
    bool one_person;
  };
  for (const auto& row :
       {Row{"both, soon", 7, 1, 2, 90, false, true}, Row{"the second one first", 7, 2, 1, 0, false, true},
        Row{"the carrier may have given it away", 7, 1, 2, 91, false, false},
        Row{"two phones", 8, 1, 2, 0, false, false}, Row{"the first took it back", 7, 1, 2, 3, true, false}}) {
    CAPTURE(row.what);
    on_every_engine([&](HubStore& store, const auto&) {
      auto terminal = terminal_of(1);
      admit(store, terminal);
      terminal.begin_epoch();
      terminal.enrol_sealed({1}, {1}, {7});
      terminal.enrol_sealed({2}, {1}, {row.phone});
      REQUIRE(store.ingest(checked(terminal, 1, terminal.head()), start_of(terminal)));
      project_all(store);
      const auto mark = [&](std::uint64_t member, model::MarkKind kind, std::int64_t at_ms) {
        const std::vector<model::MemberMark> marks{{kind, {}}};
        REQUIRE(store.mark_member({member}, marks, at_ms));
        project_all(store);
      };
      const auto aliases = [&](std::uint64_t member) { return (*store.member_row({member}))->aliases; };
      mark(row.earlier, model::MarkKind::verified, first_proof_ms);
      CHECK(aliases(1).empty());
      if (row.unproved_between) mark(row.earlier, model::MarkKind::unverified, first_proof_ms);
      mark(row.later, model::MarkKind::verified, first_proof_ms + row.days_between * day_ms);
      CHECK(aliases(1) == (row.one_person ? std::vector<base::MemberId>{{2}} : std::vector<base::MemberId>{}));
      CHECK(store.rebuilt_otherwise(open_anything()).value().empty());
      CHECK(store.check()->holds());
      if (!row.one_person) return;
      // Whoever looked knows better, and is not overruled.
      REQUIRE(store.unmerge_member({2}, first_proof_ms));
      mark(2, model::MarkKind::verified, first_proof_ms);
      CHECK(aliases(1).empty());
    });
  }
}
