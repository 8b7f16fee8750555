// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/snapshot_api.h"

#include <algorithm>
#include <charconv>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

http::Response not_satisfiable(std::uint64_t size) {
  http::Response response{416, "application/octet-stream", {}, {}};
  response.headers = {{"Content-Range", "bytes */" + std::to_string(size)}};
  return response;
}

}  // namespace

std::optional<ByteRange> parse_range(std::string_view header) {
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit)) return std::nullopt;
  header.remove_prefix(unit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = parse_number(header.substr(0, dash));
  const auto rest = header.substr(dash + 1);
  const auto last = rest.empty() ? std::optional{UINT64_MAX} : parse_number(rest);
  if (!first || !last || *last < *first) return std::nullopt;
  return ByteRange{*first, *last};
}

bool SnapshotApi::serves(std::string_view path) {
  return path == snapshot_path ||
         (path.starts_with(snapshot_path) && path.substr(snapshot_path.size()).starts_with('/'));
}

base::Result<http::Response> SnapshotApi::answer(const http::Request& request) const {
  return request.path() == snapshot_path ? manifest(request) : piece(request);
}

base::Result<http::Response> SnapshotApi::manifest(const http::Request& request) const {
  const auto schema = parse_number(request.query("schema"));
  if (!schema) return Error{Code::bad_input, "ask for snapshot", "schema=N"};
  const auto newest = shelf_.newest();
  if (!newest) return Error{Code::not_found, "ask for snapshot", "there is none yet"};
  if (newest->schema > *schema) {
    return Error{Code::newer_release, "ask for snapshot", "schema " + std::to_string(newest->schema)};
  }
  return http::Response{200, "application/x-protobuf", wire::encode(*newest), {}};
}

base::Result<http::Response> SnapshotApi::piece(const http::Request& request) const {
  const auto bytes = base::from_hex(request.path().substr(snapshot_path.size() + 1));
  base::Hash hash{};
  if (!bytes || bytes->size() != hash.size())
    return Error{Code::bad_input, "ask for snapshot", "a hash in hexadecimal"};
  std::ranges::copy(*bytes, hash.begin());
  MILLPOND_TRY(const auto size, shelf_.bytes_of(hash));
  const auto header = request.header("Range");
  if (header.empty() && size > snapshot_piece_bytes_max) return not_satisfiable(size);
  const auto range = header.empty() ? std::optional{ByteRange{}} : parse_range(header);
  if (!range || range->first >= size) return not_satisfiable(size);
  const auto last = std::min(range->last, size - 1);
  MILLPOND_TRY(auto piece, shelf_.read(hash, range->first, last - range->first + 1));
  const auto end = range->first + piece.size() - 1;
  http::Response response{header.empty() ? 200 : 206, "application/octet-stream", std::move(piece), {}};
  response.headers = {{"Accept-Ranges", "bytes"}};
  if (!header.empty()) {
    response.headers.emplace_back("Content-Range", "bytes " + std::to_string(range->first) + "-" + std::to_string(end) +
                                                       "/" + std::to_string(size));
  }
  return response;
}

}  // namespace millpond::hub
