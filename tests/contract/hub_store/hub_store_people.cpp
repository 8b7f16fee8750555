// SPDX-License-Identifier: Apache-2.0
// What every engine behind HubStore must do about people who are enrolled more than once.
#include "tests/contract/hub_store/suite.h"
#include "tests/support/pretend_brand.h"

using namespace millpond;
using namespace millpond::tests;

namespace {

std::map<std::uint64_t, wire::MemberRow> member_rows(HubStore& store, wire::DownCursor from = {5, 0}) {
  std::map<std::uint64_t, wire::MemberRow> rows;
  for (const auto& [where, body] : live_rows(store, {1}, from)) {
    if (where.first != static_cast<int>(wire::RowKind::member)) continue;
    const auto row = wire::decode_member_row(body);
    REQUIRE(row);
    rows[row->member.value] = *row;
  }
  return rows;
}

// Sends what the terminal has made since, and projects it.
class Line {
 public:
  Line(HubStore& store, PretendTerminal& terminal) : store_{store}, terminal_{terminal} {}
  void send() {
    REQUIRE(store_.ingest(checked(terminal_, sent_ + 1, terminal_.head()), start_of(terminal_)));
    sent_ = terminal_.head();
    project_all(store_);
  }

 private:
  HubStore& store_;
  PretendTerminal& terminal_;
  std::uint64_t sent_ = 0;
};

}  // namespace

TEST_CASE("A merged member shows the sum under one number, later earnings of the other count, and it can be undone") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    Line line{store, terminal};
    terminal.enrol({8}, {1});
    terminal.enrol({9}, {1});
    terminal.sell({8}, "a", 1'000, 10);
    terminal.sell({9}, "b", 2'000, 20);
    line.send();
    const auto apart = member_rows(store);

    REQUIRE(store.merge_members({8}, {9}, 1'000));
    CHECK(member_rows(store) == apart);  // noted, and applied in its place
    terminal.sell({8}, "c", 400, 4);     // queued before anybody there knew
    line.send();
    auto rows = member_rows(store);
    CHECK(rows[8] == wire::MemberRow{{8}, 0, 0, 0, {9}});
    CHECK(rows[9].points == 34);
    CHECK(rows[9].qualifying_minor == 3'400);
    CHECK(rows[9].aliases == std::vector<base::MemberId>{{8}});
    CHECK(points(store) == std::map<std::uint64_t, std::int64_t>{{8, 14}, {9, 20}});  // ledgers are untouched
    CHECK(store.balances()->front().same_as.value == 9);
    CHECK(store.status()->members_aliases == 1);

    REQUIRE(store.unmerge_member({8}, 2'000));
    project_all(store);
    rows = member_rows(store);
    CHECK(rows[8].points == 14);
    CHECK(!rows[8].same_as);
    CHECK(rows[9].points == 20);
    CHECK(rows[9].aliases.empty());
    CHECK(store.check()->members_equal);
    CHECK(store.check()->checkpoint_equal);

    auto& again = reopen();
    REQUIRE(again.begin_rebuild(6));
    project_all(again);
    CHECK(member_rows(again, {6, 0}) == rows);
  });
}

TEST_CASE("Merges make a forest: undoing one takes along who was merged into it") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    Line line{store, terminal};
    for (std::uint64_t member = 1; member <= 4; ++member) {
      terminal.enrol({member}, {1});
      terminal.sell({member}, "s" + std::to_string(member), 1'000, static_cast<std::int64_t>(member));
    }
    line.send();
    for (const auto& [from, into] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{{1, 2}, {2, 3}, {4, 1}}) {
      REQUIRE(store.merge_members({from}, {into}, 1'000));
      project_all(store);
    }
    auto rows = member_rows(store);
    CHECK(rows[3].points == 10);
    CHECK(rows[3].aliases == std::vector<base::MemberId>{{1}, {2}, {4}});
    for (const std::uint64_t alias : {1, 2, 4}) CHECK(rows[alias].same_as.value == 3);
    CHECK(store.balances()->back().same_as.value == 3);

    const auto refused = [&](std::uint64_t from, std::uint64_t into, base::Code code) {
      CAPTURE(from, into);
      const auto done = store.merge_members({from}, {into}, 1'000);
      REQUIRE(!done);
      CHECK(done.error().code == code);
    };
    refused(1, 3, base::Code::bad_input);  // an alias already
    refused(3, 4, base::Code::bad_input);  // one already
    refused(3, 3, base::Code::bad_input);
    refused(3, 7, base::Code::not_found);
    refused(7, 3, base::Code::not_found);
    CHECK(store.unmerge_member({3}, 1'000).error().code == base::Code::bad_input);
    CHECK(store.unmerge_member({7}, 1'000).error().code == base::Code::not_found);

    REQUIRE(store.unmerge_member({2}, 1'000));
    project_all(store);
    rows = member_rows(store);
    CHECK(rows[3].points == 3);
    CHECK(rows[2].points == 7);
    CHECK(rows[2].aliases == std::vector<base::MemberId>{{1}, {4}});
    CHECK(rows[4].same_as.value == 2);
  });
}

TEST_CASE("Two merges that would make a circle, both noted before either was applied, make none") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    Line line{store, terminal};
    terminal.enrol({1}, {1});
    terminal.enrol({2}, {1});
    line.send();
    REQUIRE(store.merge_members({1}, {2}, 1'000));
    REQUIRE(store.merge_members({2}, {1}, 1'000));
    project_all(store);
    const auto rows = member_rows(store);
    CHECK(rows.at(1).same_as.value == 2);
    CHECK(!rows.at(2).same_as);
  });
}

TEST_CASE("A person has no more aliases than a row can name") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    Line line{store, terminal};
    const auto most = wire::member_aliases_max + 1;
    for (std::uint64_t member = 1; member <= most + 1; ++member) terminal.enrol({member}, {1});
    line.send();
    for (std::uint64_t member = 2; member <= most; ++member) {
      REQUIRE(store.merge_members({member}, {1}, 1'000));
      project_all(store);
    }
    const auto rows = member_rows(store);
    CHECK(rows.at(1).aliases.size() == wire::member_aliases_max);
    CHECK(rows.at(most).same_as.value == 1);
    CHECK(!rows.at(most + 1).same_as);
    CHECK(store.merge_members({most + 1}, {1}, 1'000).error().code == base::Code::bad_input);
  });
}

TEST_CASE("A second enrolment with one phone is told, and is one person with the first when an operator says so") {
  on_every_engine([](HubStore& store, const auto&) {
    auto terminal = terminal_of(1);
    admit(store, terminal);
    Line line{store, terminal};
    terminal.enrol_sealed({1}, {1}, {7});
    terminal.enrol_sealed({2}, {1}, {7});
    terminal.enrol_sealed({3}, {1}, {7});
    terminal.sell({2}, "a", 1'000, 10);
    line.send();
    CHECK(member_rows(store).at(1).points == 0);
    CHECK(member_rows(store).at(2).points == 10);
    CHECK(verdicts(store)["member_exists"] == 2);
    const auto balances = store.balances();
    REQUIRE(balances);
    REQUIRE(balances->size() == 3);
    CHECK(!(*balances)[0].phone_of);
    CHECK((*balances)[1].phone_of == base::MemberId{1});
    CHECK((*balances)[2].phone_of == base::MemberId{1});

    REQUIRE(store.merge_members({2}, {1}, 1'000));
    REQUIRE(store.merge_members({3}, {1}, 1'000));
    project_all(store);
    CHECK(member_rows(store).at(1).points == 10);
    REQUIRE(store.unmerge_member({2}, 1'000));  // another person with the same number, it turned out
    project_all(store);
    CHECK(member_rows(store).at(2).points == 10);
    REQUIRE(store.remove_member({3}, 1'000));  // and with 3 goes 1, who is the same
    project_all(store);
    const auto left = member_rows(store);
    REQUIRE(left.size() == 1);
    CHECK(left.at(2).points == 10);
    const auto told = verdicts(store);
    CHECK(store.status()->members_removed == 2);

    REQUIRE(store.begin_rebuild(6));
    project_all(store);
    CHECK(member_rows(store, {6, 0}) == left);
    CHECK(verdicts(store) == told);
    CHECK(store.status()->members_removed == 2);
  });
}

TEST_CASE("A profile is changed field by field in the hub's order; who had not seen the last change is told") {
  on_every_engine([](HubStore& store, const auto&) {
    auto a = terminal_of(1);
    auto b = terminal_of(2);
    admit(store, a);
    admit(store, b);
    Line line_a{store, a};
    Line line_b{store, b};
    a.enrol({9}, {1}, "+8613800000000");
    line_a.send();
    const auto change = [](PretendTerminal& at, model::ProfileField field, std::uint32_t base_version) {
      const base::Bytes salt{1};
      base::Bytes box{static_cast<std::uint8_t>(field), static_cast<std::uint8_t>(at.id().value)};
      const auto hash = crypto::blake2b(salt, box);
      return at.add(model::ProfileChanged{{9}, field, base_version, hash}, salt, std::move(box));
    };
    const auto seq_a = change(a, model::ProfileField::name, 0);
    change(a, model::ProfileField::birthday, 0);
    change(b, model::ProfileField::name, 0);  // at the same time, in another shop
    change(b, model::ProfileField::language, 0);
    line_a.send();
    line_b.send();
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"profile_clash", 1}});
    const auto row = read_feed(store, {1}, {5, 0}).rows;
    const auto key = std::pair{static_cast<int>(wire::RowKind::profile), base::Bytes{0, 0, 0, 0, 0, 0, 0, 9}};
    const auto profile = wire::decode_profile_row(row.at(key));
    REQUIRE(profile);
    CHECK(profile->shown_name == "138****0000");  // as before
    CHECK(profile->fields == std::vector<wire::FieldVersion>{{1, 2}, {2, 1}, {3, 1}});

    const auto report = store.profile({9});
    REQUIRE(report);
    REQUIRE(report->fields.size() == 4);  // both names are kept
    CHECK(report->fields[0].seq == seq_a);
    CHECK(report->fields[0].terminal == a.id());
    CHECK(!report->fields[0].clash);
    CHECK(report->fields[1].terminal == b.id());
    CHECK(report->fields[1].version == 2);
    CHECK(report->fields[1].clash);

    change(b, model::ProfileField::name, 2);  // the member said which is right
    line_b.send();
    CHECK(verdicts(store)["profile_clash"] == 1);
    REQUIRE(store.remove_member({9}, 1'000));
    project_all(store);
    change(b, model::ProfileField::name, 3);
    line_b.send();
    CHECK(verdicts(store)["member_unknown"] == 1);
    REQUIRE(store.begin_rebuild(6));
    project_all(store);
    CHECK(verdicts(store) == std::map<std::string, std::uint64_t>{{"member_unknown", 1}, {"profile_clash", 1}});
  });
}

TEST_CASE("A payload that is not its fact's changes no profile, also in a rebuild that no longer has it") {
  on_every_engine([](HubStore& store, const auto&) {
    auto a = terminal_of(1);
    admit(store, a);
    Line line{store, a};
    a.enrol({9}, {1});
    a.add(model::ProfileChanged{{9}, model::ProfileField::name, 0, crypto::blake2b(base::Bytes{1})}, {1}, {2});
    line.send();
    CHECK(verdicts(store)["signature_invalid"] == 1);
    CHECK(store.profile({9})->fields.empty());
    REQUIRE(store.begin_rebuild(6));
    project_all(store);
    CHECK(verdicts(store)["signature_invalid"] == 1);
    CHECK(store.profile({9})->fields.empty());
  });
}

TEST_CASE("A withdrawn consent stays withdrawn until somebody who has seen the withdrawal is told otherwise") {
  struct Step {
    const char* what;
    bool granted;
    std::uint32_t base_version;
    bool result;
    std::uint64_t told;
  };
  const std::vector<Step> steps{
      {"agreed to later", true, 0, true, 0},
      {"withdrawn by somebody who saw that", false, 1, false, 0},
      {"agreed to in a shop that had not heard", true, 1, false, 1},
      {"the same again", true, 0, false, 2},
      {"agreed to anew", true, 2, true, 2},
      {"withdrawn by somebody who had seen nothing", false, 0, false, 2},
  };
  on_every_engine([&](HubStore& store, const auto&) {
    auto a = terminal_of(1);
    admit(store, a);
    Line line{store, a};
    a.enrol({9}, {1});
    for (const auto& step : steps) {
      CAPTURE(step.what);
      a.add(model::ConsentChanged{{9}, step.base_version, {model::Purpose::marketing, step.granted, {}, "en"}});
      line.send();
      const auto report = store.profile({9});
      REQUIRE(report);
      REQUIRE(report->consents.size() == 1);
      CHECK(report->consents.front().granted == step.result);
      CHECK(verdicts(store)["consent_withdrawn"] == step.told);
    }
    CHECK(store.profile({77}).error().code == base::Code::not_found);
  });
}

TEST_CASE("What was agreed to with the enrolment is told to the store, whichever fact is heard first") {
  const model::ConsentChanged withdrawn{{9}, 0, {model::Purpose::marketing, false, {}, "en"}};
  model::MemberEnrolled enrolled{{9}, {1}, model::Channel::kiosk, {}, {}};
  enrolled.consents = {{model::Purpose::membership, true, {}, "en"},
                       {model::Purpose::marketing, true, {}, "en"},
                       {model::Purpose::profiling, false, {}, "en"}};
  const std::vector<wire::ConsentVersion> agreed{{static_cast<std::uint32_t>(model::Purpose::marketing), 0, true}};
  const std::vector<wire::ConsentVersion> taken_back{{static_cast<std::uint32_t>(model::Purpose::marketing), 1, false}};
  on_every_engine([&](HubStore& store, const auto&) {
    auto a = terminal_of(1);
    admit(store, a);
    Line line{store, a};
    const auto told = [&] {
      const auto rows = live_rows(store, {1}, {5, 0});
      base::Bytes key;
      base::append_big_endian(key, 9, 8);
      const auto row = rows.find({static_cast<int>(wire::RowKind::profile), key});
      REQUIRE(row != rows.end());
      return wire::decode_profile_row(row->second)->consents;
    };
    SECTION("the enrolment") {
      a.add(enrolled);
      line.send();
      CHECK(store.profile({9})->consents == agreed);
      CHECK(told() == agreed);
      a.add(withdrawn);
      line.send();
      CHECK(told() == taken_back);
    }
    SECTION("the withdrawal") {
      a.add(withdrawn);
      a.add(enrolled);
      line.send();
      CHECK(told() == taken_back);
    }
    CHECK(store.check()->members_equal);
  });
}

TEST_CASE("What a member said is told with its words, language, answer about age, moment and terminal") {
  on_every_engine([](HubStore& store, const auto&) {
    auto a = terminal_of(1);
    a.begin_epoch();
    admit(store, a);
    base::Hash words;
    words.fill(3);
    using model::AgeAnswer;
    using model::Purpose;
    model::MemberEnrolled enrolled{{9}, {1}, model::Channel::kiosk, {}, {}};
    enrolled.consents = {{Purpose::membership, true, words, "zh-CN", AgeAnswer::guardian_agrees},
                         {Purpose::marketing, false, words, "zh-CN", AgeAnswer::guardian_agrees}};
    a.add(enrolled);
    a.add(model::ConsentChanged{{9}, 0, {Purpose::partners, true, words, "en", AgeAnswer::old_enough}});
    a.add(model::ConsentChanged{{9}, 1, {Purpose::partners, false, {}, "en"}});
    REQUIRE(store.ingest(checked(a, 1, a.head()), start_of(a)));
    const auto check = [&] {
      project_all(store, 1);
      const auto file = store.member_file({9});
      REQUIRE(file);
      REQUIRE(file->said.size() == 3);
      CHECK(file->said[0].consent == enrolled.consents[0]);
      CHECK(file->said[1].consent == enrolled.consents[1]);
      CHECK(file->said[2].consent == model::Consent{Purpose::partners, false, {}, "en"});  // the newest word
      for (const auto& each : file->said) CHECK(each.terminal == a.id());
    };
    check();
    REQUIRE(store.begin_rebuild(6));
    check();
  });
}

TEST_CASE(
    "Every terminal hears how old a member has said to be, by the programme that asked, and nothing of somebody "
    "younger") {
  using model::AgeAnswer;
  using model::Purpose;
  const auto publish = [](HubStore& store, std::uint32_t version, const std::string& age_min) {
    auto json = hub_programme_json(version);
    json.pop_back();
    json += R"(,"country":{"code":"DE","joining":{"age_min":)" + age_min +
            R"(,"guardians_agree":true},"phone":{"calling_code":"49","digits_min":10,"digits_max":11},
               "profile_days":14,"breach_told_hours":72}})";
    const wire::ProgrammeRow row{version, 1, {json.begin(), json.end()}, {}};
    REQUIRE(store.publish(wire::RowKind::programme, base::view_of("programme"), wire::encode(row), version, 1'000));
  };
  const auto says = [](std::uint64_t member, AgeAnswer age, bool granted = true) {
    return model::ConsentChanged{{member}, 0, {Purpose::marketing, granted, {}, "en", age}};
  };
  const auto joins = [](std::uint64_t member, AgeAnswer age) {
    return model::MemberEnrolled{
        {member}, {1}, model::Channel::kiosk, {{Purpose::membership, true, {}, "en", age}}, {}};
  };
  on_every_engine([&](HubStore& store, const auto& reopen) {
    auto a = terminal_of(1);
    a.begin_epoch();
    admit(store, a);
    Line line{store, a};
    publish(store, 1, "16");
    publish(store, 2, "18");
    publish(store, 3, "14");

    a.go_by(1);
    a.add(joins(1, AgeAnswer::old_enough));
    a.add(joins(2, AgeAnswer::guardian_agrees));
    a.add(joins(3, AgeAnswer::not_asked));
    a.add(joins(4, AgeAnswer::guardian_agrees));
    a.go_by(0);  // before there was a programme: China's question
    a.add(says(3, AgeAnswer::old_enough));
    a.go_by(9);  // a version that this hub does not know asked for no age
    a.add(says(2, AgeAnswer::old_enough));
    a.go_by(2);
    a.add(says(5, AgeAnswer::old_enough));  // the enrolment is heard later
    a.go_by(1);
    a.add(joins(5, AgeAnswer::not_asked));
    line.send();
    auto rows = member_rows(store);
    CHECK(rows[1].told_age_min == 16);
    CHECK(rows[2].told_age_min == 0);
    CHECK(rows[3].told_age_min == 14);
    CHECK(rows[4].told_age_min == 0);
    CHECK(rows[5].told_age_min == 18);

    a.go_by(3);  // what was said to a higher age stays
    a.add(says(1, AgeAnswer::old_enough));
    a.add(says(5, AgeAnswer::not_asked, false));
    line.send();
    CHECK(member_rows(store)[1] == rows[1]);
    CHECK(member_rows(store)[5] == rows[5]);
    a.go_by(2);
    a.add(says(1, AgeAnswer::old_enough));
    line.send();
    CHECK(member_rows(store)[1].told_age_min == 18);
    CHECK(member_rows(store)[1].version != rows[1].version);

    REQUIRE(store.merge_members({1}, {2}, 1'000));
    project_all(store);
    rows = member_rows(store);
    CHECK(rows[2].told_age_min == 18);
    CHECK(rows[1].told_age_min == 0);  // an alias says only whose it is
    REQUIRE(store.unmerge_member({1}, 1'000));
    REQUIRE(store.remove_member({5}, 1'000));
    project_all(store);
    rows = member_rows(store);
    CHECK(rows[1].told_age_min == 18);
    CHECK(rows[2].told_age_min == 0);
    CHECK_FALSE(rows.contains(5));
    CHECK(store.check()->checkpoint_equal);

    auto& again = reopen();
    CHECK(member_rows(again) == rows);
    REQUIRE(again.begin_rebuild(6));
    project_all(again, 1);
    CHECK(member_rows(again, {6, 0}) == rows);
  });
}

TEST_CASE("A profile is told where its member enrolled or bought in the last months, and nowhere else") {
  on_every_engine([](HubStore& store, const auto&) {
    constexpr std::int64_t day_ms = 86'400'000;
    auto home = terminal_of(1);
    auto other = terminal_of(2);
    const auto third = terminal_of(3);
    admit(store, home, {1});
    admit(store, other, {2});
    admit(store, third, {3});
    const auto key = crypto::OpeningKey::generate().public_key();
    const auto names = [&](std::uint32_t terminal, std::uint64_t generation = 5) {
      std::vector<std::string> shown;
      for (const auto& [where, body] : live_rows(store, {terminal}, {generation, 0})) {
        if (where.first != static_cast<int>(wire::RowKind::profile)) continue;
        CHECK(where.second == base::Bytes{0, 0, 0, 0, 0, 0, 0, 9});  // what a terminal knows members by
        shown.push_back(wire::decode_profile_row(body)->shown_name);
      }
      return shown;
    };
    const std::vector<std::string> told{"138****0000"};
    const auto send = [&](const PretendTerminal& from, std::uint64_t first, std::int64_t day) {
      REQUIRE(store.ingest(checked(from, first, from.head(), day * day_ms), start_of(from)));
      project_all(store);
    };
    home.on_day(20'000);
    home.enrol({9}, {1}, "+8613800000000", key);
    send(home, 1, 20'000);
    CHECK(names(1) == told);
    CHECK(names(2).empty());

    other.on_day(20'100);
    other.sell({9}, "a", 1'000, 10, {2});
    send(other, 1, 20'100);
    CHECK(names(1) == told);
    CHECK(names(2) == told);
    CHECK(names(3).empty());
    const auto row = store.member_row({9});
    REQUIRE(row);
    CHECK((*row)->visits == 1);
    CHECK((*row)->last_visit_day == 20'100);
    CHECK((*row)->came_by == model::Channel::kiosk);

    // The store that has not seen them since loses the name, by a tombstone of its own.
    const auto before = read_feed(store, {1}, {5, 0}).last.next;
    REQUIRE(store.leave_profiles({20'050}, 20'200 * day_ms));
    project_all(store);
    CHECK(names(1).empty());
    CHECK(names(2) == told);
    const auto page = store.down({1}, ask(before));
    REQUIRE(page);
    REQUIRE(page->rows.size() == 1);
    CHECK(page->rows.front().deleted);
    CHECK(page->rows.front().key == base::Bytes{0, 0, 0, 0, 0, 0, 0, 9});
    const auto log = store.acts(100)->entries.size();
    REQUIRE(store.leave_profiles({20'050}, 20'201 * day_ms));  // nothing left to say
    CHECK(store.acts(100)->entries.size() == log);

    const auto from = home.head() + 1;
    home.on_day(20'300);
    home.sell({9}, "b", 1'000, 10);
    home.refund("b", "r", 1'000);
    send(home, from, 20'200);  // its clock is ahead: the hub's day counts
    CHECK(names(1) == told);
    CHECK((*store.member_row({9}))->visits == 1);
    CHECK((*store.member_row({9}))->last_visit_day == 20'200);
    CHECK(store.rebuilt_otherwise(open_anything()).value().empty());

    REQUIRE(store.remove_member({9}, 20'400 * day_ms));
    project_all(store);
    CHECK(names(1).empty());
    CHECK(names(2).empty());
    CHECK(store.rebuilt_otherwise(open_anything()).value().empty());
  });
}
