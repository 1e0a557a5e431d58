#include "ops/audit/books.hpp"

#include "events/claims.hpp"
#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/points.hpp"
#include "events/settlement.hpp"

#include <algorithm>
#include <variant>

namespace jangteo::ops::audit {

namespace {

template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;  // clang 16 does not find it by itself.

}  // namespace

void Books::enter(const events::Record& record)
{
    if (record.envelope.type == events::rejected_type) return;
    const auto context = record.topic.substr(0, record.topic.find('.'));
    if (context == events::inventory::context) enter_inventory(record);
    if (context == events::points::context) enter_points(record);
    if (context == events::orders::context) enter_orders(record);
    if (context == events::claims::context) enter_claims(record);
    if (context == events::payments::context) enter_payments(record);
    if (context == events::settlement::context) enter_settlement(record);
}

Order& Books::order(const events::OrderId& id, const events::Record& record)
{
    auto& found = orders[id.value];
    found.changed_at = std::max(found.changed_at, record.envelope.time);
    return found;
}

void Books::enter_inventory(const events::Record& record)
{
    using namespace events::inventory;
    std::visit(Overloaded{[&](const ItemPut& e) { stock[e.product_id].on_hand += e.on_hand - e.previous_on_hand; },
                          [&](const OfferSet& e) { stock[e.product_id]; },
                          [&](const StockReceived& e) { stock[e.product_id].on_hand += e.quantity; },
                          [&](const StockAdjusted& e) { stock[e.product_id].on_hand += e.delta; },
                          [&](const StockHeld& e) {
                              stock[e.product_id].reserved += e.quantity;
                              order(e.order_id, record).held += e.quantity;
                          },
                          [&](const StockReleased& e) {
                              stock[e.product_id].reserved -= e.quantity;
                              order(e.order_id, record).held -= e.quantity;
                          },
                          [&](const StockDeducted& e) {
                              stock[e.product_id].reserved -= e.quantity;
                              stock[e.product_id].on_hand -= e.quantity;
                              auto& owner = order(e.order_id, record);
                              owner.held -= e.quantity;
                              owner.bought += e.quantity;
                          },
                          [&](const StockRestored& e) {
                              stock[e.product_id].on_hand += e.quantity;
                              order(e.order_id, record).bought -= e.quantity;
                          }},
               decode_event(record.envelope.type, record.value));
}

void Books::enter_points(const events::Record& record)
{
    using namespace events::points;
    std::visit(Overloaded{[&](const PointsEarned& e) { points[e.user_id] += e.amount.value; },
                          [&](const PointsAdjusted& e) { points[e.user_id] += e.amount.value; },
                          [&](const PointsExpired& e) { points[e.user_id] -= e.amount.value; },
                          [&](const PointsSpent& e) {
                              points[e.user_id] -= e.amount.value;
                              if (e.order_id) order(*e.order_id, record).points += e.amount.value;
                          },
                          [&](const PointsRestored& e) {
                              points[e.user_id] += e.amount.value;
                              order(e.order_id, record).points -= e.amount.value;
                          }},
               decode_event(record.envelope.type, record.value));
}

void Books::enter_orders(const events::Record& record)
{
    using namespace events::orders;
    const auto moved = [&](const auto& e) { order(e.order_id, record).status = std::string(to_text(e.order_status)); };
    std::visit(Overloaded{[&](const OrderPlaced& e) { order(e.order_id, record).placed = true; },
                          [&](const OrderAccepted& e) {
                              auto& accepted = order(e.order_id, record);
                              accepted.status = "pending";
                              accepted.total_amount = e.total_amount.value;
                              accepted.points_used = e.points_used.value;
                              for (const auto& line : e.lines) accepted.ordered += line.quantity;
                          },
                          [&](const OrderRefused& e) { order(e.order_id, record).status = "refused"; },
                          [&](const OrderConfirmed& e) {
                              auto& confirmed = order(e.order_id, record);
                              confirmed.status = "confirmed";
                              confirmed.paid = true;
                          },
                          [&](const ProcessingStarted& e) { order(e.order_id, record).status = "processing"; },
                          [&](const PartShipped& e) { moved(e); }, [&](const PartDelivered& e) { moved(e); },
                          [&](const PurchaseConfirmed& e) { order(e.order_id, record).kept = e.parts.has_value(); },
                          [&](const ClaimRequested& e) { order(e.order_id, record); },
                          [&](const ClaimEnded& e) {
                              auto& owner = order(e.order_id, record);
                              owner.points_due += e.points_back.value;
                              owner.money_due += e.refund_amount.value;
                              claims[e.claim_id.value].money_due = e.refund_amount.value;
                              if (e.nothing_left) owner.status = "returned";
                          },
                          [&](const OrderCancelled& e) {
                              auto& cancelled = order(e.order_id, record);
                              cancelled.status = "cancelled";
                              cancelled.paid = false;
                          }},
               decode_event(record.envelope.type, record.value));
}

void Books::enter_claims(const events::Record& record)
{
    using namespace events::claims;
    const auto stands = [&](const auto& e, const char* status) -> Claim& {
        order(e.order_id, record);
        auto& claim = claims[e.claim_id.value];
        claim.order_id = e.order_id.value;
        claim.status = status;
        claim.changed_at = std::max(claim.changed_at, record.envelope.time);
        return claim;
    };
    std::visit(Overloaded{[&](const ClaimOpened& e) {
                              auto& claim = stands(e, "requested");
                              for (const auto& line : e.lines) claim.claimed += line.quantity;
                          },
                          [&](const ClaimApproved& e) { stands(e, "approved"); },
                          [&](const ClaimRejected& e) { stands(e, "rejected"); },
                          [&](const ClaimWithdrawn& e) { stands(e, "withdrawn"); },
                          [&](const CollectionStarted& e) { stands(e, "collecting"); },
                          [&](const GoodsReceived& e) {
                              stands(e, "received");
                              for (const auto& line : e.lines) order(e.order_id, record).restocked += line.resellable;
                          },
                          [&](const ReplacementReady& e) { stands(e, "received").ready = true; },
                          [&](const ExchangeGivenUp& e) { stands(e, "received"); },
                          [&](const GoodsReshipped& e) {
                              auto& claim = stands(e, "reshipped");
                              claim.ready = false;
                              claim.sent = true;
                          },
                          [&](const ClaimClosed& e) { stands(e, "closed"); },
                          [&](const ClaimRefunded& e) { stands(e, "refunded").halted = false; },
                          [&](const ClaimHalted& e) { stands(e, "received").halted = true; },
                          [&](const ClaimResumed& e) { stands(e, "received").halted = false; }},
               decode_event(record.envelope.type, record.value));
}

void Books::enter_payments(const events::Record& record)
{
    using namespace events::payments;
    const auto book = [&](const auto& e, auto change) {
        change(payments[e.payment_id]);
        change(order(e.order_id, record).money);
    };
    std::visit(
        Overloaded{[&](const PaymentPrepared& e) { payments[e.payment_id]; },
                   [&](const PaymentCompleted& e) { book(e, [&](Money& money) { money.captured += e.amount.value; }); },
                   [&](const UnwantedCapture& e) { book(e, [&](Money& money) { money.unwanted += e.amount.value; }); },
                   [&](const PaymentRefunded& e) {
                       const bool unwanted = e.cause == RefundCause::unwanted_capture;
                       book(e, [&](Money& money) {
                           (unwanted ? money.unwanted_given_back : money.given_back) += e.amount.value;
                       });
                       if (e.cause == RefundCause::claim) {
                           order(e.order_id, record).given_back_for_claims += e.amount.value;
                       }
                       const bool asked = e.cause == RefundCause::requested || e.cause == RefundCause::claim;
                       if (asked) order(e.order_id, record).given_back_on_request += e.amount.value;
                   },
                   [&](const auto& e) { order(e.order_id, record); }},
        decode_event(record.envelope.type, record.value));
}

void Books::enter_settlement(const events::Record& record)
{
    using namespace events::settlement;
    const auto post = [&](const auto& e) {
        Accounts balance;
        balance.post(e.postings);
        if (balance.sum() != 0) {
            unbalanced.push_back(record.envelope.type + " " + events::to_string(record.envelope.id) + " comes to " +
                                 std::to_string(balance.sum()) + " won instead of 0");
        }
        ledgers[e.seller_id].post(e.postings);
    };
    const auto of_order = [&](const auto& e) {
        post(e);
        order(e.order_id, record).ledger.post(e.postings);
    };
    const auto of_settlement = [&](const auto& e) {
        post(e);
        settlements[e.settlement_id].post(e.postings);
    };
    std::visit(Overloaded{[&](const SaleRecorded& e) { of_order(e); }, [&](const SaleAdjusted& e) { of_order(e); },
                          [&](const SettlementScheduled& e) { of_settlement(e); },
                          [&](const SettlementPaid& e) { of_settlement(e); }, [](const auto&) {}},
               decode_event(record.envelope.type, record.value));
}

}  // namespace jangteo::ops::audit
