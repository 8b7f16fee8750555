// SPDX-License-Identifier: Apache-2.0
#include "hardware/ports/receipt.h"

namespace millpond::ports {
namespace {

struct LinesOf {
  std::string& to;

  void line(const std::string& text) const {
    if (!text.empty()) to += text + '\n';
  }
  void operator()(const Logo& block) const {
    line(block.text);
    line(block.tagline);
  }
  void operator()(const Title& block) const { line(block.text); }
  void operator()(const Highlight& block) const {
    line(block.text);
    line(block.caption);
  }
  void operator()(const Text& block) const { line(block.text); }
  void operator()(const KeyValue& block) const { line(block.left + '\t' + block.right); }
  void operator()(const Rule&) const {}
  void operator()(const Qr& block) const { line(block.caption); }
  void operator()(const Feed&) const {}
};

}  // namespace

std::string plain_text(const Receipt& receipt) {
  std::string text;
  for (const auto& block : receipt.blocks) std::visit(LinesOf{text}, block);
  return text;
}

}  // namespace millpond::ports
