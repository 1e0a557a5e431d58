// Which order may go next: a household's baskets one after the other, different households' at once.
#pragma once

#include "bench/journey/journey.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace jangteo::bench {

/// Hands out baskets in file order, but never two of one household at a time.
class HouseholdQueue {
public:
    explicit HouseholdQueue(const Journey& journey) : journey_(journey), waiting_(journey.households.size()) {}

    /// The next basket that may be sent now; empty when all have been handed out or wait for their household.
    std::optional<std::size_t> take()
    {
        if (!ready_.empty()) {
            const auto basket = ready_.front();
            ready_.pop_front();
            return basket;
        }
        while (next_ < journey_.baskets.size()) {
            const auto basket = next_++;
            auto& household = waiting_[journey_.baskets[basket].household];
            if (!std::exchange(household.busy, true)) return basket;
            household.baskets.push_back(basket);
        }
        return std::nullopt;
    }

    /// The answer to this basket's order is there: its household may go on.
    void done(std::size_t basket)
    {
        auto& household = waiting_[journey_.baskets[basket].household];
        if (household.baskets.empty()) {
            household.busy = false;
            return;
        }
        ready_.push_back(household.baskets.front());
        household.baskets.pop_front();
    }

private:
    struct Household {
        bool busy = false;
        std::deque<std::size_t> baskets;
    };

    const Journey& journey_;
    std::size_t next_ = 0;
    std::deque<std::size_t> ready_;
    std::vector<Household> waiting_;
};

}  // namespace jangteo::bench
