// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/disk_encryption.h"

#include "sync/base/file.h"

#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace millpond::service {
namespace {

constexpr int layers_max = 16;  // volumes over arrays over partitions: more is a loop

// https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-block-dm: cryptsetup begins the uuid of its devices with
// "CRYPT-".
DiskEncryption below(const std::filesystem::path& device, int layers) {
  std::error_code failed;
  if (layers == 0 || !std::filesystem::is_directory(device, failed)) return DiskEncryption::unknown;
  const auto uuid = base::read_file(device / "dm" / "uuid", 256);
  if (uuid && base::text_of(*uuid).starts_with("CRYPT-")) return DiskEncryption::encrypted;
  auto found = DiskEncryption::plain;  // the disk itself
  for (const auto& slave : std::filesystem::directory_iterator{device / "slaves", failed}) {
    const auto of_slave = below(slave.path(), layers - 1);
    if (of_slave != DiskEncryption::encrypted) return of_slave;
    found = of_slave;
  }
  return found;
}

}  // namespace

DiskEncryption encryption_of(dev_t device, const std::filesystem::path& sysfs) {
  const auto name = std::to_string(gnu_dev_major(device)) + ":" + std::to_string(gnu_dev_minor(device));
  return below(sysfs / "dev" / "block" / name, layers_max);
}

DiskEncryption disk_encryption(const std::filesystem::path& folder) {
  struct stat here {};
  if (::stat(folder.c_str(), &here) != 0) return DiskEncryption::unknown;
  return encryption_of(here.st_dev, "/sys");
}

std::string_view encryption_name(DiskEncryption encryption) {
  switch (encryption) {
    case DiskEncryption::encrypted:
      return "encrypted";
    case DiskEncryption::plain:
      return "not_encrypted";
    case DiskEncryption::unknown:
      break;
  }
  return "unknown";
}

}  // namespace millpond::service
