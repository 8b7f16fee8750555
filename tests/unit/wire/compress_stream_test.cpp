// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/compress_stream.h"
#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Bytes;
using base::ByteView;
using base::Code;

namespace {

wire::PieceSink into(Bytes& out) {
  return [&out](ByteView piece) -> base::Result<> {
    base::append(out, piece);
    return {};
  };
}

// Half noise, half not, so that both kinds of blocks are met.
Bytes content(std::size_t size) {
  Bytes bytes(size, 7);
  base::SeededRng rng{size + 1};
  rng.fill(std::span{bytes}.first(size / 2));
  return bytes;
}

Bytes frame_of(ByteView bytes, std::size_t piece = 10'000) {
  Bytes frame;
  wire::StreamCompressor compressor{3, bytes.size()};
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    REQUIRE(compressor.add(bytes.subspan(at, std::min(piece, bytes.size() - at)), into(frame)));
  }
  REQUIRE(compressor.finish(into(frame)));
  return frame;
}

// Error code of unpacking a frame in pieces, and how much came out.
std::optional<Code> unpack(ByteView frame, std::uint64_t expected, std::size_t piece, Bytes& out) {
  wire::StreamDecompressor decompressor{expected};
  for (std::size_t at = 0; at < frame.size(); at += piece) {
    const auto added = decompressor.add(frame.subspan(at, std::min(piece, frame.size() - at)), into(out));
    if (!added) return added.error().code;
  }
  const auto finished = decompressor.finish();
  return finished ? std::nullopt : std::optional{finished.error().code};
}

}  // namespace

TEST_CASE("a stream comes back as it was, in pieces of any size") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{131'072}, std::size_t{700'001}}) {
    const auto original = content(size);
    const auto frame = frame_of(original);
    for (const std::size_t piece : {std::size_t{1'000}, std::size_t{65'536}, std::size_t{1} << 20}) {
      INFO(size << " bytes in pieces of " << piece);
      Bytes back;
      CHECK_FALSE(unpack(frame, size, piece, back));
      CHECK(back == original);
    }
  }
}

TEST_CASE("never more comes out than was announced") {
  const auto frame = frame_of(Bytes(5'000'000, 0), 1 << 20);
  CHECK(frame.size() < 1'000);
  for (const std::uint64_t announced :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1'000'000}, std::uint64_t{4'999'999}}) {
    INFO(announced);
    Bytes out;
    CHECK(unpack(frame, announced, frame.size(), out) == Code::too_large);
    CHECK(out.size() <= announced);
  }
  Bytes out;
  CHECK(unpack(frame, 5'000'001, frame.size(), out) == Code::bad_input);
}

TEST_CASE("a changed, cut or longer frame is refused") {
  const auto original = content(20'000);
  const auto frame = frame_of(original);
  Bytes out;
  for (std::size_t at = 0; at < frame.size(); at += 97) {
    INFO("byte " << at);
    auto changed = frame;
    changed[at] ^= 1;
    CHECK(unpack(changed, original.size(), 4'096, out));
    CHECK(unpack(ByteView{frame}.first(at), original.size(), 4'096, out) == Code::bad_input);
  }
  auto longer = frame;
  longer.push_back(0);
  CHECK(unpack(longer, original.size(), 4'096, out) == Code::bad_input);
  CHECK(unpack(longer, original.size(), longer.size(), out) == Code::bad_input);
}

TEST_CASE("a frame that wants a large window is refused, and one that lies about its length too") {
  // Magic number, window descriptor for 2 GiB, and the beginning of a block.
  const Bytes wants_memory{0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA8, 0x01, 0x00, 0x00};
  Bytes out;
  CHECK(unpack(wants_memory, 1 << 20, 4'096, out) == Code::bad_input);
  wire::StreamCompressor compressor{1, 10};
  auto lied = compressor.add(Bytes(5, 1), into(out));
  if (lied) lied = compressor.finish(into(out));
  REQUIRE_FALSE(lied);
  CHECK(lied.error().code == Code::bad_input);
}

TEST_CASE("the error of whoever takes the pieces ends the call") {
  const auto frame = frame_of(content(300'000));
  wire::StreamDecompressor decompressor{300'000};
  const auto added = decompressor.add(frame, [](ByteView) -> base::Result<> {
    return base::Error{Code::disk_full, "write", ""};
  });
  REQUIRE_FALSE(added);
  CHECK(added.error().code == Code::disk_full);
}
