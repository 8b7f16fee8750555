// SPDX-License-Identifier: Apache-2.0
// kill -9 on a program that commits, seen from outside: whatever it reported through the pipe is in the journal.
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

#include <csignal>
#include <iostream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace millpond;

namespace {

struct Child {
  pid_t pid{};
  int out{};
};

Child start(const std::filesystem::path& journal, std::uint64_t first) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto program = (tests::bin_dir() / "millpond-test-committer").string();
  const auto number = std::to_string(first);
  const auto pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl(program.c_str(), program.c_str(), journal.c_str(), number.c_str(), nullptr);
    ::_exit(127);
  }
  REQUIRE(pid > 0);
  ::close(ends[1]);
  return {pid, ends[0]};
}

std::string read_some(int fd) {
  char buffer[65536];
  const auto got = ::read(fd, buffer, sizeof buffer);
  return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string{};
}

// The numbers of whole lines; the last one may be cut off, and then it was not heard.
std::vector<std::uint64_t> numbers_in(const std::string& text) {
  std::vector<std::uint64_t> numbers;
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    numbers.push_back(std::stoull(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return numbers;
}

// Lets the program commit for a while after its first report, kills it, and returns what it had reported.
std::vector<std::uint64_t> commit_and_kill(const std::filesystem::path& journal, std::uint64_t first,
                                           std::chrono::microseconds life) {
  const auto child = start(journal, first);
  auto heard = read_some(child.out);
  std::this_thread::sleep_for(life);
  REQUIRE(::kill(child.pid, SIGKILL) == 0);
  int status = 0;
  REQUIRE(::waitpid(child.pid, &status, 0) == child.pid);
  CHECK(WIFSIGNALED(status));
  for (auto more = read_some(child.out); !more.empty(); more = read_some(child.out)) heard += more;
  ::close(child.out);
  return numbers_in(heard);
}

}  // namespace

TEST_CASE("no sale that a killed program reported is missing") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  base::SeededRng rng{2026};
  std::uint64_t reported = 0;
  std::uint64_t lost = 0;
  constexpr std::uint64_t kills = 40;
  for (std::uint64_t round = 0; round < kills; ++round) {
    CAPTURE(round);
    const auto life = std::chrono::microseconds{rng.below(60'000)};
    const auto numbers = commit_and_kill(options.path, round * 1'000'000, life);
    REQUIRE_FALSE(numbers.empty());
    const auto journal = tests::open_journal(options, clock, round + 1);
    for (const auto number : numbers) lost += tests::has_sale(*journal, number) ? 0 : 1;
    reported += numbers.size();
    tests::check_sound(*journal);
  }
  std::cout << "kill -9: kills " << kills << ", reported " << reported << ", lost " << lost << std::endl;
  CHECK(lost == 0);
}
