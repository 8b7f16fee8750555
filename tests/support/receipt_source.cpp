// SPDX-License-Identifier: Apache-2.0
#include "tests/support/receipt_source.h"

#include "sync/base/file.h"
#include "tests/support/paths.h"

#include <algorithm>
#include <filesystem>
#include <iconv.h>
#include <sstream>
#include <stdexcept>

namespace millpond::tests {
namespace {

std::filesystem::path folder() { return source_dir() / "tests/unit/capture/receipts"; }

std::vector<std::filesystem::path> files_in(const std::filesystem::path& where, const std::string& extension) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{where}) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string encoded(const std::string& text, const std::string& page) {
  const auto name = page == "windows-1252" ? "CP1252" : page == "cp858" ? "IBM858" : page;
  const auto handle = ::iconv_open(name.c_str(), "UTF-8");
  if (handle == reinterpret_cast<iconv_t>(-1)) throw std::runtime_error{"no page " + page};
  std::string out(text.size() * 4 + 4, '\0');
  auto* from = const_cast<char*>(text.data());
  auto from_left = text.size();
  auto* to = out.data();
  auto to_left = out.size();
  const auto failed = ::iconv(handle, &from, &from_left, &to, &to_left) == static_cast<std::size_t>(-1);
  ::iconv_close(handle);
  if (failed) throw std::runtime_error{page + " lacks a character of: " + text};
  out.resize(out.size() - to_left);
  return out;
}

std::string command_of(const std::string& word) {
  using namespace std::string_literals;
  if (word == "cut") return "\n\n\x1DV\x42\x00"s;
  if (word == "big") return "\x1D!\x11"s;
  if (word == "image") return "\x1Dv0\x00\x02\x00\x02\x00"s + "\x12\x0A\x1D\x56";
  if (word.starts_with("qr ")) {
    const auto text = word.substr(3);
    const auto length = text.size() + 3;
    return "\x1D(k"s + static_cast<char>(length % 256) + static_cast<char>(length / 256) + "1P0" + text +
           "\x1D(k\x03\x00\x31\x51\x30"s;
  }
  throw std::runtime_error{"no command " + word};
}

void add_line(SourceReceipt& receipt, std::string line, const std::string& page) {
  const auto add = [&](const std::string& bytes) {
    receipt.bytes.insert(receipt.bytes.end(), bytes.begin(), bytes.end());
  };
  if (line.starts_with("{lose ")) {
    receipt.lost_bytes = std::stoull(line.substr(6));
    return;
  }
  while (line.starts_with('{')) {
    const auto end = line.find('}');
    add(command_of(line.substr(1, end - 1)));
    line.erase(0, end + 1);
    if (line.empty()) return;
  }
  add(encoded(line, page) + "\x1D!" + '\0' + "\n");
}

SourceReceipt begin_receipt(const std::string& line, const std::string& till, std::size_t number,
                            const capture::PrinterPages& pages) {
  SourceReceipt receipt{till, number, pages, {0x1B, '@'}, 0, {}, {}, {}};
  std::istringstream words{line.substr(4)};
  words >> receipt.verdict;
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos)
      receipt.reason = word;
    else
      receipt.values[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return receipt;
}

}  // namespace

std::vector<SourceReceipt> source_receipts() {
  std::vector<SourceReceipt> receipts;
  for (const auto& path : files_in(folder(), ".txt")) {
    const auto content = base::read_file(path).value();
    std::istringstream text{std::string{base::text_of(content)}};
    std::string page;
    capture::PrinterPages pages;
    std::size_t number = 0;
    for (std::string line; std::getline(text, line);) {
      if (line.starts_with("page ")) {
        page = line.substr(5);
        const auto known = capture::parse_code_page(page).value();
        pages.wide_at_start = capture::is_double_byte(known);
        (pages.wide_at_start ? pages.wide : pages.single) = known;
      } else if (line.starts_with("=== ")) {
        receipts.push_back(begin_receipt(line, path.stem().string(), ++number, pages));
      } else {
        add_line(receipts.back(), line, page);
      }
    }
  }
  return receipts;
}

std::vector<base::Bytes> source_templates() {
  std::vector<base::Bytes> templates;
  for (const auto& path : files_in(folder() / "templates", ".json")) templates.push_back(base::read_file(path).value());
  return templates;
}

capture::ReadContext source_context() {
  constexpr std::int64_t now_ms = 1'795'248'000'000;  // 2026-11-21T08:00:00Z
  return {base::StoreId{1}, "T1", base::to_local_date({2026, 11, 21}), 480, now_ms};
}

capture::Receipt read_bytes(base::ByteView bytes, capture::PrinterPages pages) {
  capture::EscposReader reader{pages};
  std::optional<capture::Receipt> first;
  reader.feed(bytes, [&](capture::Receipt receipt) {
    if (!first) first = std::move(receipt);
  });
  const auto rest = reader.finish();
  return first ? *first : rest.value_or(capture::Receipt{});
}

capture::Receipt read_source(const SourceReceipt& source) {
  auto receipt = read_bytes(source.bytes, source.pages);
  receipt.lost_bytes = source.lost_bytes;
  return receipt;
}

}  // namespace millpond::tests
