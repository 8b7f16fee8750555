// SPDX-License-Identifier: Apache-2.0
// ReviewShelf: printed receipts that could not be taken for a sale, kept for a person: one file each, whole or not at
// all, on the disk when keep() returns. Receipts name people: each is encrypted under a key of this machine and bound
// to its own file, nothing of them is logged, and they go after kept_days_max or when there are more than kept_max,
// oldest first. What was kept under another key is nobody's to read, and goes in the same time. Any thread; blocks for
// the disk.
#pragma once

#include "hardware/capture/read_sale.h"
#include "sync/base/result.h"
#include "sync/crypto/secret_key.h"

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace millpond::capture {

inline constexpr std::size_t kept_max = 500;
inline constexpr int kept_days_max = 30;

struct Kept {
  std::string id{};  // of the file: digits and a dash
  std::int64_t at_ms{};
  std::string reason{};  // of reason_name()
  std::string detail{};
  std::string template_name{};
  std::uint64_t lost_bytes{};
  base::Bytes raw{};  // as printed
};

class ReviewShelf {
 public:
  ReviewShelf(std::filesystem::path folder, crypto::SecretKey key) : folder_{std::move(folder)}, key_{std::move(key)} {}

  // The kept receipt's id. Errors: those of base::write_file.
  [[nodiscard]] base::Result<std::string> keep(Kept kept);
  // Oldest first, without raw. A file that is none of ours is left out.
  [[nodiscard]] std::vector<Kept> list() const;
  // Errors: not_found, bad_input, signature_invalid (kept under another key, or under another id).
  [[nodiscard]] base::Result<Kept> find(const std::string& id) const;
  // Takes it off; false when it was not there.
  bool drop(const std::string& id);
  // Takes away what is too old at now_ms, and encrypts what an earlier version kept as it was printed.
  void tidy(std::int64_t now_ms);

 private:
  void make_room(std::int64_t now_ms, std::size_t left_max);
  [[nodiscard]] std::vector<std::string> ids() const;
  [[nodiscard]] std::filesystem::path path_of(const std::string& id) const;
  [[nodiscard]] base::Result<Kept> read(const std::string& id) const;

  const std::filesystem::path folder_;
  const crypto::SecretKey key_;
  mutable std::mutex mutex_;
  std::uint32_t last_{};  // guarded by mutex_; tells receipts of one millisecond apart
};

}  // namespace millpond::capture
