// SPDX-License-Identifier: Apache-2.0
#include "tests/lint/rooms.h"

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>

namespace millpond::lint {
namespace {

constexpr std::string_view table_start = "<!-- rooms:";
constexpr std::string_view table_end = "<!-- end of rooms -->";

// The cells of "| a | b c | | d |", trimmed.
std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> cells;
  for (std::size_t at = row.find('|'); at != std::string_view::npos;) {
    const auto end = row.find('|', at + 1);
    if (end == std::string_view::npos) break;
    const auto words = split_words(row.substr(at + 1, end - at - 1));
    std::string cell;
    for (const auto& word : words) cell += (cell.empty() ? "" : " ") + word;
    cells.push_back(cell);
    at = end;
  }
  return cells;
}

}  // namespace

std::vector<std::string> split_words(std::string_view text, std::string_view separators) {
  std::vector<std::string> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(separators, at)) != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(separators, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

const Room* Rooms::of_path(std::string_view path) const {
  const Room* deepest = nullptr;
  for (const auto& room : rooms) {
    const bool inside = path.starts_with(room.folder) && path.substr(room.folder.size()).starts_with('/');
    if (inside && (deepest == nullptr || room.folder.size() > deepest->folder.size())) deepest = &room;
  }
  return deepest;
}

const Room* Rooms::of_name(std::string_view name) const {
  const auto found = std::ranges::find(rooms, name, &Room::name);
  return found == rooms.end() ? nullptr : &*found;
}

Rooms parse_rooms(std::string_view architecture, Problems& problems) {
  Rooms rooms;
  const auto start = architecture.find(table_start);
  const auto end = architecture.find(table_end);
  if (start == std::string_view::npos || end == std::string_view::npos || end < start) {
    problems.emplace_back("ARCHITECTURE.md: no table of rooms between its two comments");
    return rooms;
  }
  std::istringstream lines{std::string{architecture.substr(start, end - start)}};
  for (std::string line; std::getline(lines, line);) {
    const auto cells = cells_of(line);
    if (cells.empty() || cells[0] == "room" || cells[0].starts_with("---")) continue;
    if (cells.size() != 4) {
      problems.push_back("ARCHITECTURE.md: a row of the table of rooms has not four cells: " + line);
      continue;
    }
    const auto uses = split_words(cells[2]);
    rooms.rooms.push_back({cells[0], cells[1], {uses.begin(), uses.end()}, split_words(cells[3])});
  }
  if (rooms.rooms.empty()) problems.emplace_back("ARCHITECTURE.md: the table of rooms is empty");
  return rooms;
}

void check_table(const Rooms& rooms, Problems& problems) {
  for (const auto& room : rooms.rooms) {
    for (const auto& used : room.uses) {
      if (rooms.of_name(used) == nullptr) problems.push_back("room " + room.name + " uses an unknown room: " + used);
    }
  }
  // Depth first; a room that is met again while it is still open closes a circle.
  enum class Mark { open, done };
  std::map<std::string, Mark> marks;
  const std::function<void(const Room&, const std::string&)> visit = [&](const Room& room, const std::string& way) {
    marks[room.name] = Mark::open;
    for (const auto& used : room.uses) {
      const auto* next = rooms.of_name(used);
      if (next == nullptr) continue;
      const auto mark = marks.find(used);
      if (mark == marks.end()) {
        visit(*next, way + " -> " + used);
      } else if (mark->second == Mark::open) {
        problems.push_back("rooms use each other in a circle: " + way + " -> " + used);
      }
    }
    marks[room.name] = Mark::done;
  };
  for (const auto& room : rooms.rooms) {
    if (!marks.contains(room.name)) visit(room, room.name);
  }
}

}  // namespace millpond::lint
