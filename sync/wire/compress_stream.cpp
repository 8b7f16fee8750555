// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/compress_stream.h"

#include "sync/base/check.h"

#include <zstd.h>

namespace millpond::wire {
namespace {

constexpr int window_log_max = 23;  // 8 MiB; what level 19 would ask for, and no frame of ours asks for more

base::Error bad_frame(std::size_t code) { return {base::Code::bad_input, "decompress", ZSTD_getErrorName(code)}; }

}  // namespace

struct StreamCompressor::State {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  base::Bytes out = base::Bytes(ZSTD_CStreamOutSize());
  ~State() { ZSTD_freeCCtx(context); }

  base::Result<> run(base::ByteView piece, ZSTD_EndDirective end, const PieceSink& sink) {
    ZSTD_inBuffer input{piece.data(), piece.size(), 0};
    for (;;) {
      ZSTD_outBuffer output{out.data(), out.size(), 0};
      const auto left = ZSTD_compressStream2(context, &output, &input, end);
      if (ZSTD_isError(left) != 0) return base::Error{base::Code::bad_input, "compress", ZSTD_getErrorName(left)};
      if (output.pos > 0) MILLPOND_TRY_DO(sink({out.data(), output.pos}));
      if (end == ZSTD_e_end ? left == 0 : input.pos == input.size) return {};
    }
  }
};

StreamCompressor::StreamCompressor(int level, std::uint64_t content_bytes) : state_{std::make_unique<State>()} {
  MILLPOND_CHECK(state_->context != nullptr);
  const auto set = [&](ZSTD_cParameter parameter, int value) {
    MILLPOND_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(state_->context, parameter, value)) == 0);
  };
  set(ZSTD_c_compressionLevel, level);
  set(ZSTD_c_checksumFlag, 1);
  MILLPOND_CHECK(ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(state_->context, content_bytes)) == 0);
}

StreamCompressor::~StreamCompressor() = default;

base::Result<> StreamCompressor::add(base::ByteView piece, const PieceSink& sink) {
  return state_->run(piece, ZSTD_e_continue, sink);
}

base::Result<> StreamCompressor::finish(const PieceSink& sink) { return state_->run({}, ZSTD_e_end, sink); }

struct StreamDecompressor::State {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  base::Bytes out = base::Bytes(ZSTD_DStreamOutSize());
  std::uint64_t left{};  // bytes that may still come out
  bool ended = false;
  ~State() { ZSTD_freeDCtx(context); }
};

StreamDecompressor::StreamDecompressor(std::uint64_t content_bytes) : state_{std::make_unique<State>()} {
  MILLPOND_CHECK(state_->context != nullptr);
  const auto set = ZSTD_DCtx_setParameter(state_->context, ZSTD_d_windowLogMax, window_log_max);
  MILLPOND_CHECK(ZSTD_isError(set) == 0);
  state_->left = content_bytes;
}

StreamDecompressor::~StreamDecompressor() = default;

base::Result<> StreamDecompressor::add(base::ByteView piece, const PieceSink& sink) {
  ZSTD_inBuffer input{piece.data(), piece.size(), 0};
  bool full = false;  // output may wait inside although all input was taken
  while (input.pos < input.size || full) {
    if (state_->ended) return base::Error{base::Code::bad_input, "decompress", "bytes behind the frame's end"};
    ZSTD_outBuffer output{state_->out.data(), state_->out.size(), 0};
    const auto wanted = ZSTD_decompressStream(state_->context, &output, &input);
    if (ZSTD_isError(wanted) != 0) return bad_frame(wanted);
    if (output.pos > state_->left) return base::Error{base::Code::too_large, "decompress", "more than was announced"};
    state_->left -= output.pos;
    state_->ended = wanted == 0;
    full = !state_->ended && output.pos == output.size;
    if (output.pos > 0) MILLPOND_TRY_DO(sink({state_->out.data(), output.pos}));
  }
  return {};
}

base::Result<> StreamDecompressor::finish() {
  if (state_->ended && state_->left == 0) return {};
  return base::Error{base::Code::bad_input, "decompress", state_->ended ? "too little came out" : "the frame is cut"};
}

}  // namespace millpond::wire
