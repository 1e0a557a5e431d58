// Which records count, and what becomes of those that cannot be applied.
#include "projections/orders.hpp"
#include "projections/stock.hpp"
#include "tests/unit/projections/log.hpp"

namespace jangteo::projections {
namespace {

using events::inventory::StockReceived;

const auto mug = id<events::ProductId>("mug");
const auto cup = id<events::ProductId>("cup");

StockReceived received(const events::ProductId& product, std::int64_t on_hand)
{
    return {product, 1, on_hand, 0, {}};
}

std::int64_t on_hand(const MemoryStore& store, const events::ProductId& product)
{
    for (const auto& item : rows<stock::Item>(store)) {
        if (item.product_id == product) return item.on_hand;
    }
    return -1;
}

TEST(ReadersRule, a_record_of_a_former_owner_changes_nothing)
{
    Log log("inventory");
    const auto heir = events::uuid_v5(events::url_namespace, "heir");
    log.happened(received(mug, 1));
    log.taken_over_by(heir);
    log.happened(received(mug, 99));
    log.records.back().envelope.writer = events::Uuid{};  // The former owner woke up late.
    log.sequence = 0;
    log.happened(received(mug, 2));

    MemoryStore store;
    const auto batch = fold(stock::model(), store, log.records);
    EXPECT_EQ(on_hand(store, mug), 2);
    EXPECT_EQ(batch.dead, 2u);
    EXPECT_EQ(store.rows("movements"), 2u);
    EXPECT_EQ(store.progress(log.place()).next_offset, 4);
    EXPECT_EQ(store.progress(log.place()).writer, heir);
    EXPECT_EQ(store.progress(log.place()).command_offset, 3);
    EXPECT_EQ(store.progress(log.place()).sequence, 1);
}

TEST(ReadersRule, a_second_outcome_of_one_command_changes_nothing)
{
    Log log("inventory");
    log.happened(received(mug, 1), received(mug, 2));
    log.records[1].envelope.command_offset = 0;
    MemoryStore store;
    fold(stock::model(), store, log.records, 1);
    EXPECT_EQ(on_hand(store, mug), 1);
}

TEST(Projector, a_second_owner_cannot_apply_twice)
{
    Log log("inventory");
    log.happened(received(mug, 1), received(mug, 2));
    MemoryStore store;
    Projector first(stock::model(), 10);
    Projector second(stock::model(), 10);
    first.open(log.place(), {}, {});
    second.open(log.place(), {}, {});
    const auto by_first = first.fold(log.records, store);
    const auto by_second = second.fold(std::span(log.records).first(1), store);
    EXPECT_TRUE(store.commit(by_first));
    EXPECT_FALSE(store.commit(by_second));
    EXPECT_EQ(store.rows("movements"), 2u);
}

TEST(Projector, a_record_that_is_missing_is_told_and_nothing_behind_it_applied)
{
    Log log("inventory");
    log.happened(received(mug, 1), received(mug, 2), received(mug, 3));
    log.records.erase(log.records.begin() + 1);
    MemoryStore store;
    Projector projector(stock::model(), 10);
    projector.open(log.place(), {}, {});
    EXPECT_THROW(projector.fold(log.records, store), Gap);
    EXPECT_EQ(projector.progress(log.place()).next_offset, 0);
}

TEST(Projector, trouble_of_the_store_parks_nothing)
{
    class Broken final : public RowSource {
        void load(const TableDefinition&, const RowImages&, const std::function<void(std::string_view)>&) override
        {
            throw std::runtime_error("connection lost");
        }
    } broken;
    Log log("inventory");
    log.happened(received(mug, 1));
    Projector projector(stock::model(), 10);
    projector.open(log.place(), {}, {});
    EXPECT_THROW(projector.fold(log.records, broken), std::runtime_error);

    MemoryStore store;
    const auto batch = projector.fold(log.records, store);
    EXPECT_TRUE(batch.parked.empty());
    EXPECT_EQ(batch.events, 1u);
}

TEST(Parking, an_event_that_cannot_be_read_makes_its_aggregate_wait_and_no_other)
{
    for (const std::size_t batch_size : {1u, 2u, 100u}) {
        Log log("inventory");
        log.happened(received(mug, 1), received(cup, 1));
        log.append("jangteo.inventory.StockStolen", mug.text(), "{}");
        log.happened(received(mug, 2), received(cup, 2));
        MemoryStore store;
        fold(stock::model(), store, log.records, batch_size);

        EXPECT_EQ(on_hand(store, mug), 1);
        EXPECT_EQ(on_hand(store, cup), 2);
        ASSERT_EQ(store.parked().size(), 2u);
        EXPECT_EQ(store.parked()[0].offset, 2);
        EXPECT_EQ(store.parked()[0].aggregate, mug.text());
        EXPECT_TRUE(store.parked()[0].first);
        EXPECT_NE(store.parked()[0].reason.find("StockStolen"), std::string::npos) << store.parked()[0].reason;
        EXPECT_EQ(store.parked()[1].offset, 3);
        EXPECT_FALSE(store.parked()[1].first);
        EXPECT_EQ(store.progress(log.place()).next_offset, 5);
    }
}

TEST(Parking, a_record_that_the_store_refuses_is_parked_when_it_comes_again)
{
    Log log("inventory");
    log.happened(received(mug, 1), received(cup, 1), received(mug, 2));
    MemoryStore store;
    Projector projector(stock::model(), 10);
    projector.open(log.place(), {}, {});
    projector.refuse(log.place(), 0, "invalid byte sequence");
    projector.close(log.place());
    projector.open(log.place(), {}, {});
    ASSERT_TRUE(store.commit(projector.fold(log.records, store)));
    EXPECT_EQ(on_hand(store, mug), -1);
    EXPECT_EQ(on_hand(store, cup), 1);
    ASSERT_EQ(store.parked().size(), 2u);
    EXPECT_EQ(store.parked()[0].reason, "invalid byte sequence");
}

TEST(Parking, past_a_share_of_parked_aggregates_the_partition_stops)
{
    Log log("inventory");
    const auto product = [](int i) { return id<events::ProductId>("product " + std::to_string(i)); };
    for (int i = 0; i < 50; ++i) log.happened(received(product(i), 1));
    for (int i = 0; i < 5; ++i) log.append("jangteo.inventory.StockStolen", product(i).text(), "{}");
    MemoryStore store;
    Projector projector(stock::model(), 10, {.at_least = 4, .share = 0.1});
    projector.open(log.place(), {}, {});

    auto batch = projector.fold(std::span(log.records).first(54), store);  // 4 of 50: few enough.
    ASSERT_TRUE(store.commit(batch));
    projector.settle(batch);
    EXPECT_EQ(projector.progress(log.place()).aggregates, 50);
    EXPECT_FALSE(projector.stopped(log.place()));

    log.append("jangteo.inventory.StockStolen", product(5).text(), "{}");
    batch = projector.fold(std::span(log.records).subspan(54), store);  // 6 of 50.
    ASSERT_TRUE(store.commit(batch));
    projector.settle(batch);
    EXPECT_TRUE(projector.stopped(log.place()));

    log.happened(received(product(9), 2));
    EXPECT_TRUE(projector.fold(std::span(log.records).last(1), store).empty());

    Projector heir(stock::model(), 10, {.at_least = 4, .share = 0.1});
    heir.open(log.place(), store.progress(log.place()), store.parked_aggregates(log.place()));
    EXPECT_TRUE(heir.stopped(log.place()));
}

}  // namespace
}  // namespace jangteo::projections
