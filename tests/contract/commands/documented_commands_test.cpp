// SPDX-License-Identifier: Apache-2.0
// Every command that the pages and the sentences on screens name, against what the programs themselves say they take.
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace millpond;

namespace {

const char* const program_pattern = "millpond(-hub|-terminal|-kiosk)?";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  REQUIRE(file);
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<std::filesystem::path> pages() {
  std::vector<std::filesystem::path> found;
  for (const auto* const name : {"README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"}) {
    found.push_back(tests::source_dir() / name);
  }
  for (const auto& entry : std::filesystem::directory_iterator{tests::source_dir() / "docs"}) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

// Commands of a page: what stands alone between backticks, and the lines of its shell blocks.
std::vector<std::string> commands_of(const std::string& page) {
  std::vector<std::string> commands;
  std::istringstream lines{page};
  bool shell = false;
  bool block = false;
  std::string prose;
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      block = !block;
      shell = block && line.starts_with("```sh");
      continue;
    }
    if (!block) prose += line + "\n";
    if (!shell) continue;
    line = std::exchange(kept, {}) + line;
    if (line.ends_with("\\")) {
      kept = line.substr(0, line.size() - 1);
      continue;
    }
    static const std::regex command{std::string{"^(sudo )?("} + program_pattern + R"( .*?)( *$| +[#&|>].*$))"};
    std::smatch match;
    if (std::regex_match(line, match, command)) commands.push_back(match[2]);
  }
  static const std::regex span{std::string{"`("} + program_pattern + R"( [^`]+)`)"};
  for (std::sregex_iterator each{prose.begin(), prose.end(), span}, end; each != end; ++each) {
    commands.push_back((*each)[1]);
  }
  return commands;
}

std::ptrdiff_t words_in(const std::string& text) {
  std::istringstream words{text};
  return std::distance(std::istream_iterator<std::string>{words}, {});
}

// What a program says of itself and of one of its commands; empty when it has no such command.
class Programs {
 public:
  const std::string& help(const std::string& program, const std::string& words) {
    const auto asked = words.empty() ? program : program + " " + words;
    const auto known = help_.find(asked);
    if (known != help_.end()) return known->second;
    auto* const pipe = ::popen((tests::bin_dir() / (asked + " --help 2>/dev/null")).c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    std::array<char, 4096> piece{};
    for (auto got = ::fread(piece.data(), 1, piece.size(), pipe); got > 0;
         got = ::fread(piece.data(), 1, piece.size(), pipe)) {
      text.append(piece.data(), got);
    }
    CHECK(::pclose(pipe) == 0);
    // A word that is no command is passed over, and the help is that of the command before it. One that is another
    // name of a command is called by the first.
    std::smatch usage;
    const bool told = std::regex_search(text, usage, std::regex{"Usage: ([^[\n]*)"});
    if (!told || words_in(usage[1]) != words_in(asked)) text.clear();
    return help_[asked] = text;
  }

 private:
  std::map<std::string, std::string> help_;
};

bool has_option(const std::string& help, const std::string& option) {
  return std::regex_search(help, std::regex{option + "(?![a-z-])"});
}

// Empty, or what is wrong with it.
std::string misfit(Programs& programs, const std::string& command) {
  std::istringstream words{command};
  std::string program;
  words >> program;
  std::string path;
  bool takes_commands = programs.help(program, {}).find("ubcommands:") != std::string::npos;
  bool first_word = true;
  for (std::string word; words >> word;) {
    if (word.starts_with("--")) {
      const auto option = word.substr(0, word.find_first_of("=;,"));
      if (option.size() > 2 && !has_option(programs.help(program, path), option) &&
          !has_option(programs.help(program, {}), option)) {
        return "no option " + option;
      }
      first_word = false;  // what follows may be its value
      takes_commands = false;
      continue;
    }
    if (takes_commands) {
      const auto deeper = path.empty() ? word : path + " " + word;
      if (programs.help(program, deeper).empty()) return "no command " + word;
      path = deeper;
      takes_commands = programs.help(program, path).find("ubcommands:") != std::string::npos;
      continue;
    }
    if (!first_word) continue;
    first_word = false;
    // The first word that is no command: one of a set, where there is a set.
    static const std::regex positional{R"(Positionals:\s+\S+ \S*?(\{([^}]*)\})?[ \n])"};
    std::smatch match;
    const auto& help = programs.help(program, path);
    if (!std::regex_search(help, match, positional)) return "takes no word: " + word;
    if (match[2].length() == 0) continue;
    const auto set = "," + match[2].str() + ",";
    std::istringstream choices{word};
    for (std::string choice; std::getline(choices, choice, '|');) {
      if (set.find("," + choice + ",") == std::string::npos) return "no such word: " + choice;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("Every command on the pages is one that the programs take") {
  Programs programs;
  std::size_t seen = 0;
  for (const auto& page : pages()) {
    for (const auto& command : commands_of(text_of(page))) {
      CAPTURE(page.filename().string(), command);
      CHECK(misfit(programs, command).empty());
      ++seen;
    }
  }
  CHECK(seen > 80);
}

TEST_CASE("Every command in a sentence of a screen exists") {
  Programs programs;
  std::size_t seen = 0;
  for (const auto* const name : {"en.json", "zh-CN.json"}) {
    const auto text = text_of(tests::source_dir() / "assets/strings" / name);
    static const std::regex command{"(millpond(?:-hub)?) ([a-z][a-z-]*)"};
    for (std::sregex_iterator each{text.begin(), text.end(), command}, end; each != end; ++each) {
      CAPTURE(name, each->str());
      CHECK_FALSE(programs.help((*each)[1], (*each)[2]).empty());
      ++seen;
    }
  }
  CHECK(seen > 10);
}

TEST_CASE("A command, a word or an option that is not there is noticed") {
  Programs programs;
  struct Row {
    const char* command;
    const char* wrong;
  };
  for (const auto& row :
       {Row{"millpond till NAME", ""}, Row{"millpond tills", "no command tills"},
        Row{"millpond till NAME --pear", "no option --pear"}, Row{"millpond print drawer", ""},
        Row{"millpond print money", "no such word: money"}, Row{"millpond staff list|check", ""},
        Row{"millpond staff list|sack", "no such word: sack"}, Row{"millpond verify that", "takes no word: that"},
        Row{"millpond-hub keys next --from now --dir DIR", ""}, Row{"millpond-hub member erase M-...", ""},
        Row{"millpond-hub keys last --dir DIR", "no command last"}}) {
    CAPTURE(row.command);
    CHECK(misfit(programs, row.command) == row.wrong);
  }
}
