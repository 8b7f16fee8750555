// SPDX-License-Identifier: Apache-2.0
#include "sync/base/file.h"
#include "sync/store/journal.h"

#include <sys/stat.h>

namespace millpond::store {
namespace {

std::string first_line(const char* path) {
  const auto content = base::read_file(path, 4096);
  if (!content) return {};
  const auto text = base::text_of(*content);
  return std::string{text.substr(0, text.find('\n'))};
}

// The name under /dev/disk/by-uuid of the file system that holds a folder. Not statfs's id: some file systems make that
// from a device number, which changes with the order in which disks are found. Empty on overlays and in containers.
std::string file_system_uuid(const std::filesystem::path& folder) {
  struct stat here {};
  if (::stat(folder.c_str(), &here) != 0) return {};
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator{"/dev/disk/by-uuid", error}) {
    struct stat device {};
    if (::stat(entry.path().c_str(), &device) == 0 && device.st_rdev == here.st_dev) return entry.path().filename();
  }
  return {};
}

}  // namespace

MachineIdentity this_machine(const std::filesystem::path& journal) {
  MachineIdentity machine;
  machine.machine_id = first_line("/etc/machine-id");
  machine.disk_id = file_system_uuid(journal.has_parent_path() ? journal.parent_path() : ".");
  struct stat file {};
  if (::stat(journal.c_str(), &file) == 0) machine.inode = file.st_ino;
  machine.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  return machine;
}

}  // namespace millpond::store
