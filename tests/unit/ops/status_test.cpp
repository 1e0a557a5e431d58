// What `jangteo status` makes of the metrics: how things stand, and what needs somebody.
#include "ops/status/status.hpp"

#include <gtest/gtest.h>

namespace jangteo::ops::status {
namespace {

constexpr std::string_view well = R"(# HELP jangteo_partition_running 1 when it decides.
# TYPE jangteo_partition_running gauge
jangteo_partition_running{context="orders",partition="0",phase="running"} 1
jangteo_partition_running{context="orders",partition="1",phase="running"} 1
jangteo_commands_accepted_total{context="orders",partition="0"} 40
jangteo_commands_accepted_total{context="orders",partition="1"} 2
jangteo_commands_rejected_total{context="orders",partition="0"} 3
jangteo_inbox_running{saga="order_fulfilment",partition="0",phase="running"} 1
jangteo_task_publisher_connected 1
jangteo_task_publisher_blocked 0
jangteo_tasks_unconfirmed 5
jangteo_projection_waiting{projection="orders"} 0
jangteo_projection_lag_events{projection="orders",context="orders",partition="0"} 7
jangteo_projection_lag_events{projection="orders",context="orders",partition="1"} 2
jangteo_projection_lag_seconds{projection="orders",context="orders",partition="0"} 0.25
jangteo_projection_parked_aggregates{projection="orders",context="orders",partition="0"} 0
jangteo_worker_connected{target="payments.toss"} 1
jangteo_worker_done_total{target="payments.toss"} 12
jangteo_circuit{target="payments.toss",state="closed"} 1
jangteo_circuit{target="payments.toss",state="open"} 0
)";

std::string with(std::string text, std::string_view from, std::string_view to)
{
    text.replace(text.find(from), from.size(), to);
    return text;
}

TEST(Status, says_how_things_stand)
{
    const auto summary = summarize(well, {{"payments.toss", 0}});
    EXPECT_TRUE(summary.attention.empty()) << summary.attention.front();
    ASSERT_EQ(summary.lines.size(), 4U);
    EXPECT_NE(summary.lines[0].find("2 of 2 partitions decide here; 42 commands accepted, 3 refused"),
              std::string::npos);
    EXPECT_NE(summary.lines[1].find("5 tasks on their way"), std::string::npos);
    EXPECT_NE(summary.lines[2].find("orders: 9 events behind, the oldest for 0.25 s"), std::string::npos);
    EXPECT_NE(summary.lines[3].find("payments.toss: circuit closed; 12 tasks done"), std::string::npos);
}

TEST(Status, names_what_needs_somebody)
{
    const std::string text(well);
    const auto attention = [](const std::string& metrics, std::size_t quarantined = 0) {
        const auto found = summarize(metrics, {{"payments.toss", quarantined}}).attention;
        return found.size() == 1 ? found.front() : std::to_string(found.size()) + " sentences";
    };
    EXPECT_EQ(attention(with(text, "partition=\"1\",phase=\"running\"} 1", "partition=\"1\",phase=\"marking\"} 0")),
              "1 partitions are not decided yet");
    EXPECT_EQ(attention(with(text, "publisher_connected 1", "publisher_connected 0")),
              "the sagas do not reach RabbitMQ: tasks wait");
    EXPECT_EQ(attention(with(text, "publisher_blocked 0", "publisher_blocked 1")),
              "RabbitMQ takes no tasks (its memory or disk is short)");
    EXPECT_EQ(attention(with(text, "projection_waiting{projection=\"orders\"} 0",
                             "projection_waiting{projection=\"orders\"} 1")),
              "orders waits for something outside");
    EXPECT_EQ(attention(with(text, "parked_aggregates{projection=\"orders\",context=\"orders\",partition=\"0\"} 0",
                             "parked_aggregates{projection=\"orders\",context=\"orders\",partition=\"0\"} 2")),
              "orders has parked 2 aggregates");
    EXPECT_EQ(attention(with(with(text, "state=\"closed\"} 1", "state=\"closed\"} 0"), "state=\"open\"} 0",
                             "state=\"open\"} 1")),
              "payments.toss is left alone: its circuit is open");
    EXPECT_EQ(attention(text, 3), "payments.toss has 3 tasks in quarantine");
}

TEST(Status, takes_any_text)
{
    EXPECT_NO_THROW(summarize("", {}));
    EXPECT_NO_THROW(summarize("jangteo_circuit{target=\"x\nnothing\n{} 1\nname{a=\"b} 1\nx y\n", {}));
}

}  // namespace
}  // namespace jangteo::ops::status
