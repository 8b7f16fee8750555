// SPDX-License-Identifier: Apache-2.0
#include "sync/sqlite/connection.h"

#include "sync/sqlite/error_codes.h"
#include "sync/sqlite/file.h"

#include <sqlite3.h>
#include <unordered_map>
#include <utility>

namespace millpond::sqlite {

struct Prepared {
  sqlite3_stmt* handle{};
  bool borrowed{};
  std::string_view sql{};  // of the key that it is stored under
};

namespace {

// Looks up by a view, so that no text is copied for a statement that is there.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

// Of the virtual machine; a fraction of a millisecond.
constexpr int steps_between_looks = 10'000;

int is_cancelled(void* flag) { return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0; }

// Nobody asks SQLite how much memory it uses, and counting takes a lock at every allocation. Where the library was in
// use before, this is too late and without harm.
void configure_library() {
  static const int outcome = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(outcome);
}

}  // namespace

struct Connection::State {
  sqlite3* handle{};
  std::filesystem::path path;
  std::string vfs;
  bool rollback_journal_stays{};
  bool disk_failed{};
  bool met_damage{};
  std::unordered_map<std::string, Prepared, TextHash, std::equal_to<>> statements;  // by SQL text
  // The last statement whose text came from a place: nearly all are literals, and to compare is quicker than to hash.
  std::array<Prepared*, 64> by_place{};

  [[nodiscard]] Prepared*& at_place_of(std::string_view sql) {
    return by_place[(reinterpret_cast<std::uintptr_t>(sql.data()) / 8 + sql.size()) % by_place.size()];
  }
  ~State() {
    for (const auto& [sql, prepared] : statements) {
      if (!prepared.borrowed) sqlite3_finalize(prepared.handle);
    }
    sqlite3_close_v2(handle);
  }
};

Connection::Connection(std::unique_ptr<State> state) : state_{std::move(state)} {}
Connection::~Connection() = default;

base::Result<std::unique_ptr<Connection>> Connection::open(const OpenOptions& options) {
  configure_library();
  auto state = std::make_unique<State>();
  state->path = options.path;
  state->vfs = options.vfs;
  state->rollback_journal_stays = options.rollback_journal_stays;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (options.create ? SQLITE_OPEN_CREATE : 0);
  const int code =
      sqlite3_open_v2(options.path.c_str(), &state->handle, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
  std::unique_ptr<Connection> connection{new Connection{std::move(state)}};
  if (code != SQLITE_OK) return connection->error(code, "open " + options.path.filename().string());
  sqlite3_busy_timeout(connection->state_->handle, options.busy_timeout_ms);
  if (options.cancelled != nullptr) {
    sqlite3_progress_handler(connection->state_->handle, steps_between_looks, &is_cancelled,
                             const_cast<std::atomic<bool>*>(options.cancelled));
  }
  return connection;
}

base::Error Connection::error(int code, std::string_view operation) const {
  auto* const handle = state_->handle;
  const int system_errno = handle == nullptr ? 0 : sqlite3_system_errno(handle);
  auto kind = code_of(code, system_errno);
  const char* const words = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
  // Of a header whose schema format was changed on the disk, SQLite has no number but that of a mistake in our SQL.
  if (code == SQLITE_ERROR && std::string_view{words} == "unsupported file format") kind = base::Code::store_corrupt;
  if (kind == base::Code::disk_error || kind == base::Code::disk_full) state_->disk_failed = true;
  if (kind == base::Code::store_corrupt) state_->met_damage = true;
  return {kind, std::string{operation}, words, hint_of(kind, state_->path)};
}

base::Result<> Connection::end_last_transaction() {
  if (!state_->disk_failed || !state_->rollback_journal_stays) return {};
  MILLPOND_TRY_DO(execute("BEGIN EXCLUSIVE; COMMIT"));  // what must be undone is undone first
  MILLPOND_TRY_DO(end_rollback_journal(state_->vfs, state_->path));
  state_->disk_failed = false;
  return {};
}

base::Result<> Connection::execute(std::string_view sql) {
  const std::string terminated{sql};
  const int code = sqlite3_exec(state_->handle, terminated.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code, terminated.substr(0, 60));
  return {};
}

base::Result<Statement> Connection::prepare(std::string_view sql) {
  auto*& recent = state_->at_place_of(sql);
  if (recent != nullptr && !recent->borrowed && recent->sql == sql) {
    recent->borrowed = true;
    return Statement{this, recent->handle, recent};
  }
  const auto found = state_->statements.find(sql);
  if (found != state_->statements.end() && !found->second.borrowed) {
    recent = &found->second;
    recent->borrowed = true;
    return Statement{this, recent->handle, recent};
  }
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(state_->handle, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return error(code, "prepare " + std::string{sql.substr(0, 60)});
  MILLPOND_CHECK(handle != nullptr);
  constexpr std::size_t kept_max = 256;  // far above the number of SQL texts in any room
  Prepared* cached = nullptr;
  if (found == state_->statements.end() && state_->statements.size() < kept_max) {
    const auto kept = state_->statements.emplace(sql, Prepared{handle, true}).first;
    cached = &kept->second;
    cached->sql = kept->first;
  }
  return Statement{this, handle, cached};
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(state_->handle) == 0; }
std::int64_t Connection::changes() const { return sqlite3_changes64(state_->handle); }
bool Connection::met_damage() const { return state_->met_damage; }
const std::filesystem::path& Connection::path() const { return state_->path; }
sqlite3* Connection::native() const { return state_->handle; }

Statement::Statement(Statement&& other) noexcept
    : owner_{other.owner_}, handle_{std::exchange(other.handle_, nullptr)}, cached_{other.cached_} {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(handle_, other.handle_);
  std::swap(cached_, other.cached_);
  return *this;
}

Statement::~Statement() {
  if (handle_ == nullptr) return;
  if (cached_ == nullptr) {
    sqlite3_finalize(handle_);
    return;
  }
  reset();
  cached_->borrowed = false;
}

base::Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto error = owner_->error(code, std::string{sqlite3_sql(handle_)}.substr(0, 60));
  sqlite3_reset(handle_);
  return error;
}

base::Result<> Statement::run() {
  for (;;) {
    MILLPOND_TRY(const bool row, step());
    if (!row) return {};
  }
}

void Statement::reset() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }

base::ByteView Statement::bytes(int column) const {
  const auto* const data = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_, column));
  return {data, data == nullptr ? 0U : static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::text(int column) const {
  const auto* const data = sqlite3_column_text(handle_, column);
  if (data == nullptr) return {};
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }

base::Result<> Statement::bind_integer(int index, std::int64_t value) {
  const int code = sqlite3_bind_int64(handle_, index, value);
  if (code != SQLITE_OK) return owner_->error(code, "bind");
  return {};
}

base::Result<> Statement::bind_text(Keeps keeps, int index, std::string_view value) {
  const int code = sqlite3_bind_text64(handle_, index, value.empty() ? "" : value.data(), value.size(),
                                       keeps == Keeps::place ? SQLITE_STATIC : SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) return owner_->error(code, "bind");
  return {};
}

base::Result<> Statement::bind_bytes(Keeps keeps, int index, base::ByteView value) {
  const auto keep = keeps == Keeps::place ? SQLITE_STATIC : SQLITE_TRANSIENT;
  const int code = value.empty() ? sqlite3_bind_zeroblob(handle_, index, 0)
                                 : sqlite3_bind_blob64(handle_, index, value.data(), value.size(), keep);
  if (code != SQLITE_OK) return owner_->error(code, "bind");
  return {};
}

base::Result<> Statement::bind_null(int index) {
  const int code = sqlite3_bind_null(handle_, index);
  if (code != SQLITE_OK) return owner_->error(code, "bind");
  return {};
}

base::Error Statement::wrong_size() const {
  return {base::Code::store_corrupt, "read column", "bytes of an impossible length", owner_->path().string()};
}

}  // namespace millpond::sqlite
