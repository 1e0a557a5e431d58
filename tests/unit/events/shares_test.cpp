#include "events/shares.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace jangteo::events {

inline void PrintTo(const Won& won, std::ostream* to)
{
    *to << won.value;
}

namespace {

TEST(Shares, what_is_left_goes_to_the_largest_remainders)
{
    EXPECT_EQ(shared_out(Won{500}, {Won{29'700}, Won{4'000}}), (std::vector<Won>{{441}, {59}}));
    EXPECT_EQ(shared_out(Won{100}, {Won{1}, Won{1}, Won{1}}), (std::vector<Won>{{34}, {33}, {33}}))
        << "the first of equals";
    EXPECT_EQ(shared_out(Won{7}, {Won{0}, Won{5}}), (std::vector<Won>{{0}, {7}}));
}

TEST(Shares, weights_of_nothing_give_all_to_the_first)
{
    EXPECT_EQ(shared_out(Won{3'000}, {Won{0}, Won{0}}), (std::vector<Won>{{3'000}, {0}}));
    EXPECT_TRUE(shared_out(Won{0}, {}).empty());
}

RC_GTEST_PROP(SharesProperty, come_to_what_was_shared_and_none_to_more_than_its_weight, ())
{
    std::vector<Won> weights;
    Won whole;
    for (int n = *rc::gen::inRange(1, 200); n > 0; --n) {
        weights.push_back({*rc::gen::inRange<std::int64_t>(0, largest_amount.value / 200)});
        whole += weights.back();
    }
    const Won total{*rc::gen::inRange<std::int64_t>(0, whole.value + 1)};
    const auto shares = shared_out(total, weights);
    Won sum;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        RC_ASSERT(shares[i] >= Won{0});
        RC_ASSERT(shares[i] <= weights[i]);
        sum += shares[i];
    }
    RC_ASSERT(sum == total);
}

}  // namespace
}  // namespace jangteo::events
