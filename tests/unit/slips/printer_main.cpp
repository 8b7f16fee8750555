// SPDX-License-Identifier: Apache-2.0
// millpond-printer: the emulated network printer as a program, for drivers of others to print at. Its first line on
// standard output is its port. Then it takes a word a line on standard input and answers a line each: "paper [FILE]"
// with what was printed as JSON (and as a PNG in FILE); "well", "cover_open", "paper_out" or "paper_low" sets how it
// is. It ends with its input.
#include "sync/base/file.h"
#include "tests/support/printer_emulator.h"

#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace millpond;

namespace {

nlohmann::ordered_json words_of(const tests::EmulatedPaper& paper) {
  return {{"text", paper.text},          {"qr", paper.qr_texts},     {"barcodes", paper.barcodes},
          {"refused", paper.refused},    {"unknown", paper.unknown}, {"cuts", paper.cuts},
          {"kicks", paper.drawer_kicks}, {"height", paper.height()}};
}

bool set(tests::PrinterEmulator& printer, const std::string& how) {
  if (how != "well" && how != "cover_open" && how != "paper_out" && how != "paper_low") return false;
  printer.change([&](auto& behaviour) {
    behaviour.state = {};
    behaviour.state.cover_open = how == "cover_open";
    if (how == "paper_out") behaviour.state.paper = tests::PaperLeft::none;
    if (how == "paper_low") behaviour.state.paper = tests::PaperLeft::near_end;
  });
  return true;
}

}  // namespace

int main() {
  tests::PrinterEmulator printer;
  std::cout << printer.port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words{line};
    std::string word;
    std::string file;
    words >> word >> file;
    if (word == "paper") {
      const auto paper = printer.paper();
      const bool kept = file.empty() || base::write_file(file, paper.png());
      std::cout << (kept ? words_of(paper).dump() : std::string{R"({"error":"the picture cannot be written"})"})
                << std::endl;
    } else {
      std::cout << (set(printer, word) ? "{}" : R"({"error":"no such word"})") << std::endl;
    }
  }
  return 0;
}
