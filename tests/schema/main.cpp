// SPDX-License-Identifier: Apache-2.0
// millpond-documents: the parsers as a filter, for schemas.py. Reads "KIND JSON" a line, answers a line each: "ok", or
// what is wrong. Without input it lists the kinds.
#include "tests/schema/documents.h"

#include <iostream>
#include <string>

int main(int argc, char** argv) {
  using namespace millpond;
  if (argc == 2 && std::string_view{argv[1]} == "--list") {
    for (const auto& kind : tests::document_kinds()) std::cout << kind.name << '\n';
    return 0;
  }
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto space = line.find(' ');
    const auto* const kind = tests::document_kind(line.substr(0, space));
    if (kind == nullptr || space == std::string::npos) {
      std::cerr << "not a document's kind: " << line.substr(0, space) << '\n';
      return 1;
    }
    const auto refusal = kind->refusal(base::view_of(std::string_view{line}.substr(space + 1)));
    std::cout << (refusal.empty() ? "ok" : refusal) << '\n' << std::flush;
  }
  return 0;
}
