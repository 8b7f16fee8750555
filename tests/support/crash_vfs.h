// SPDX-License-Identifier: Apache-2.0
// CrashDisk: an SQLite VFS over files in memory that can lose power, run full or fail, by seed. It remembers which
// 512-byte sectors were written since their file's last sync; a power cut keeps, drops or turns to garbage each of them
// on its own, as disks do. Creating, deleting and truncating a file is undone by a cut unless it was synced (deleting:
// with SQLite's directory sync); a rename (sqlite::rename_file) happens whole or not at all. Not a slow disk.
// One connection at a time per file; calls from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millpond::tests {

enum class FaultKind : std::uint8_t {
  power_cut,   // from this operation on every call fails with an I/O error, until power_on()
  full,        // this and later writes that grow a file fail with "disk full", until heal()
  sync_error,  // this and later syncs fail with an I/O error until heal(); like Linux, a later sync that succeeds does
               // not write what the failed one did not
  sync_error_once,  // the next sync alone
  kill,             // the process dies at this operation: open files are dead, nothing that was written is lost
};

class CrashDisk {
 public:
  // Registers a VFS; name must be unique in the process.
  CrashDisk(const std::string& name, std::uint64_t seed);
  ~CrashDisk();  // unregisters; every connection must be closed
  CrashDisk(const CrashDisk&) = delete;
  CrashDisk& operator=(const CrashDisk&) = delete;

  [[nodiscard]] const std::string& vfs_name() const;

  // A disk with power-loss protection for single sectors: a cut keeps or drops each unsynced one, and garbles none.
  void keep_sectors_whole();

  // A disk that says "synced" and writes later, if at all: a cut then loses what was promised.
  void lie_about_syncs(bool lie);

  // Open files are dead, nothing that was written is lost: what kill -9 leaves behind.
  void kill();

  void remove(const std::string& path);  // of a file that nobody has open

  // A copy of the platter, and the disk as it was then. Restoring kills.
  struct Image;
  [[nodiscard]] std::shared_ptr<const Image> image() const;
  void restore(const Image& image);

  // Loses power now: unsynced sectors meet their fate and open files fail until power_on(). Close connections between.
  void power_cut();
  void power_on();

  // Lets n more operations pass (writes, syncs, truncates, deletes, renames), then begins the fault. 0: the next one.
  void fail_after(std::uint64_t n_operations, FaultKind kind);
  void heal();  // ends full and sync_error, forgets a planned fault
  // From now on all files together get no larger than this: a write that would make them so fails with "disk full".
  void set_size(std::uint64_t bytes_max);

  [[nodiscard]] bool powered() const;
  [[nodiscard]] std::uint64_t operations() const;  // writes, syncs, truncates, deletes, renames so far
  [[nodiscard]] std::uint64_t syncs() const;
  [[nodiscard]] std::uint64_t cuts() const;
  [[nodiscard]] std::uint64_t lies() const;                             // cuts that took what a sync had promised
  [[nodiscard]] std::uint64_t deaths() const;                           // cuts and kills: how often open files died
  [[nodiscard]] std::uint64_t bytes() const;                            // of all files
  [[nodiscard]] std::uint64_t bytes_of(const std::string& path) const;  // 0 when there is none

  // Flips one bit of a file, for tests of detection. False when the file is shorter.
  bool flip_bit(const std::string& path, std::uint64_t byte, unsigned bit);
  // Where a text first stands in a file.
  [[nodiscard]] std::optional<std::uint64_t> find(const std::string& path, std::string_view text) const;

  struct Disk;  // defined in crash_vfs.cpp; SQLite's callbacks use it

 private:
  std::shared_ptr<Disk> disk_;
};

}  // namespace millpond::tests
