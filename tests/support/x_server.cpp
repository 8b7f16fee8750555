// SPDX-License-Identifier: Apache-2.0
#include "tests/support/x_server.h"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <xcb/xcb.h>
#include <xcb/xtest.h>

namespace millpond::tests {
namespace {

constexpr auto patience = std::chrono::seconds{20};

// Of an XWD header, which the server writes big-endian before its pixels.
constexpr std::size_t header_bytes_at = 0;
constexpr std::size_t bits_per_pixel_at = 11;
constexpr std::size_t bytes_per_line_at = 12;
constexpr std::size_t color_count_at = 19;
constexpr std::size_t color_bytes = 12;

std::uint32_t big_endian(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | std::uint32_t{at[3]};
}

struct Freed {
  void operator()(void* answer) const { std::free(answer); }
};

std::string read_number(int fd) {
  std::string number;
  char digit = 0;
  while (::read(fd, &digit, 1) == 1 && digit != '\n') number += digit;
  return number;
}

}  // namespace

bool XServer::is_installed() { return std::system("command -v Xvfb >/dev/null 2>&1") == 0; }

XServer::XServer(int width, int height) : width_{width}, height_{height} {
  auto folder = (std::filesystem::temp_directory_path() / "millpond-x-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error{"no folder for an X server"};
  folder_ = folder;
  std::array<int, 2> number{};
  if (::pipe(number.data()) != 0) throw std::runtime_error{"no pipe"};
  const auto size = std::to_string(width) + "x" + std::to_string(height) + "x24";
  const auto end = std::to_string(number[1]);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::close(number[0]);
    const int silent = ::open("/dev/null", O_WRONLY);
    ::dup2(silent, STDERR_FILENO);
    ::execlp("Xvfb", "Xvfb", "-displayfd", end.c_str(), "-screen", "0", size.c_str(), "-fbdir", folder.c_str(),
             "-nolisten", "tcp", "-br", "-nocursor", nullptr);
    ::_exit(127);
  }
  ::close(number[1]);
  name_ = ":" + read_number(number[0]);
  ::close(number[0]);
  if (name_.size() < 2) throw std::runtime_error{"no X server"};
  map_pixels();
  connect();
}

XServer::~XServer() {
  if (connection_ != nullptr) ::xcb_disconnect(connection_);
  if (mapped_ != nullptr) ::munmap(const_cast<std::uint8_t*>(mapped_), mapped_bytes_);
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void XServer::map_pixels() {
  const int file = ::open((folder_ / "Xvfb_screen0").c_str(), O_RDONLY | O_CLOEXEC);
  struct stat found {};
  if (file < 0 || ::fstat(file, &found) != 0) throw std::runtime_error{"an X server without its pixels"};
  mapped_bytes_ = static_cast<std::size_t>(found.st_size);
  void* const mapped = ::mmap(nullptr, mapped_bytes_, PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  if (mapped == MAP_FAILED) throw std::runtime_error{"an X server whose pixels cannot be read"};
  mapped_ = static_cast<const std::uint8_t*>(mapped);
  const auto field = [this](std::size_t index) { return std::size_t{big_endian(mapped_ + index * 4)}; };
  if (field(bits_per_pixel_at) != 32) throw std::runtime_error{"an X server without 32 bits a pixel"};
  pixels_ = mapped_ + field(header_bytes_at) + field(color_count_at) * color_bytes;
  stride_ = field(bytes_per_line_at);
}

void XServer::connect() {
  int screen = 0;
  const auto until = std::chrono::steady_clock::now() + patience;
  connection_ = ::xcb_connect(name_.c_str(), &screen);
  while (::xcb_connection_has_error(connection_) != 0) {
    ::xcb_disconnect(connection_);
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error{"an X server that nobody can reach"};
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    connection_ = ::xcb_connect(name_.c_str(), &screen);
  }
  root_ = ::xcb_setup_roots_iterator(::xcb_get_setup(connection_)).data->root;
}

std::uint32_t XServer::pixel(int x, int y) const {
  std::uint32_t value = 0;
  std::memcpy(&value, pixels_ + static_cast<std::size_t>(y) * stride_ + static_cast<std::size_t>(x) * 4, sizeof value);
  return value & 0xFFFFFF;
}

image::RgbaImage XServer::picture() const {
  image::RgbaImage picture{width_, height_, {}};
  picture.pixels.reserve(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 4);
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      const auto value = pixel(x, y);
      for (const unsigned shift : {16U, 8U, 0U}) picture.pixels.push_back(static_cast<std::uint8_t>(value >> shift));
      picture.pixels.push_back(255);
    }
  }
  return picture;
}

void XServer::send(std::uint8_t kind, std::uint8_t detail, int x, int y) {
  ::xcb_test_fake_input(connection_, kind, detail, XCB_CURRENT_TIME, root_, static_cast<std::int16_t>(x),
                        static_cast<std::int16_t>(y), 0);
  ::xcb_flush(connection_);
}

void XServer::point_at(int x, int y) { send(XCB_MOTION_NOTIFY, 0, x, y); }
void XServer::press() { send(XCB_BUTTON_PRESS, XCB_BUTTON_INDEX_1, 0, 0); }
void XServer::release() { send(XCB_BUTTON_RELEASE, XCB_BUTTON_INDEX_1, 0, 0); }

void XServer::tap(int x, int y) {
  point_at(x, y);
  press();
  release();
}

void XServer::type(std::uint32_t keysym) {
  const auto* const setup = ::xcb_get_setup(connection_);
  const auto count = static_cast<std::uint8_t>(setup->max_keycode - setup->min_keycode + 1);
  const auto cookie = ::xcb_get_keyboard_mapping(connection_, setup->min_keycode, count);
  const std::unique_ptr<xcb_get_keyboard_mapping_reply_t, Freed> map{
      ::xcb_get_keyboard_mapping_reply(connection_, cookie, nullptr)};
  if (!map) throw std::runtime_error{"an X server without a keyboard"};
  const auto* const keysyms = ::xcb_get_keyboard_mapping_keysyms(map.get());
  for (int i = 0; i < count; ++i) {
    if (keysyms[i * map->keysyms_per_keycode] != keysym) continue;
    const auto code = static_cast<std::uint8_t>(setup->min_keycode + i);
    send(XCB_KEY_PRESS, code, 0, 0);
    return send(XCB_KEY_RELEASE, code, 0, 0);
  }
  throw std::runtime_error{"no such key"};
}

}  // namespace millpond::tests
