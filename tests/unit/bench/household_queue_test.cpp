#include "bench/load/household_queue.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <random>
#include <vector>

namespace jangteo::bench {
namespace {

Journey journey_with(const std::vector<std::size_t>& household_of_basket)
{
    Journey journey;
    for (const auto household : household_of_basket) {
        if (journey.households.size() <= household) journey.households.resize(household + 1);
        journey.baskets.push_back({std::to_string(journey.baskets.size()), household, {}});
    }
    return journey;
}

TEST(HouseholdQueue, sends_different_households_at_once_and_one_household_in_order)
{
    const auto journey = journey_with({0, 0, 1, 0});
    HouseholdQueue queue(journey);
    EXPECT_EQ(queue.take(), 0U);
    EXPECT_EQ(queue.take(), 2U) << "basket 1 waits for basket 0";
    EXPECT_EQ(queue.take(), std::nullopt);
    queue.done(2);
    EXPECT_EQ(queue.take(), std::nullopt);
    queue.done(0);
    EXPECT_EQ(queue.take(), 1U);
    EXPECT_EQ(queue.take(), std::nullopt);
    queue.done(1);
    EXPECT_EQ(queue.take(), 3U);
}

TEST(HouseholdQueue, hands_out_every_basket_once_whatever_order_the_answers_come_in)
{
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        std::vector<std::size_t> owners(60);
        for (auto& owner : owners) owner = random() % 7;
        const auto journey = journey_with(owners);
        HouseholdQueue queue(journey);
        std::vector<std::size_t> in_flight;
        std::vector<std::size_t> answered;
        while (answered.size() < owners.size()) {
            while (in_flight.size() < 5) {
                const auto basket = queue.take();
                if (!basket) break;
                for (const auto other : in_flight) {
                    ASSERT_NE(owners[other], owners[*basket]) << "two of one household at a time, seed " << seed;
                }
                in_flight.push_back(*basket);
            }
            ASSERT_FALSE(in_flight.empty()) << "stuck, seed " << seed;
            const auto pick = static_cast<std::ptrdiff_t>(random() % in_flight.size());
            answered.push_back(in_flight[static_cast<std::size_t>(pick)]);
            queue.done(answered.back());
            in_flight.erase(in_flight.begin() + pick);
        }
        for (std::size_t household = 0; household < 7; ++household) {
            std::vector<std::size_t> order;
            for (const auto basket : answered) {
                if (owners[basket] == household) order.push_back(basket);
            }
            EXPECT_TRUE(std::is_sorted(order.begin(), order.end())) << "seed " << seed;
        }
        std::sort(answered.begin(), answered.end());
        EXPECT_EQ(std::unique(answered.begin(), answered.end()), answered.end()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace jangteo::bench
