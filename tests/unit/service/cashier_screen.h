// SPDX-License-Identifier: Apache-2.0
// Screen: somebody in front of a screen of a real service: over the link, by targets and codes alone.
#pragma once

#include "tests/unit/service/counter.h"

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <memory>
#include <string>

namespace millpond::tests {

class Screen {
 public:
  Screen(const Counter& counter, const std::string& role)
      : client_{link::Client::connect(counter.folder / "terminal.sock").value()} {
    REQUIRE(client_->send(link::Hello{link::protocol_version, role + "-1", role}));
  }

  void tap(flow::Target target) { REQUIRE(client_->send(link::Tap{target})); }
  void type(const std::string& digits) {
    for (const char digit : digits)
      tap(static_cast<flow::Target>(static_cast<int>(flow::Target::digit_0) + (digit - '0')));
  }
  void show_code(const std::string& text) { REQUIRE(client_->send(link::Code{text})); }

  template <class View>
  View wait_for(const std::function<bool(const View&)>& fits = [](const View&) { return true; }) {
    for (int i = 0; i < 400; ++i) {
      const auto message = client_->receive(50);
      REQUIRE(message);
      if (!*message) continue;
      const auto* show = std::get_if<link::Show>(&**message);
      if (show == nullptr) continue;
      const auto* view = std::get_if<View>(&show->view.screen);
      if (view != nullptr && fits(*view)) return *view;
    }
    FAIL("the screen never showed what was waited for");
    return {};
  }
  flow::DeskView desk(const std::function<bool(const flow::DeskView&)>& fits) { return wait_for<flow::DeskView>(fits); }

  void named_by(const Counter& counter) {
    desk([](const flow::DeskView& view) { return view.prompt && view.pad; });
    show_code(counter.service->shop()->terminal().member_code(base::MemberId{88}));
    const auto view = desk([](const flow::DeskView& shown) { return shown.member.has_value(); });
    CHECK(view.member->name == "138****8000");
  }
  flow::DeskView sell(const std::string& amount, const std::string& receipt) {
    type(amount);
    tap(flow::Target::submit);
    desk([](const flow::DeskView& view) { return view.bill.has_value(); });
    type(receipt);
    desk(
        [&](const flow::DeskView& view) { return view.pad && view.pad->typed == receipt && view.pad->submit.enabled; });
    tap(flow::Target::submit);
    return desk([](const flow::DeskView& view) { return view.outcome || (view.pad && view.pad->problem); });
  }

 private:
  std::unique_ptr<link::Client> client_;
};

}  // namespace millpond::tests
