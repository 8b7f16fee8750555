// SPDX-License-Identifier: Apache-2.0
// The way to a snapshot: its description, its pieces, its check, and its adoption. What has arrived of the file
// outlives a restart; the description is asked for again, and when the hub has a newer one by then the file begins
// anew.
#include "sync/client/documents.h"
#include "sync/client/executor.h"
#include "sync/client/refusals.h"
#include "sync/snapshot/tables.h"

namespace millpond::client {
namespace {

using base::Code;
using base::Error;

Error no_newer() { return {Code::not_found, "fetch snapshot", "the hub's is no newer than what is here"}; }

}  // namespace

Outcome Executor::fetch_snapshot(const engine::FetchSnapshot& action) {
  Outgoing outgoing;
  if (!download_) {
    outgoing.question = Question::manifest;
    outgoing.asked_ms = clock_.monotonic_ms();
    outgoing.signed_request =
        line_.sign("GET", "/v1/snapshot?schema=" + std::to_string(snapshot::schema_version), {}, action.timeout_ms);
    return {{}, std::move(outgoing)};
  }
  if (download_->finished()) {
    outgoing.question = Question::staging;
    outgoing.work = [this](const std::atomic<bool>& cancelled) { return stage(cancelled); };
    return {{}, std::move(outgoing)};
  }
  outgoing.question = Question::piece;
  outgoing.signed_request =
      line_.sign("GET", "/v1/snapshot/" + base::to_hex(download_->manifest().hash), {}, action.timeout_ms);
  outgoing.signed_request.http.part =
      net::Part{download_->have(), action.piece_bytes_max,
                [this](base::ByteView bytes) -> base::Result<> { return download_->append(download_->have(), bytes); }};
  return {{}, std::move(outgoing)};
}

// On the lane's thread, while nothing else touches the download.
base::Result<> Executor::stage(const std::atomic<bool>& cancelled) {
  MILLPOND_TRY(staged_, snapshot::Staged::open(std::move(download_), &cancelled));
  return {};
}

// A replica that waits to be fetched again takes an older one too: pages bring it up to date.
bool Executor::brings_news(const wire::SnapshotManifest& manifest) {
  if (refetch_) return true;
  const auto cursor = replica_.cursor();
  return !cursor || cursor->generation != manifest.cursor.generation || manifest.cursor.hub_seq > cursor->hub_seq;
}

engine::Input Executor::answered_manifest(const HubWord& word) {
  if (word.status != 200) {
    const auto code = HubLine::refusal_of(word).error.code;
    return code == Code::not_found || code == Code::newer_release ? no_snapshot(refused_down(word))
                                                                  : refused_down(word);
  }
  const auto manifest = wire::decode_snapshot_manifest(word.body);
  if (!manifest) return engine::DownFailed{manifest.error(), 0};
  if (refetch_ && manifest->cursor.generation != *refetch_) {
    return no_snapshot(
        engine::DownFailed{Error{Code::not_found, "fetch snapshot", "the hub's is of another generation"}, 0});
  }
  if (!brings_news(*manifest)) return engine::DownFailed{no_newer(), 0};
  auto download = snapshot::Download::open(replica_.place(), *manifest);
  if (!download) return engine::DownFailed{download.error(), 0};
  download_ = std::move(*download);
  return engine::SnapshotProgress{false};
}

// A hub without a snapshot has pages; a replica that waits to be fetched again begins them from nothing.
engine::Input Executor::no_snapshot(engine::Input why) {
  const auto emptied = refetch_ ? empty_replica(*refetch_) : base::Result<>{};
  if (!emptied) return engine::DownFailed{emptied.error(), 0};
  return why;
}

// The pieces carry no signature: the file's hash is in the signed description, and is checked when it is whole.
engine::Input Executor::answered_piece(const Outgoing& outgoing, const base::Result<net::HttpAnswer>& answer) {
  if (!answer) return engine::DownFailed{answer.error(), 0};
  if (answer->status == 206) {
    // What the line did not hand to the sink is in the body: a part from another place, or a line without sinks.
    if (!answer->body.empty()) {
      const auto kept = download_->append(outgoing.signed_request.http.part->from, answer->body);
      if (!kept) return engine::DownFailed{kept.error(), 0};
    }
    return engine::SnapshotProgress{true};
  }
  const auto word = line_.check(outgoing.signed_request, answer);
  if (!word) return engine::DownFailed{word.error(), answer->retry_after_ms};
  // The file is gone, or is not what was described: the description is asked for again.
  if (word->status == 404 || word->status == 416) download_.reset();
  return refused_down(*word);
}

// The rows of a snapshot that belong to the journal go there first, so that a crash between the two skips none.
base::Result<> Executor::adopt() {
  // While it arrived, another hub of this brand may have answered with pages, and the replica overtaken it.
  if (!brings_news(staged_->manifest())) return no_newer();
  wire::DownPage page;
  MILLPOND_TRY(page.rows, staged_->documents());
  MILLPOND_TRY(const auto includes, staged_->includes(line_.credentials().terminal));
  std::optional<std::uint32_t> kept;
  std::uint64_t position = 0;
  MILLPOND_TRY_DO(ask_journal([&](store::Journal& journal) -> base::Result<> {
    MILLPOND_TRY(kept, keep_documents(page, line_.credentials(), journal, time_.now().wall_ms));
    MILLPOND_TRY(position, journal.position_of(includes.epoch, includes.through));
    return {};
  }));
  if (kept) new_programme_ = kept;
  MILLPOND_TRY_DO(believe_keys(page));
  MILLPOND_TRY_DO(replica_.adopt(std::move(staged_), position));
  refetch_.reset();
  MILLPOND_TRY(seen_.as_of_ms, replica_.as_of_ms());
  return {};
}

engine::Input Executor::adopted(const base::Result<net::HttpAnswer>& staged) {
  auto done = staged ? adopt() : base::Result<>{staged.error()};
  staged_.reset();
  // A file so damaged that it cannot even be put aside in order makes room by force; the next fetch finds it empty.
  if (!done && done.error().code == Code::store_corrupt && refetch_) {
    if (const auto emptied = empty_replica(*refetch_); !emptied) done = emptied;
  }
  if (!done) return engine::DownFailed{done.error(), 0};
  return engine::SnapshotAdopted{};
}

}  // namespace millpond::client
