// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/journal_copy.h"

#include <memory>

namespace millpond::service {
namespace {

using base::Code;
using base::Error;
using base::Result;

struct Copy {
  store::JournalThread& journal;
  Loop& work;
  CopyDone done;
};

void step(const std::shared_ptr<Copy>& copy);

void go_on(const std::shared_ptr<Copy>& copy) {
  if (copy->work.post([copy] { step(copy); })) return;
  const auto told = copy->journal.with([](store::Journal& journal) { journal.abandon_copy(); });
  copy->done(told ? Result<>{Error{Code::cancelled, "copy journal", "the service ends or has too much to do"}} : told);
}

void step(const std::shared_ptr<Copy>& copy) {
  Result<bool> complete{false};
  const auto asked = copy->journal.with([&](store::Journal& journal) { complete = journal.step_copy(); });
  if (!asked) return copy->done(asked);
  if (!complete) return copy->done(complete.error());
  if (*complete) return copy->done({});
  go_on(copy);
}

}  // namespace

void copy_journal(store::JournalThread& journal, Loop& work, const std::filesystem::path& target, CopyDone done) {
  Result<> begun;
  const auto asked = journal.with([&](store::Journal& opened) { begun = opened.begin_copy(target); });
  if (!asked || !begun) return done(asked ? begun : asked);
  go_on(std::make_shared<Copy>(Copy{journal, work, std::move(done)}));
}

}  // namespace millpond::service
