// SPDX-License-Identifier: Apache-2.0
// Commits sales from four threads until it is killed, and writes the number of each to standard output only after
// commit() reported it. Usage: millpond-test-committer JOURNAL FIRST_NUMBER
#include "sync/crypto/hash.h"
#include "sync/store/journal_thread.h"
#include "tests/support/sample_sale.h"

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <unistd.h>

using namespace millpond;

namespace {

void commit_until_killed(store::JournalThread& journal, std::atomic<std::uint64_t>& next) {
  for (;;) {
    const auto number = next++;
    if (!journal.commit(tests::sale_action(number))) std::exit(3);
    const auto line = std::to_string(number) + "\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::exit(4);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || !crypto::start()) return 2;
  store::JournalOptions options;
  options.path = argv[1];
  options.owner = {{}, {7}, {12}};
  options.owner.brand.bytes.fill(0xAB);
  auto opened = store::Journal::open(options, base::system_clock(), crypto::system_rng());
  if (!opened) {
    std::cerr << base::describe(opened.error()) << '\n';
    return 1;
  }
  store::JournalThread journal{std::move(*opened)};
  std::atomic<std::uint64_t> next{std::strtoull(argv[2], nullptr, 10)};
  std::vector<std::thread> tills;
  for (int i = 0; i < 4; ++i) tills.emplace_back([&] { commit_until_killed(journal, next); });
  for (auto& till : tills) till.join();
  return 0;
}
