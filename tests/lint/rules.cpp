// SPDX-License-Identifier: Apache-2.0
#include "tests/lint/rules.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace millpond::lint {
namespace {

constexpr std::array<std::string_view, 4> source_folders{"sync/", "kiosk/", "hardware/", "tests/"};
constexpr std::size_t header_lines_max = 250;
constexpr std::size_t source_lines_max = 600;
constexpr std::size_t columns_max = 120;

// Of the sentence below the table in ARCHITECTURE.md: what any room's sources may include, and who may include ImGui.
constexpr std::array<std::string_view, 4> common_libraries{"nlohmann/", "CLI/", "toml++/", "spdlog/"};
constexpr std::array<std::string_view, 4> imgui_headers{"imgui.h", "imgui_internal.h", "misc/freetype/", "backends/"};
constexpr std::array<std::string_view, 3> imgui_rooms{"view", "raster", "screen"};

// Headers of the C library and the kernel, which are part of the platform.
constexpr std::array<std::string_view, 6> system_folders{"sys/", "linux/", "arpa/", "netinet/", "net/", "bits/"};
constexpr std::array<std::string_view, 20> system_headers{"unistd.h",  "grp.h",    "fcntl.h",   "poll.h",  "signal.h",
                                                          "termios.h", "dirent.h", "pwd.h",     "netdb.h", "dlfcn.h",
                                                          "pthread.h", "sched.h",  "spawn.h",   "glob.h",  "fnmatch.h",
                                                          "time.h",    "syslog.h", "ifaddrs.h", "errno.h", "malloc.h"};

struct Include {
  std::string path;
  bool quoted;
};

bool is_header(std::string_view path) { return path.ends_with(".h"); }
bool is_cpp(std::string_view path) { return is_header(path) || path.ends_with(".cpp"); }
bool in_sources(std::string_view path) {
  return std::ranges::any_of(source_folders, [&](auto folder) { return path.starts_with(folder); });
}

// Whether a header is one of `names`, where a trailing slash stands for everything below.
template <class Names>
bool matches(const std::string& header, const Names& names) {
  return std::ranges::any_of(
      names, [&](const auto& name) { return name.ends_with('/') ? header.starts_with(name) : header == name; });
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::optional<Include> include_of(const std::string& line) {
  auto at = line.find_first_not_of(" \t");
  if (at == std::string::npos || line[at] != '#') return std::nullopt;
  at = line.find_first_not_of(" \t", at + 1);
  if (at == std::string::npos || line.compare(at, 7, "include") != 0) return std::nullopt;
  const auto open = line.find_first_of("<\"", at);
  if (open == std::string::npos) return std::nullopt;
  const auto close = line.find(line[open] == '<' ? '>' : '"', open + 1);
  if (close == std::string::npos) return std::nullopt;
  return Include{line.substr(open + 1, close - open - 1), line[open] == '"'};
}

// The C++ library's own headers are bare words.
bool is_platform(const std::string& header) {
  return header.find_first_of("./") == std::string::npos || matches(header, system_folders) ||
         matches(header, system_headers);
}

void check_foreign(const std::string& path, const Room& room, const std::string& header, const Rooms& rooms,
                   Problems& problems) {
  for (const auto& other : rooms.rooms) {
    if (!matches(header, other.owns)) continue;
    if (other.name != room.name) {
      problems.push_back(path + ": only room " + other.name + " includes " + header);
    } else if (is_header(path) && !header.ends_with(".pb.h")) {
      problems.push_back(path + ": a header of ours shows a third-party one: " + header);
    }
    return;
  }
  if (is_platform(header)) return;
  const bool imgui = matches(header, imgui_headers);
  if (imgui && std::ranges::find(imgui_rooms, room.name) == imgui_rooms.end()) {
    problems.push_back(path + ": room " + room.name + " may not include Dear ImGui");
  } else if (!imgui && is_header(path)) {
    problems.push_back(path + ": a header of ours shows a third-party one: " + header);
  } else if (!imgui && !matches(header, common_libraries)) {
    problems.push_back(path + ": no room of the table includes " + header);
  }
}

void check_include(const std::string& path, const Room& room, const Include& include, const Rooms& rooms,
                   Problems& problems) {
  const auto& header = include.path;
  if (header.starts_with("tests/")) {
    problems.push_back(path + ": no room uses tests: " + header);
    return;
  }
  const auto* target = rooms.of_path(header);
  if (target == nullptr && in_sources(header)) {
    problems.push_back(path + ": includes a file that is in no room: " + header);
  } else if (target == nullptr && include.quoted) {
    problems.push_back(path + ": not written from the repository's root: " + header);
  } else if (target == nullptr || matches(header, target->owns)) {
    check_foreign(path, room, header, rooms, problems);
  } else if (target->name != room.name && !room.uses.contains(target->name)) {
    problems.push_back(path + ": room " + room.name + " may not use " + target->name + ": " + header);
  }
}

// Arguments after USES, to the next keyword or the end of the call.
std::vector<std::string> linked_rooms(const std::string& list) {
  std::string spaced;
  for (const char c : list) spaced += c == ')' ? std::string{" ) "} : std::string{c};
  std::vector<std::string> names;
  bool uses = false;
  for (const auto& word : split_words(spaced, " \t\r\n(")) {
    const bool keyword = std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (keyword || word == ")" || word.starts_with('#')) {
      uses = word == "USES";
    } else if (uses) {
      names.push_back(word);
    }
  }
  return names;
}

// Whether a CMakeLists.txt names the source: from its own folder, or from the root for what tests share.
bool is_listed(const Tree& tree, const std::string& path) {
  for (const auto& [list, content] : tree) {
    if (!list.ends_with("CMakeLists.txt")) continue;
    const auto folder = list.substr(0, list.size() - std::string_view{"CMakeLists.txt"}.size());
    const auto words = split_words(content, " \t\r\n()\"");
    const bool here = path.starts_with(folder) && std::ranges::find(words, path.substr(folder.size())) != words.end();
    if (here || std::ranges::find(words, "${CMAKE_SOURCE_DIR}/" + path) != words.end()) return true;
  }
  return false;
}

std::size_t columns_of(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Patterns are written so that they do not find themselves.
const std::regex& left_behind() {
  static const std::regex pattern{R"(\b(TO[D]O|FIX[M]E|NOLIN[T]\w*)\b)"};
  return pattern;
}
const std::regex& machine_path() {
  static const std::regex pattern{R"((^|[^\w./])(/wor[k]/|/roo[t]/|/hom[e]/\w|/tm[p]/\w))"};
  return pattern;
}

void check_lines(const std::string& path, const std::vector<std::string>& lines, Problems& problems) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto where = path + ":" + std::to_string(i + 1) + ": ";
    const auto& line = lines[i];
    if (is_cpp(path) && columns_of(line) > columns_max) {
      problems.push_back(where + std::to_string(columns_of(line)) + " columns, " + std::to_string(columns_max) +
                         " are allowed");
    }
    if (std::regex_search(line, left_behind())) problems.push_back(where + "a word for unfinished or silenced work");
    if (std::regex_search(line, machine_path())) problems.push_back(where + "a path that only one machine has");
  }
}

bool is_text(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 7> endings{".h", ".cpp", ".txt", ".cmake", ".proto", ".md", ".sh"};
  return matches(path.extension().string(), endings) || !path.has_extension();
}

void add_file(Tree& tree, const std::filesystem::path& root, const std::filesystem::path& path) {
  std::ifstream stream{path, std::ios::binary};
  if (!stream) throw std::runtime_error{"cannot read " + path.string()};
  tree[std::filesystem::relative(path, root).string()] = {std::istreambuf_iterator<char>{stream}, {}};
}

}  // namespace

Tree read_tree(const std::filesystem::path& root) {
  Tree tree;
  add_file(tree, root, root / "ARCHITECTURE.md");
  add_file(tree, root, root / "CMakeLists.txt");
  for (const auto* folder : {"sync", "kiosk", "hardware", "tests", "packaging"}) {
    if (!std::filesystem::exists(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root / folder}) {
      if (entry.is_regular_file() && is_text(entry.path())) add_file(tree, root, entry.path());
    }
  }
  return tree;
}

void check_includes(const Tree& tree, const Rooms& rooms, Problems& problems) {
  for (const auto& [path, content] : tree) {
    if (!is_cpp(path) || !in_sources(path) || path.starts_with("tests/")) continue;
    const auto* room = rooms.of_path(path);
    if (room == nullptr) {
      problems.push_back(path + ": its folder is no room of the table");
      continue;
    }
    for (const auto& line : lines_of(content)) {
      if (const auto include = include_of(line)) check_include(path, *room, *include, rooms, problems);
    }
  }
}

void check_build_lists(const Tree& tree, const Rooms& rooms, Problems& problems) {
  for (const auto& [path, content] : tree) {
    if (path.ends_with(".cpp") && in_sources(path) && !is_listed(tree, path)) {
      problems.push_back(path + ": in no CMakeLists.txt, so nothing builds it");
    }
    const auto* room = path.ends_with("/CMakeLists.txt") ? rooms.of_path(path) : nullptr;
    if (room == nullptr) continue;
    for (const auto& name : linked_rooms(content)) {
      if (name != room->name && !room->uses.contains(name)) {
        problems.push_back(path + ": room " + room->name + " may not link " + name);
      }
    }
  }
}

void check_text(const Tree& tree, Problems& problems) {
  constexpr std::string_view licence = "SPDX-License-Identifier: Apache-2.0";
  for (const auto& [path, content] : tree) {
    if (path.ends_with(".md")) continue;
    const auto lines = lines_of(content);
    const bool script = !lines.empty() && lines[0].starts_with("#!");
    const auto first = script && lines.size() > 1 ? lines[1] : lines.empty() ? std::string{} : lines[0];
    const auto comment = is_cpp(path) || path.ends_with(".proto") ? "// " : "# ";
    const bool data = path.ends_with(".txt") && !path.ends_with("CMakeLists.txt");
    if (!data && first != comment + std::string{licence}) {
      problems.push_back(path + ": its first line is not " + comment + std::string{licence});
    }
    const auto lines_max = is_header(path) ? header_lines_max : source_lines_max;
    if (is_cpp(path) && lines.size() > lines_max) {
      problems.push_back(path + ": " + std::to_string(lines.size()) + " lines, " + std::to_string(lines_max) +
                         " are allowed; split it by responsibility");
    }
    check_lines(path, lines, problems);
  }
}

Problems check(const Tree& tree) {
  Problems problems;
  const auto architecture = tree.find("ARCHITECTURE.md");
  const auto rooms = parse_rooms(architecture == tree.end() ? std::string{} : architecture->second, problems);
  check_table(rooms, problems);
  check_includes(tree, rooms, problems);
  check_build_lists(tree, rooms, problems);
  check_text(tree, problems);
  return problems;
}

}  // namespace millpond::lint
