#include "bench/latencies.hpp"

#include <gtest/gtest.h>

namespace jangteo::bench {
namespace {

using std::chrono::milliseconds;

TEST(Percentiles, are_the_nearest_rank)
{
    Latencies latencies;
    for (int i = 100; i >= 1; --i) latencies.add(milliseconds(i));
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(50), 50);
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(95), 95);
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(99), 99);
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(99.5), 100);
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(100), 100);
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(0), 1);
}

TEST(Percentiles, of_few_samples_are_samples)
{
    Latencies latencies;
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(50), 0) << "nothing was measured";
    latencies.add(milliseconds(7));
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(1), 7);
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(99), 7);
    latencies.add(milliseconds(9));
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(50), 7);
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(51), 9);
}

TEST(Percentiles, may_be_asked_again_after_more_samples)
{
    Latencies latencies;
    latencies.add(milliseconds(3));
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(50), 3);
    latencies.add(milliseconds(1));
    latencies.add(milliseconds(2));
    EXPECT_DOUBLE_EQ(latencies.percentile_ms(50), 2);
}

TEST(Median, is_the_middle_of_the_rounds)
{
    EXPECT_DOUBLE_EQ(median({5}), 5);
    EXPECT_DOUBLE_EQ(median({9, 1, 5}), 5);
    EXPECT_DOUBLE_EQ(median({4, 1, 3, 2}), 2.5);
}

}  // namespace
}  // namespace jangteo::bench
