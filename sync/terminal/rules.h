// SPDX-License-Identifier: Apache-2.0
// Rules: a programme and its index, which are never apart. Inside `terminal` only. Never changes; any thread.
#pragma once

#include "sync/model/rule_book.h"

#include <utility>

namespace millpond::terminal {

struct Rules {
  explicit Rules(model::Programme of) : programme{std::move(of)}, book{programme} {}
  Rules(const Rules&) = delete;  // the index refers to the programme
  Rules& operator=(const Rules&) = delete;

  const model::Programme programme;
  const model::RuleBook book;
};

}  // namespace millpond::terminal
