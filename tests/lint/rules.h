// SPDX-License-Identifier: Apache-2.0
// Rules: what every file of the tree has to keep to, checked on text alone. The tree is a value, so that the rules can
// be tried on small made-up trees. Not a parser of C++ or CMake: a rule looks at lines and words.
#pragma once

#include "tests/lint/rooms.h"

#include <filesystem>
#include <map>
#include <string>

namespace millpond::lint {

// Path from the repository's root, and content.
using Tree = std::map<std::string, std::string>;

// Every text file of the checkout that the rules speak of; build folders and pictures left out. Throws on a disk error.
[[nodiscard]] Tree read_tree(const std::filesystem::path& root);

// Includes keep to the arrows of the table; a third-party header is included by its one room, and by no header of ours.
void check_includes(const Tree& tree, const Rooms& rooms, Problems& problems);

// CMake links no room that the table does not allow, and every source belongs to a target.
void check_build_lists(const Tree& tree, const Rooms& rooms, Problems& problems);

// First lines, lengths, words left behind, paths of one machine.
void check_text(const Tree& tree, Problems& problems);

// All of the above, on the table in the tree's own ARCHITECTURE.md.
[[nodiscard]] Problems check(const Tree& tree);

}  // namespace millpond::lint
