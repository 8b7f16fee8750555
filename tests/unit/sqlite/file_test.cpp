// SPDX-License-Identifier: Apache-2.0
// The same behaviour on the system's VFS and on the one that tests inject faults through.
#include "sync/sqlite/file.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>

using namespace millpond;
using base::Bytes;
using base::Code;
using sqlite::File;
using sqlite::FileUse;

namespace {

void on_both(const std::function<void(const std::string& vfs, const std::filesystem::path& folder)>& test) {
  SECTION("on the system's disk") {
    const tests::TempDir folder;
    test({}, folder.path());
  }
  SECTION("on a simulated disk") {
    const tests::CrashDisk disk{"file-test", 1};
    test(disk.vfs_name(), "folder");
  }
}

Bytes content_of(const std::string& vfs, const std::filesystem::path& path) {
  const auto file = File::open(vfs, path, FileUse::read).value();
  Bytes content(static_cast<std::size_t>(file->size().value()));
  REQUIRE(file->read(0, content));
  return content;
}

void put(const std::string& vfs, const std::filesystem::path& path, const Bytes& content) {
  const auto file = File::open(vfs, path, FileUse::write).value();
  REQUIRE(file->write(0, content));
  REQUIRE(file->sync());
}

}  // namespace

TEST_CASE("bytes are written and read at any offset and in any size") {
  on_both([](const std::string& vfs, const std::filesystem::path& folder) {
    const auto file = File::open(vfs, folder / "a.part", FileUse::write).value();
    Bytes large(300'001);
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::uint8_t>(i / 777);
    REQUIRE(file->write(5, large));
    CHECK(file->size().value() == large.size() + 5);
    Bytes back(large.size());
    REQUIRE(file->read(5, back));
    CHECK(back == large);
    CHECK(file->read(6, back).error().code == Code::bad_input);
    REQUIRE(file->truncate(10));
    CHECK(file->size().value() == 10);
    REQUIRE(file->sync());
  });
}

TEST_CASE("a file that is not there is told from one that cannot be read") {
  on_both([](const std::string& vfs, const std::filesystem::path& folder) {
    CHECK(File::open(vfs, folder / "none", FileUse::read).error().code == Code::not_found);
    CHECK_FALSE(sqlite::file_exists(vfs, folder / "none").value());
    CHECK(sqlite::remove_file(vfs, folder / "none"));
    CHECK_FALSE(sqlite::file_exists(vfs, folder / "none").value());
    CHECK(sqlite::rename_file(vfs, folder / "none", folder / "other").error().code == Code::not_found);
  });
}

TEST_CASE("a rename replaces, and a removal removes") {
  on_both([](const std::string& vfs, const std::filesystem::path& folder) {
    put(vfs, folder / "old", {1});
    put(vfs, folder / "new", {2, 2});
    REQUIRE(sqlite::rename_file(vfs, folder / "new", folder / "old"));
    CHECK(content_of(vfs, folder / "old") == Bytes{2, 2});
    CHECK_FALSE(sqlite::file_exists(vfs, folder / "new").value());
    REQUIRE(sqlite::remove_file(vfs, folder / "old"));
    CHECK_FALSE(sqlite::file_exists(vfs, folder / "old").value());
  });
}

TEST_CASE("a name that was renamed or removed keeps so when the power goes") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    tests::CrashDisk disk{"file-test", seed};
    put(disk.vfs_name(), "old", Bytes(2'000, 1));
    put(disk.vfs_name(), "new", Bytes(1'000, 2));
    put(disk.vfs_name(), "gone", {3});
    REQUIRE(sqlite::rename_file(disk.vfs_name(), "new", "old"));
    REQUIRE(sqlite::remove_file(disk.vfs_name(), "gone"));
    disk.power_cut();
    disk.power_on();
    CHECK(content_of(disk.vfs_name(), "old") == Bytes(1'000, 2));
    CHECK_FALSE(sqlite::file_exists(disk.vfs_name(), "new").value());
    CHECK_FALSE(sqlite::file_exists(disk.vfs_name(), "gone").value());
  }
}

TEST_CASE("a power cut within a rename leaves the old names or the new ones") {
  int renamed = 0;
  int kept = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    tests::CrashDisk disk{"file-test", seed};
    put(disk.vfs_name(), "old", {1});
    put(disk.vfs_name(), "new", {2});
    disk.fail_after(seed % 2, tests::FaultKind::power_cut);
    CHECK_FALSE(sqlite::rename_file(disk.vfs_name(), "new", "old"));
    disk.power_on();
    const bool happened = content_of(disk.vfs_name(), "old") == Bytes{2};
    CHECK(sqlite::file_exists(disk.vfs_name(), "new").value() != happened);
    ++(happened ? renamed : kept);
  }
  CHECK(renamed > 5);
  CHECK(kept > 5);
}
