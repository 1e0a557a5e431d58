// How readers of the log stand, and what of it needs somebody.
#include "ops/lag/standing.hpp"

#include <gtest/gtest.h>

namespace jangteo::ops::lag {
namespace {

using namespace std::chrono_literals;

const events::Timestamp noon = events::parse_iso8601("2026-01-18T12:00:00Z").value();

Lag of_orders(std::int32_t partition, std::int64_t behind, std::chrono::seconds age, const std::string& owner = "a")
{
    Lag lag{.reader = "orders", .place = {"orders.commands", partition}, .owner = owner, .oldest = {}};
    lag.next = 100;
    lag.end = 100 + behind;
    if (behind > 0) lag.oldest = noon - age;
    return lag;
}

Standing of(const std::vector<Lag>& lags)
{
    return standing_of("producers", "decides", lags, noon, 30s);
}

TEST(Standing, sums_up_a_reader_on_a_line)
{
    const auto standing = of({of_orders(0, 3, 4s), of_orders(1, 2, 9s), of_orders(2, 0, 0s, "b")});
    ASSERT_EQ(standing.lines.size(), 1U);
    EXPECT_EQ(standing.lines[0], "producers    orders: 5 behind, the oldest for 9 s; 3 partitions, 2 of a, 1 of b");
    EXPECT_TRUE(standing.attention.empty());
}

TEST(Standing, notices_who_stands_still_though_it_owns_the_partition)
{
    const auto standing = of({of_orders(1, 7, 45s)});
    ASSERT_EQ(standing.attention.size(), 1U);
    EXPECT_EQ(standing.attention[0],
              "orders.commands[1] stands still for orders: 7 wait, the oldest for 45 s; its owner is a");
}

TEST(Standing, notices_that_nobody_reads_what_waits)
{
    const auto standing = of({of_orders(3, 1, 2s, ""), of_orders(4, 0, 0s, "")});
    ASSERT_EQ(standing.attention.size(), 1U) << "where nothing waits nobody is missed";
    EXPECT_EQ(standing.attention[0], "nobody decides orders.commands[3] for orders: 1 wait, the oldest for 2 s");
    EXPECT_NE(standing.lines[0].find("2 without an owner"), std::string::npos);
}

TEST(Standing, is_told_for_each_partition_as_json)
{
    EXPECT_EQ(json_of("producers", of_orders(1, 7, 45s), noon),
              R"({"role":"producers","reader":"orders","topic":"orders.commands","partition":1,"owner":"a","next":100,)"
              R"("end":107,"behind":7,"ageSeconds":45})");
}

}  // namespace
}  // namespace jangteo::ops::lag
