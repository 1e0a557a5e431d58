// What called forth what: an order's story as a tree.
#include "ops/timeline/story.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace jangteo::ops::timeline {
namespace {

using events::uuid_v5;

const std::vector<std::string> sagas{"order_fulfilment", "payment_gateway"};

/// An event and its command, whose cause is named; the edge's commands are their own cause.
Told told(const std::string& topic, std::int64_t offset, const std::string& name, const events::Uuid& cause = {})
{
    Told one;
    one.event.topic = topic + ".events";
    one.event.partition = 0;
    one.event.offset = offset;
    one.event.value = "{}";
    one.event.envelope.type = "jangteo." + topic + '.' + name;
    one.event.envelope.time = *events::parse_iso8601("2026-01-18T14:30:00Z");
    one.event.envelope.actor = "user:buyer";
    auto& command = one.command.emplace();
    command.id = uuid_v5(events::url_namespace, topic + std::to_string(offset));
    command.causation_id = cause.is_nil() ? command.id : cause;
    one.event.envelope.id = uuid_v5(command.id, "outcome");
    one.event.envelope.causation_id = command.id;
    return one;
}

TEST(Timeline, puts_each_event_below_what_called_it_forth)
{
    const auto placed = told("orders", 4, "OrderPlaced");
    const auto held = told("inventory", 9, "StockHeld", placed.event.envelope.id);
    const auto accepted = told("orders", 5, "OrderAccepted", held.event.envelope.id);
    const std::vector<Told> story{accepted, held, placed};
    const auto tree = tree_of(story, sagas);
    ASSERT_EQ(tree.size(), 3U);
    EXPECT_EQ(tree[0].told, 2U);
    EXPECT_EQ(tree[0].by, By::nobody);
    EXPECT_FALSE(tree[0].cause);
    EXPECT_EQ(tree[1].told, 1U);
    EXPECT_EQ(tree[1].depth, 1U);
    EXPECT_EQ(tree[2].told, 0U);
    EXPECT_EQ(tree[2].depth, 2U);
    EXPECT_EQ(tree[2].cause, 1U);
    const auto text = text_of(story, tree);
    EXPECT_NE(text.find("Z  orders OrderPlaced  by user:buyer  orders.events[0]@4\n"), std::string::npos) << text;
    EXPECT_NE(text.find("Z      orders OrderAccepted"), std::string::npos) << text;
}

TEST(Timeline, finds_the_event_behind_a_timer_and_a_task)
{
    const auto accepted = told("orders", 5, "OrderAccepted");
    const auto timer = uuid_v5(accepted.event.envelope.id, "order_fulfilment/timer/0");
    const auto task = uuid_v5(accepted.event.envelope.id, "payment_gateway/task/1");
    const std::vector<Told> story{accepted, told("orders", 6, "OrderCancelled", timer),
                                  told("payments", 2, "PaymentCompleted", task)};
    const auto tree = tree_of(story, sagas);
    ASSERT_EQ(tree.size(), 3U);
    EXPECT_EQ(tree[1].by, By::timer);
    EXPECT_EQ(tree[1].cause, 0U);
    EXPECT_EQ(tree[2].by, By::task);
    EXPECT_NE(text_of(story, tree).find("(timer)"), std::string::npos);
}

TEST(Timeline, says_that_a_cause_is_missing)
{
    const auto unknown = uuid_v5(events::url_namespace, "what nobody has seen");
    const std::vector<Told> story{told("orders", 6, "OrderCancelled", unknown)};
    const auto tree = tree_of(story, sagas);
    ASSERT_EQ(tree.size(), 1U);
    EXPECT_TRUE(tree[0].cause_missing);
    EXPECT_NE(text_of(story, tree).find("called forth by " + events::to_string(unknown)), std::string::npos);
    const auto json = boost::json::parse(json_of(story, tree)).as_array();
    EXPECT_TRUE(json[0].at("causedBy").is_null());
    EXPECT_EQ(json[0].at("calledForthBy").as_string(), events::to_string(unknown));
}

TEST(Timeline, tells_an_event_whose_command_cannot_be_read)
{
    auto placed = told("orders", 4, "OrderPlaced");
    placed.command.reset();
    const auto tree = tree_of(std::vector{placed}, sagas);
    ASSERT_EQ(tree.size(), 1U);
    EXPECT_FALSE(tree[0].cause_missing);
}

TEST(Timeline, says_why_something_was_refused)
{
    auto refused = told("inventory", 3, "StockHeld");
    refused.event.envelope.type = events::rejected_type;
    refused.event.value = events::rejection_to_json({"PROD_002", {{"available", 1}}}, "jangteo.inventory.HoldStock");
    const auto text = text_of(std::vector{refused}, tree_of(std::vector{refused}, sagas));
    EXPECT_NE(text.find(R"(inventory HoldStock refused: PROD_002 {"available":1})"), std::string::npos) << text;
}

TEST(OrderNumber, names_the_place_of_the_command)
{
    EXPECT_EQ(place_of_number("ORD-20260118-0001"), (PlaceOfOrder{1, 0}));
    EXPECT_EQ(place_of_number("ORD-20260118-00A1"), (PlaceOfOrder{(10 * 36 + 1) % 64, (10 * 36 + 1) / 64}));
    for (const auto* wrong : {"", "ORD-", "ORD-20260118-", "ORD-20260118-00a1", "ORD-20260118", "ORD-202601180-01",
                              "ORD-20260118-ZZZZZZZZZZZZZZ"}) {
        EXPECT_FALSE(place_of_number(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace jangteo::ops::timeline
