#include "ops/rebuild/rebuild.hpp"

#include <gtest/gtest.h>

namespace jangteo::ops::rebuild {
namespace {

using namespace std::chrono_literals;

TEST(RebuildProgress, says_share_rate_and_time_left)
{
    EXPECT_EQ(progress_line("filling", 600'000, 1'000'000, 3s),
              "filling    [##############----------] 60 %  600,000 of 1,000,000 events  200,000/s  2.0 s left");
    EXPECT_EQ(progress_line("filling", 0, 1'000, 0s),
              "filling    [------------------------] 0 %  0 of 1,000 events  0/s");
}

TEST(RebuildProgress, of_a_phase_without_events_says_how_long_it_takes)
{
    EXPECT_EQ(progress_line("indexing", 0, 0, 12'340ms), "indexing   12 s");
}

TEST(RebuildProgress, never_passes_the_whole)
{
    EXPECT_EQ(progress_line("following", 1'200, 1'000, 1s),
              "following  [########################] 100 %  1,200 of 1,000 events  1,200/s  0.0 s left");
}

Summary summary()
{
    Summary summary;
    summary.projection = "orders";
    summary.schema = "read_orders";
    summary.live = true;
    summary.events = 1'234;
    summary.seconds = {{"filling", 1.5}};
    summary.rows = {{"orders", 321}};
    return summary;
}

TEST(RebuildSummary, says_where_the_tables_are)
{
    EXPECT_EQ(text_of(summary()),
              "filling    1.5 s\n"
              "rows       read_orders.orders: 321\n"
              "rebuild: 1,234 events, read_orders has its new tables; the former ones are in read_orders_previous\n");
}

TEST(RebuildSummary, says_what_to_do_when_it_has_not_switched)
{
    auto refused = summary();
    refused.schema = "read_orders_next";
    refused.live = false;
    refused.differences = {"orders has 321 rows, and 320 in the live tables"};
    refused.not_switched = "the new tables have other rows than the live ones";
    const auto text = text_of(refused);
    EXPECT_NE(text.find("DIFFERENT  orders has 321 rows"), std::string::npos) << text;
    EXPECT_NE(text.find("jangteo diff read_orders read_orders_next"), std::string::npos) << text;
    EXPECT_NE(text.find("--accept-differences"), std::string::npos) << text;
}

TEST(RebuildSummary, is_one_json_object)
{
    auto parked = summary();
    parked.parked = {"order \"1\""};
    EXPECT_EQ(json_of(parked), R"({"projection":"orders","schema":"read_orders","live":true,"events":1234,)"
                               R"("seconds":{"filling":1.500000},"rows":{"orders":321},"compared":"","differences":[],)"
                               R"("parked":["order \"1\""],"notSwitched":""})"
                               "\n");
}

}  // namespace
}  // namespace jangteo::ops::rebuild
