// Which records an operator sees, how they are written, and what a moment is.
#include "ops/log/moment.hpp"
#include "ops/log/selection.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace jangteo::ops::log {
namespace {

using namespace std::chrono_literals;

const auto order = events::uuid_v5(events::url_namespace, "order");

events::Record held()
{
    events::Record record;
    record.topic = "inventory.events";
    record.partition = 3;
    record.offset = 1'234;
    record.value = R"({"quantity":2})";
    record.envelope.type = "jangteo.inventory.StockHeld";
    record.envelope.subject = "mug";
    record.envelope.actor = "saga:order_fulfilment";
    record.envelope.correlation_id = order;
    record.envelope.time = *events::parse_iso8601("2026-01-18T14:30:00Z");
    record.envelope.command_offset = 77;
    return record;
}

TEST(Selection, takes_a_type_by_its_short_or_its_whole_name)
{
    Selection selection;
    EXPECT_TRUE(selection.matches(held()));
    selection.types = {"StockHeld"};
    EXPECT_TRUE(selection.matches(held()));
    selection.types = {"jangteo.inventory.StockHeld"};
    EXPECT_TRUE(selection.matches(held()));
    selection.types = {"StockReleased"};
    EXPECT_FALSE(selection.matches(held()));
}

TEST(Selection, takes_what_is_of_the_aggregate_and_of_the_process)
{
    Selection selection;
    selection.aggregate = "mug";
    selection.correlation_id = order;
    EXPECT_TRUE(selection.matches(held()));
    selection.correlation_id = events::Uuid{};
    EXPECT_FALSE(selection.matches(held()));
    selection.correlation_id = order;
    selection.aggregate = "pot";
    EXPECT_FALSE(selection.matches(held()));
}

TEST(Selection, has_every_context_unless_some_are_named)
{
    EXPECT_TRUE(Selection{}.has_context("orders"));
    Selection points;
    points.contexts = {"points"};
    EXPECT_TRUE(points.has_context("points"));
    EXPECT_FALSE(points.has_context("orders"));
}

TEST(Line, says_when_where_what_and_who)
{
    EXPECT_EQ(line_of(held(), false),
              R"(2026-01-18T14:30:00Z inventory.events[3]@1234 StockHeld mug saga:order_fulfilment {"quantity":2})");
    EXPECT_NE(line_of(held(), true).find(" DEAD StockHeld"), std::string::npos);
}

TEST(Json, is_the_record_whole)
{
    const auto parsed = boost::json::parse(json_of(held(), true)).as_object();
    EXPECT_EQ(parsed.at("topic").as_string(), "inventory.events");
    EXPECT_EQ(parsed.at("partition").as_int64(), 3);
    EXPECT_EQ(parsed.at("offset").as_int64(), 1'234);
    EXPECT_EQ(parsed.at("commandOffset").as_int64(), 77);
    EXPECT_EQ(parsed.at("correlationId").as_string(), events::to_string(order));
    EXPECT_EQ(parsed.at("data").at("quantity").as_int64(), 2);
    EXPECT_TRUE(parsed.at("dead").as_bool());
    auto marker = held();
    marker.value.clear();
    const auto without = boost::json::parse(json_of(marker, false)).as_object();
    EXPECT_TRUE(without.at("data").is_null());
    EXPECT_FALSE(without.contains("dead"));
}

TEST(Moment, is_a_time_or_so_long_ago)
{
    const auto now = *events::parse_iso8601("2026-01-18T14:30:00Z");
    EXPECT_EQ(parse_moment("2026-01-17T00:00:00Z", now), events::parse_iso8601("2026-01-17T00:00:00Z"));
    EXPECT_EQ(parse_moment("90s", now), now - 90s);
    EXPECT_EQ(parse_moment("15m", now), now - 15min);
    EXPECT_EQ(parse_moment("2h", now), now - 2h);
    EXPECT_EQ(parse_moment("3d", now), now - 72h);
    for (const auto* wrong : {"", "h", "yesterday", "-3d", "3 d", "99999999999d", "2026-01-17"}) {
        EXPECT_FALSE(parse_moment(wrong, now)) << wrong;
    }
}

TEST(Age, is_one_word)
{
    EXPECT_EQ(text_of_age(4s), "4 s");
    EXPECT_EQ(text_of_age(12min), "12 min");
    EXPECT_EQ(text_of_age(3h), "3 h");
    EXPECT_EQ(text_of_age(49h), "2 d");
}

}  // namespace
}  // namespace jangteo::ops::log
