// SPDX-License-Identifier: Apache-2.0
// millpond-chaos-disk: the real programs on a disk that runs full. Mounts a small tmpfs for a terminal's folder and
// then for a hub's, fills it by selling, frees space and goes on; nothing that a till was told may be missing at the
// end. Needs root. The mounts are this process's own and go with it, however it ends. Exit status 77: it could not run.
#include "sync/crypto/hash.h"
#include "tests/chaos/compare.h"
#include "tests/chaos/server_time_till.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace millpond::chaos {
namespace {

using nlohmann::json;

constexpr int cannot_run = 77;
constexpr std::uint64_t sales_max = 20'000;  // a disk that takes more than that was not small

struct Check {
  void operator()(const std::string& what, bool held) {
    std::cout << (held ? "  holds      " : "  NOT HELD   ") << what << std::endl;
    failed += held ? 0 : 1;
  }
  int failed = 0;
};

class SmallDisk {
 public:
  SmallDisk(std::filesystem::path folder, std::size_t kilobytes) : folder_{std::move(folder)} {
    std::filesystem::create_directories(folder_);
    mount(kilobytes, 0);
  }
  ~SmallDisk() { ::umount2(folder_.c_str(), MNT_DETACH); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // What somebody else put on the disk, and takes away again.
  void put_ballast(std::size_t kilobytes) const {
    std::ofstream{folder_ / "ballast"} << std::string(kilobytes * 1024, 'x');
  }
  void remove_ballast() const { std::filesystem::remove(folder_ / "ballast"); }
  void grow(std::size_t kilobytes) const { mount(kilobytes, MS_REMOUNT); }

 private:
  void mount(std::size_t kilobytes, unsigned long flags) const {
    const auto options = "size=" + std::to_string(kilobytes) + "k,mode=0700";
    if (::mount("tmpfs", folder_.c_str(), "tmpfs", flags, options.c_str()) != 0) {
      throw std::runtime_error{std::string{"cannot mount a tmpfs: "} + std::strerror(errno)};
    }
  }

  std::filesystem::path folder_;
};

// A till that remembers.
class Shop {
 public:
  explicit Shop(const std::filesystem::path& folder) : floor_{plan(folder)} {
    floor_.open();
    const auto key = floor_.ask_terminal(0, {"till", "till-1"});
    key_ = {key.at("key"), "till-1", key.at("secret")};
    static_cast<void>(post_at_server_time(door(), key_, "/v1/members", R"({"phone":"+8613012345678"})"));
    told_.phones = {"one"};
    const auto journal = floor_.ask_terminal(0, {"journal", "--all"});
    for (const auto& entry : journal.at("entries")) {
      if (!entry.contains("member")) continue;
      const auto member = floor_.look_up(0, entry.at("member").get<std::string>());
      member_ = member.at("code").get<std::string>();
    }
  }

  [[nodiscard]] Floor& floor() { return floor_; }
  [[nodiscard]] std::uint64_t sales() const { return sales_; }

  // The next sale, or the one that was not answered with 200 before.
  TimedAnswer sell() {
    const auto transaction = std::to_string(sales_ + 1);
    const auto body = body_of(transaction);
    auto answer = try_at_server_time(door(), key_, "/v1/sales", body);
    if (answer.status != 200) return answer;
    ++sales_;
    told_.sales["till-1 2026-11-21 " + transaction] = 1;
    if (answer.body.contains("member")) told_.points[answer.body.at("member")] += answer.body.value("points_earned", 0);
    if (answer.body.contains("coupon")) told_.coupons.insert(answer.body.at("coupon").at("coupon"));
    if (sales_ == 1) first_ = answer.body;
    return answer;
  }
  [[nodiscard]] bool repeats_the_first() {
    const auto answer = try_at_server_time(door(), key_, "/v1/sales", body_of("1"));
    return answer.status == 200 && answer.body == first_;
  }
  [[nodiscard]] Comparison compare_all() { return compare(floor_, told_); }

 private:
  static FloorPlan plan(const std::filesystem::path& folder) {
    return {std::filesystem::canonical("/proc/self/exe").parent_path(),
            tests::source_dir() / "assets/shop/programme.json",
            folder,
            1,
            {}};
  }
  [[nodiscard]] std::uint16_t door() { return floor_.counter(0).port(); }
  [[nodiscard]] std::string body_of(const std::string& transaction) const {
    return json{{"store", 1},
                {"till", "till-1"},
                {"business_date", "2026-11-21"},
                {"transaction", transaction},
                {"state", "paid"},
                {"completed_at", "2026-11-21T10:00:00+08:00"},
                {"currency", "CNY"},
                {"total_minor", 4'000},
                {"member_code", member_},
                {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", 4'000}}}},
                {"tenders", {{{"type", "cash"}, {"amount_minor", 4'000}}}}}
        .dump();
  }

  Floor floor_;
  TillKey key_;
  std::string member_;
  std::uint64_t sales_ = 0;
  json first_;
  Told told_;
};

bool says_disk_full(const TimedAnswer& answer) {
  return answer.status == 503 && answer.body.is_object() && answer.body.value("code", "") == "disk_full";
}

void drain(Shop& shop) {
  wait_until(
      "the queue to drain", [&] { return shop.floor().drained(0); }, 120'000);
  wait_until("the projector", [&] {
    const auto status = shop.floor().ask_hub({"status"});
    return status.at("events_received") == status.at("events_projected");
  });
}

void judge(Shop& shop, Check& check) {
  const auto result = shop.compare_all();
  for (const auto& finding : result.findings) {
    if (!finding.held) std::cout << "  " << finding.name << ": " << finding.detail << '\n';
  }
  check("of " + std::to_string(result.acknowledged) + " acknowledged none is lost and none counted twice",
        result.holds());
}

void fill_terminal(Check& check) {
  std::cout << "a terminal whose folder is a tmpfs of 512 KB\n";
  const tests::TempDir folder;
  const SmallDisk disk{folder / "terminal-1", 512};
  disk.put_ballast(64);
  Shop shop{folder.path()};
  shop.floor().kill_hub();
  auto answer = shop.sell();
  while (answer.status == 200 && shop.sales() < sales_max) answer = shop.sell();
  const auto until_full = shop.sales();
  check("after " + std::to_string(until_full) + " sales the till is told: disk_full", says_disk_full(answer));
  check("it stays so", says_disk_full(shop.sell()) && says_disk_full(shop.sell()));
  check("what was answered is answered again", shop.repeats_the_first());
  disk.remove_ballast();
  for (int i = 0; i < 10; ++i) answer = shop.sell();
  check("with space it sells on", answer.status == 200 && shop.sales() >= until_full + 10);
  shop.floor().start_hub();
  drain(shop);
  judge(shop, check);
}

void fill_hub(Check& check) {
  std::cout << "a hub whose folder is a tmpfs of 3 MB\n";
  const tests::TempDir folder;
  const SmallDisk disk{folder / "hub", 3 << 10};
  disk.put_ballast(1 << 10);
  Shop shop{folder.path()};
  const auto queued = [&] { return shop.floor().ask_terminal(0, {"status"}).at("queued").get<std::uint64_t>(); };
  const auto is_full = [&] { return shop.floor().ask_terminal(0, {"status"}).at("reason") == "disk_full"; };
  while (shop.sales() < sales_max && !(shop.sales() % 50 == 0 && shop.sales() > 0 && is_full())) {
    static_cast<void>(shop.sell());
  }
  check("after " + std::to_string(shop.sales()) + " sales the hub refuses for want of space, and the terminal says so",
        is_full());
  check("selling goes on", shop.sell().status == 200 && queued() > 0);
  disk.remove_ballast();
  // A megabyte takes the queue of 2,000 sales, and not what their tables need; and to check a database, `verify` makes
  // it a second time beside it.
  disk.grow(16 << 10);
  drain(shop);
  judge(shop, check);
}

int run() {
  Check check;
  try {
    fill_terminal(check);
    fill_hub(check);
  } catch (const std::exception& stuck) { check(std::string{"STUCK: "} + stuck.what(), false); }
  std::cout << (check.failed == 0 ? "everything holds\n" : "NOT everything holds\n");
  return check.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace millpond::chaos

int main() {
  using namespace millpond;
  if (::geteuid() != 0) {
    std::cout << "not run: mounting a small disk needs root\n";
    return chaos::cannot_run;
  }
  // A name space of our own: no other process sees the mounts, and they end with the last of ours.
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    std::cout << "not run: no mount name space of its own: " << std::strerror(errno) << '\n';
    return chaos::cannot_run;
  }
  std::signal(SIGPIPE, SIG_IGN);
  if (const auto started = crypto::start(); !started) return 1;
  return chaos::run();
}
