#include "projections/commands.hpp"

#include "tests/unit/projections/log.hpp"

namespace jangteo::projections::commands {
namespace {

const auto question = events::uuid_v5(events::url_namespace, "question");
const auto other = events::uuid_v5(events::url_namespace, "other");
const events::ReturnAddress edge{"edge.replies", 2, "edge-1", question};
const events::ReturnAddress inbox{"order_fulfilment.inbox", -1, "", other};
const std::string refusal =
    events::rejection_to_json({"PROD_002", {{"requested", std::int64_t{3}}}}, "jangteo.inventory.HoldStock");

std::vector<Outcome> outcomes(const Log& log)
{
    MemoryStore store;
    fold(model(), store, log.records);
    EXPECT_TRUE(store.parked().empty());
    return rows<Outcome>(store);
}

TEST(CommandsProjection, keeps_the_answer_that_an_edge_waits_for)
{
    Log log("inventory", 3);
    auto& record = log.append("jangteo.inventory.StockReceived", "mug", R"({"a":1})");
    record.envelope.reply_to = edge;
    record.envelope.fingerprint = 0xfedcba9876543210;
    record.envelope.position.advance("orders", 1, 7);

    const auto kept = outcomes(log);
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].command_id, question);
    EXPECT_EQ(kept[0].type, "jangteo.inventory.StockReceived");
    EXPECT_EQ(kept[0].value, R"({"a":1})");
    EXPECT_EQ(kept[0].position, "inventory:3:0,orders:1:7");
    EXPECT_EQ(static_cast<std::uint64_t>(kept[0].fingerprint), 0xfedcba9876543210);
}

TEST(CommandsProjection, answers_of_sagas_commands_are_nobodys)
{
    Log log("inventory");
    log.append("jangteo.inventory.StockHeld", "mug", "{}").envelope.reply_to = inbox;
    EXPECT_TRUE(outcomes(log).empty());
}

TEST(CommandsProjection, a_placed_order_is_no_answer_but_what_settles_it_is)
{
    Log log("orders");
    log.append(std::string(events::orders::OrderPlaced::type), "o", "{}").envelope.reply_to = edge;
    EXPECT_TRUE(outcomes(log).empty());

    auto& record = log.append(std::string(events::orders::OrderAccepted::type), "o", R"({"accepted":true})");
    record.envelope.reply_to = inbox;
    record.envelope.settles = edge;
    const auto kept = outcomes(log);
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].command_id, question);
    EXPECT_EQ(kept[0].value, R"({"accepted":true})");
}

TEST(CommandsProjection, a_refused_step_settles_nothing)
{
    Log log("orders");
    auto& record = log.append(std::string(events::rejected_type), "o", refusal);
    record.envelope.reply_to = inbox;
    record.envelope.settles = edge;
    EXPECT_TRUE(outcomes(log).empty());
}

TEST(CommandsProjection, the_first_answer_counts)
{
    Log log("points");
    log.append("jangteo.points.PointsEarned", "user", "first").envelope.reply_to = edge;
    auto& repeat = log.append(std::string(events::rejected_type), "user", refusal);
    repeat.envelope.reply_to = edge;
    const auto kept = outcomes(log);
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].value, "first");
}

TEST(CommandsProjection, writes_down_every_refusal_with_its_process)
{
    Log log("inventory");
    log.append(std::string(events::rejected_type), "mug", refusal).envelope.correlation_id = other;
    MemoryStore store;
    fold(model(), store, log.records);
    const auto refusals = rows<Refusal>(store);
    ASSERT_EQ(refusals.size(), 1u);
    EXPECT_EQ(refusals[0].correlation_id, other);
    EXPECT_EQ(refusals[0].command, "jangteo.inventory.HoldStock");
    EXPECT_EQ(refusals[0].code, "PROD_002");
    EXPECT_EQ(refusals[0].context, "inventory");
}

}  // namespace
}  // namespace jangteo::projections::commands
