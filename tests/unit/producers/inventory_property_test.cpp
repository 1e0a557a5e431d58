// Stock under random interleavings of many orders, against the simplest bookkeeping there is.
#include "producers/inventory/decider.hpp"

#include "tests/unit/given.hpp"

#include <rapidcheck/gtest.h>
#include <map>

namespace jangteo::producers::inventory {
namespace {

const auto mug = id<ProductId>(1);
const auto potter = id<SellerId>(2);

/// Two numbers and a list of holds.
struct Books {
    std::int64_t on_hand = 0;
    std::map<std::uint64_t, std::int64_t> holds{};
    bool offered = false;

    [[nodiscard]] std::int64_t reserved() const
    {
        std::int64_t sum = 0;
        for (const auto& [order, quantity] : holds) sum += quantity;
        return sum;
    }
    [[nodiscard]] std::int64_t available() const { return on_hand - reserved(); }
};

using Expected = std::string;  // The event's short name, a refusal's code, or `already`.

struct Step {
    Command command;
    Expected expected;
};

/// A command drawn at random, what must come of it, and the books after it.
Step draw(Books& books)
{
    const auto order_number = *rc::gen::inRange<std::uint64_t>(100, 106);
    const auto order = id<OrderId>(order_number);
    const auto quantity = *rc::gen::inRange<std::int64_t>(1, 12);
    const auto hold = books.holds.find(order_number);
    const bool holds = hold != books.holds.end();
    switch (*rc::gen::weightedElement<int>({{1, 0}, {2, 1}, {1, 2}, {1, 3}, {12, 4}, {5, 5}, {5, 6}, {2, 7}})) {
        case 0: books.on_hand += quantity; return {ReceiveStock{mug, quantity, std::nullopt}, "StockReceived"};
        case 1: {
            const auto delta = *rc::gen::inRange<std::int64_t>(-15, 10);
            const AdjustStock command{mug, delta, "counted"};
            if (books.available() + delta < 0) return {command, "PROD_002"};
            books.on_hand += delta;
            return {command, "StockAdjusted"};
        }
        case 2: {
            const auto counted = *rc::gen::inRange<std::int64_t>(0, 40);
            const PutItem command{mug, counted, "Mug", Won{100}, potter};
            if (counted < books.reserved()) return {command, "COMMON_409"};
            books.on_hand = counted;
            books.offered = true;
            return {command, "ItemPut"};
        }
        case 3: books.offered = true; return {SetOffer{mug, "Mug", Won{200}, potter, std::nullopt}, "OfferSet"};
        case 4: {
            const HoldStock command{mug, order, quantity};
            if (holds) return {command, "already"};
            if (!books.offered) return {command, "PROD_001"};
            if (quantity > books.available()) return {command, "PROD_002"};
            books.holds[order_number] = quantity;
            return {command, "StockHeld"};
        }
        case 5: {
            if (holds) books.holds.erase(hold);
            return {ReleaseStock{mug, order}, holds ? "StockReleased" : "already"};
        }
        case 6: {
            if (holds) {
                books.on_hand -= hold->second;
                books.holds.erase(hold);
            }
            return {DeductStock{mug, order}, holds ? "StockDeducted" : "already"};
        }
        default: books.on_hand += quantity; return {RestoreStock{mug, order, quantity, std::nullopt}, "StockRestored"};
    }
}

Expected name_of(const Decision<Event>& outcome)
{
    if (const auto* rejection = std::get_if<Rejection>(&outcome)) return rejection->code;
    if (std::holds_alternative<Already>(outcome)) return "already";
    const auto type = type_of(std::get<Event>(outcome));
    return std::string(type.substr(type.rfind('.') + 1));
}

RC_GTEST_PROP(InventoryProperty, stock_is_never_below_zero_and_agrees_with_plain_books, ())
{
    Books books{.on_hand = 5};
    Decider::State state;
    const auto fold = [&](const Event& event) {
        std::visit([&](const auto& one) { Decider::evolve(state, one, meta_at(usual_time)); }, event);
    };
    fold(StockReceived{mug, 5, 5, 0, std::nullopt});

    const auto steps = *rc::gen::inRange(1, 120);
    for (int i = 0; i < steps; ++i) {
        const auto [command, expected] = draw(books);
        const auto outcome = std::visit(
            [&](const auto& c) { return Decision<Event>(Decider::decide(c, state, meta_at(usual_time))); }, command);
        RC_LOG() << type_of(command) << to_json(command) << " -> " << name_of(outcome) << "\n";
        RC_ASSERT(name_of(outcome) == expected);
        if (const auto* event = std::get_if<Event>(&outcome)) fold(*event);

        RC_ASSERT(state.on_hand == books.on_hand);
        RC_ASSERT(state.reserved == books.reserved());
        RC_ASSERT(state.held.size() == books.holds.size());
        for (const auto& [order, quantity] : books.holds) {
            const auto* held = state.held.find(id<OrderId>(order));
            RC_ASSERT(held != nullptr);
            RC_ASSERT(*held == quantity);
        }
        RC_ASSERT(state.on_hand >= 0);
        RC_ASSERT(state.reserved >= 0);
        RC_ASSERT(state.available() >= 0);
    }
}

}  // namespace
}  // namespace jangteo::producers::inventory
