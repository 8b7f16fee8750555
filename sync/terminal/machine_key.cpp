// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/machine_key.h"

#include "sync/base/file.h"

#include <algorithm>
#include <cstdlib>

namespace millpond::terminal {
namespace {

using base::Code;
using base::Error;

// Who may read it is systemd's business: it shows an access list as a group's permission.
base::Result<crypto::SecretKey> read_credential(const std::filesystem::path& path) {
  MILLPOND_TRY(auto bytes, base::read_file(path, 2 * crypto::SecretKey::size));
  if (bytes.size() != crypto::SecretKey::size) {
    return Error{Code::key_unusable, "load machine key", "a credential of 32 bytes is needed", path.string()};
  }
  std::array<std::uint8_t, crypto::SecretKey::size> key{};
  std::ranges::copy(bytes, key.begin());
  auto root = crypto::SecretKey::of(key);
  std::ranges::fill(bytes, std::uint8_t{0});
  key.fill(0);
  return root;
}

}  // namespace

base::Result<MachineKey> load_or_make_machine_key(const std::filesystem::path& folder,
                                                  const std::filesystem::path& credentials) {
  const auto file = folder / root_key_file;
  std::error_code ignored;
  if (!credentials.empty()) {
    auto root = read_credential(credentials / root_credential);
    if (root) {
      const bool left = std::filesystem::exists(file, ignored);
      return MachineKey{std::move(*root), left ? MachineKey::Source::left_over : MachineKey::Source::credential};
    }
    if (root.error().code != Code::not_found) return root.error();
  }
  auto stored = crypto::SecretKey::load(file);
  if (stored) return MachineKey{std::move(*stored), MachineKey::Source::plain_file};
  if (stored.error().code != Code::not_found) return stored.error();
  std::filesystem::create_directories(folder, ignored);
  auto made = crypto::SecretKey::generate();
  MILLPOND_TRY_DO(made.save(file));
  return MachineKey{std::move(made), MachineKey::Source::plain_file};
}

std::filesystem::path credentials_directory() {
  const char* const given = std::getenv("CREDENTIALS_DIRECTORY");
  return given == nullptr ? std::filesystem::path{} : std::filesystem::path{given};
}

std::string_view source_name(MachineKey::Source source) {
  switch (source) {
    case MachineKey::Source::credential:
      return "credential";
    case MachineKey::Source::plain_file:
      return "plain_file";
    case MachineKey::Source::left_over:
      break;
  }
  return "left_over";
}

}  // namespace millpond::terminal
