// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/review_shelf.h"

#include "sync/base/file.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace millpond::capture {
namespace {

using base::Code;
using base::Error;
using base::Result;
using Json = nlohmann::ordered_json;

constexpr std::string_view ending = ".receipt";
constexpr std::size_t file_bytes_max = 2 * receipt_bytes_max;
constexpr std::int64_t day_ms = 86'400'000;

// "1795248000000-001"; fifteen digits sort as the times they are.
bool is_id(const std::string& text) {
  return text.size() > 4 && text.size() < 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '-'; });
}

// What a file's content is bound to; persisted: never change.
std::string place_of(const std::string& id) { return "receipts|" + id + "|printed|1"; }

// A line of JSON, then what was printed.
Result<Kept> parse_kept(const base::Bytes& content, const std::string& id) {
  const auto end = std::find(content.begin(), content.end(), '\n');
  const auto head = Json::parse(content.begin(), end, nullptr, false);
  if (!head.is_object() || end == content.end())
    return Error{Code::bad_input, "read kept receipt", "not one of ours", id};
  Kept kept{id, 0, {}, {}, {}, 0, {end + 1, content.end()}};
  try {
    kept.at_ms = head.value("at_ms", std::int64_t{0});
    kept.reason = head.value("reason", "");
    kept.detail = head.value("detail", "");
    kept.template_name = head.value("template", "");
    kept.lost_bytes = head.value("lost_bytes", std::uint64_t{0});
  } catch (const nlohmann::json::exception&) {
    return Error{Code::bad_input, "read kept receipt", "not one of ours", id};
  }
  return kept;
}

}  // namespace

Result<std::string> ReviewShelf::keep(Kept kept) {
  const std::lock_guard lock{mutex_};
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  if (failed) return Error{Code::file_unwritable, "keep receipt", failed.message(), folder_.string()};
  make_room(kept.at_ms, kept_max - 1);
  char name[48];
  std::snprintf(name, sizeof name, "%015lld-%03u", static_cast<long long>(kept.at_ms), ++last_ % 1000);
  const Json head{{"at_ms", kept.at_ms},
                  {"reason", kept.reason},
                  {"detail", kept.detail},
                  {"template", kept.template_name},
                  {"lost_bytes", kept.lost_bytes}};
  auto text = head.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  text += base::text_of(kept.raw);
  const auto box = key_.encrypt(place_of(name), base::view_of(text));
  MILLPOND_TRY_DO(base::write_file(path_of(name), box, base::Privacy::owner));
  return std::string{name};
}

std::filesystem::path ReviewShelf::path_of(const std::string& id) const { return folder_ / (id + std::string{ending}); }

Result<Kept> ReviewShelf::read(const std::string& id) const {
  MILLPOND_TRY(const auto box, base::read_file(path_of(id), file_bytes_max));
  MILLPOND_TRY(const auto content, key_.decrypt(place_of(id), box));
  return parse_kept(content, id);
}

std::vector<std::string> ReviewShelf::ids() const {
  std::vector<std::string> found;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator{folder_, failed}) {
    const auto stem = entry.path().stem().string();
    if (entry.path().extension() == ending && is_id(stem)) found.push_back(stem);
  }
  std::sort(found.begin(), found.end());
  return found;
}

void ReviewShelf::tidy(std::int64_t now_ms) {
  const std::lock_guard lock{mutex_};
  make_room(now_ms, kept_max);
  for (const auto& id : ids()) {
    const auto content = base::read_file(path_of(id), file_bytes_max);
    // A box begins with a random nonce and is none of these but once in 10^5 files; then it does not parse.
    if (!content || content->empty() || content->front() != '{' || !parse_kept(*content, id)) continue;
    // A disk that is full now has room at another time.
    (void)base::write_file(path_of(id), key_.encrypt(place_of(id), *content), base::Privacy::owner);
  }
}

void ReviewShelf::make_room(std::int64_t now_ms, std::size_t left_max) {
  const auto kept = ids();
  const auto oldest_ms = now_ms - kept_days_max * day_ms;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const bool old = std::atoll(kept[i].c_str()) < oldest_ms;
    if (!old && kept.size() - i <= left_max) return;
    (void)base::remove_file(path_of(kept[i]));  // else the next time does it
  }
}

std::vector<Kept> ReviewShelf::list() const {
  const std::lock_guard lock{mutex_};
  std::vector<Kept> all;
  for (const auto& id : ids()) {
    auto kept = read(id);
    if (!kept) continue;
    kept->raw.clear();
    all.push_back(std::move(kept).value());
  }
  return all;
}

Result<Kept> ReviewShelf::find(const std::string& id) const {
  const std::lock_guard lock{mutex_};
  if (!is_id(id)) return Error{Code::not_found, "find kept receipt", "no such receipt", id};
  return read(id);
}

bool ReviewShelf::drop(const std::string& id) {
  const std::lock_guard lock{mutex_};
  std::error_code failed;
  return is_id(id) && std::filesystem::exists(path_of(id), failed) && base::remove_file(path_of(id));
}

}  // namespace millpond::capture
