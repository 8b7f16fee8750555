// SPDX-License-Identifier: Apache-2.0
// The act of nobody: a phone that is known was typed where anybody can type one. It earns and shows nothing
// (strength.h), and is a fact so that a known number leaves as much behind as a new one. Persisted: never renumber.
#pragma once

#include "sync/model/staff_facts.h"

namespace millpond::model {

inline constexpr Act act_phone_typed{10};  // after the last one of Act

}  // namespace millpond::model
