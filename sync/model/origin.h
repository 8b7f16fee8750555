// SPDX-License-Identifier: Apache-2.0
// Origin: by which channel a person became a member and what brought them. Written once at the enrolment and kept for
// ever; a merge shows the earliest one and keeps the others. Values only.
#pragma once

#include "sync/base/ids.h"

#include <cstdint>

namespace millpond::model {

// Persisted: never renumber. The first three are those of model::Channel in MemberEnrolled.
enum class OriginChannel : std::uint8_t {
  kiosk = 1,    // by themselves
  cashier = 2,  // typed or scanned at the till
  gateway = 3,  // by the till's program
  pay_wechat = 4,
  pay_alipay = 5,
  pay_card = 6,
  pay_face = 7,
  parcel_code = 8,  // a card in a parcel
  item_code = 9,    // one item, one code
  invite_code = 10,
  join_code = 11,  // a poster, a table
  import = 12,     // from another system
  online = 13,     // a shop platform, an app
};

struct Origin {
  OriginChannel channel{};
  base::CampaignId campaign;  // that was paid for; 0: came by nature
  base::StoreId store;
  base::StaffId staff;        // whose goal it counts for; 0: nobody's
  base::MemberId invited_by;  // 0: nobody
  friend auto operator<=>(const Origin&, const Origin&) = default;
};

}  // namespace millpond::model
