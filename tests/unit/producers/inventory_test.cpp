#include "producers/inventory/decider.hpp"

#include "tests/unit/given.hpp"

namespace jangteo::producers::inventory {
namespace {

const auto mug = id<ProductId>(1);
const auto order_a = id<OrderId>(11);
const auto order_b = id<OrderId>(12);
const auto potter = id<SellerId>(21);

/// On sale for 9,900 won, with so many units in the warehouse.
std::vector<Event> mugs(std::int64_t units)
{
    return {ItemPut{mug, 0, units, 0, "Mug", Won{9'900}, potter, units <= usual_low_stock_threshold}};
}

std::vector<Event> operator+(std::vector<Event> history, const Event& next)
{
    history.push_back(next);
    return history;
}

StockHeld held(const OrderId& order, std::int64_t quantity, std::int64_t on_hand, std::int64_t reserved)
{
    return {mug, order, quantity, "Mug", Won{9'900}, potter, on_hand, reserved, on_hand - reserved <= 10};
}

Rejection insufficient(std::int64_t requested, std::int64_t available)
{
    return {"PROD_002", {{"productId", mug.text()}, {"requested", requested}, {"available", available}}};
}

const Rejection unknown{"PROD_001", {{"productId", mug.text()}}};

// --- ReceiveStock ---

TEST(Inventory, receives_units_of_a_product_it_has_never_heard_of)
{
    given<Decider>({}).when(ReceiveStock{mug, 5, "delivery 7"}).then(StockReceived{mug, 5, 5, 0, "delivery 7"});
}

TEST(Inventory, receives_units_on_top_of_what_is_there)
{
    given<Decider>(mugs(3) + held(order_a, 2, 3, 2))
        .when(ReceiveStock{mug, 5, std::nullopt})
        .then(StockReceived{mug, 5, 8, 2, std::nullopt});
}

TEST(Inventory, receiving_again_is_another_delivery_unless_the_runner_knows_the_command)
{
    // A delivery has no name of its own: only the command's id tells a repeat, and that is the runner's window.
    const auto again = given<Decider>({}).when(ReceiveStock{mug, 5, std::nullopt}).again();
    again.then(StockReceived{mug, 5, 10, 0, std::nullopt});
}

// --- AdjustStock ---

TEST(Inventory, adjusts_down_to_nothing_left_to_sell)
{
    given<Decider>(mugs(5) + held(order_a, 2, 5, 2))
        .when(AdjustStock{mug, -3, "broken"})
        .then(StockAdjusted{mug, -3, 2, 2, "broken", true});
}

TEST(Inventory, refuses_to_adjust_below_what_is_reserved)
{
    given<Decider>(mugs(5) + held(order_a, 2, 5, 2)).when(AdjustStock{mug, -4, "broken"}).then(insufficient(4, 3));
}

TEST(Inventory, refuses_to_adjust_what_it_has_never_heard_of)
{
    given<Decider>({}).when(AdjustStock{mug, 4, "found"}).then(unknown);
}

TEST(Inventory, adjusting_again_never_goes_below_zero)
{
    const auto first = given<Decider>(mugs(5)).when(AdjustStock{mug, -3, "broken"});
    first.then(StockAdjusted{mug, -3, 2, 0, "broken", true});
    first.again().then(insufficient(3, 2));
}

// --- PutItem ---

TEST(Inventory, puts_an_item_that_it_has_never_heard_of)
{
    given<Decider>({})
        .when(PutItem{mug, 40, "Mug", Won{9'900}, potter})
        .then(ItemPut{mug, 0, 40, 0, "Mug", Won{9'900}, potter, false});
}

TEST(Inventory, puts_the_counted_units_and_says_what_was_in_the_books)
{
    given<Decider>(mugs(40) + held(order_a, 2, 40, 2))
        .when(PutItem{mug, 2, "Big mug", Won{12'000}, potter})
        .then(ItemPut{mug, 40, 2, 2, "Big mug", Won{12'000}, potter, true});
}

TEST(Inventory, refuses_to_put_less_than_is_reserved)
{
    given<Decider>(mugs(40) + held(order_a, 2, 40, 2))
        .when(PutItem{mug, 1, "Mug", Won{9'900}, potter})
        .then(Rejection{"COMMON_409", {{"productId", mug.text()}, {"requested", 1}, {"reserved", 2}}});
}

TEST(Inventory, putting_again_leaves_the_same_item)
{
    const auto first = given<Decider>(mugs(7)).when(PutItem{mug, 40, "Big mug", Won{12'000}, potter});
    const auto again = first.again();
    again.then(ItemPut{mug, 40, 40, 0, "Big mug", Won{12'000}, potter, false});
    EXPECT_EQ(again.state(), first.state());
}

TEST(Inventory, putting_an_item_keeps_its_threshold)
{
    given<Decider>({OfferSet{mug, "Mug", Won{9'900}, potter, 50}})
        .when(PutItem{mug, 40, "Mug", Won{9'900}, potter})
        .then(ItemPut{mug, 0, 40, 0, "Mug", Won{9'900}, potter, true});
}

TEST(Inventory, a_seller_neither_takes_a_product_from_another_nor_gives_one_away)
{
    const auto weaver = id<SellerId>(22);
    const auto as = [](const std::string& actor) {
        auto meta = meta_at(usual_time);
        meta.actor = actor;
        return meta;
    };
    const auto potters = "seller:" + potter.text();
    const auto weavers = "seller:" + weaver.text();
    const Rejection forbidden{"COMMON_403", {{"productId", mug.text()}}};
    const PutItem by_potter{mug, 40, "Mug", Won{9'900}, potter};
    const PutItem by_weaver{mug, 40, "Mug", Won{9'900}, weaver};
    given<Decider>(mugs(3)).when(by_weaver, as(weavers)).then(forbidden);
    given<Decider>(mugs(3)).when(by_weaver, as(potters)).then(forbidden);
    given<Decider>({}).when(by_potter, as(weavers)).then(forbidden);
    given<Decider>(mugs(3)).when(SetOffer{mug, "Mug", Won{1}, weaver, std::nullopt}, as(weavers)).then(forbidden);
    const ItemPut put{mug, 3, 40, 0, "Mug", Won{9'900}, potter, false};
    given<Decider>(mugs(3)).when(by_potter, as(potters)).then(put);
    given<Decider>(mugs(3)).when(by_potter, as("admin:" + weaver.text())).then(put);
}

// --- SetOffer ---

TEST(Inventory, sets_the_offer_of_a_product_it_has_never_heard_of)
{
    const auto set = given<Decider>({}).when(SetOffer{mug, "Mug", Won{9'900}, potter, std::nullopt});
    set.then(OfferSet{mug, "Mug", Won{9'900}, potter, 10});
    EXPECT_TRUE(set.state().known);
}

TEST(Inventory, keeps_the_threshold_that_a_new_offer_does_not_name)
{
    const auto history = std::vector<Event>{OfferSet{mug, "Mug", Won{9'900}, potter, 3}};
    given<Decider>(history)
        .when(SetOffer{mug, "Mug", Won{8'900}, potter, std::nullopt})
        .then(OfferSet{mug, "Mug", Won{8'900}, potter, 3});
    given<Decider>(history)
        .when(SetOffer{mug, "Mug", Won{8'900}, potter, 0})
        .then(OfferSet{mug, "Mug", Won{8'900}, potter, 0});
}

TEST(Inventory, setting_the_offer_again_leaves_the_same_item)
{
    const auto first = given<Decider>(mugs(7)).when(SetOffer{mug, "Cup", Won{8'900}, potter, 3});
    EXPECT_EQ(first.again().state(), first.state());
}

TEST(Inventory, holds_at_the_offer_of_the_moment)
{
    given<Decider>(mugs(40) + OfferSet{mug, "Cup", Won{100}, id<SellerId>(22), 10})
        .when(HoldStock{mug, order_a, 1})
        .then(StockHeld{mug, order_a, 1, "Cup", Won{100}, id<SellerId>(22), 40, 1, false});
}

// --- HoldStock ---

TEST(Inventory, holds_the_last_unit)
{
    given<Decider>(mugs(5) + held(order_a, 3, 5, 3)).when(HoldStock{mug, order_b, 2}).then(held(order_b, 2, 5, 5));
}

TEST(Inventory, refuses_more_than_is_free)
{
    given<Decider>(mugs(5) + held(order_a, 3, 5, 3)).when(HoldStock{mug, order_b, 3}).then(insufficient(3, 2));
}

TEST(Inventory, refuses_to_hold_what_it_has_never_heard_of)
{
    given<Decider>({}).when(HoldStock{mug, order_a, 1}).then(unknown);
}

TEST(Inventory, refuses_to_hold_what_is_not_for_sale)
{
    given<Decider>({StockReceived{mug, 5, 5, 0, std::nullopt}}).when(HoldStock{mug, order_a, 1}).then(unknown);
}

TEST(Inventory, holds_once_for_an_order)
{
    const auto first = given<Decider>(mugs(5)).when(HoldStock{mug, order_a, 3});
    first.then(held(order_a, 3, 5, 3));
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

TEST(Inventory, is_low_on_stock_exactly_from_the_threshold_on)
{
    const auto threshold_three = mugs(5) + OfferSet{mug, "Mug", Won{9'900}, potter, 3};
    EXPECT_FALSE(given<Decider>(threshold_three).when(HoldStock{mug, order_a, 1}).event<StockHeld>().low_stock);
    EXPECT_TRUE(given<Decider>(threshold_three).when(HoldStock{mug, order_a, 2}).event<StockHeld>().low_stock);
}

// --- ReleaseStock ---

TEST(Inventory, releases_what_it_holds_for_the_order)
{
    given<Decider>(mugs(5) + held(order_a, 3, 5, 3) + held(order_b, 1, 5, 4))
        .when(ReleaseStock{mug, order_a})
        .then(StockReleased{mug, order_a, 3, 5, 1});
}

TEST(Inventory, has_nothing_to_release_without_a_hold)
{
    given<Decider>(mugs(5) + held(order_a, 3, 5, 3)).when(ReleaseStock{mug, order_b}).then(Already{});
}

TEST(Inventory, releases_once)
{
    const auto first = given<Decider>(mugs(5) + held(order_a, 3, 5, 3)).when(ReleaseStock{mug, order_a});
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

// --- DeductStock ---

TEST(Inventory, deducts_what_it_holds_for_the_order)
{
    given<Decider>(mugs(5) + held(order_a, 3, 5, 3) + held(order_b, 1, 5, 4))
        .when(DeductStock{mug, order_a})
        .then(StockDeducted{mug, order_a, 3, 2, 1});
}

TEST(Inventory, has_nothing_to_deduct_without_a_hold)
{
    given<Decider>(mugs(5)).when(DeductStock{mug, order_a}).then(Already{});
}

TEST(Inventory, deducts_once)
{
    const auto first = given<Decider>(mugs(5) + held(order_a, 3, 5, 3)).when(DeductStock{mug, order_a});
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

TEST(Inventory, does_not_release_what_was_deducted)
{
    given<Decider>(mugs(5) + held(order_a, 3, 5, 3) + StockDeducted{mug, order_a, 3, 2, 0})
        .when(ReleaseStock{mug, order_a})
        .then(Already{});
}

// --- RestoreStock ---

TEST(Inventory, restores_units_of_a_paid_order)
{
    given<Decider>(mugs(5) + held(order_a, 3, 5, 3) + StockDeducted{mug, order_a, 3, 2, 0})
        .when(RestoreStock{mug, order_a, 3, "returned"})
        .then(StockRestored{mug, order_a, 3, 5, 0, "returned"});
}

TEST(Inventory, refuses_to_restore_what_it_has_never_heard_of)
{
    given<Decider>({}).when(RestoreStock{mug, order_a, 3, std::nullopt}).then(unknown);
}

TEST(Inventory, restoring_again_is_another_return_unless_the_runner_knows_the_command)
{
    // An order may come back in several parcels of the same size: only the command's id tells a repeat.
    const auto again = given<Decider>(mugs(2)).when(RestoreStock{mug, order_a, 3, std::nullopt}).again();
    again.then(StockRestored{mug, order_a, 3, 8, 0, std::nullopt});
}

}  // namespace
}  // namespace jangteo::producers::inventory
