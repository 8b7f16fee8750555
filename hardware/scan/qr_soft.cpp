// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/qr_soft.h"

#include "hardware/scan/reed_solomon.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string_view>

namespace millpond::scan {
namespace {

constexpr int spare_bytes = 4;
constexpr int erasure_step = 2;  // two erasures cost what one error costs

struct SoftByte {
  std::uint8_t value{};
  float sureness{};  // of its least sure bit
};

std::vector<SoftByte> read_bytes(const SoftModules& modules, const QrLayout& layout, int mask) {
  std::vector<SoftByte> bytes(layout.data_order.size() / 8);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto& byte = bytes[i];
    byte.sureness = 1e9F;
    for (std::size_t bit = 0; bit < 8; ++bit) {
      const auto [x, y] = layout.data_order[i * 8 + bit];
      const float level = modules.at(x, y);
      const bool dark = (level > 0) != qr_mask(mask, x, y);
      byte.value = static_cast<std::uint8_t>(byte.value << 1 | (dark ? 1 : 0));
      byte.sureness = std::min(byte.sureness, std::abs(level));
    }
  }
  return bytes;
}

// One block with its data bytes first. Erases the least sure bytes, more of them with every try.
bool mend(std::vector<SoftByte>& block, int check_count) {
  std::vector<std::uint8_t> hard(block.size());
  std::transform(block.begin(), block.end(), hard.begin(), [](const SoftByte& byte) { return byte.value; });
  std::vector<int> by_doubt(block.size());
  std::iota(by_doubt.begin(), by_doubt.end(), 0);
  std::sort(by_doubt.begin(), by_doubt.end(), [&](int a, int b) {
    return block[static_cast<std::size_t>(a)].sureness < block[static_cast<std::size_t>(b)].sureness;
  });
  const int erasures_max = std::max(0, check_count - spare_bytes);
  for (int erased = 0; erased <= erasures_max; erased += erasure_step) {
    const std::span<const int> doubtful{by_doubt.data(), static_cast<std::size_t>(erased)};
    // Without erasures the standard's own bound holds, which leaves small symbols a byte or two of their own.
    const int spare = erased == 0 ? std::min(2, check_count - 2) : spare_bytes;
    if (!correct_errors(hard, check_count, doubtful, spare)) continue;
    for (std::size_t i = 0; i < hard.size(); ++i) block[i].value = hard[i];
    return true;
  }
  return false;
}

// The places of one block's bytes among all bytes, data bytes first: blocks take turns, byte by byte.
std::vector<std::size_t> places_of(std::size_t block, std::size_t bytes_total, QrBlocks blocks) {
  const auto count = static_cast<std::size_t>(blocks.count);
  const auto checks = static_cast<std::size_t>(blocks.check_bytes);
  const std::size_t data_total = bytes_total - count * checks;
  const std::size_t data_short = data_total / count;
  const std::size_t short_blocks = count - data_total % count;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < data_short; ++i) places.push_back(i * count + block);
  if (block >= short_blocks) places.push_back(data_short * count + block - short_blocks);
  for (std::size_t i = 0; i < checks; ++i) places.push_back(data_total + i * count + block);
  return places;
}

// What the bits of a byte say of its modules.
void make_known(SoftModules& known, const QrLayout& layout, int mask, std::size_t place, std::uint8_t value) {
  for (std::size_t bit = 0; bit < 8; ++bit) {
    const auto [x, y] = layout.data_order[place * 8 + bit];
    const bool dark = ((value >> (7 - bit) & 1U) != 0) != qr_mask(mask, x, y);
    known.levels[static_cast<std::size_t>(y * known.size + x)] = dark ? 1.0F : -1.0F;
  }
}

class Bits {
 public:
  explicit Bits(std::span<const std::uint8_t> bytes) : bytes_{bytes} {}
  [[nodiscard]] std::size_t left() const { return bytes_.size() * 8 - at_; }
  // The caller has asked what is left.
  std::uint32_t take(std::size_t count) {
    std::uint32_t value = 0;
    for (; count > 0; --count, ++at_) value = value << 1 | (bytes_[at_ / 8] >> (7 - at_ % 8) & 1U);
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

enum Mode : std::uint32_t { terminator = 0, numeric = 1, alphanumeric = 2, bytes_mode = 4 };

std::size_t count_bits(std::uint32_t mode, int version) {
  const bool small = version <= 9;  // and nothing above version 26 is read
  if (mode == numeric) return small ? 10 : 12;
  if (mode == alphanumeric) return small ? 9 : 11;
  return small ? 8 : 16;
}

bool take_numeric(Bits& bits, std::size_t count, std::string& text) {
  while (count > 0) {
    const std::size_t digits = std::min<std::size_t>(count, 3);
    const std::size_t width = digits * 3 + 1;
    if (bits.left() < width) return false;
    const auto value = bits.take(width);
    constexpr std::array<std::uint32_t, 4> bound{1, 10, 100, 1000};
    if (value >= bound[digits]) return false;
    for (std::size_t i = digits; i > 0; --i) text += static_cast<char>('0' + value / bound[i - 1] % 10);
    count -= digits;
  }
  return true;
}

bool take_alphanumeric(Bits& bits, std::size_t count, std::string& text) {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  while (count > 0) {
    const std::size_t width = count > 1 ? 11 : 6;
    if (bits.left() < width) return false;
    const auto value = bits.take(width);
    if (value >= (count > 1 ? 45 * 45 : 45)) return false;
    if (count > 1) text += alphabet[value / 45];
    text += alphabet[value % 45];
    count -= std::min<std::size_t>(count, 2);
  }
  return true;
}

// Bytes of ASCII or of whole UTF-8 sequences; other encodings are ZXing's business.
bool is_utf8(std::string_view text) {
  std::size_t follow = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (follow > 0) {
      if ((byte & 0xC0U) != 0x80) return false;
      --follow;
    } else if (byte >= 0x80) {
      if (byte < 0xC2 || byte > 0xF4) return false;
      follow = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
    }
  }
  return follow == 0;
}

// What follows the terminator is 11101100 and 00010001 by turns: one more witness against a misread.
bool is_padding(Bits& bits) {
  const auto to_byte = bits.left() % 8;
  if (to_byte > 0 && bits.take(to_byte) != 0) return false;
  for (std::uint32_t expected = 0xEC; bits.left() >= 8; expected ^= 0xEC ^ 0x11) {
    if (bits.take(8) != expected) return false;
  }
  return true;
}

}  // namespace

std::optional<QrFormat> soft_format(const SoftModules& modules) {
  float best = 0;
  float second = 0;
  QrFormat format;
  const auto first_copy = qr_format_places(modules.size, false);
  const auto second_copy = qr_format_places(modules.size, true);
  for (const auto level : {QrLevel::l, QrLevel::m, QrLevel::q, QrLevel::h}) {
    for (int mask = 0; mask < 8; ++mask) {
      const auto bits = qr_format_bits({level, mask});
      float match = 0;
      for (std::size_t i = 0; i < 15; ++i) {
        const float sign = (bits >> (14 - i) & 1U) != 0 ? 1.0F : -1.0F;
        match += sign * (modules.at(first_copy[i].x, first_copy[i].y) + modules.at(second_copy[i].x, second_copy[i].y));
      }
      if (match > best) {
        second = best;
        best = match;
        format = {level, mask};
      } else {
        second = std::max(second, match);
      }
    }
  }
  // Formats differ in seven of fifteen bits, so a whole one stands well before the next.
  constexpr float lead_min = 1.0F;
  if (best - second < lead_min) return std::nullopt;
  return format;
}

std::optional<std::string> qr_text(std::span<const std::uint8_t> data, int version) {
  Bits bits{data};
  std::string text;
  while (bits.left() >= 4) {
    const auto mode = bits.take(4);
    if (mode == terminator) return is_padding(bits) && is_utf8(text) ? std::optional{text} : std::nullopt;
    if (mode != numeric && mode != alphanumeric && mode != bytes_mode) return std::nullopt;
    const auto width = count_bits(mode, version);
    if (bits.left() < width) return std::nullopt;
    const std::size_t count = bits.take(width);
    if (mode == numeric) {
      if (!take_numeric(bits, count, text)) return std::nullopt;
    } else if (mode == alphanumeric) {
      if (!take_alphanumeric(bits, count, text)) return std::nullopt;
    } else {
      if (bits.left() < count * 8) return std::nullopt;
      for (std::size_t i = 0; i < count; ++i) text += static_cast<char>(bits.take(8));
    }
  }
  // A symbol that is full to its last bits has no room for a whole terminator.
  const bool rest_is_zero = bits.left() == 0 || bits.take(bits.left()) == 0;
  return rest_is_zero && is_utf8(text) ? std::optional{text} : std::nullopt;
}

SoftRead read_soft(const SoftModules& modules) {
  SoftRead read;
  const int version = (modules.size - 17) / 4;
  if (version < 1 || version > qr_version_max || qr_size_of(version) != modules.size) return read;
  const auto format = soft_format(modules);
  if (!format) return read;
  const auto& layout = qr_layout(version);
  const auto bytes = read_bytes(modules, layout, format->mask);
  const auto blocks = qr_blocks(version, format->level);
  read.blocks = blocks.count;
  std::vector<std::uint8_t> data;
  for (std::size_t b = 0; b < static_cast<std::size_t>(blocks.count); ++b) {
    const auto places = places_of(b, bytes.size(), blocks);
    std::vector<SoftByte> block(places.size());
    std::transform(places.begin(), places.end(), block.begin(), [&](std::size_t place) { return bytes[place]; });
    if (!mend(block, blocks.check_bytes)) continue;
    if (read.mended++ == 0) read.known = {modules.size, std::vector<float>(modules.levels.size(), 0)};
    for (std::size_t i = 0; i < places.size(); ++i)
      make_known(read.known, layout, format->mask, places[i], block[i].value);
    const auto data_bytes = block.size() - static_cast<std::size_t>(blocks.check_bytes);
    for (std::size_t i = 0; i < data_bytes; ++i) data.push_back(block[i].value);
  }
  if (read.mended < read.blocks) return read;
  read.text = qr_text(data, version);
  if (read.text && read.text->empty()) read.text.reset();
  return read;
}

}  // namespace millpond::scan
