// The order process: from a placed order over its payment and its shipments to a purchase that is kept and rewarded, or to
// an end that leaves nothing behind (design §3).
//
//   OrderPlaced ─▶ HoldStock for every product, SpendPoints                       in parallel
//     all there ─▶ AcceptOrder ─▶ OrderAccepted answers the buyer; payment is due within `payment_window`
//     a refusal ─▶ give back what was had, RefuseOrder with the first reason ─▶ OrderRefused answers the buyer
//   PaymentCompleted ─▶ ConfirmOrder ─▶ OrderConfirmed ─▶ DeductStock: what was held has been bought
//   PartShipped (each seller's part) ─▶ OpenShipment ─▶ … ShipmentDelivered ─▶ DeliverPart
//   PartDelivered, the last one ─▶ the purchase confirms itself after `confirm_after` ─▶ ConfirmPurchase
//   PurchaseConfirmed (by the buyer or by time) ─▶ EarnPoints
//   OrderCancelled (by the buyer, the seller, or because nobody paid)
//     ─▶ ReleaseStock, or RestoreStock of what was deducted; RestorePoints; ClosePayments, which gives back the money
//
// Late and repeated messages: the runner drops what an instance has seen; what comes after the end finds a state in
// which nothing follows from it. A stuck step is one whose answer has not come: every command can be sent again.
#pragma once

#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/points.hpp"
#include "events/sagas.hpp"
#include "events/shipping.hpp"
#include "sagas/runtime/saga.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace jangteo::sagas {

struct OrderFulfilment {
    static constexpr std::string_view name = "order_fulfilment";
    static constexpr std::string_view payment_due = "payment_due";
    static constexpr std::string_view confirm_due = "confirm_due";
    static constexpr std::int64_t reward_percent = 2;  ///< Of what was paid for the products (DOA-POINT-08).

    /// How long an accepted order waits for payment (DOA-ORD-13).
    std::chrono::milliseconds payment_window{std::chrono::minutes{30}};
    /// How long the buyer of a delivered order may think it over (DOA-ORD-08).
    std::chrono::milliseconds confirm_after{std::chrono::days{7}};
    /// What shipping costs, and from which product amount on it is free (DOA-ORD-10).
    events::Won shipping_fee{3'000};
    events::Won free_shipping_from{50'000};

    using Input =
        std::variant<events::orders::OrderPlaced, events::inventory::StockHeld, events::points::PointsSpent, Refused,
                     events::orders::OrderAccepted, events::orders::OrderRefused, events::payments::PaymentCompleted,
                     events::orders::OrderConfirmed, events::orders::PartShipped, events::shipping::ShipmentDelivered,
                     events::orders::PartDelivered, events::orders::PurchaseConfirmed, events::orders::OrderCancelled,
                     events::sagas::TimerFired>;

    /// `confirming`: paid, and the order has been told; `confirmed`: what was held is deducted, and parts may be on their
    /// way; `delivered`: all of them have come; `kept`: the purchase is confirmed.
    enum class Phase {
        unborn,
        gathering,
        awaiting_payment,
        confirming,
        confirmed,
        delivered,
        kept,
        refused,
        cancelled
    };
    BOOST_DESCRIBE_NESTED_ENUM(Phase, unborn, gathering, awaiting_payment, confirming, confirmed, delivered, kept,
                               refused, cancelled)

    /// One product of the order; lines of the same product are held together, so that they cannot oversell each other.
    struct Product {
        std::int64_t quantity = 0;
        std::optional<events::orders::Offer> held;  ///< Name, price and seller at which stock is held.
        BOOST_DESCRIBE_CLASS(Product, (), (quantity, held), (), ())
    };

    struct State {
        Phase phase = Phase::unborn;
        events::OrderId order_id;
        events::UserId user_id;
        std::map<events::ProductId, Product> products;
        events::Points points_asked;
        events::Points points_spent;
        std::int64_t unanswered = 0;  ///< Commands of the gathering phase whose answers have not come.
        std::string refusal_code;     ///< The first reason; empty as long as there is none.
        events::Json refusal_details;
        std::optional<events::PaymentId> paid_by;
        bool deducted = false;  ///< Stock has been told to deduct what was held.
        BOOST_DESCRIBE_CLASS(State, (),
                             (phase, order_id, user_id, products, points_asked, points_spent, unanswered, refusal_code,
                              refusal_details, paid_by, deducted),
                             (), ())
    };

    static std::string_view phase(const State& s) { return boost::describe::enum_to_string(s.phase, ""); }

    // ---- Happy path -------------------------------------------------------------------------------------------------

    static void evolve(State& s, const events::orders::OrderPlaced& e, const Meta&)
    {
        s.phase = Phase::gathering;
        s.order_id = e.order_id;
        s.user_id = e.user_id;
        for (const auto& line : e.lines) s.products[line.product_id].quantity += line.quantity;
        s.points_asked = e.points_to_use;
        s.unanswered = static_cast<std::int64_t>(s.products.size()) + (s.points_asked.value > 0 ? 1 : 0);
    }
    [[nodiscard]] Outputs react(const State& s, const events::orders::OrderPlaced&, const Meta&) const
    {
        Outputs out;
        for (const auto& [product_id, product] : s.products) {
            out.send(events::inventory::HoldStock{product_id, s.order_id, product.quantity});
        }
        if (s.points_asked.value > 0) {
            out.send(events::points::SpendPoints{s.user_id, s.points_asked, s.order_id, "주문 사용"});
        }
        return out;
    }

    static void evolve(State& s, const events::inventory::StockHeld& e, const Meta&)
    {
        s.products[e.product_id].held = events::orders::Offer{e.product_id, e.name, e.unit_price, e.seller_id};
        --s.unanswered;
    }
    [[nodiscard]] Outputs react(const State& s, const events::inventory::StockHeld&, const Meta&) const
    {
        return go_on_when_gathered(s);
    }

    static void evolve(State& s, const events::points::PointsSpent& e, const Meta&)
    {
        s.points_spent = e.amount;
        --s.unanswered;
    }
    [[nodiscard]] Outputs react(const State& s, const events::points::PointsSpent&, const Meta&) const
    {
        return go_on_when_gathered(s);
    }

    static void evolve(State& s, const events::orders::OrderAccepted&, const Meta&)
    {
        s.phase = s.paid_by ? Phase::confirming : Phase::awaiting_payment;
    }
    [[nodiscard]] Outputs react(const State& s, const events::orders::OrderAccepted& e, const Meta&) const
    {
        if (s.phase == Phase::confirming) return confirm(s);
        return Outputs{}.remind(std::string(payment_due), "accepted", e.placed_at + payment_window);
    }

    /// It may be here before the acceptance that let the buyer pay: they come from two contexts.
    static void evolve(State& s, const events::payments::PaymentCompleted& e, const Meta&)
    {
        s.paid_by = e.payment_id;
        if (s.phase == Phase::awaiting_payment) s.phase = Phase::confirming;
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::PaymentCompleted&, const Meta&) const
    {
        if (s.phase == Phase::confirming) return confirm(s);
        if (s.phase == Phase::refused) return close_payments(s, s.refusal_code);
        return {};  // After a cancellation the payments have been closed: the money is on its way back.
    }

    static void evolve(State& s, const events::orders::OrderConfirmed&, const Meta&)
    {
        s.phase = Phase::confirmed;
        s.deducted = true;
    }
    [[nodiscard]] Outputs react(const State& s, const events::orders::OrderConfirmed&, const Meta&) const
    {
        Outputs out;
        for (const auto& [product_id, product] : s.products) {
            out.send(events::inventory::DeductStock{product_id, s.order_id});
        }
        return out;
    }

    static void evolve(State&, const events::orders::PartShipped&, const Meta&) {}
    [[nodiscard]] Outputs react(const State&, const events::orders::PartShipped& e, const Meta&) const
    {
        events::shipping::OpenShipment open{e.shipment_id, e.order_id,        e.user_id, e.seller_id,
                                            e.carrier,     e.tracking_number, {}};
        for (const auto& line : e.lines) open.lines.push_back({line.product_id, line.quantity});
        return Outputs{}.send(open);
    }

    static void evolve(State&, const events::shipping::ShipmentDelivered&, const Meta&) {}
    [[nodiscard]] Outputs react(const State&, const events::shipping::ShipmentDelivered& e, const Meta&) const
    {
        return Outputs{}.send(events::orders::DeliverPart{e.order_id, e.shipment_id});
    }

    static void evolve(State& s, const events::orders::PartDelivered& e, const Meta&)
    {
        if (e.order_status == events::orders::OrderStanding::delivered) s.phase = Phase::delivered;
    }
    /// From when we hear of it: a carrier that tells late must not take the buyer's days away.
    [[nodiscard]] Outputs react(const State& s, const events::orders::PartDelivered&, const Meta& m) const
    {
        if (s.phase != Phase::delivered) return {};
        return Outputs{}.remind(std::string(confirm_due), "delivered", m.time + confirm_after);
    }

    static void evolve(State& s, const events::orders::PurchaseConfirmed&, const Meta&) { s.phase = Phase::kept; }
    [[nodiscard]] Outputs react(const State&, const events::orders::PurchaseConfirmed& e, const Meta&) const
    {
        const events::Points reward{e.reward_base.value * reward_percent / 100};
        if (reward.value == 0) return {};
        events::points::EarnPoints earn{.user_id = e.user_id, .amount = reward};
        earn.source = events::points::PointSource::purchase;
        earn.reference = e.order_id.text();
        earn.order_id = e.order_id;
        earn.description = "구매 확정 적립";
        return Outputs{}.send(earn);
    }

    // ---- Compensation -----------------------------------------------------------------------------------------------

    static void evolve(State& s, const Refused& r, const Meta&)
    {
        const bool gathering = r.is<events::inventory::HoldStock>() || r.is<events::points::SpendPoints>();
        if (gathering) --s.unanswered;
        if (!gathering && !r.is<events::orders::AcceptOrder>()) return;
        if (s.refusal_code.empty()) {
            s.refusal_code = r.rejection.code;
            s.refusal_details = {events::details_to_json(r.rejection.details)};
        }
    }
    [[nodiscard]] Outputs react(const State& s, const Refused& r, const Meta&) const
    {
        if (r.is<events::inventory::HoldStock>() || r.is<events::points::SpendPoints>()) return go_on_when_gathered(s);
        if (r.is<events::orders::AcceptOrder>()) return undo_and_refuse(s);
        return {};  // There was nothing to give back, or the buyer was quicker than time.
    }

    static void evolve(State& s, const events::orders::OrderRefused&, const Meta&) { s.phase = Phase::refused; }
    [[nodiscard]] Outputs react(const State& s, const events::orders::OrderRefused&, const Meta&) const
    {
        return s.paid_by ? close_payments(s, s.refusal_code) : Outputs{};
    }

    static void evolve(State& s, const events::orders::OrderCancelled&, const Meta&) { s.phase = Phase::cancelled; }
    [[nodiscard]] Outputs react(const State& s, const events::orders::OrderCancelled& e, const Meta&) const
    {
        return give_back(s).send(events::payments::ClosePayments{s.order_id, e.reason});
    }

    // ---- Time -------------------------------------------------------------------------------------------------------

    static void evolve(State&, const events::sagas::TimerFired&, const Meta&) {}
    [[nodiscard]] Outputs react(const State& s, const events::sagas::TimerFired& e, const Meta&) const
    {
        if (e.name == payment_due && s.phase == Phase::awaiting_payment) {
            return Outputs{}.send(
                events::orders::CancelOrder{s.order_id, "결제 시간 초과", events::orders::CancelCause::unpaid});
        }
        if (e.name == confirm_due && s.phase == Phase::delivered) {
            return Outputs{}.send(events::orders::ConfirmPurchase{s.order_id, events::orders::ConfirmationCause::time});
        }
        return {};
    }

private:
    [[nodiscard]] Outputs go_on_when_gathered(const State& s) const
    {
        if (s.unanswered > 0) return {};
        return s.refusal_code.empty() ? accept(s) : undo_and_refuse(s);
    }

    [[nodiscard]] Outputs accept(const State& s) const
    {
        events::orders::AcceptOrder accept{s.order_id, {}, s.points_spent, shipping_fee};
        events::Won product_amount;
        for (const auto& [product_id, product] : s.products) {
            accept.offers.push_back(*product.held);
            product_amount += product.held->unit_price * product.quantity;
        }
        if (product_amount >= free_shipping_from) accept.shipping_fee = {0};
        return Outputs{}.settle(accept);
    }

    [[nodiscard]] static Outputs confirm(const State& s)
    {
        return Outputs{}.send(events::orders::ConfirmOrder{s.order_id, *s.paid_by});
    }

    [[nodiscard]] static Outputs close_payments(const State& s, const std::string& reason)
    {
        return Outputs{}.send(events::payments::ClosePayments{s.order_id, reason});
    }

    [[nodiscard]] static Outputs undo_and_refuse(const State& s)
    {
        return give_back(s).settle(events::orders::RefuseOrder{s.order_id, s.refusal_code, s.refusal_details});
    }

    /// Stock to the shelf and points to their lots; what was never had is not given back.
    [[nodiscard]] static Outputs give_back(const State& s)
    {
        Outputs out;
        for (const auto& [product_id, product] : s.products) {
            if (!product.held) continue;
            if (s.deducted) {
                out.send(events::inventory::RestoreStock{product_id, s.order_id, product.quantity, "주문 취소"});
            } else {
                out.send(events::inventory::ReleaseStock{product_id, s.order_id});
            }
        }
        if (s.points_spent.value > 0) {
            out.send(events::points::RestorePoints{s.user_id, s.order_id, "주문 취소 환급"});
        }
        return out;
    }
};

}  // namespace jangteo::sagas
