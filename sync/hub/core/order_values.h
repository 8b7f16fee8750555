// SPDX-License-Identifier: Apache-2.0
// Work orders and offline grants as the HubStore keeps them. Part of hub_values.h. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/crypto/sign.h"

#include <functional>
#include <optional>
#include <string>

namespace millpond::hub {

// A one-time code as somebody typed it.
struct TypedCode {
  base::Hash hash{};
  std::string begins;  // its first characters: a wrong code takes a try of every open one that begins so
  bool counts{true};   // false: a wrong one takes no try
};

// Terminals of one store that a technician may make, one machine a use.
struct WorkOrder {
  std::uint64_t number{};
  base::StoreId store;
  std::uint32_t terminals{};  // that it is for
  std::uint32_t used{};
  std::int64_t expires_ms{};
  bool revoked{};
  int tries_left{};
  base::Bytes phone{};  // keyed hash of the technician's
  std::string pin{};    // crypto::hash_pin()
};

// A sheet for one machine without a line.
struct GrantRecord {
  base::TerminalId terminal;
  base::StoreId store;
  std::uint32_t serial{};
  base::Bytes grant{};        // wire::issue_grant(); the key in it is not here
  std::int64_t expires_ms{};  // end of its last day
  bool revoked{};
  std::optional<crypto::PublicKey> bound{};  // the machine that showed it first
  std::uint32_t clashes{};                   // how often another machine showed it later
};
// Makes a grant once terminal and serial are known. Pure.
using GrantMaker = std::function<base::Bytes(base::TerminalId, std::uint32_t serial)>;

}  // namespace millpond::hub
