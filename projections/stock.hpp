// read_stock: what a product has, and how it came to it.
#pragma once

#include "events/inventory.hpp"
#include "projections/runtime/rows.hpp"

#include <array>

namespace jangteo::projections::stock {

using namespace events::inventory;

/// One product: its offer and its units.
struct Item {
    static constexpr std::string_view table = "stock";

    events::ProductId product_id;
    std::string name;
    events::Won unit_price;
    events::SellerId seller_id;
    std::int64_t on_hand = 0;   ///< In the warehouse, reserved ones among them.
    std::int64_t reserved = 0;  ///< Held for orders.
    bool low_stock = false;
    std::int64_t low_stock_threshold = 10;  ///< The inventory's own usual one, until an offer names another.
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(Item, (),
                      (product_id, name, unit_price, seller_id, on_hand, reserved, low_stock, low_stock_threshold,
                       updated_at))

/// One change of a product's units, with what it left.
struct Movement {
    static constexpr std::string_view table = "movements";

    std::int32_t partition = 0;
    std::int64_t offset = 0;
    events::ProductId product_id;
    std::string type;           ///< The event's name: `StockHeld`.
    std::int64_t quantity = 0;  ///< Units moved; signed where the event is (an adjustment, a new count).
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::optional<events::OrderId> order_id;
    std::optional<std::string> reason;
    events::Timestamp occurred_at{};
};
BOOST_DESCRIBE_STRUCT(Movement, (),
                      (partition, offset, product_id, type, quantity, on_hand, reserved, order_id, reason, occurred_at))

struct Projection {
    static constexpr std::string_view name = "stock";
    static constexpr int version = 1;
    static constexpr std::array reads = {context};
    using Event = events::inventory::Event;
    static Event decode(std::string_view type, std::string_view json) { return decode_event(type, json); }

    using Rows =
        projections::Rows<Keyed<Item, Key<&Item::product_id>, Index<&Item::seller_id>>,
                          Appended<Movement, Key<&Movement::partition, &Movement::offset>,
                                   Index<&Movement::product_id, &Movement::offset>, Index<&Movement::order_id>>>;

    static void apply(Rows& rows, const ItemPut& e, const Meta& m)
    {
        offer(rows, e);
        move(rows, "ItemPut", e, e.on_hand - e.previous_on_hand, m);
    }
    static void apply(Rows& rows, const OfferSet& e, const Meta& m)
    {
        auto& item = offer(rows, e);
        item.low_stock_threshold = e.low_stock_threshold;
        item.low_stock = few_left(item);
        item.updated_at = m.time;
    }
    static void apply(Rows& rows, const StockReceived& e, const Meta& m)
    {
        move(rows, "StockReceived", e, e.quantity, m).reason = e.reason;
    }
    static void apply(Rows& rows, const StockAdjusted& e, const Meta& m)
    {
        move(rows, "StockAdjusted", e, e.delta, m).reason = e.reason;
    }
    static void apply(Rows& rows, const StockHeld& e, const Meta& m)
    {
        offer(rows, e);
        move(rows, "StockHeld", e, e.quantity, m).order_id = e.order_id;
    }
    static void apply(Rows& rows, const StockReleased& e, const Meta& m)
    {
        move(rows, "StockReleased", e, e.quantity, m).order_id = e.order_id;
    }
    static void apply(Rows& rows, const StockDeducted& e, const Meta& m)
    {
        move(rows, "StockDeducted", e, e.quantity, m).order_id = e.order_id;
    }
    static void apply(Rows& rows, const StockRestored& e, const Meta& m)
    {
        auto& movement = move(rows, "StockRestored", e, e.quantity, m);
        movement.order_id = e.order_id;
        movement.reason = e.reason;
    }

private:
    /// Every movement names the units that it left: they are taken over, not computed again.
    template <class Moved>
    static Movement& move(Rows& rows, std::string_view type, const Moved& e, std::int64_t quantity, const Meta& m)
    {
        auto& item = rows.at<Item>(e.product_id);
        item.on_hand = e.on_hand;
        item.reserved = e.reserved;
        if constexpr (requires { e.low_stock; }) {
            item.low_stock = e.low_stock;
        } else {
            item.low_stock = few_left(item);
        }
        item.updated_at = m.time;
        return rows.append(Movement{m.partition, m.offset, e.product_id, std::string(type), quantity, e.on_hand,
                                    e.reserved, std::nullopt, std::nullopt, m.time});
    }
    template <class Offered>
    static Item& offer(Rows& rows, const Offered& e)
    {
        auto& item = rows.at<Item>(e.product_id);
        item.name = e.name;
        item.unit_price = e.unit_price;
        item.seller_id = e.seller_id;
        return item;
    }
    static bool few_left(const Item& item) { return item.on_hand - item.reserved <= item.low_stock_threshold; }
};

}  // namespace jangteo::projections::stock
