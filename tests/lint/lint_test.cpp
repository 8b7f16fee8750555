// SPDX-License-Identifier: Apache-2.0
// The rules on small made-up trees: each must find what it is there for, and nothing in a tree that is right.
#include "tests/lint/rules.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>

using millpond::lint::check;
using millpond::lint::Problems;
using millpond::lint::Tree;

namespace {

const std::string spdx = "// SPDX-License-Identifier: Apache-2.0\n";
const std::string hash_spdx = "# SPDX-License-Identifier: Apache-2.0\n";
const std::string pragma_once = "#pragma once\n";

std::string table(const std::string& rows) {
  return "# Architecture\n<!-- rooms: parsed -->\n| room | folder | may use | sole includer of |\n|---|---|---|---|\n" +
         rows + "<!-- end of rooms -->\n";
}

// Three rooms, one of them below another's folder, each with a source in a list; nothing wrong.
Tree good_tree() {
  return {
      {"ARCHITECTURE.md", table("| base | sync/base | | |\n| store | sync/store | base | sqlite3.h db/ |\n"
                                "| deep | sync/store/deep | base store | |\n| view | kiosk/view | base | |\n")},
      {"sync/base/a.h", spdx + pragma_once + "#include <string>\n"},
      {"sync/base/a.cpp", spdx + "#include \"sync/base/a.h\"\n\n#include <nlohmann/json.hpp>\n#include <sys/stat.h>\n"},
      {"sync/base/CMakeLists.txt",
       hash_spdx + "millpond_library(base SOURCES a.cpp USES)\ntarget_include_directories(millpond_base PUBLIC x)\n"},
      {"sync/store/b.cpp", spdx + "#include \"sync/base/a.h\"\n#include <sqlite3.h>\n#include <db/x.hpp>\n"},
      {"sync/store/CMakeLists.txt",
       hash_spdx + "millpond_library(store SOURCES b.cpp USES base LIBS SQLite::SQLite3)\n"},
      {"sync/store/deep/d.cpp", spdx + "#include <vector>\n"},
      {"sync/store/deep/CMakeLists.txt", hash_spdx + "millpond_library(deep SOURCES d.cpp USES base store)\n"},
      {"kiosk/view/v.cpp", spdx + "#include <imgui.h>\n"},
      {"kiosk/view/CMakeLists.txt", hash_spdx + "millpond_library(view\n  SOURCES\n    v.cpp\n  USES base)\n"},
      {"tests/x_test.cpp", spdx + "#include \"sync/base/a.h\"\n#include <sqlite3.h>\n"},
      {"tests/CMakeLists.txt", hash_spdx + "millpond_test(x SOURCES x_test.cpp USES base)\n"},
      {"tests/shared.cpp", spdx},
      {"tests/more/CMakeLists.txt", hash_spdx + "millpond_test(y SOURCES ${CMAKE_SOURCE_DIR}/tests/shared.cpp)\n"},
  };
}

bool mentions(const Problems& problems, const std::string& what) {
  return std::ranges::any_of(problems, [&](const auto& problem) { return problem.find(what) != std::string::npos; });
}

struct Change {
  std::string path;
  std::string content;
  std::string found;  // part of the one problem that follows
};

void check_each(const std::vector<Change>& changes) {
  for (const auto& change : changes) {
    auto tree = good_tree();
    tree[change.path] = change.content;
    const auto problems = check(tree);
    INFO(change.path << ":\n" << change.content << "\nexpected: " << change.found);
    for (const auto& problem : problems) UNSCOPED_INFO("found: " << problem);
    CHECK(problems.size() == 1);
    CHECK(mentions(problems, change.found));
  }
}

}  // namespace

TEST_CASE("a tree that keeps to every rule has no problem") {
  const auto problems = check(good_tree());
  for (const auto& problem : problems) UNSCOPED_INFO(problem);
  CHECK(problems.empty());
}

TEST_CASE("an include against the arrows is found") {
  check_each({
      {"sync/base/a.cpp", spdx + "#include \"sync/store/b.h\"\n", "room base may not use store"},
      {"sync/base/a.cpp", spdx + "  #  include \"sync/store/b.h\"\n", "room base may not use store"},
      {"sync/base/a.h", spdx + "#include \"sync/store/deep/d.h\"\n", "room base may not use deep"},
      {"sync/store/b.cpp", spdx + "#include \"sync/store/deep/d.h\"\n", "room store may not use deep"},
      {"kiosk/view/v.cpp", spdx + "#include \"sync/store/b.h\"\n", "room view may not use store"},
      {"kiosk/view/v.cpp", spdx + "#include \"sync/nowhere/b.h\"\n", "in no room"},
      {"kiosk/view/v.cpp", spdx + "#include \"w.h\"\n", "not written from the repository's root"},
      {"sync/base/a.cpp", spdx + "#include \"tests/support/temp_dir.h\"\n", "no room uses tests"},
  });
}

TEST_CASE("a third-party header outside its room, or in a header of ours, is found") {
  check_each({
      {"sync/base/a.cpp", spdx + "#include <sqlite3.h>\n", "only room store includes sqlite3.h"},
      {"kiosk/view/v.cpp", spdx + "#include <db/more/y.hpp>\n", "only room store includes db/more/y.hpp"},
      {"sync/store/b.h", spdx + "#include <sqlite3.h>\n", "a header of ours shows a third-party one"},
      {"sync/base/a.h", spdx + "#include <nlohmann/json.hpp>\n", "a header of ours shows a third-party one"},
      {"sync/base/a.h", spdx + "#include <CLI/CLI.hpp>\n", "a header of ours shows a third-party one"},
      {"sync/base/a.h", spdx + "#include <imgui.h>\n", "room base may not include Dear ImGui"},
      {"sync/base/a.cpp", spdx + "#include <imgui.h>\n", "room base may not include Dear ImGui"},
      {"sync/base/a.cpp", spdx + "#include <unheard/of.hpp>\n", "no room of the table includes unheard/of.hpp"},
  });
}

TEST_CASE("a source that nothing builds and a link against the arrows are found") {
  check_each({
      {"sync/base/lost.cpp", spdx, "sync/base/lost.cpp: in no CMakeLists.txt"},
      {"tests/unit/lost_test.cpp", spdx, "tests/unit/lost_test.cpp: in no CMakeLists.txt"},
      {"sync/base/CMakeLists.txt", hash_spdx + "millpond_library(base SOURCES a.cpp USES store)\n",
       "may not link store"},
      {"kiosk/view/CMakeLists.txt",
       hash_spdx + "millpond_library(view SOURCES v.cpp USES base)\nmillpond_program(v SOURCES v.cpp USES view deep)\n",
       "may not link deep"},
  });
}

TEST_CASE("a source in a folder of no room is found") {
  auto tree = good_tree();
  tree["kiosk/other/o.cpp"] = spdx;
  CHECK(mentions(check(tree), "its folder is no room of the table"));
}

TEST_CASE("text that style forbids is found") {
  const std::string long_line(121, '/');
  std::string many = spdx;
  for (int i = 0; i < 250; ++i) many += "//\n";
  check_each({
      {"sync/base/a.cpp", "// something else\n", "first line"},
      {"sync/base/a.cpp", "", "first line"},
      {"sync/base/CMakeLists.txt", "millpond_library(base SOURCES a.cpp)\n", "first line"},
      {"sync/base/a.cpp", spdx + long_line + "\n", "a.cpp:2: 121 columns"},
      {"sync/base/a.h", many, "251 lines, 250 are allowed"},
      {"sync/base/a.cpp",
       spdx + "// TO"
              "DO later\n",
       "unfinished"},
      {"sync/base/a.cpp",
       spdx + "int a;  // NO"
              "LINT(x)\n",
       "unfinished"},
      {"sync/base/a.cpp",
       spdx + "auto a = \"/wo"
              "rk/x\";\n",
       "a path that only one machine has"},
      {"sync/base/a.cpp",
       spdx + "auto a = \"/tm"
              "p/x\";\n",
       "a path that only one machine has"},
      {"packaging/run",
       "#!/bin/sh\n" + hash_spdx +
           "cd /ho"
           "me/me\n",
       "a path that only one machine has"},
  });
}

TEST_CASE("text that only resembles what style forbids passes") {
  const auto line =
      GENERATE(as<std::string>{}, "// TODOS", "// methods",
               "auto a = \"/var/tm"
               "p/x\";",
               "auto a = \"rework/x\";",
               "// 汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字");
  auto tree = good_tree();
  tree["sync/base/a.cpp"] = spdx + line + "\n";
  CHECK(check(tree).empty());
}

TEST_CASE("a broken table of rooms is found") {
  struct Row {
    std::string architecture;
    std::string found;
  };
  const std::vector<Row> rows{
      {"# nothing here\n", "no table of rooms"},
      {table(""), "is empty"},
      {table("| base | sync/base | |\n"), "not four cells"},
      {table("| base | sync/base | nobody | |\n"), "uses an unknown room: nobody"},
      {table("| base | sync/base | base | |\n"), "in a circle: base -> base"},
      {table("| a | sync/a | b | |\n| b | sync/b | c | |\n| c | sync/c | a | |\n"), "in a circle: a -> b -> c -> a"},
  };
  for (const auto& row : rows) {
    const auto problems = check(Tree{{"ARCHITECTURE.md", row.architecture}});
    INFO(row.architecture);
    CHECK(mentions(problems, row.found));
  }
}
