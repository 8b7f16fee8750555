// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/disk_encryption.h"

#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <sys/sysmacros.h>

namespace millpond::service {
namespace {

// Block devices as /sys shows them: links to folders that hold links to the devices below.
class Sys {
 public:
  void device(const std::string& name, const std::string& dm_uuid = {}) const {
    const auto at = folder_ / "devices" / name;
    std::filesystem::create_directories(at / "slaves");
    if (dm_uuid.empty()) return;
    std::filesystem::create_directories(at / "dm");
    REQUIRE(base::write_file(at / "dm" / "uuid", base::view_of(dm_uuid + "\n")));
  }
  void lies_on(const std::string& upper, const std::string& lower) const {
    std::filesystem::create_directory_symlink(folder_ / "devices" / lower,
                                              folder_ / "devices" / upper / "slaves" / lower);
  }
  [[nodiscard]] DiskEncryption of(const std::string& name) const {
    std::filesystem::create_directories(folder_ / "dev" / "block");
    std::filesystem::remove(folder_ / "dev" / "block" / "8:1");
    std::filesystem::create_directory_symlink(folder_ / "devices" / name, folder_ / "dev" / "block" / "8:1");
    return encryption_of(gnu_dev_makedev(8, 1), folder_.path());
  }
  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }

 private:
  tests::TempDir folder_;
};

TEST_CASE("A folder is on an encrypted disk when every device below it is") {
  const Sys sys;
  sys.device("sda1");
  sys.device("sdb1");
  sys.device("luks-a", "CRYPT-LUKS2-8d2c-luks-a");
  sys.device("luks-b", "CRYPT-LUKS2-99aa-luks-b");
  sys.lies_on("luks-a", "sda1");
  sys.lies_on("luks-b", "sdb1");
  sys.device("root", "LVM-abc");
  sys.lies_on("root", "luks-a");
  sys.device("wide", "LVM-def");
  sys.lies_on("wide", "luks-a");
  sys.lies_on("wide", "luks-b");
  sys.device("half", "LVM-ghi");
  sys.lies_on("half", "luks-a");
  sys.lies_on("half", "sdb1");
  sys.device("volume", "LVM-jkl");
  sys.lies_on("volume", "sda1");
  sys.device("loop", "LVM-mno");
  sys.lies_on("loop", "loop");

  CHECK(sys.of("sda1") == DiskEncryption::plain);
  CHECK(sys.of("luks-a") == DiskEncryption::encrypted);
  CHECK(sys.of("root") == DiskEncryption::encrypted);
  CHECK(sys.of("wide") == DiskEncryption::encrypted);
  CHECK(sys.of("half") == DiskEncryption::plain);
  CHECK(sys.of("volume") == DiskEncryption::plain);
  CHECK(sys.of("loop") == DiskEncryption::unknown);
  CHECK(encryption_of(gnu_dev_makedev(0, 42), sys.path()) == DiskEncryption::unknown);
  CHECK(disk_encryption("/proc") == DiskEncryption::unknown);
  CHECK(disk_encryption("/no/such/folder") == DiskEncryption::unknown);
}

}  // namespace
}  // namespace millpond::service
