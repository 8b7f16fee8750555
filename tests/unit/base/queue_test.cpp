// SPDX-License-Identifier: Apache-2.0
#include "sync/base/queue.h"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using millpond::base::Overflow;
using millpond::base::Queue;

TEST_CASE("items leave in the order in which they came") {
  Queue<int> queue{3, Overflow::refuse};
  for (const int i : {1, 2, 3}) REQUIRE(queue.push(i));
  CHECK(queue.size() == 3);
  for (const int i : {1, 2, 3}) CHECK(queue.pop() == i);
  CHECK_FALSE(queue.try_pop());
}

TEST_CASE("a full queue that refuses keeps what it has") {
  Queue<int> queue{2, Overflow::refuse};
  CHECK(queue.push(1));
  CHECK(queue.push(2));
  CHECK_FALSE(queue.push(3));
  CHECK(queue.pop() == 1);
  CHECK(queue.push(4));
  CHECK(queue.pop() == 2);
  CHECK(queue.pop() == 4);
}

TEST_CASE("a full queue that drops the oldest keeps the newest") {
  Queue<int> queue{2, Overflow::drop_oldest};
  for (const int i : {1, 2, 3, 4}) CHECK(queue.push(i));
  CHECK(queue.size() == 2);
  CHECK(queue.pop() == 3);
  CHECK(queue.pop() == 4);
}

TEST_CASE("a closed queue takes nothing and gives what it has") {
  Queue<int> queue{2, Overflow::drop_oldest};
  CHECK(queue.push(1));
  CHECK_FALSE(queue.closed());
  queue.close();
  CHECK(queue.closed());
  CHECK_FALSE(queue.push(2));
  CHECK(queue.pop() == 1);
  CHECK_FALSE(queue.pop());
  CHECK_FALSE(queue.pop(60'000));
}

TEST_CASE("waiting ends without an item when the time is over") {
  Queue<int> queue{2, Overflow::refuse};
  CHECK_FALSE(queue.pop(0));
  CHECK_FALSE(queue.pop(1));
  CHECK_FALSE(queue.pop(-1));
}

TEST_CASE("closing wakes everyone who waits") {
  Queue<int> queue{2, Overflow::refuse};
  std::atomic<int> woken{0};
  std::vector<std::thread> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back([&] {
      if (!queue.pop()) ++woken;
    });
  }
  queue.close();
  for (auto& thread : waiting) thread.join();
  CHECK(woken == 4);
}

TEST_CASE("items that cannot be copied pass through") {
  Queue<std::unique_ptr<int>> queue{1, Overflow::refuse};
  CHECK(queue.push(std::make_unique<int>(7)));
  const auto item = queue.pop();
  REQUIRE(item);
  CHECK(**item == 7);
}

TEST_CASE("many producers and consumers neither lose nor repeat an item") {
  Queue<int> queue{1 << 16, Overflow::refuse};
  constexpr int each = 2000;
  std::atomic<std::int64_t> sum{0};
  std::atomic<int> count{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> consumers;
  std::vector<std::thread> producers;
  for (int i = 0; i < 3; ++i) {
    consumers.emplace_back([&] {
      while (const auto item = queue.pop()) {
        sum += *item;
        ++count;
      }
    });
    producers.emplace_back([&, i] {
      for (int j = 0; j < each; ++j) refused += queue.push(i * each + j) ? 0 : 1;
    });
  }
  for (auto& thread : producers) thread.join();
  queue.close();
  for (auto& thread : consumers) thread.join();
  constexpr std::int64_t total = 3 * each;
  CHECK(refused == 0);
  CHECK(count == total);
  CHECK(sum == total * (total - 1) / 2);
}
