// SPDX-License-Identifier: Apache-2.0
#include "tests/machine/gadget.h"

#include <array>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace millpond::tests {
namespace fs = std::filesystem;

namespace {

constexpr const char* controller = "dummy_udc.0";
constexpr const char* top = "/sys/kernel/config/usb_gadget/millpond";
constexpr int wait_ms = 10'000;
constexpr int tick_ms = 20;

// A boot keyboard's report: modifiers, nothing, six keys.
constexpr std::array<std::uint8_t, 45> keyboard_report{
    0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25,
    0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0x95, 0x01, 0x75, 0x08, 0x81, 0x03, 0x95, 0x06,
    0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xC0};

void put(const fs::path& file, std::string_view content) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  const bool written = fd >= 0 && ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  if (fd >= 0) ::close(fd);
  if (!written) throw std::runtime_error{"cannot write " + file.string()};
}

bool wait_until(const std::function<bool()>& so) {
  for (int waited = 0; waited < wait_ms; waited += tick_ms) {
    if (so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{tick_ms});
  }
  return so();
}

std::string function_of(GadgetKind kind) {
  if (kind == GadgetKind::printer) return "printer.0";
  return kind == GadgetKind::serial ? "acm.0" : "hid.0";
}

}  // namespace

UsbGadget::UsbGadget(GadgetKind kind) : kind_{kind}, folder_{top} {
  fs::create_directory(folder_);
  put(folder_ / "idVendor", "0x1d6b");
  put(folder_ / "idProduct", "0x0104");
  fs::create_directory(folder_ / "strings/0x409");
  put(folder_ / "strings/0x409/serialnumber", "1");
  put(folder_ / "strings/0x409/manufacturer", "Millpond");
  put(folder_ / "strings/0x409/product", "test device");
  fs::create_directory(folder_ / "configs/c.1");
  const auto function = folder_ / "functions" / function_of(kind);
  fs::create_directory(function);
  if (kind == GadgetKind::keyboard) {
    put(function / "protocol", "1");
    put(function / "subclass", "1");
    put(function / "report_length", "8");
    put(function / "report_desc", {reinterpret_cast<const char*>(keyboard_report.data()), keyboard_report.size()});
  }
  fs::create_directory_symlink(function, folder_ / "configs/c.1" / function_of(kind));
}

UsbGadget::~UsbGadget() {
  std::error_code ignored;
  if (plugged_) { std::ofstream{folder_ / "UDC"} << "\n"; }
  fs::remove(folder_ / "configs/c.1" / function_of(kind_), ignored);
  for (const auto& part :
       {fs::path{"configs/c.1"}, "functions" / fs::path{function_of(kind_)}, fs::path{"strings/0x409"}}) {
    fs::remove(folder_ / part, ignored);
  }
  fs::remove(folder_, ignored);
}

void UsbGadget::plug() {
  put(folder_ / "UDC", controller);
  plugged_ = true;
}

void UsbGadget::unplug() {
  put(folder_ / "UDC", "\n");
  plugged_ = false;
}

fs::path UsbGadget::own_end() const {
  if (kind_ == GadgetKind::printer) return "/dev/g_printer0";
  return kind_ == GadgetKind::serial ? "/dev/ttyGS0" : "/dev/hidg0";
}

bool comes(const fs::path& path) {
  return wait_until([&] { return fs::exists(path); });
}
bool goes(const fs::path& path) {
  return wait_until([&] { return !fs::exists(path); });
}

fs::path event_device_of(const std::string& name) {
  fs::path found;
  const bool there = wait_until([&] {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator{"/sys/class/input", ignored}) {
      std::string said;
      std::getline(std::ifstream{entry.path() / "device/name"}, said);
      const auto device = fs::path{"/dev/input"} / entry.path().filename();
      if (!entry.path().filename().string().starts_with("event") || !said.starts_with(name)) continue;
      if (fs::exists(device)) found = device;
    }
    return !found.empty();
  });
  return there ? found : fs::path{};
}

}  // namespace millpond::tests
