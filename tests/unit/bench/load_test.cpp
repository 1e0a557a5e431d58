#include "bench/load/http_connection.hpp"
#include "bench/load/loader.hpp"
#include "bench/load/progress.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace jangteo::bench {
namespace {

Journey small_journey()
{
    Journey journey;
    journey.products = {{"1", product_id_of("1"), {}, "MUG", 100}, {"2", product_id_of("2"), {}, "CUP", 50}};
    journey.households = {{"7", user_id_of("7")}};
    journey.baskets = {{"10", 0, {{0, "3"}, {1, "0"}, {0, "85055"}}}, {"11", 0, {{0, "1.5"}, {0, "many"}}}};
    return journey;
}

TEST(OrderBody, has_the_lines_as_they_stand)
{
    const auto body = nlohmann::json::parse(order_body(small_journey(), 0, {}));
    EXPECT_EQ(body["userId"], user_id_of("7").text());
    ASSERT_EQ(body["items"].size(), 3U);
    EXPECT_EQ(body["items"][0]["productId"], product_id_of("1").text());
    EXPECT_EQ(body["items"][0]["quantity"], 3);
    EXPECT_EQ(body["items"][1]["quantity"], 0) << "quirks are the edge's to refuse";
    EXPECT_EQ(body["items"][2]["quantity"], 85'055);
    EXPECT_FALSE(body.contains("pointsToUse"));
}

TEST(OrderBody, sends_a_quantity_that_is_no_whole_number_as_it_is)
{
    const auto body = nlohmann::json::parse(order_body(small_journey(), 1, {}));
    EXPECT_EQ(body["items"][0]["quantity"], 1.5);
    EXPECT_EQ(body["items"][1]["quantity"], "many");
}

TEST(OrderBody, asks_for_points_in_every_kth_basket_counted_from_the_first)
{
    LoadSettings settings;
    settings.points_every = 3;
    settings.points_to_use = 500;
    EXPECT_EQ(points_of(0, settings), 500);
    EXPECT_EQ(points_of(1, settings), 0);
    EXPECT_EQ(points_of(3, settings), 500);
    settings.points_every = 0;
    EXPECT_EQ(points_of(0, settings), 0);
}

TEST(EdgeAddress, is_a_host_and_a_port)
{
    EXPECT_EQ(address_of("http://127.0.0.1:8080").host, "127.0.0.1");
    EXPECT_EQ(address_of("http://127.0.0.1:8080").port, "8080");
    EXPECT_EQ(address_of("http://localhost").port, "80");
    EXPECT_EQ(address_of("http://[::1]:81/").host, "::1");
    EXPECT_THROW(address_of("https://shop.example"), std::invalid_argument);
    EXPECT_THROW(address_of("127.0.0.1:8080"), std::invalid_argument);
}

TEST(ProgressLine, says_how_far_how_fast_and_how_long)
{
    using std::chrono::seconds;
    EXPECT_EQ(Progress::line("orders", 1'500, 3'000, seconds(3)),
              "orders   [###############---------------] 1,500/3,000  50 %  500/s  0:03 left");
    EXPECT_EQ(Progress::line("orders", 3'000, 3'000, seconds(60)),
              "orders   [##############################] 3,000/3,000  100 %  50/s  in 1:00");
    EXPECT_EQ(Progress::line("orders", 0, 10, seconds(0)),
              "orders   [------------------------------] 0/10  0 %  0/s  ");
}

TEST(SummaryJson, has_the_agreed_shape)
{
    Summary summary;
    summary.sent = 10;
    summary.accepted = 8;
    summary.refused["COMMON_400"] = 2;
    summary.lines = 30;
    summary.units_held = 44;
    summary.points_spent = 500;
    summary.seconds = 2;
    summary.latencies.add(std::chrono::milliseconds(4));
    summary.lag_s = 0.25;
    EXPECT_EQ(to_json(summary),
              R"({"orders":{"sent":10,"accepted":8,"refused":{"COMMON_400":2}},"lines":30,"units_held":44,)"
              R"("points_spent":500,"seconds":2.0,"orders_per_s":5.0,"latency_ms":{"p50":4.0,"p95":4.0,"p99":4.0},)"
              R"("lag_s":0.25})"
              "\n");
}

TEST(SummaryText, says_that_a_repeat_changed_nothing)
{
    Summary summary;
    summary.repeats = 12;
    EXPECT_NE(to_text(summary).find("Nothing changed"), std::string::npos);
    summary.changes = 1;
    EXPECT_EQ(to_text(summary).find("Nothing changed"), std::string::npos);
}

}  // namespace
}  // namespace jangteo::bench
