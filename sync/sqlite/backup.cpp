// SPDX-License-Identifier: Apache-2.0
#include "sync/sqlite/backup.h"

#include <sqlite3.h>

namespace millpond::sqlite {

struct Backup::State {
  std::filesystem::path path;
  bool on_real_disk{};
  std::unique_ptr<Connection> target;
  sqlite3_backup* handle{};
  bool complete{};

  // Ends the copy; the target's transaction is committed when every page is there and undone otherwise.
  int finish() { return handle == nullptr ? SQLITE_OK : sqlite3_backup_finish(std::exchange(handle, nullptr)); }

  ~State() {
    finish();
    target.reset();
    if (complete || !on_real_disk) return;
    std::error_code ignored;
    for (const auto* suffix : {"", "-journal", "-wal", "-shm"}) {
      std::filesystem::remove(path.string() + suffix, ignored);
    }
  }
};

Backup::Backup(std::unique_ptr<State> state) : state_{std::move(state)} {}
Backup::~Backup() = default;

base::Result<std::unique_ptr<Backup>> Backup::begin(Connection& source, const OpenOptions& target) {
  auto state = std::make_unique<State>();
  std::error_code ignored;
  if (target.vfs.empty() && std::filesystem::exists(target.path, ignored)) {
    return base::Error{base::Code::already_exists, "copy", "there is a file of that name", target.path.string()};
  }
  state->path = target.path;
  MILLPOND_TRY(state->target, Connection::open(target));
  state->on_real_disk = target.vfs.empty();
  MILLPOND_TRY_DO(state->target->execute("PRAGMA synchronous = EXTRA; PRAGMA cache_size = -1000"));
  state->handle = sqlite3_backup_init(state->target->native(), "main", source.native(), "main");
  if (state->handle == nullptr) return state->target->error(sqlite3_errcode(state->target->native()), "begin copy");
  return std::unique_ptr<Backup>{new Backup{std::move(state)}};
}

base::Result<bool> Backup::step(int pages) {
  MILLPOND_CHECK(state_->handle != nullptr);
  if (state_->on_real_disk) {
    // The file exists from the first page on; before anything is in it, it becomes its owner's alone.
    std::error_code ignored;
    std::filesystem::permissions(state_->path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
                                 ignored);
  }
  const int code = sqlite3_backup_step(state_->handle, pages);
  if (code == SQLITE_OK) return false;
  if (code != SQLITE_DONE) {
    state_->finish();
    return state_->target->error(code, "copy");
  }
  const int finished = state_->finish();
  if (finished != SQLITE_OK) return state_->target->error(finished, "finish copy");
  state_->complete = true;
  state_->target.reset();
  return true;
}

}  // namespace millpond::sqlite
