// SPDX-License-Identifier: Apache-2.0
// What every scanner keeps to, run on the simulated one and on a camera that looks at drawn frames.
#include "hardware/scan/camera_scanner.h"
#include "hardware/scan/encode.h"
#include "hardware/sim/sim_camera.h"
#include "hardware/sim/sim_scanner.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using ports::DeviceState;

namespace {

// Each subject shows the codes K1:A and K1:B, then is unplugged.
class SimSubject {
 public:
  SimSubject() {
    REQUIRE(scanner_.present("K1:A"));
    REQUIRE(scanner_.present("K1:B"));
    REQUIRE(scanner_.fail({base::Code::device_absent, "read", "unplugged"}));
  }
  ports::Scanner& scanner() { return scanner_; }

 private:
  sim::SimScanner scanner_{base::system_clock()};
};

class CameraSubject {
 public:
  ports::Scanner& scanner() { return scanner_; }

 private:
  static sim::FrameScene showing(const char* text) {
    sim::FrameScene scene;
    scene.width = 640;
    scene.height = 360;
    scene.code = *scan::encode_qr(text);
    scene.phone = sim::PhonePose{};
    return scene;
  }
  sim::SimCamera camera_{{sim::FrameScene{}, showing("K1:A"), showing("K1:A"), showing("K1:B"),
                          base::Error{base::Code::device_absent, "read", "unplugged"}},
                         base::system_clock()};
  scan::CameraScanner scanner_{camera_, base::system_clock()};
};

}  // namespace

TEMPLATE_TEST_CASE("a scanner keeps its contract", "", SimSubject, CameraSubject) {
  TestType subject;
  auto& scanner = subject.scanner();
  CHECK(scanner.state() == DeviceState::not_configured);
  CHECK(scanner.next(0).error().code == base::Code::device_absent);

  REQUIRE(scanner.open());
  REQUIRE(scanner.open());
  CHECK(scanner.state() == DeviceState::ok);

  // Each code is told once, whole, in order, with its symbology and a time that does not run back.
  std::int64_t last_ms = 0;
  for (const auto* expected : {"K1:A", "K1:B"}) {
    CAPTURE(expected);
    const auto scan = scanner.next(20'000);
    REQUIRE(scan);
    REQUIRE(*scan);
    CHECK((*scan)->text == expected);
    CHECK((*scan)->symbology == ports::Symbology::qr);
    CHECK((*scan)->at_ms >= last_ms);
    last_ms = (*scan)->at_ms;
  }

  CHECK(scanner.next(0).error().code == base::Code::device_absent);
  CHECK(scanner.state() == DeviceState::absent);
  REQUIRE(scanner.open());
  CHECK(scanner.state() == DeviceState::ok);
  CHECK_FALSE((*scanner.next(0)).has_value());
}
