// SPDX-License-Identifier: Apache-2.0
// A whole copy of the journal, made in steps of 64 pages between other work: each step is posted anew, so what a screen
// or a person asked meanwhile is served in between, and tills are served between any two steps anyway.
#pragma once

#include "kiosk/service/loop.h"
#include "sync/store/journal_thread.h"

#include <filesystem>
#include <functional>

namespace millpond::service {

using CopyDone = std::function<void(base::Result<>)>;

// Called on the loop's thread. `done` is called once, on it: when the copy is on the disk, or with why there is none
// (those of store::Journal::begin_copy and step_copy; cancelled or overloaded when the loop ends or is full); nothing
// is left of the copy then. Journal and loop outlive the last step. Not safe to repeat: already_exists.
void copy_journal(store::JournalThread& journal, Loop& work, const std::filesystem::path& target, CopyDone done);

}  // namespace millpond::service
