// The stock of one product: what is in the warehouse, what of it is kept for orders, and at what it is sold.
// Nothing here is ever below zero: what can be sold is on hand less reserved (DOA-INV, SM-09).
#pragma once

#include "events/inventory.hpp"
#include "producers/runtime/decider.hpp"
#include "producers/runtime/keyed.hpp"

#include <boost/describe/class.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jangteo::producers::inventory {

using namespace events::inventory;  // The messages of this context, and nothing else, are spoken of here.
using events::OrderId;
using events::ProductId;
using events::Rejection;
using events::SellerId;
using events::Won;

/// An item that says nothing else is low on stock from here on.
inline constexpr std::int64_t usual_low_stock_threshold = 10;

/// What an order is charged for a unit, and by whom.
struct Offer {
    std::string name;
    Won unit_price;
    SellerId seller_id;

    friend bool operator==(const Offer&, const Offer&) = default;
};
BOOST_DESCRIBE_STRUCT(Offer, (), (name, unit_price, seller_id))

struct Decider {
    using Command = events::inventory::Command;
    using Event = events::inventory::Event;

    struct State {
        bool known = false;          ///< Received, offered or counted at least once.
        std::int64_t on_hand = 0;    ///< Units in the warehouse, reserved ones included.
        std::int64_t reserved = 0;   ///< Units kept for orders: the sum of `held`.
        std::optional<Offer> offer;  ///< Empty: not for sale yet.
        std::int64_t low_stock_threshold = usual_low_stock_threshold;
        Keyed<OrderId, std::int64_t> held;  ///< Open holds only: a hold goes when it is released or deducted.

        [[nodiscard]] std::int64_t available() const { return on_hand - reserved; }
        friend bool operator==(const State&, const State&) = default;
        BOOST_DESCRIBE_CLASS(State, (), (known, on_hand, reserved, offer, low_stock_threshold, held), (), ())
    };

    // --- The warehouse ---

    static Decision<Event> decide(const ReceiveStock& c, const State& s, const Meta&)
    {
        return StockReceived{c.product_id, c.quantity, s.on_hand + c.quantity, s.reserved, c.reason};
    }

    static Decision<Event> decide(const AdjustStock& c, const State& s, const Meta&)
    {
        if (!s.known) return unknown(c.product_id);
        if (s.available() + c.delta < 0) return insufficient(c.product_id, -c.delta, s);
        const auto on_hand = s.on_hand + c.delta;
        return StockAdjusted{c.product_id, c.delta, on_hand, s.reserved, c.reason, low(s, on_hand, s.reserved)};
    }

    static Decision<Event> decide(const PutItem& c, const State& s, const Meta& m)
    {
        if (is_anothers(c.seller_id, s, m)) return forbidden(c.product_id);
        if (c.on_hand < s.reserved) return less_than_reserved(c, s);
        return ItemPut{.product_id = c.product_id,
                       .previous_on_hand = s.on_hand,
                       .on_hand = c.on_hand,
                       .reserved = s.reserved,
                       .name = c.name,
                       .unit_price = c.unit_price,
                       .seller_id = c.seller_id,
                       .low_stock = low(s, c.on_hand, s.reserved)};
    }

    static Decision<Event> decide(const RestoreStock& c, const State& s, const Meta&)
    {
        if (!s.known) return unknown(c.product_id);
        return StockRestored{c.product_id, c.order_id, c.quantity, s.on_hand + c.quantity, s.reserved, c.reason};
    }

    // --- The offer ---

    static Decision<Event> decide(const SetOffer& c, const State& s, const Meta& m)
    {
        if (is_anothers(c.seller_id, s, m)) return forbidden(c.product_id);
        return OfferSet{c.product_id, c.name, c.unit_price, c.seller_id,
                        c.low_stock_threshold.value_or(s.low_stock_threshold)};
    }

    // --- Orders ---

    static Decision<Event> decide(const HoldStock& c, const State& s, const Meta&)
    {
        if (s.held.contains(c.order_id)) return Already{};
        if (!s.offer) return unknown(c.product_id);
        if (c.quantity > s.available()) return insufficient(c.product_id, c.quantity, s);
        const auto reserved = s.reserved + c.quantity;
        return StockHeld{.product_id = c.product_id,
                         .order_id = c.order_id,
                         .quantity = c.quantity,
                         .name = s.offer->name,
                         .unit_price = s.offer->unit_price,
                         .seller_id = s.offer->seller_id,
                         .on_hand = s.on_hand,
                         .reserved = reserved,
                         .low_stock = low(s, s.on_hand, reserved)};
    }

    static Decision<Event> decide(const ReleaseStock& c, const State& s, const Meta&)
    {
        const auto* quantity = s.held.find(c.order_id);
        if (quantity == nullptr) return Already{};
        return StockReleased{c.product_id, c.order_id, *quantity, s.on_hand, s.reserved - *quantity};
    }

    static Decision<Event> decide(const DeductStock& c, const State& s, const Meta&)
    {
        const auto* quantity = s.held.find(c.order_id);
        if (quantity == nullptr) return Already{};
        return StockDeducted{c.product_id, c.order_id, *quantity, s.on_hand - *quantity, s.reserved - *quantity};
    }

    // --- What has happened ---

    static void evolve(State& s, const StockReceived& e, const Meta&) { count(s, e); }
    static void evolve(State& s, const StockAdjusted& e, const Meta&) { count(s, e); }
    static void evolve(State& s, const StockRestored& e, const Meta&) { count(s, e); }
    static void evolve(State& s, const ItemPut& e, const Meta&)
    {
        count(s, e);
        s.offer = Offer{e.name, e.unit_price, e.seller_id};
    }
    static void evolve(State& s, const OfferSet& e, const Meta&)
    {
        s.known = true;
        s.offer = Offer{e.name, e.unit_price, e.seller_id};
        s.low_stock_threshold = e.low_stock_threshold;
    }
    static void evolve(State& s, const StockHeld& e, const Meta&)
    {
        count(s, e);
        s.held.put(e.order_id, e.quantity);
    }
    static void evolve(State& s, const StockReleased& e, const Meta&)
    {
        count(s, e);
        s.held.erase(e.order_id);
    }
    static void evolve(State& s, const StockDeducted& e, const Meta&)
    {
        count(s, e);
        s.held.erase(e.order_id);
    }

private:
    /// Each event that moves units says what there is afterwards.
    static void count(State& s, const auto& event)
    {
        s.known = true;
        s.on_hand = event.on_hand;
        s.reserved = event.reserved;
    }

    static bool low(const State& s, std::int64_t on_hand, std::int64_t reserved)
    {
        return on_hand - reserved <= s.low_stock_threshold;
    }

    /// A seller offers in their own name, and neither takes a product from another seller nor gives one away. Whoever
    /// else is let in by the edge (an admin, a process) may.
    static bool is_anothers(const SellerId& offered_by, const State& s, const Meta& m)
    {
        constexpr std::string_view sellers = "seller:";
        if (!m.actor.starts_with(sellers)) return false;
        const auto actor = m.actor.substr(sellers.size());
        return offered_by.text() != actor || (s.offer && s.offer->seller_id.text() != actor);
    }

    static Rejection forbidden(const ProductId& product_id)
    {
        return {"COMMON_403", {{"productId", product_id.text()}}};
    }

    static Rejection unknown(const ProductId& product_id) { return {"PROD_001", {{"productId", product_id.text()}}}; }

    static Rejection insufficient(const ProductId& product_id, std::int64_t requested, const State& s)
    {
        return {"PROD_002", {{"productId", product_id.text()}, {"requested", requested}, {"available", s.available()}}};
    }

    static Rejection less_than_reserved(const PutItem& c, const State& s)
    {
        return {"COMMON_409", {{"productId", c.product_id.text()}, {"requested", c.on_hand}, {"reserved", s.reserved}}};
    }
};
static_assert(IsDecider<Decider>);

}  // namespace jangteo::producers::inventory
