// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/request_queue.h"

#include <catch2/catch.hpp>

namespace cvp::hbm_cycle {
namespace {

class Queue {
 public:
  void push(std::uint64_t id, unsigned bank, std::uint32_t row, const OpenRow& open = {}) {
    queue_.push({.order = id, .id = id, .row = row, .bank = static_cast<std::uint16_t>(bank)},
                open);
  }
  std::vector<std::uint64_t> oldest_first(unsigned pseudo_channel, std::size_t most = 100) const {
    std::vector<std::uint64_t> ids;
    queue_.oldest_first(pseudo_channel, [&](const Request& request) {
      ids.push_back(request.id);
      return ids.size() < most;
    });
    return ids;
  }
  RequestQueue* operator->() { return &queue_; }
  unsigned other_pseudo_channel() const { return layout_.banks; }

 private:
  const BankLayout layout_{find_hbm_timing("hbm3-6400")->geometry};
  RequestQueue queue_{8, layout_};
};

using Ids = std::vector<std::uint64_t>;

TEST_CASE("A queue knows the order of acceptance of each pseudo channel, whoever has left",
          "[unit][hbm]") {
  Queue queue;
  const unsigned far = queue.other_pseudo_channel();
  queue.push(1, 5, 0);
  queue.push(2, far, 0);
  queue.push(3, 2, 0);
  queue.push(4, 5, 1);
  queue.push(5, far + 3, 0);
  CHECK(queue.oldest_first(0) == Ids{1, 3, 4});
  CHECK(queue.oldest_first(1) == Ids{2, 5});
  CHECK(queue.oldest_first(0, 2) == Ids{1, 3});

  CHECK(queue->take_oldest(2).id == 3);  // From the middle.
  CHECK(queue.oldest_first(0) == Ids{1, 4});
  CHECK(queue->take_oldest(5).id == 1);  // The oldest.
  queue.push(6, 2, 0);
  CHECK(queue.oldest_first(0) == Ids{4, 6});
  CHECK(queue->take_oldest(2).id == 6);  // The youngest.
  queue.push(7, 9, 0);
  CHECK(queue.oldest_first(0) == Ids{4, 7});
  CHECK(queue->take_oldest(5).id == 4);
  CHECK(queue->take_oldest(9).id == 7);
  CHECK(queue.oldest_first(0).empty());
  CHECK(queue.oldest_first(1) == Ids{2, 5});
}

TEST_CASE("A queue knows each bank's oldest hit and miss", "[unit][hbm]") {
  Queue queue;
  const OpenRow open{true, 7};
  queue.push(1, 4, 3, open);
  queue.push(2, 4, 7, open);
  queue.push(3, 4, 7, open);
  const BankMask bank = BankMask{1} << 4;
  CHECK(queue->hits(0) == bank);
  CHECK(queue->misses(0) == bank);
  CHECK(queue->take_hit(4).id == 2);
  CHECK(queue->hit_order(4) == 3);
  CHECK(queue->miss_order(4) == 1);
  CHECK(queue->take_hit(4).id == 3);
  CHECK(queue->hits(0) == 0);
  queue->closed(4);
  CHECK(queue->misses(0) == 0);
  CHECK(queue->waiting(0) == bank);
}

}  // namespace
}  // namespace cvp::hbm_cycle
