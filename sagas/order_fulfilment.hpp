// The order process: from a placed order over its payment and its shipments to a purchase that is kept and rewarded, or to
// an end that leaves nothing behind (design §3).
//
//   OrderPlaced ─▶ HoldStock for every product, SpendPoints                       in parallel
//     all there ─▶ AcceptOrder ─▶ OrderAccepted answers the buyer; payment is due within `payment_window`
//     a refusal ─▶ give back what was had, RefuseOrder with the first reason ─▶ OrderRefused answers the buyer
//   VirtualAccountIssued ─▶ payment is due when the account is; given up ─▶ within `payment_window` again
//   PaymentCompleted ─▶ ConfirmOrder ─▶ OrderConfirmed ─▶ DeductStock: what was held has been bought
//   PartShipped (each seller's part) ─▶ OpenShipment ─▶ … ShipmentDelivered ─▶ DeliverPart
//   PartDelivered, the last one ─▶ the purchase confirms itself after `confirm_after` ─▶ ConfirmPurchase
//   ClaimRequested ─▶ nobody confirms; ClaimEnded, the last one ─▶ the days go on, or begin anew with a replacement
//   PurchaseConfirmed (by the buyer or by time) ─▶ EarnPoints; RecordSale for every seller
//   SaleRecorded, a seller's first ─▶ RegisterSeller
//   PaymentRefunded that somebody asked for ─▶ once the purchase is confirmed, AdjustSale for every seller who bears of it
//   OrderCancelled (by the buyer, the seller, or because nobody paid)
//     ─▶ ReleaseStock, or RestoreStock of what was deducted; RestorePoints; ClosePayments, which gives back the money
//
// Late and repeated messages: the runner drops what an instance has seen; what comes after the end finds a state in
// which nothing follows from it.
// A stuck step is one whose answer has not come: an operator has its command sent again (retry), or runs the undo path
// (compensate): what was asked for is given back whether it was had or not, in the order of the contexts' own logs.
#pragma once

#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/periods.hpp"
#include "events/points.hpp"
#include "events/sagas.hpp"
#include "events/settlement.hpp"
#include "events/shares.hpp"
#include "events/shipping.hpp"
#include "sagas/runtime/saga.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <variant>
#include <vector>

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
    /// The market's share of what a seller sells, in hundredths of a percent (DOA-SET-01).
    std::int64_t commission_basis_points = 1'000;

    using Input =
        std::variant<events::orders::OrderPlaced, events::inventory::StockHeld, events::points::PointsSpent, Refused,
                     events::orders::OrderAccepted, events::orders::OrderRefused, events::payments::PaymentCompleted,
                     events::payments::VirtualAccountIssued, events::payments::PaymentFailed,
                     events::payments::PaymentCancelled, events::orders::OrderConfirmed, events::orders::PartShipped,
                     events::shipping::ShipmentDelivered, events::orders::PartDelivered, events::orders::ClaimRequested,
                     events::orders::ClaimEnded, events::orders::PurchaseConfirmed, events::orders::OrderCancelled,
                     events::settlement::SaleRecorded, events::payments::PaymentRefunded, events::sagas::TimerFired,
                     events::sagas::InstancePushed>;

    /// `confirming`: paid, and the order has been told; `confirmed`: what was held is deducted, and parts may be on their
    /// way; `delivered`: all of them have come; `kept`: the purchase is confirmed; `returned`: all goods have come back.
    enum class Phase {
        unborn,
        gathering,
        awaiting_payment,
        confirming,
        confirmed,
        delivered,
        kept,
        returned,
        refused,
        cancelled
    };
    BOOST_DESCRIBE_NESTED_ENUM(Phase, unborn, gathering, awaiting_payment, confirming, confirmed, delivered, kept,
                               returned, refused, cancelled)

    /// One product of the order; lines of the same product are held together, so that they cannot oversell each other.
    struct Product {
        std::int64_t quantity = 0;
        std::optional<events::orders::Offer> held;  ///< Name, price and seller at which stock is held.
        BOOST_DESCRIBE_CLASS(Product, (), (quantity, held), (), ())
    };

    /// What a seller has sold for good, and what of the money for it no refund has taken back.
    struct Sold {
        events::SellerId seller_id;
        events::Won products_left;
        events::Won shipping_left;
        BOOST_DESCRIBE_CLASS(Sold, (), (seller_id, products_left, shipping_left), (), ())
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
        std::optional<events::PaymentId> deposit;  ///< The payment whose account waits for one.
        events::Timestamp deposit_due;             ///< Until when it does.
        std::string due_token = "accepted";        ///< Of the reminder that counts; an earlier one says nothing.
        bool deducted = false;                     ///< Stock has been told to deduct what was held.
        std::int64_t open_claims = 0;              ///< As long as there are any, nobody confirms the purchase.
        events::Timestamp days_from;               ///< When the days began in which the buyer may think it over.
        bool given_up = false;                     ///< By an operator, before all had answered.
        std::vector<Sold> sold;
        std::map<events::RefundId, events::Won> refunded;         ///< By request, before there was anything to settle.
        std::vector<events::settlement::AdjustSale> adjustments;  ///< That follow from the last input.
        BOOST_DESCRIBE_CLASS(State, (),
                             (phase, order_id, user_id, products, points_asked, points_spent, unanswered, refusal_code,
                              refusal_details, paid_by, deposit, deposit_due, due_token, deducted, given_up,
                              open_claims, days_from, sold, refunded),
                             (), ())
    };

    static std::string_view phase(const State& s) { return boost::describe::enum_to_string(s.phase, ""); }

    /// The process cannot go on, or end, without the answers of these.
    static bool may_skip(const State&, std::string_view command)
    {
        using namespace events;
        return command != inventory::HoldStock::type && command != points::SpendPoints::type &&
               command != orders::AcceptOrder::type && command != orders::RefuseOrder::type &&
               command != orders::ConfirmOrder::type && command != settlement::RecordSale::type;
    }

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
        // What was said of a deposit before this has set its reminder, which may have come too early.
        const auto usual = e.placed_at + payment_window;
        return Outputs{}.remind(std::string(payment_due), s.due_token, s.deposit ? s.deposit_due : usual);
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

    /// DOA-ORD-13: the order waits for as long as the account does. As the deposit, it may be here before the acceptance.
    static void evolve(State& s, const events::payments::VirtualAccountIssued& e, const Meta&)
    {
        s.deposit = e.payment_id;
        s.deposit_due = e.due_at;
        s.due_token = "deposit:" + e.payment_id.text();
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::VirtualAccountIssued& e, const Meta&) const
    {
        return Outputs{}.remind(std::string(payment_due), s.due_token, e.due_at);
    }

    /// Who gives the account up gets the usual time for another way to pay; when it is over by itself, the order has no more
    /// than it had.
    static void evolve(State& s, const events::payments::PaymentFailed& e, const Meta&)
    {
        end_of_deposit(s, e.payment_id);
    }
    static void evolve(State& s, const events::payments::PaymentCancelled& e, const Meta&)
    {
        end_of_deposit(s, e.payment_id);
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::PaymentFailed& e, const Meta& m) const
    {
        return after_deposit(s, e.payment_id, std::min(m.time + payment_window, s.deposit_due));
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::PaymentCancelled& e, const Meta& m) const
    {
        return after_deposit(s, e.payment_id, m.time + payment_window);
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

    static void evolve(State& s, const events::orders::PartDelivered& e, const Meta& m)
    {
        if (e.order_status != events::orders::OrderStanding::delivered) return;
        s.phase = Phase::delivered;
        s.days_from = m.time;
    }
    /// From when we hear of it: a carrier that tells late must not take the buyer's days away.
    [[nodiscard]] Outputs react(const State& s, const events::orders::PartDelivered&, const Meta& m) const
    {
        if (s.phase != Phase::delivered) return {};
        return Outputs{}.remind(std::string(confirm_due), "delivered", m.time + confirm_after);
    }

    static void evolve(State& s, const events::orders::ClaimRequested&, const Meta&) { ++s.open_claims; }
    [[nodiscard]] Outputs react(const State&, const events::orders::ClaimRequested&, const Meta&) const { return {}; }

    static void evolve(State& s, const events::orders::ClaimEnded& e, const Meta& m)
    {
        --s.open_claims;
        if (e.nothing_left) s.phase = Phase::returned;
        if (e.outcome == events::orders::ClaimOutcome::exchanged) s.days_from = std::max(s.days_from, m.time);
    }
    /// A timer may have found the claim open and done nothing.
    [[nodiscard]] Outputs react(const State& s, const events::orders::ClaimEnded& e, const Meta& m) const
    {
        if (s.phase != Phase::delivered || s.open_claims > 0) return {};
        const auto due = std::max(m.time, s.days_from + confirm_after);
        return Outputs{}.remind(std::string(confirm_due), e.claim_id.text(), due);
    }

    static void evolve(State& s, const events::orders::PurchaseConfirmed& e, const Meta&)
    {
        s.phase = Phase::kept;
        s.adjustments.clear();
        for (const auto& part : parts_of(e)) {
            const auto points_for_products = std::min(part.points_share, part.product_amount);
            s.sold.push_back({part.seller_id, part.product_amount - points_for_products,
                              part.shipping_share - (part.points_share - points_for_products)});
        }
        for (const auto& [refund_id, amount] : s.refunded) adjust(s, refund_id, amount);
    }
    [[nodiscard]] Outputs react(const State& s, const events::orders::PurchaseConfirmed& e, const Meta&) const
    {
        Outputs out;
        reward(out, e);
        for (const auto& part : parts_of(e)) out.send(sale_of(part, e));
        for (const auto& adjustment : s.adjustments) out.send(adjustment);
        return out;
    }

    static void evolve(State&, const events::settlement::SaleRecorded&, const Meta&) {}
    [[nodiscard]] Outputs react(const State&, const events::settlement::SaleRecorded& e, const Meta&) const
    {
        if (!e.first) return {};
        return Outputs{}.send(events::settlement::RegisterSeller{events::the_market(), e.seller_id});
    }

    /// What goes back for goods that came back was taken from the order before it was confirmed.
    static void evolve(State& s, const events::payments::PaymentRefunded& e, const Meta&)
    {
        s.adjustments.clear();
        if (e.cause != events::payments::RefundCause::requested) return;
        s.phase == Phase::kept ? adjust(s, e.refund_id, e.amount) : void(s.refunded[e.refund_id] = e.amount);
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::PaymentRefunded&, const Meta&) const
    {
        Outputs out;
        for (const auto& adjustment : s.adjustments) out.send(adjustment);
        return out;
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
    [[nodiscard]] Outputs react(const State& s, const events::sagas::TimerFired& e, const Meta& m) const
    {
        if (e.name == payment_due && e.token == s.due_token && s.phase == Phase::awaiting_payment) {
            return Outputs{}.send(
                events::orders::CancelOrder{s.order_id, "결제 시간 초과", events::orders::CancelCause::unpaid});
        }
        const bool thought_over = s.open_claims == 0 && m.time >= s.days_from + confirm_after;
        if (e.name == confirm_due && s.phase == Phase::delivered && thought_over) {
            return Outputs{}.send(events::orders::ConfirmPurchase{s.order_id, events::orders::ConfirmationCause::time});
        }
        return {};
    }

    // ---- An operator ------------------------------------------------------------------------------------------------

    static void evolve(State& s, const events::sagas::InstancePushed& e, const Meta&)
    {
        if (e.push != events::sagas::Push::compensate || s.phase != Phase::gathering || s.unanswered <= 0) return;
        s.given_up = true;
        if (s.refusal_code.empty()) s.refusal_code = "COMMON_503";
        if (s.refusal_details.text == "null") s.refusal_details = {"{}"};
    }
    [[nodiscard]] Outputs react(const State& s, const events::sagas::InstancePushed& e, const Meta&) const
    {
        using events::orders::CancelCause;
        if (e.push != events::sagas::Push::compensate) return {};
        if (s.given_up) return s.phase == Phase::gathering ? give_up(s) : Outputs{};
        // All have answered: the order is accepted, or will be before this is decided. Or it is being refused.
        const bool ended = s.phase == Phase::unborn || s.phase == Phase::delivered || s.phase == Phase::kept ||
                           s.phase == Phase::refused || s.phase == Phase::cancelled || !s.refusal_code.empty();
        if (ended) return {};
        return Outputs{}.send(events::orders::CancelOrder{s.order_id, e.reason, CancelCause::admin});
    }

private:
    static void end_of_deposit(State& s, const events::PaymentId& id)
    {
        if (s.deposit != id) return;
        s.deposit.reset();
        s.due_token = "after:" + id.text();
    }
    static Outputs after_deposit(const State& s, const events::PaymentId& id, events::Timestamp due_at)
    {
        if (s.due_token != "after:" + id.text()) return {};
        return Outputs{}.remind(std::string(payment_due), s.due_token, due_at);
    }

    static void reward(Outputs& out, const events::orders::PurchaseConfirmed& e)
    {
        const events::Points points{e.reward_base.value * reward_percent / 100};
        if (points.value == 0) return;
        events::points::EarnPoints earn{.user_id = e.user_id, .amount = points};
        earn.source = events::points::PointSource::purchase;
        earn.reference = e.order_id.text();
        earn.order_id = e.order_id;
        earn.description = "구매 확정 적립";
        out.send(earn);
    }

    /// None of a purchase that was confirmed before there was settlement.
    static std::vector<events::orders::KeptPart> parts_of(const events::orders::PurchaseConfirmed& e)
    {
        return e.parts.value_or(std::vector<events::orders::KeptPart>{});
    }

    [[nodiscard]] events::settlement::RecordSale sale_of(const events::orders::KeptPart& part,
                                                         const events::orders::PurchaseConfirmed& e) const
    {
        events::settlement::RecordSale sale{.seller_id = part.seller_id,
                                            .order_id = e.order_id,
                                            .order_number = e.order_number,
                                            .product_amount = part.product_amount,
                                            .points_share = part.points_share,
                                            .shipping_share = part.shipping_share,
                                            .commission_basis_points = commission_basis_points,
                                            .lines = {}};
        for (const auto& line : part.lines) sale.lines.push_back({line.product_id, line.quantity, line.unit_price});
        return sale;
    }

    /// A refund takes back what was paid for products first, shipping only with what is left of it (docs/decisions/0011);
    /// each seller bears of it by what of his money is left. Nobody bears more: a gateway gives back no more than it has.
    static void adjust(State& s, const events::RefundId& refund_id, events::Won amount)
    {
        std::vector<events::Won> products;
        std::vector<events::Won> shipping;
        for (const auto& sold : s.sold) {
            products.push_back(sold.products_left);
            shipping.push_back(sold.shipping_left);
        }
        const auto of_products = std::min(amount, sum(products));
        const auto of_shipping = std::min(amount - of_products, sum(shipping));
        const auto product_shares = events::shared_out(of_products, products);
        const auto shipping_shares = events::shared_out(of_shipping, shipping);
        for (std::size_t i = 0; i < s.sold.size(); ++i) {
            if (product_shares[i] + shipping_shares[i] == events::Won{}) continue;
            s.sold[i].products_left -= product_shares[i];
            s.sold[i].shipping_left -= shipping_shares[i];
            s.adjustments.push_back(
                {s.sold[i].seller_id, s.order_id, refund_id, product_shares[i], shipping_shares[i]});
        }
    }

    static events::Won sum(const std::vector<events::Won>& amounts)
    {
        return std::accumulate(amounts.begin(), amounts.end(), events::Won{});
    }

    [[nodiscard]] Outputs go_on_when_gathered(const State& s) const
    {
        if (s.unanswered > 0 || s.given_up) return {};
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

    /// An answer that is still to come finds nothing to do: each context decides the question before what takes it back.
    [[nodiscard]] static Outputs give_up(const State& s)
    {
        Outputs out;
        for (const auto& [product_id, product] : s.products) {
            out.send(events::inventory::ReleaseStock{product_id, s.order_id});
        }
        if (s.points_asked.value > 0) {
            out.send(events::points::RestorePoints{s.user_id, s.order_id, "주문 취소 환급"});
        }
        return out.settle(events::orders::RefuseOrder{s.order_id, s.refusal_code, s.refusal_details});
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
