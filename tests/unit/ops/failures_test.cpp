// What has failed alike.
#include "ops/quarantine/failures.hpp"

#include <gtest/gtest.h>

namespace jangteo::ops::quarantine {
namespace {

const events::Timestamp noon = events::parse_iso8601("2026-01-18T12:00:00Z").value();

Failed of_orders(const std::string& key, const std::string& reason, int minute)
{
    return {Kind::read_model, "orders", key, reason, 2, noon + std::chrono::minutes{minute}, "orders", 0};
}

TEST(Alike, leaves_ids_and_numbers_out)
{
    EXPECT_EQ(alike("order 3f0c2a1e-7b64-5d8f-9c02-5a1b2c3d4e12 has no line 17"), "order … has no line …");
    EXPECT_EQ(alike("lines[3].quantity must be at least 1"), "lines[…].quantity must be at least …");
    EXPECT_EQ(alike("type v2 is unknown"), "type v2 is unknown");
    EXPECT_EQ(alike("violates a constraint\nDETAIL: the row of Mug"), "violates a constraint");
    EXPECT_EQ(alike(""), "");
}

TEST(Groups, hold_what_has_failed_alike_in_the_order_of_failing)
{
    const std::vector<Failed> failed{of_orders("c", "no line 3", 30), of_orders("a", "no line 1", 10),
                                     of_orders("b", "unknown status", 20), of_orders("d", "no line 4", 20)};
    const auto groups = grouped(failed);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].reason, "no line …");
    EXPECT_EQ(groups[0].members, (std::vector<std::size_t>{1, 3, 0}));
    EXPECT_EQ(groups[0].waiting, 6);
    EXPECT_EQ(groups[0].since, noon + std::chrono::minutes{10});
    EXPECT_EQ(groups[0].id.size(), 8U);
    EXPECT_NE(groups[0].id, groups[1].id);
    EXPECT_EQ(failed[0].name(), "orders/c");
}

TEST(Groups, tell_read_models_processes_and_targets_apart)
{
    auto saga = of_orders("a", "no line 1", 10);
    saga.kind = Kind::saga;
    auto points = of_orders("a", "no line 1", 10);
    points.where = "points";
    const auto groups = grouped(std::vector{of_orders("a", "no line 1", 10), saga, points});
    ASSERT_EQ(groups.size(), 3U);
    EXPECT_NE(groups[0].id, groups[1].id);
    EXPECT_NE(groups[1].id, groups[2].id);
}

TEST(Groups, keep_their_name_when_others_come)
{
    const auto before = grouped(std::vector{of_orders("a", "no line 1", 10)});
    const auto after = grouped(std::vector{of_orders("z", "no line 9", 40), of_orders("a", "no line 1", 10)});
    EXPECT_EQ(before[0].id, after[0].id);
}

}  // namespace
}  // namespace jangteo::ops::quarantine
