// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/link_group.h"

#include <grp.h>

#include <cerrno>
#include <vector>

namespace millpond::service {

base::Result<std::optional<std::uint32_t>> link_group(const std::string& name) {
  if (name.empty()) return std::optional<std::uint32_t>{};
  constexpr std::size_t room_first = 4'096;
  constexpr std::size_t room_max = 1U << 20;  // a group of ten thousand people
  group entry{};
  group* found = nullptr;
  std::vector<char> room(room_first);
  int failed = 0;
  do {
    failed = ::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
    if (failed == ERANGE) room.resize(2 * room.size());
  } while (failed == EINTR || (failed == ERANGE && room.size() <= room_max));
  if (found == nullptr) {
    return base::Error{base::Code::config_invalid, "share the link", "no such group on this machine: " + name,
                       "[link] group"};
  }
  return std::optional<std::uint32_t>{found->gr_gid};
}

}  // namespace millpond::service
