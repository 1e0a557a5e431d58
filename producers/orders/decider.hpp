// One order: placed by a buyer, then accepted with the prices that stock answered with, or refused; confirmed when it is
// paid, prepared by its seller; cancelled while it is not shipped (SM-01, DOA-ORD-01, 04, 05, 10, 11). Stock, points, money
// and time limits are the saga's work.
#pragma once

#include "events/orders.hpp"
#include "producers/runtime/decider.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::producers::orders {

using namespace events::orders;  // The messages of this context, and nothing else, are spoken of here.
using events::OrderId;
using events::Points;
using events::ProductId;
using events::Rejection;
using events::Timestamp;
using events::UserId;
using events::Won;

inline constexpr std::size_t most_lines = 200;

enum class Status { none, placed, pending, confirmed, processing, refused, cancelled };
BOOST_DESCRIBE_ENUM(Status, none, placed, pending, confirmed, processing, refused, cancelled)

inline std::string_view to_text(Status status)
{
    switch (status) {
        case Status::none: return "none";
        case Status::placed: return "placed";
        case Status::pending: return "pending";
        case Status::confirmed: return "confirmed";
        case Status::processing: return "processing";
        case Status::refused: return "refused";
        case Status::cancelled: return "cancelled";
    }
    return "";
}

/// DOA-ORD-11: `ORD-`, the day in Seoul, and at least four upper-case characters that are unique by construction: the
/// place of the placing command in the log, offset × 64 + partition, to the base of 36. No two commands share a place,
/// so nobody has to look whether a number is taken.
inline std::string order_number_of(const Meta& m)
{
    constexpr std::int64_t partitions_at_most = 64;
    constexpr std::size_t least_characters = 4;
    constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    assert(0 <= m.partition && m.partition < partitions_at_most && "two places in the log would share a number");
    std::string backwards;
    for (auto place = m.offset * partitions_at_most + m.partition; place > 0; place /= std::ssize(digits)) {
        backwards += digits[static_cast<std::size_t>(place % std::ssize(digits))];
    }
    if (backwards.size() < least_characters) backwards.resize(least_characters, '0');
    return "ORD-" + events::seoul_day(m.time) + "-" + std::string(backwards.rbegin(), backwards.rend());
}

struct Decider {
    using Command = events::orders::Command;
    using Event = events::orders::Event;

    struct State {
        Status status = Status::none;
        std::string order_number;
        UserId user_id;
        std::vector<OrderLine> lines;
        Timestamp placed_at;
        Points points_used;

        friend bool operator==(const State&, const State&) = default;
        BOOST_DESCRIBE_CLASS(State, (), (status, order_number, user_id, lines, placed_at, points_used), (), ())
    };

    // --- Decisions ---

    static Decision<Event> decide(const PlaceOrder& c, const State& s, const Meta& m)
    {
        if (s.status != Status::none) return Already{};
        if (c.lines.empty() || c.lines.size() > most_lines) return wrong_number_of_lines(c.lines.size());
        if (c.points_to_use < Points{}) return invalid_points(c.points_to_use);
        return OrderPlaced{.order_id = c.order_id,
                           .order_number = order_number_of(m),
                           .user_id = c.user_id,
                           .lines = c.lines,
                           .shipping_address = c.shipping_address,
                           .points_to_use = c.points_to_use};
    }

    static Decision<Event> decide(const AcceptOrder& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.order_id);
        if (is_accepted(s)) return Already{};
        if (s.status != Status::placed) return illegal(c.order_id, s);
        if (const auto* line = line_without_offer(c, s)) return not_offered(line->product_id);
        return with_prices(c, s);
    }

    static Decision<Event> decide(const RefuseOrder& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.order_id);
        if (s.status == Status::refused) return Already{};
        if (s.status != Status::placed) return illegal(c.order_id, s);
        return OrderRefused{.order_id = c.order_id, .user_id = s.user_id, .code = c.code, .details = c.details};
    }

    static Decision<Event> decide(const ConfirmOrder& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.order_id);
        if (s.status == Status::confirmed || s.status == Status::processing) return Already{};
        if (s.status != Status::pending) return illegal(c.order_id, s);
        return OrderConfirmed{c.order_id, s.user_id, c.payment_id};
    }

    static Decision<Event> decide(const StartProcessing& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.order_id);
        if (s.status == Status::processing) return Already{};
        if (s.status != Status::confirmed) return illegal(c.order_id, s);
        return ProcessingStarted{c.order_id, s.user_id};
    }

    static Decision<Event> decide(const CancelOrder& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.order_id);
        if (s.status == Status::cancelled) return Already{};
        if (s.status == Status::placed) return illegal(c.order_id, s);
        if (!is_accepted(s)) return too_late_to_cancel(c.order_id, s);
        // The time to pay ran out while the payment was on its way.
        if (c.cause == CancelCause::unpaid && s.status != Status::pending) return illegal(c.order_id, s);
        OrderCancelled event{.order_id = c.order_id, .user_id = s.user_id, .reason = c.reason, .cause = c.cause};
        for (const OrderLine& line : s.lines) event.lines.push_back({line.product_id, line.quantity});
        event.points_used = s.points_used;
        return event;
    }

    // --- What has happened ---

    static void evolve(State& s, const OrderPlaced& e, const Meta& m)
    {
        s = {Status::placed, e.order_number, e.user_id, e.lines, m.time, Points{}};
    }
    static void evolve(State& s, const OrderAccepted& e, const Meta&)
    {
        s.status = Status::pending;
        s.points_used = e.points_used;
    }
    static void evolve(State& s, const OrderConfirmed&, const Meta&) { s.status = Status::confirmed; }
    static void evolve(State& s, const ProcessingStarted&, const Meta&) { s.status = Status::processing; }
    static void evolve(State& s, const OrderRefused&, const Meta&) { s.status = Status::refused; }
    static void evolve(State& s, const OrderCancelled&, const Meta&) { s.status = Status::cancelled; }

private:
    // --- The rules ---

    /// Prices count, and nothing has left the warehouse yet: DOA-ORD-05 lets it be cancelled.
    static bool is_accepted(const State& s)
    {
        return s.status == Status::pending || s.status == Status::confirmed || s.status == Status::processing;
    }

    /// DOA-ORD-10: what is left to pay is the sum of the lines plus shipping less points, worked out here and nowhere
    /// else. Every line has an offer.
    static Decision<Event> with_prices(const AcceptOrder& c, const State& s)
    {
        OrderAccepted event{.order_id = c.order_id, .order_number = s.order_number, .user_id = s.user_id};
        for (const OrderLine& line : s.lines) {
            const Offer& offer = *offer_for(line.product_id, c);
            const Won subtotal = offer.unit_price * line.quantity;
            event.product_amount += subtotal;
            event.lines.push_back({offer.product_id, offer.name, offer.unit_price, offer.seller_id, line.quantity,
                                   subtotal, line.options});
        }
        event.shipping_fee = c.shipping_fee;
        event.points_used = c.points_used;
        event.placed_at = s.placed_at;
        const Won amount = event.product_amount + event.shipping_fee;
        if (amount > events::largest_amount) return too_large(amount);
        if (c.points_used.value > amount.value) return more_points_than_due(c.points_used, amount);
        event.total_amount = amount - Won{c.points_used.value};  // One point pays one won (DOA-POINT-10).
        return event;
    }

    static const Offer* offer_for(const ProductId& product_id, const AcceptOrder& c)
    {
        const auto found = std::ranges::find(c.offers, product_id, &Offer::product_id);
        return found == c.offers.end() ? nullptr : &*found;
    }

    static const OrderLine* line_without_offer(const AcceptOrder& c, const State& s)
    {
        const auto found =
            std::ranges::find_if(s.lines, [&](const auto& line) { return offer_for(line.product_id, c) == nullptr; });
        return found == s.lines.end() ? nullptr : &*found;
    }

    // --- Refusals ---

    static Rejection unknown(const OrderId& order_id) { return {"ORD_001", {{"orderId", order_id.text()}}}; }

    static Rejection illegal(const OrderId& order_id, const State& s)
    {
        return {"ORD_003", {{"orderId", order_id.text()}, {"status", std::string(to_text(s.status))}}};
    }

    static Rejection too_late_to_cancel(const OrderId& order_id, const State& s)
    {
        return {"ORD_002", {{"orderId", order_id.text()}, {"status", std::string(to_text(s.status))}}};
    }

    static Rejection wrong_number_of_lines(std::size_t lines)
    {
        return {"COMMON_400",
                {{"lines", static_cast<std::int64_t>(lines)}, {"maximum", static_cast<std::int64_t>(most_lines)}}};
    }

    static Rejection invalid_points(Points amount) { return {"POINT_002", {{"amount", amount.value}}}; }

    static Rejection not_offered(const ProductId& product_id)
    {
        return {"PROD_001", {{"productId", product_id.text()}}};
    }

    static Rejection more_points_than_due(Points points, Won amount)
    {
        return {"POINT_002", {{"amount", points.value}, {"maximum", amount.value}}};
    }

    static Rejection too_large(Won amount)
    {
        return {"COMMON_400", {{"amount", amount.value}, {"maximum", events::largest_amount.value}}};
    }
};
static_assert(IsDecider<Decider>);

}  // namespace jangteo::producers::orders
