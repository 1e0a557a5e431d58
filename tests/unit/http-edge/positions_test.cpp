// Read your writes (design §4).
#include "http-edge/server/positions.hpp"

#include <gtest/gtest.h>

namespace jangteo::edge {
namespace {

events::Position at(std::string_view text)
{
    return events::Position::parse(text);
}

TEST(Checkpoints_, have_reached_a_position_when_they_are_beyond_it)
{
    const Checkpoints checkpoints{{{"orders", "orders.events"}, {{0, 10}, {1, 0}}},
                                  {{"commands", "orders.events"}, {{0, 5}}}};
    EXPECT_TRUE(has_reached(checkpoints, orders_model, at("")));
    EXPECT_TRUE(has_reached(checkpoints, orders_model, at("orders:0:9")));
    EXPECT_FALSE(has_reached(checkpoints, orders_model, at("orders:0:10")));
    EXPECT_FALSE(has_reached(checkpoints, orders_model, at("orders:0:9,orders:1:0")));
    EXPECT_FALSE(has_reached(checkpoints, orders_model, at("orders:2:0"))) << "a partition not yet read";
    EXPECT_FALSE(has_reached(checkpoints, commands_model, at("orders:0:9")));
    EXPECT_TRUE(has_reached(checkpoints, orders_model, at("points:0:1000"))) << "it is not made of those";
    EXPECT_FALSE(has_reached({}, orders_model, at("orders:0:0")));
}

TEST(CallerPositions_, are_merged_and_bounded)
{
    CallerPositions callers(2);
    const events::UserId a{events::uuid_v5(events::url_namespace, "a")};
    const events::UserId b{events::uuid_v5(events::url_namespace, "b")};
    const events::UserId c{events::uuid_v5(events::url_namespace, "c")};
    EXPECT_EQ(callers.find(a), nullptr);
    callers.saw(a, at("orders:0:5"));
    callers.saw(a, at("orders:0:3,points:1:2"));
    EXPECT_EQ(callers.find(a)->text(), "orders:0:5,points:1:2");
    callers.saw(b, at("orders:0:1"));
    callers.saw(a, at("orders:0:6"));
    callers.saw(c, at("orders:0:1"));
    EXPECT_EQ(callers.find(b), nullptr) << "silent for longest";
    EXPECT_NE(callers.find(a), nullptr);
    EXPECT_NE(callers.find(c), nullptr);
}

}  // namespace
}  // namespace jangteo::edge
