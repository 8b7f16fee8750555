// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crash_vfs.h"
#include "tests/unit/terminal/coupon_counter.h"

#include <set>

using namespace millpond;
using namespace millpond::tests;

// The hub's yes belongs to the basket as long as that stands: given back as well, somebody else could use the coupon.
TEST_CASE("What was kept although the disk failed keeps the hub's yes, and nothing kept gives it back",
          "[coupon_desk]") {
  std::set<Code> errors;
  bool untouched = false;
  for (std::uint64_t at = 0; at < 120 && !untouched; ++at) {
    CAPTURE(at);
    tests::CrashDisk disk{"desk-sync-" + std::to_string(at), at};
    Elsewhere counter{disk.vfs_name()};
    counter.use_up_own();
    for (const auto offer : {gift, percent}) {
      counter.words[counter.coupons.at(offer).coupon.coupon.value] = HubWord::confirmed;
    }
    disk.fail_after(at, tests::FaultKind::sync_error_once);
    const auto kept = counter.desk.keep(counter.two(), 300'000, [](const auto& asks) {
      std::vector<terminal::HubReply> replies(asks.size());
      for (auto& reply : replies) {
        reply.word = HubWord::confirmed;
        reply.receipt.fill(9);
      }
      return replies;
    });
    if (!kept) errors.insert(kept.error().code);
    // Nothing failed so far: what comes next would be the first.
    untouched = kept && counter.shop.journal->commit([](store::Transaction& t) { return t.put_document("x", 1, {}); });
    disk.heal();
    std::size_t holds = 0;
    REQUIRE(counter.shop.journal->with([&](store::Journal& journal) {
      REQUIRE(journal.read([&](store::Transaction& t) -> base::Result<> {
        MILLPOND_TRY(const auto found, t.holds());
        holds = found.size();
        return {};
      }));
    }));
    const auto cancelled = counter.shop.facts_of<model::RedemptionCancelled>().size();
    if (kept) CHECK(holds == 1);
    if (holds == 1) CHECK(cancelled == 0);
    if (holds == 0 && !kept && kept.error().code != Code::commit_unknown) CHECK((cancelled == 2 || cancelled == 0));
    counter.shop.close();
  }
  CHECK(untouched);
  CHECK_FALSE(errors.empty());
}
