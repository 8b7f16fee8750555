// SPDX-License-Identifier: Apache-2.0
// millpond-fuzz: libFuzzer around one target. `millpond-fuzz TARGET [LIBFUZZER-OPTION...] [CORPUS...]`; --list names
// the targets, --seeds TARGET FOLDER writes what a corpus begins with.
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "tests/fuzz/target.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

using namespace millpond;

fuzz::Target chosen;

[[noreturn]] void end(int status, const std::string& said) {
  std::fputs(said.c_str(), status == 0 ? stdout : stderr);
  std::exit(status);
}

fuzz::Target target_of(std::string_view name) {
  const auto all = fuzz::all_targets();
  const auto found = std::ranges::find(all, name, &fuzz::Target::name);
  if (found == all.end()) end(2, "no target is called " + std::string{name} + "; --list names them\n");
  return *found;
}

void write_seeds(const fuzz::Target& target, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::size_t number = 0;
  for (const auto& seed : target.seeds()) {
    if (!base::write_file(folder / ("seed-" + std::to_string(number++)), seed)) end(1, "the seeds cannot be written\n");
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  if (!crypto::start()) end(1, "libsodium does not start\n");
  if (*count < 2) end(2, "millpond-fuzz TARGET [LIBFUZZER-OPTION...] [CORPUS...] | --list | --seeds TARGET FOLDER\n");
  const std::string first = (*arguments)[1];
  if (first == "--list") {
    std::string names;
    for (const auto& target : fuzz::all_targets()) names += std::string{target.name} + "\n";
    end(0, names);
  }
  if (first == "--seeds") {
    if (*count != 4) end(2, "millpond-fuzz --seeds TARGET FOLDER\n");
    write_seeds(target_of((*arguments)[2]), (*arguments)[3]);
    end(0, "");
  }
  chosen = target_of(first);
  std::copy(*arguments + 2, *arguments + *count, *arguments + 1);  // libFuzzer reads what follows the name
  --*count;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(chosen.run({data, size}));
  return 0;
}
