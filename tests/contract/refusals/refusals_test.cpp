// SPDX-License-Identifier: Apache-2.0
// Wrong input at every door has a name. One table: doors by manners of being wrong.
#include "sync/base/file.h"
#include "tests/contract/refusals/doors.h"
#include "tests/support/paths.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <iterator>
#include <map>
#include <regex>
#include <set>

using namespace millpond;
using tests::Cell;
using tests::Door;

namespace {

std::vector<Door> all_doors() {
  std::vector<Door> doors;
  for (auto&& some : {tests::code_doors(), tests::people_doors(), tests::hub_doors(), tests::document_doors(),
                      tests::newcomer_doors(), tests::route_doors(), tests::till_doors()}) {
    std::ranges::copy(some, std::back_inserter(doors));
  }
  return doors;
}

std::string words(const tests::Verdict& verdict) {
  return verdict ? std::string{base::code_name(*verdict)} : std::string{"taken"};
}

std::string expected(const Cell& cell) {
  return cell.kind == Cell::Kind::refused ? std::string{base::code_name(cell.code)} : std::string{"taken"};
}

// The door's row of the table in docs/threat-model.md.
std::string row_of(const Door& door) {
  std::string row = "| " + std::string{door.name} + " |";
  for (const auto& cell : door.cells) {
    if (cell.kind == Cell::Kind::refused) row += " `" + std::string{base::code_name(cell.code)} + "` |";
    if (cell.kind == Cell::Kind::taken) row += " taken |";
    if (cell.kind == Cell::Kind::senseless) row += " – |";
  }
  return row;
}

}  // namespace

TEST_CASE("Wrong input is refused by name at every door, and what is right is let in", "[refusals]") {
  for (const auto& door : all_doors()) {
    CAPTURE(door.name);
    CHECK(words(door.genuine()) == "taken");
    for (std::size_t i = 0; i < door.cells.size(); ++i) {
      const auto& cell = door.cells[i];
      CAPTURE(tests::manners[i]);
      if (cell.kind != Cell::Kind::refused) CHECK(cell.why.size() > 10);
      if (cell.kind != Cell::Kind::senseless) CHECK(words(cell.show()) == expected(cell));
    }
  }
}

TEST_CASE("No two doors have one name, and none lets everything in", "[refusals]") {
  std::set<std::string_view> names;
  for (const auto& door : all_doors()) {
    CAPTURE(door.name);
    CHECK(names.insert(door.name).second);
    CHECK(std::ranges::any_of(door.cells, [](const Cell& cell) { return cell.kind == Cell::Kind::refused; }));
  }
}

TEST_CASE("The threat model shows the same table", "[refusals]") {
  const auto page = base::read_file(tests::source_dir() / "docs" / "threat-model.md");
  REQUIRE(page);
  for (const auto& door : all_doors()) {
    const auto row = row_of(door);
    CAPTURE(row);
    CHECK(base::text_of(*page).find(row) != std::string_view::npos);
  }
}

TEST_CASE("Every address that the hub and the gateway serve has a row", "[refusals]") {
  static const std::regex address{R"re("(/v1/[a-z]+)/?")re"};
  std::map<std::string, std::set<std::string_view>> rows;  // by who serves it; hub and gateway share no address
  for (const auto& door : all_doors()) {
    if (!door.serves.empty()) rows[std::string{door.serves}].insert(door.name);
  }
  std::size_t served = 0;
  for (const auto* const source : {"sync/hub/server/terminal_api.cpp", "sync/hub/server/snapshot_api.h",
                                   "sync/hub/server/notice_api.cpp", "hardware/till/gateway.cpp"}) {
    const auto content = base::read_file(tests::source_dir() / source);
    REQUIRE(content);
    const std::string text{base::text_of(*content)};
    for (std::sregex_iterator at{text.begin(), text.end(), address}, end; at != end; ++at, ++served) {
      CAPTURE(source, (*at)[1].str());
      CHECK(rows.contains((*at)[1].str()));
    }
  }
  CHECK(served >= 20);
}
