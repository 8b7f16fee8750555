// SPDX-License-Identifier: Apache-2.0
// Compression of files that do not fit into memory: one zstd frame, in pieces, with a checksum of its own. Unpacking
// takes 9 MiB at most, whatever the frame says of itself. Message bodies: compress.h. One thread at a time; pure.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <functional>
#include <memory>

namespace millpond::wire {

// Takes the next piece of output; its error ends the call that produced the piece, and is what that call returns.
using PieceSink = std::function<base::Result<>(base::ByteView piece)>;

class StreamCompressor {
 public:
  // content_bytes: exactly what will be added. level: of zstd.
  StreamCompressor(int level, std::uint64_t content_bytes);
  ~StreamCompressor();
  StreamCompressor(const StreamCompressor&) = delete;
  StreamCompressor& operator=(const StreamCompressor&) = delete;

  // Error: bad_input when more or less is added than was announced.
  [[nodiscard]] base::Result<> add(base::ByteView piece, const PieceSink& sink);
  [[nodiscard]] base::Result<> finish(const PieceSink& sink);  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class StreamDecompressor {
 public:
  // content_bytes: what must come out, to the byte. A frame that announces or gives anything else is refused.
  explicit StreamDecompressor(std::uint64_t content_bytes);
  ~StreamDecompressor();
  StreamDecompressor(const StreamDecompressor&) = delete;
  StreamDecompressor& operator=(const StreamDecompressor&) = delete;

  // Errors: too_large before the byte past content_bytes is given out, bad_input for a damaged frame, for one whose
  // window takes too much memory, and for bytes behind its end.
  [[nodiscard]] base::Result<> add(base::ByteView piece, const PieceSink& sink);
  // Error: bad_input when the frame is not at its end or too little came out.
  [[nodiscard]] base::Result<> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millpond::wire
