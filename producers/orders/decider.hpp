// One order: placed by a buyer, then accepted with the prices that stock answered with, or refused; confirmed when it is
// paid, prepared and shipped by its sellers, each his own part (DOA-ORD-14), delivered, and kept for good when the purchase
// is confirmed; cancelled while nothing of it is shipped (SM-01, DOA-ORD-01, 04, 05, 08, 10, 11). What has been delivered may
// be claimed until then (DOA-ORD-06, 07). A seller who ships and a buyer who cancels meet here, in one stream, and so do a
// claim and a confirmation: whoever comes first wins. Stock, points, money, carriers and time limits are the sagas' work.
#pragma once

#include "events/orders.hpp"
#include "events/shares.hpp"
#include "producers/orders/goods.hpp"
#include "producers/orders/shares.hpp"
#include "producers/runtime/decider.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::producers::orders {

using namespace events::orders;  // The messages of this context, and nothing else, are spoken of here.
using events::ClaimId;
using events::OrderId;
using events::PaymentId;
using events::Points;
using events::ProductId;
using events::Rejection;
using events::SellerId;
using events::ShipmentId;
using events::Timestamp;
using events::UserId;
using events::Won;

inline constexpr std::size_t most_lines = 200;
/// How long goods may be claimed after the last of the order was delivered, or a replacement was sent (DOA-ORD-06).
inline constexpr std::chrono::days claim_window{7};

/// `returned`: all of its goods have come back.
enum class Status { none, placed, pending, confirmed, processing, shipped, delivered, returned, refused, cancelled };
BOOST_DESCRIBE_ENUM(Status, none, placed, pending, confirmed, processing, shipped, delivered, returned, refused,
                    cancelled)

inline std::string_view to_text(Status status)
{
    switch (status) {
        case Status::none: return "none";
        case Status::placed: return "placed";
        case Status::pending: return "pending";
        case Status::confirmed: return "confirmed";
        case Status::processing: return "processing";
        case Status::shipped: return "shipped";
        case Status::delivered: return "delivered";
        case Status::returned: return "returned";
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

/// One shipment for each order and seller.
inline ShipmentId shipment_of(const OrderId& order_id, const SellerId& seller_id)
{
    return {events::uuid_v5(order_id.value, "shipment/" + seller_id.text())};
}

enum class PartStatus { here, shipped, delivered };
BOOST_DESCRIBE_ENUM(PartStatus, here, shipped, delivered)

/// What an order has of one seller. What has come back is no longer in it.
struct Part {
    SellerId seller_id;
    Won product_amount;
    std::vector<KeptLine> lines;
    PartStatus status = PartStatus::here;
    friend bool operator==(const Part&, const Part&) = default;
};
BOOST_DESCRIBE_STRUCT(Part, (), (seller_id, product_amount, lines, status))

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
        Won shipping_fee;
        std::vector<Part> parts;          ///< Known once the order is accepted; in the order of their first lines.
        bool purchase_confirmed = false;  ///< The buyer keeps it.
        // What may come back, and what has.
        std::map<ProductId, Won> unit_prices;
        std::optional<PaymentId> paid_by;
        std::optional<Timestamp> delivered_at;  ///< When the last part was, or the last replacement was sent.
        std::vector<OpenClaim> claims;
        std::vector<ClaimId> ended_claims;
        Won returned;                 ///< What the goods cost that have come back for good.
        bool buyer_at_fault = false;  ///< Goods have come back for which their seller does not answer.

        friend bool operator==(const State&, const State&) = default;
        BOOST_DESCRIBE_CLASS(State, (),
                             (status, order_number, user_id, lines, placed_at, points_used, shipping_fee, parts,
                              purchase_confirmed, unit_prices, paid_by, delivered_at, claims, ended_claims, returned,
                              buyer_at_fault),
                             (), ())
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
        if (s.status == Status::pending || is_paid(s)) return Already{};
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
        if (is_paid(s)) return Already{};
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

    /// A part may be shipped from the payment on; nobody has to say first that it is being prepared.
    static Decision<Event> decide(const ShipPart& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.order_id);
        const auto* part = part_of(c.seller_id, s);
        if (part != nullptr && part->status != PartStatus::here) return Already{};
        if (s.status != Status::confirmed && s.status != Status::processing) return illegal(c.order_id, s);
        if (part == nullptr) return sells_nothing(c);
        return PartShipped{
            c.order_id, s.user_id,         c.seller_id,    shipment_of(c.order_id, c.seller_id),
            c.carrier,  c.tracking_number, shipped(*part), standing_after(s, c.seller_id, PartStatus::shipped)};
    }

    static Decision<Event> decide(const DeliverPart& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.order_id);
        const auto* part = part_shipped_as(c, s);
        if (part == nullptr) return no_such_shipment(c.shipment_id);
        if (part->status == PartStatus::delivered) return Already{};
        return PartDelivered{c.order_id, s.user_id, part->seller_id, c.shipment_id,
                             standing_after(s, part->seller_id, PartStatus::delivered)};
    }

    static Decision<Event> decide(const ConfirmPurchase& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.order_id);
        if (s.purchase_confirmed) return Already{};
        if (s.status != Status::delivered) return illegal(c.order_id, s);
        if (!s.claims.empty()) return claimed(c.order_id, s);
        PurchaseConfirmed event{.order_id = c.order_id, .user_id = s.user_id, .cause = c.cause};
        event.reward_base = paid_for_products(s);
        for (const Part& part : s.parts) {
            if (part.lines.empty()) continue;  // All of it has come back.
            event.sellers.push_back({part.seller_id, part.product_amount});
        }
        event.parts = kept_parts(s);
        event.order_number = s.order_number;
        return event;
    }

    /// DOA-ORD-06, 07: what has been delivered, as long as the buyer may think it over; of one seller, who takes it back.
    static Decision<Event> decide(const RequestClaim& c, const State& s, const Meta& m)
    {
        if (s.status == Status::none) return unknown(c.order_id);
        if (knows(c.claim_id, s)) return Already{};
        if (s.purchase_confirmed) return too_late_to_claim(c.order_id, s);  // So nothing rewarded ever comes back.
        if (!is_paid(s) || s.status == Status::returned) return illegal(c.order_id, s);
        const auto lines = each_product_once(c.lines);
        const auto* part = part_with(lines, s);
        if (part == nullptr) return not_of_one_seller(c);
        if (part->status != PartStatus::delivered) return illegal(c.order_id, s);
        // Accepted before its prices were kept: nobody can say what is due for it.
        if (!s.unit_prices.contains(lines.front().product_id)) return illegal(c.order_id, s);
        if (s.delivered_at && m.time > *s.delivered_at + claim_window) return too_late_to_claim(c.order_id, s);
        for (const ClaimLine& line : lines) {
            const auto left = claimable(line.product_id, *part, s);
            if (line.quantity > left) return more_than_there_is(line, left);
        }
        return ClaimRequested{c.order_id, c.claim_id, s.user_id,    part->seller_id, c.kind,
                              lines,      c.reason,   c.image_urls, c.wanted_options};
    }

    static Decision<Event> decide(const EndClaim& c, const State& s, const Meta&)
    {
        if (std::ranges::find(s.ended_claims, c.claim_id) != s.ended_claims.end()) return Already{};
        const auto claim = std::ranges::find(s.claims, c.claim_id, &OpenClaim::id);
        if (claim == s.claims.end()) return no_such_claim(c.claim_id);
        ClaimEnded event{.order_id = c.order_id,
                         .claim_id = c.claim_id,
                         .user_id = s.user_id,
                         .seller_id = claim->seller_id,
                         .outcome = c.outcome,
                         .lines = claim->lines,
                         .sellers_fault = c.sellers_fault,
                         .payment_id = s.paid_by};
        if (c.outcome == ClaimOutcome::returned) share_out(event, s);
        return event;
    }

    static Decision<Event> decide(const CancelOrder& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.order_id);
        if (s.status == Status::cancelled) return Already{};
        if (s.status == Status::placed) return illegal(c.order_id, s);
        if (!can_be_cancelled(s)) return too_late_to_cancel(c.order_id, s);
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
        s = {};
        s.status = Status::placed;
        s.order_number = e.order_number;
        s.user_id = e.user_id;
        s.lines = e.lines;
        s.placed_at = m.time;
    }
    static void evolve(State& s, const OrderAccepted& e, const Meta&)
    {
        s.status = Status::pending;
        s.points_used = e.points_used;
        s.shipping_fee = e.shipping_fee;
        for (const AcceptedLine& line : e.lines) {
            auto part = std::ranges::find(s.parts, line.seller_id, &Part::seller_id);
            if (part == s.parts.end()) part = s.parts.insert(part, Part{line.seller_id, Won{}, {}});
            part->product_amount += line.subtotal;
            part->lines.push_back({line.product_id, line.quantity, line.unit_price});
            s.unit_prices[line.product_id] = line.unit_price;
        }
    }
    static void evolve(State& s, const OrderConfirmed& e, const Meta&)
    {
        s.status = Status::confirmed;
        s.paid_by = e.payment_id;
    }
    static void evolve(State& s, const ProcessingStarted&, const Meta&) { s.status = Status::processing; }
    static void evolve(State& s, const PartShipped& e, const Meta&)
    {
        move(s, e.seller_id, PartStatus::shipped, e.order_status);
    }
    static void evolve(State& s, const PartDelivered& e, const Meta& m)
    {
        move(s, e.seller_id, PartStatus::delivered, e.order_status);
        if (s.status == Status::delivered) s.delivered_at = m.time;
    }
    static void evolve(State& s, const PurchaseConfirmed&, const Meta&) { s.purchase_confirmed = true; }
    static void evolve(State& s, const ClaimRequested& e, const Meta&)
    {
        s.claims.push_back({e.claim_id, e.seller_id, e.lines});
    }
    static void evolve(State& s, const ClaimEnded& e, const Meta& m)
    {
        std::erase_if(s.claims, [&](const OpenClaim& claim) { return claim.id == e.claim_id; });
        s.ended_claims.push_back(e.claim_id);
        if (e.outcome == ClaimOutcome::exchanged && s.delivered_at) s.delivered_at = std::max(*s.delivered_at, m.time);
        if (e.outcome == ClaimOutcome::returned) take_out(s, e);
    }
    static void evolve(State& s, const OrderRefused&, const Meta&) { s.status = Status::refused; }
    static void evolve(State& s, const OrderCancelled&, const Meta&) { s.status = Status::cancelled; }

private:
    // --- The rules ---

    static bool is_paid(const State& s)
    {
        return s.status == Status::confirmed || s.status == Status::processing || s.status == Status::shipped ||
               s.status == Status::delivered || s.status == Status::returned;
    }

    /// DOA-ORD-05: from acceptance on, as long as nothing has left the warehouse of any seller.
    static bool can_be_cancelled(const State& s)
    {
        const bool open =
            s.status == Status::pending || s.status == Status::confirmed || s.status == Status::processing;
        return open && std::ranges::all_of(s.parts, [](const Part& part) { return part.status == PartStatus::here; });
    }

    /// DOA-ORD-14: the order is shipped once all its parts are, and delivered once all are.
    static OrderStanding standing_after(const State& s, const SellerId& seller_id, PartStatus status)
    {
        auto least = status;
        for (const Part& part : s.parts) {
            if (part.seller_id != seller_id) least = std::min(least, part.status);
        }
        switch (least) {
            case PartStatus::here: break;
            case PartStatus::shipped: return OrderStanding::shipped;
            case PartStatus::delivered: return OrderStanding::delivered;
        }
        return OrderStanding::processing;
    }

    static void move(State& s, const SellerId& seller_id, PartStatus status, OrderStanding standing)
    {
        const auto part = std::ranges::find(s.parts, seller_id, &Part::seller_id);
        assert(part != s.parts.end() && "a part is there from the acceptance on");
        part->status = status;
        switch (standing) {
            case OrderStanding::processing: s.status = Status::processing; break;
            case OrderStanding::shipped: s.status = Status::shipped; break;
            case OrderStanding::delivered: s.status = Status::delivered; break;
        }
    }

    /// What the goods cost that the buyer has.
    static Won cost_of_goods(const State& s)
    {
        Won products;
        for (const Part& part : s.parts) products += part.product_amount;
        return products;
    }
    static Paid paid_in_all(const State& s) { return {cost_of_goods(s) + s.returned, s.shipping_fee, s.points_used}; }

    /// DOA-POINT-08: without shipping and without points, of what the buyer keeps.
    static Won paid_for_products(const State& s)
    {
        return share_of_goods(paid_in_all(s), s.returned, cost_of_goods(s)).money;
    }

    // --- What comes back ---

    /// Units that no other claim is about.
    static std::int64_t claimable(const ProductId& product_id, const Part& part, const State& s)
    {
        auto units = units_of(product_id, part.lines);
        for (const OpenClaim& claim : s.claims) units -= units_of(product_id, claim.lines);
        return units;
    }

    /// The shipping fee goes back with the last of the goods, when the seller answers for all of them.
    static void share_out(ClaimEnded& event, const State& s)
    {
        for (const ClaimLine& line : event.lines) {
            event.product_amount += s.unit_prices.at(line.product_id) * line.quantity;
        }
        const Paid paid = paid_in_all(s);
        auto share = share_of_goods(paid, s.returned, event.product_amount);
        event.nothing_left = units_in(event.lines) == units_in_parts(s);
        if (event.nothing_left && event.sellers_fault && !s.buyer_at_fault) {
            const auto shipping = share_of_shipping(paid);
            share.money += shipping.money;
            share.points += shipping.points;
            event.shipping_fee = paid.shipping;
        }
        event.refund_amount = share.money;
        event.points_back = share.points;
    }

    static std::int64_t units_in_parts(const State& s)
    {
        std::int64_t units = 0;
        for (const Part& part : s.parts) units += units_in(part.lines);
        return units;
    }

    static void take_out(State& s, const ClaimEnded& e)
    {
        const auto part = std::ranges::find(s.parts, e.seller_id, &Part::seller_id);
        assert(part != s.parts.end() && "goods come back to whoever sold them");
        take_out_of(part->lines, e.lines);
        part->product_amount -= e.product_amount;
        s.returned += e.product_amount;
        s.buyer_at_fault |= !e.sellers_fault;
        if (e.nothing_left) s.status = Status::returned;
    }

    static std::vector<ShippedLine> shipped(const Part& part)
    {
        std::vector<ShippedLine> lines;
        for (const KeptLine& line : part.lines) lines.push_back({line.product_id, line.quantity});
        return lines;
    }

    /// What a seller is settled for of his part, and nowhere else worked out.
    static Won confirmed_amount(const Part& part) { return part.product_amount; }

    /// DOA-SET-01: the shipping fee and the points of an order are shared out among its sellers by what they sold, so
    /// that the parts come to exactly what was paid. Points pay products first, as for the reward.
    static std::vector<KeptPart> kept_parts(const State& s)
    {
        std::vector<const Part*> kept;
        std::vector<Won> amounts;
        for (const Part& part : s.parts) {
            if (part.lines.empty()) continue;  // All of it has come back.
            kept.push_back(&part);
            amounts.push_back(confirmed_amount(part));
        }
        // Points that went back with goods pay nothing any more.
        const Paid paid = paid_in_all(s);
        const Won for_products{points_for_products(paid).value - points_due(paid, s.returned).value};
        const Won for_shipping{share_of_shipping(paid).points.value};
        const auto shipping_shares = events::shared_out(s.shipping_fee, amounts);
        const auto product_points = events::shared_out(for_products, amounts);
        const auto shipping_points = events::shared_out(for_shipping, shipping_shares);
        std::vector<KeptPart> parts;
        for (std::size_t i = 0; i < kept.size(); ++i) {
            parts.push_back({kept[i]->seller_id, amounts[i], product_points[i] + shipping_points[i], shipping_shares[i],
                             kept[i]->lines});
        }
        return parts;
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

    static const Part* part_of(const SellerId& seller_id, const State& s)
    {
        const auto found = std::ranges::find(s.parts, seller_id, &Part::seller_id);
        return found == s.parts.end() ? nullptr : &*found;
    }

    /// The part that has something of all of these; null when none has.
    static const Part* part_with(const std::vector<ClaimLine>& lines, const State& s)
    {
        const auto found = std::ranges::find_if(s.parts, [&](const Part& part) {
            return std::ranges::all_of(lines,
                                       [&](const auto& line) { return units_of(line.product_id, part.lines) > 0; });
        });
        return lines.empty() || found == s.parts.end() ? nullptr : &*found;
    }

    static bool knows(const ClaimId& id, const State& s)
    {
        return std::ranges::find(s.claims, id, &OpenClaim::id) != s.claims.end() ||
               std::ranges::find(s.ended_claims, id) != s.ended_claims.end();
    }

    static const Part* part_shipped_as(const DeliverPart& c, const State& s)
    {
        const auto found = std::ranges::find_if(s.parts, [&](const Part& part) {
            return part.status != PartStatus::here && shipment_of(c.order_id, part.seller_id) == c.shipment_id;
        });
        return found == s.parts.end() ? nullptr : &*found;
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

    static Rejection claimed(const OrderId& order_id, const State& s)
    {
        auto refusal = illegal(order_id, s);
        refusal.details["claimId"] = s.claims.front().id.text();
        return refusal;
    }

    static Rejection too_late_to_claim(const OrderId& order_id, const State& s)
    {
        return {"ORD_004", {{"orderId", order_id.text()}, {"status", std::string(to_text(s.status))}}};
    }

    static Rejection not_of_one_seller(const RequestClaim& c)
    {
        return {"COMMON_400", {{"orderId", c.order_id.text()}, {"lines", static_cast<std::int64_t>(c.lines.size())}}};
    }

    static Rejection more_than_there_is(const ClaimLine& line, std::int64_t left)
    {
        return {"COMMON_400",
                {{"productId", line.product_id.text()}, {"requested", line.quantity}, {"available", left}}};
    }

    static Rejection no_such_claim(const ClaimId& id) { return {"COMMON_404", {{"claimId", id.text()}}}; }

    static Rejection sells_nothing(const ShipPart& c)
    {
        return {"COMMON_404", {{"orderId", c.order_id.text()}, {"sellerId", c.seller_id.text()}}};
    }

    static Rejection no_such_shipment(const ShipmentId& id) { return {"COMMON_404", {{"shipmentId", id.text()}}}; }

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
