// SPDX-License-Identifier: Apache-2.0
// XServer: an X server without a display (Xvfb) for one window, whose pixels are read where the server keeps them and
// whose mouse and keyboard a test moves: what a program shows and hears is what it would show and hear in a shop. Ends
// the server when it goes out of scope. One thread.
#pragma once

#include "hardware/image/image.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/types.h>

struct xcb_connection_t;

namespace millpond::tests {

class XServer {
 public:
  // Whether this machine has one.
  [[nodiscard]] static bool is_installed();
  // Starts one of this size, black; throws std::runtime_error when it does not come up.
  XServer(int width, int height);
  ~XServer();
  XServer(const XServer&) = delete;
  XServer& operator=(const XServer&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }  // for DISPLAY, ":99"

  // What a person would see now. 0xRRGGBB.
  [[nodiscard]] std::uint32_t pixel(int x, int y) const;
  [[nodiscard]] image::RgbaImage picture() const;

  // Hands. A press goes to whatever window lies there, keys to the window under the pointer.
  void point_at(int x, int y);
  void press();
  void release();
  void tap(int x, int y);
  // A key of the first level of the keyboard, by its X keysym: '1', XK_F2. Throws for one that no key has.
  void type(std::uint32_t keysym);

 private:
  void map_pixels();
  void connect();
  void send(std::uint8_t kind, std::uint8_t detail, int x, int y);

  const int width_;
  const int height_;
  std::filesystem::path folder_;  // where the server keeps its pixels
  pid_t pid_ = -1;
  std::string name_;
  const std::uint8_t* mapped_{};
  std::size_t mapped_bytes_{};
  const std::uint8_t* pixels_{};  // BGRX
  std::size_t stride_{};
  xcb_connection_t* connection_{};
  std::uint32_t root_{};
};

inline constexpr std::uint32_t key_tab = 0xFF09;
inline constexpr std::uint32_t key_return = 0xFF0D;
inline constexpr std::uint32_t key_escape = 0xFF1B;
inline constexpr std::uint32_t key_backspace = 0xFF08;
inline constexpr std::uint32_t key_f1 = 0xFFBE;  // F2 is the next, and so on

}  // namespace millpond::tests
