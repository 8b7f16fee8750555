// SPDX-License-Identifier: Apache-2.0
// Rooms: the table of ARCHITECTURE.md as values. Not the rules that hold between rooms and files; those are in rules.h.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::lint {

struct Room {
  std::string name;                         // hub_core
  std::string folder;                       // sync/hub/core
  std::set<std::string, std::less<>> uses;  // names of other rooms
  std::vector<std::string> owns;            // headers that only this room includes; a trailing slash means a folder
};

// What is wrong, one sentence each; empty when nothing is.
using Problems = std::vector<std::string>;

struct Rooms {
  std::vector<Room> rooms;

  // The room of a path or of a name, or nullptr. The deepest folder wins, so sync/hub/core is not part of a sync/hub.
  [[nodiscard]] const Room* of_path(std::string_view path) const;
  [[nodiscard]] const Room* of_name(std::string_view name) const;
};

// The rows between the two HTML comments. A table that cannot be read adds a problem.
[[nodiscard]] Rooms parse_rooms(std::string_view architecture, Problems& problems);

// Names that do not exist, rooms that use themselves, and circles.
void check_table(const Rooms& rooms, Problems& problems);

[[nodiscard]] std::vector<std::string> split_words(std::string_view text, std::string_view separators = " \t\r\n");

}  // namespace millpond::lint
