// SPDX-License-Identifier: Apache-2.0
// What happened to members: enrolled, changed, asked for consent. Never personal data. Part of facts.h, which has the
// rules for all of them.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/model/origin.h"

#include <cstdint>
#include <string>
#include <vector>

namespace millpond::model {

enum class Channel : std::uint8_t { kiosk = 1, cashier = 2, gateway = 3 };
enum class Purpose : std::uint8_t { membership = 1, marketing = 2, profiling = 3, partners = 4 };

// What whoever agreed said about their age, by the country of the programme that the fact's stamp names; no birthday.
enum class AgeAnswer : std::uint8_t {
  not_asked = 0,        // a withdrawal; facts of before anybody was asked
  old_enough = 1,       // the country's age for joining, or older
  guardian_agrees = 2,  // younger: a guardian is there and agrees for them
};

struct Consent {
  Purpose purpose{};
  bool granted{};
  base::Hash text_hash{};  // BLAKE2b-256 of the words that were shown
  std::string language;    // BCP 47: "zh-CN"
  AgeAnswer age{};
  friend bool operator==(const Consent&, const Consent&) = default;
};

struct MemberEnrolled {
  base::MemberId member;
  base::StoreId store;
  Channel channel{};
  std::vector<Consent> consents;
  base::Hash payload_hash{};    // BLAKE2b-256(salt || payload); zero without a payload
  base::CampaignId campaign{};  // what brought them (origin.h); 0: came by nature
  base::StaffId staff{};        // who asked them; 0: nobody
  base::MemberId invited_by{};  // 0: nobody
  OriginChannel came_by{};      // 0: as `channel` says
  friend bool operator==(const MemberEnrolled&, const MemberEnrolled&) = default;
};

// Where they came from, for ever.
[[nodiscard]] Origin origin_of(const MemberEnrolled& enrolled);

enum class ProfileField : std::uint8_t { name = 1, birthday = 2, language = 3, email = 4 };

// One field of a profile, changed by somebody who saw its version base_version (0: never set). The value is personal
// and travels sealed beside the fact.
struct ProfileChanged {
  base::MemberId member;
  ProfileField field{};
  std::uint32_t base_version{};
  base::Hash payload_hash{};  // BLAKE2b-256(salt || payload); zero: the field was emptied
  friend bool operator==(const ProfileChanged&, const ProfileChanged&) = default;
};

// One purpose, agreed to or withdrawn by a member who saw its version base_version (0: as at the enrolment).
struct ConsentChanged {
  base::MemberId member;
  std::uint32_t base_version{};
  Consent consent;
  friend bool operator==(const ConsentChanged&, const ConsentChanged&) = default;
};

}  // namespace millpond::model
