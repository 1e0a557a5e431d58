#include "projections/stock.hpp"

#include "tests/unit/projections/log.hpp"

namespace jangteo::projections::stock {
namespace {

const auto mug = id<events::ProductId>("mug");
const auto order = id<events::OrderId>("order");
const auto seller = id<events::SellerId>("seller");

Log mugs()
{
    Log log("inventory");
    log.happened(OfferSet{mug, "머그컵", {9'900}, seller, 3}, StockReceived{mug, 10, 10, 0, "delivery"});
    return log;
}

TEST(StockProjection, keeps_the_offer_and_the_units_that_the_events_name)
{
    MemoryStore store;
    fold(model(), store, mugs().happened(StockHeld{mug, order, 2, "머그컵", {9'900}, seller, 10, 2, false}).records);

    const auto items = rows<Item>(store);
    ASSERT_EQ(items.size(), 1u);
    EXPECT_EQ(items[0].product_id, mug);
    EXPECT_EQ(items[0].name, "머그컵");
    EXPECT_EQ(items[0].unit_price.value, 9'900);
    EXPECT_EQ(items[0].seller_id, seller);
    EXPECT_EQ(items[0].on_hand, 10);
    EXPECT_EQ(items[0].reserved, 2);
    EXPECT_FALSE(items[0].low_stock);
    EXPECT_EQ(items[0].updated_at, noon + 2s);
}

TEST(StockProjection, writes_a_movement_for_every_change_of_units_and_none_for_an_offer)
{
    auto log = mugs();
    log.happened(StockHeld{mug, order, 2, "머그컵", {9'900}, seller, 10, 2, false}, StockDeducted{mug, order, 2, 8, 0},
                 StockRestored{mug, order, 1, 9, 0, "returned"}, StockAdjusted{mug, -4, 5, 0, "broken", false},
                 StockHeld{mug, order, 1, "머그컵", {9'900}, seller, 5, 1, false}, StockReleased{mug, order, 1, 5, 0},
                 ItemPut{mug, 5, 7, 0, "머그", {8'000}, seller, false});
    MemoryStore store;
    fold(model(), store, log.records);

    std::vector<std::pair<std::string, std::int64_t>> moved;
    for (const auto& movement : rows<Movement>(store)) {
        EXPECT_EQ(movement.product_id, mug);
        moved.emplace_back(movement.type, movement.quantity);
    }
    EXPECT_EQ(moved, (std::vector<std::pair<std::string, std::int64_t>>{{"StockReceived", 10},
                                                                        {"StockHeld", 2},
                                                                        {"StockDeducted", 2},
                                                                        {"StockRestored", 1},
                                                                        {"StockAdjusted", -4},
                                                                        {"StockHeld", 1},
                                                                        {"StockReleased", 1},
                                                                        {"ItemPut", 2}}));
    const auto movements = rows<Movement>(store);
    EXPECT_EQ(movements[0].reason, "delivery");
    EXPECT_EQ(movements[0].order_id, std::nullopt);
    EXPECT_EQ(movements[1].order_id, order);
    EXPECT_EQ(movements[1].on_hand, 10);
    EXPECT_EQ(movements[1].reserved, 2);
    EXPECT_EQ(movements[3].reason, "returned");
    EXPECT_EQ(rows<Item>(store)[0].unit_price.value, 8'000);
}

TEST(StockProjection, knows_that_stock_is_low_when_an_event_does_not_say_so)
{
    auto log = mugs();
    MemoryStore store;
    log.happened(StockHeld{mug, order, 7, "머그컵", {9'900}, seller, 10, 7, true});
    fold(model(), store, log.records);
    EXPECT_TRUE(rows<Item>(store)[0].low_stock);

    log.happened(StockReleased{mug, order, 7, 10, 0});
    fold(model(), store, log.records);
    EXPECT_FALSE(rows<Item>(store)[0].low_stock);
}

}  // namespace
}  // namespace jangteo::projections::stock
