// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/decode_file.h"

#include "sync/base/bytes.h"
#include "sync/base/file.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace millpond;

namespace {

std::string without_line_ends(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  return text;
}

}  // namespace

TEST_CASE("photographs that people took are read as they say, never as anything else") {
  const char* named = std::getenv("MILLPOND_PHOTOGRAPHS");
  if (named == nullptr)
    SKIP("MILLPOND_PHOTOGRAPHS names no folder of pictures with their texts in .txt files beside them");
  const std::filesystem::path root{named};
  REQUIRE(std::filesystem::exists(root));
  std::vector<std::filesystem::path> pictures;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{root}) {
    const auto extension = entry.path().extension();
    if (extension == ".png" || extension == ".jpg") pictures.push_back(entry.path());
  }
  std::sort(pictures.begin(), pictures.end());
  int read = 0;
  int wrong = 0;
  for (const auto& picture : pictures) {
    auto truth_path = picture;
    const auto truth = base::read_file(truth_path.replace_extension(".txt"));
    if (!truth) continue;
    const auto decoded = scan::decode_file(picture);
    REQUIRE(decoded);
    if (!decoded->found) continue;
    // Texts in other encodings than UTF-8 stand beside some pictures; only printable ASCII can be compared.
    const auto expected = without_line_ends(std::string{base::text_of(*truth)});
    const bool comparable = std::all_of(expected.begin(), expected.end(), [](char c) { return c >= ' ' && c <= '~'; });
    const bool equal = without_line_ends(decoded->found->text) == expected;
    if (equal || !comparable)
      ++read;
    else
      ++wrong;
  }
  INFO(read << " of " << pictures.size() << " read, " << wrong << " read otherwise");
  CHECK(wrong == 0);
  // Nine of ten; the floor keeps a broken rung from passing unseen, it is not a score to tune to.
  CHECK(read * 10 >= static_cast<int>(pictures.size()) * 9);
}
