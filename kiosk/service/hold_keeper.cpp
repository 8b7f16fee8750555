// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/hold_keeper.h"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace millpond::service {
namespace {

constexpr std::int64_t wait_min_ms = 50;
constexpr std::int64_t wait_max_ms = 60'000;  // a wall clock may be set meanwhile
constexpr std::int64_t retry_ms = 5'000;

}  // namespace

HoldKeeper::HoldKeeper(terminal::Terminal& terminal, client::RedeemLine& line)
    : desk_{terminal}, line_{line}, thread_{[this] { run(); }} {}

HoldKeeper::~HoldKeeper() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

base::Result<terminal::Quote> HoldKeeper::quote(const terminal::BasketRequest& request) { return desk_.quote(request); }

base::Result<terminal::Quote> HoldKeeper::keep(const terminal::BasketRequest& request, std::int64_t keep_for_ms) {
  const auto ask = [this](const std::vector<std::optional<wire::RedeemAsk>>& asks) {
    std::vector<terminal::HubReply> replies;
    for (const auto& word : line_.ask(asks, client::RedeemLine::hold_limit_ms)) {
      replies.push_back({word.word, word.why, word.receipt, word.open});
    }
    return replies;
  };
  MILLPOND_TRY(auto quote, desk_.keep(request, keep_for_ms, ask));
  wake();
  return quote;
}

base::Result<std::optional<terminal::CouponDesk::Kept>> HoldKeeper::kept_for(std::string_view till,
                                                                             std::string_view name) {
  return desk_.kept_for(till, name);
}

base::Result<> HoldKeeper::release(std::string_view till, std::string_view name) { return desk_.release(till, name); }

void HoldKeeper::wake() {
  {
    const std::lock_guard lock{mutex_};
    woken_ = true;
  }
  changed_.notify_all();
}

void HoldKeeper::run() {
  for (;;) {
    const auto next = desk_.let_go();
    std::int64_t wait_ms = 0;  // until something is kept
    if (!next) {
      spdlog::warn("kept coupons cannot be given back now: {}", base::describe(next.error()));
      wait_ms = retry_ms;
    } else if (*next) {
      wait_ms = std::clamp(**next, wait_min_ms, wait_max_ms);
    }
    std::unique_lock lock{mutex_};
    const auto ready = [this] { return woken_ || stopping_; };
    if (wait_ms == 0) {
      changed_.wait(lock, ready);
    } else {
      changed_.wait_for(lock, std::chrono::milliseconds{wait_ms}, ready);
    }
    woken_ = false;
    if (stopping_) return;
  }
}

base::Result<> take_word(terminal::StaffDesk& desk, base::StaffId staff, std::string_view pin,
                         terminal::BasketRequest& request) {
  MILLPOND_TRY(const auto person, desk.check_pin(staff, pin));
  const bool for_late = model::may_approve(person.role, model::Act::late_provisional);
  const bool for_member = model::may_approve(person.role, model::Act::identity_approved);
  if (for_late) request.approved_by = person.staff;
  if (for_member) request.vouched_by = [by = person.staff](base::MemberId) { return by; };
  if (for_late || for_member) return {};
  return base::Error{base::Code::role_missing, "approve a basket", "not with this person's role"};
}

bool waits_for_manager(const terminal::Quote& quote) {
  return std::ranges::any_of(
      quote.refused, [](const terminal::Refusal& refusal) { return refusal.code == base::Code::approval_required; });
}

}  // namespace millpond::service
