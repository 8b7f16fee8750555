// SPDX-License-Identifier: Apache-2.0
#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <filesystem>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace base = millpond::base;
namespace fs = std::filesystem;
using base::Bytes;
using base::Code;
using millpond::tests::TempDir;

namespace {

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
}

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
  return bytes;
}

// Removes a permission for the test's own user; root, whom permissions do not bind, cannot try this.
bool permissions_bind() { return ::geteuid() != 0; }

}  // namespace

TEST_CASE("a file reads back as it was written, whatever its size") {
  const TempDir folder;
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 300'000U}) {
    CAPTURE(size);
    REQUIRE(base::write_file(folder / "f", pattern(size)));
    const auto read = base::read_file(folder / "f");
    REQUIRE(read);
    CHECK(*read == pattern(size));
  }
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a file above the limit is refused, one at the limit is not") {
  const TempDir folder;
  REQUIRE(base::write_file(folder / "f", pattern(1000)));
  CHECK(base::read_file(folder / "f", 1000));
  CHECK(base::read_file(folder / "f", 999).error().code == Code::too_large);
  REQUIRE(base::write_file(folder / "big", pattern(200'000)));
  CHECK(base::read_file(folder / "big", 200'000));
  CHECK(base::read_file(folder / "big", 199'999).error().code == Code::too_large);
}

TEST_CASE("what cannot be read is told apart, with its path") {
  const TempDir folder;
  const auto absent = base::read_file(folder / "absent");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code == Code::not_found);
  CHECK(absent.error().hint == (folder / "absent").string());
  CHECK(base::read_file(folder.path()).error().code == Code::file_unreadable);
  REQUIRE(base::write_file(folder / "f", pattern(1)));
  CHECK_FALSE(base::read_file(folder / "f" / "below"));
  if (permissions_bind()) {
    fs::permissions(folder / "f", fs::perms::none);
    CHECK(base::read_file(folder / "f").error().code == Code::permission_denied);
  }
}

TEST_CASE("private files are for their owner only, also when they replace a public one") {
  const TempDir folder;
  const auto mode = [&] {
    struct stat status {};
    REQUIRE(::stat((folder / "f").c_str(), &status) == 0);
    return status.st_mode & 0777U;
  };
  const auto mask = ::umask(0);
  REQUIRE(base::write_file(folder / "f", pattern(1)));
  CHECK(mode() == 0644);
  REQUIRE(base::write_file(folder / "f", pattern(1), base::Privacy::owner));
  CHECK(mode() == 0600);
  ::umask(mask);
}

TEST_CASE("a failed write leaves the old content and nothing beside it") {
  const TempDir folder;
  fs::create_directory(folder / "taken");
  REQUIRE(base::write_file(folder / "taken" / "old", pattern(3)));
  // A folder in the file's place makes the rename fail after everything was written.
  CHECK_FALSE(base::write_file(folder / "taken", pattern(10)));
  CHECK(base::read_file(folder / "taken" / "old"));
  CHECK(files_in(folder.path()) == 1);
  CHECK(base::write_file(folder / "no" / "f", pattern(1)).error().code == Code::not_found);
  if (permissions_bind()) {
    fs::permissions(folder / "taken", fs::perms::owner_read | fs::perms::owner_exec);
    CHECK(base::write_file(folder / "taken" / "old", pattern(9)).error().code == Code::permission_denied);
    fs::permissions(folder / "taken", fs::perms::owner_all);
    CHECK(*base::read_file(folder / "taken" / "old") == pattern(3));
  }
}

TEST_CASE("a write that stops half-way leaves the old content and nothing beside it") {
  const TempDir folder;
  REQUIRE(base::write_file(folder / "f", pattern(3)));
  // A limit on file sizes makes the kernel take the first bytes and refuse the rest.
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { 4096, before.rlim_max };
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto written = base::write_file(folder / "f", pattern(100'000));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Code::file_unwritable);
  CHECK(*base::read_file(folder / "f") == pattern(3));
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("what a crashed or hostile predecessor left beside a file is not written to") {
  const TempDir folder;
  REQUIRE(base::write_file(folder / "victim", pattern(3)));
  for (int i = 0; i < 50; ++i) {
    const auto name = "f." + std::to_string(::getpid()) + "-" + std::to_string(i) + ".new";
    fs::create_symlink(folder / "victim", folder / name);
  }
  CHECK(base::write_file(folder / "f", pattern(10)));
  CHECK(*base::read_file(folder / "f") == pattern(10));
  CHECK(*base::read_file(folder / "victim") == pattern(3));
}

TEST_CASE("a reader never sees half a file while writers replace it") {
  const TempDir folder;
  REQUIRE(base::write_file(folder / "f", Bytes(50'000, 0)));
  const auto write_all = [&](std::uint8_t value) {
    for (int i = 0; i < 20; ++i) {
      if (!base::write_file(folder / "f", Bytes(50'000, value))) return false;
    }
    return true;
  };
  bool one = false;
  bool two = false;
  std::thread first{[&] { one = write_all(1); }};
  std::thread second{[&] { two = write_all(2); }};
  bool whole = true;
  for (int i = 0; i < 200; ++i) {
    const auto read = base::read_file(folder / "f");
    whole = whole && read && read->size() == 50'000 && *read == Bytes(50'000, read->front());
  }
  first.join();
  second.join();
  CHECK(whole);
  CHECK(one);
  CHECK(two);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a removed file is gone, also when it was not there, and a folder is not taken for one") {
  const TempDir folder;
  REQUIRE(base::write_file(folder / "f", pattern(10)));
  CHECK(base::remove_file(folder / "f"));
  CHECK(files_in(folder.path()) == 0);
  CHECK(base::remove_file(folder / "f"));
  fs::create_directories(folder / "d" / "e");
  CHECK_FALSE(base::remove_file(folder / "d"));
  CHECK(fs::exists(folder / "d" / "e"));
}
