#include "tests/simulation/ledgers.hpp"

#include "events/orders.hpp"
#include "events/payments.hpp"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace jangteo::simulation {

using namespace events::settlement;

std::string Ledgers::enter(const events::Record& event)
{
    if (event.topic == "orders.events") enter_order(event);
    if (event.topic == "payments.events") enter_payment(event);
    return event.topic == "settlement.events" ? enter_settlement(event) : std::string();
}

void Ledgers::enter_order(const events::Record& event)
{
    const auto decoded = events::orders::decode_event(event.envelope.type, event.value);
    if (const auto* accepted = std::get_if<events::orders::OrderAccepted>(&decoded)) {
        orders_[accepted->order_id].total = accepted->total_amount.value;
    } else if (const auto* kept = std::get_if<events::orders::PurchaseConfirmed>(&decoded)) {
        orders_[kept->order_id].kept = true;
    } else if (const auto* ended = std::get_if<events::orders::ClaimEnded>(&decoded)) {
        orders_[ended->order_id].returned += ended->refund_amount.value;
    }
}

void Ledgers::enter_payment(const events::Record& event)
{
    const auto decoded = events::payments::decode_event(event.envelope.type, event.value);
    if (const auto* paid = std::get_if<events::payments::PaymentCompleted>(&decoded)) {
        orders_[paid->order_id].captured += paid->amount.value;
    } else if (const auto* back = std::get_if<events::payments::PaymentRefunded>(&decoded)) {
        auto& order = orders_[back->order_id];
        if (back->cause == events::payments::RefundCause::unwanted_capture) return;
        if (back->cause == events::payments::RefundCause::claim) {
            order.back_for_claims += back->amount.value;
            return;
        }
        order.refunded += back->amount.value;
        if (back->cause == events::payments::RefundCause::requested) order.requested += back->amount.value;
    }
}

std::string Ledgers::post(const auto& event)
{
    std::int64_t sum = 0;
    for (const auto& posting : event.postings) {
        sum += posting.amount.value;
        accounts_[posting.account] += posting.amount.value;
        if constexpr (requires { event.order_id; }) {
            orders_[event.order_id].entered[posting.account] += posting.amount.value;
        }
    }
    return sum == 0 ? std::string() : "an event of a ledger does not come to zero";
}

std::string Ledgers::enter_settlement(const events::Record& event)
{
    const auto decoded = decode_event(event.envelope.type, event.value);
    if (const auto* sale = std::get_if<SaleRecorded>(&decoded)) {
        if (sale->first != sold_.insert(sale->seller_id).second) return "a sale is taken for a seller's first";
        return post(*sale);
    }
    if (const auto* adjusted = std::get_if<SaleAdjusted>(&decoded)) return post(*adjusted);
    if (const auto* scheduled = std::get_if<SettlementScheduled>(&decoded)) {
        if (!seller_of_.emplace(scheduled->settlement_id, scheduled->seller_id).second) {
            return "a seller was settled twice for a period";
        }
        scheduled_[scheduled->settlement_id] = scheduled->amount.value;
        ++runs_[scheduled->run_id].settled;
        runs_[scheduled->run_id].amount += scheduled->amount.value;
        return post(*scheduled);
    }
    if (const auto* paid = std::get_if<SettlementPaid>(&decoded)) {
        if (!paid_.insert(paid->settlement_id).second) return "a seller was paid twice";
        if (scheduled_[paid->settlement_id] != paid->amount.value) return "a seller was paid another amount";
        return post(*paid);
    }
    if (const auto* entered = std::get_if<SellerRegistered>(&decoded)) {
        if (!registered_.insert(entered->seller_id).second) return "a seller is on the roll twice";
    } else if (const auto* started = std::get_if<SettlementRunStarted>(&decoded)) {
        runs_[started->run_id];
    } else if (const auto* completed = std::get_if<SettlementRunCompleted>(&decoded)) {
        // It comes before the settlements of other partitions are entered here: they are compared in the end.
        auto& run = runs_[completed->run_id];
        run.completed = true;
        run.settled -= completed->settled;
        run.amount -= completed->amount.value;
    }
    return {};
}

std::string Ledgers::check() const
{
    if (sold_ != registered_) return "a seller has sold something and is not on the roll";
    for (const auto& [id, run] : runs_) {
        if (!run.completed) return "a settlement run was never completed";
        if (run.settled != 0 || run.amount != 0) return "a run says that it has settled something else";
    }
    const auto of = [](const auto& accounts, Account account) {
        const auto found = accounts.find(account);
        return found == accounts.end() ? std::int64_t{0} : found->second;
    };
    std::int64_t captured = 0;
    std::int64_t refunded = 0;
    std::int64_t open = 0;
    for (const auto& [id, order] : orders_) {
        const auto entered = of(order.entered, Account::clearing);
        // What came back was sold to nobody, whether its money has gone back yet or not.
        const auto sold = order.total - order.returned;
        const auto due = order.kept ? sold - std::min(sold, order.requested) : 0;
        if (entered != due) {
            return "of an order " + std::to_string(entered) + " won are entered for its sellers instead of " +
                   std::to_string(due);
        }
        // Some pay an order here before anybody knows what it costs; the edge lets nobody do so.
        if (order.kept && order.captured != order.total) continue;
        captured += order.captured - order.back_for_claims;
        refunded += order.refunded;
        if (!order.kept) open += order.captured - order.back_for_claims - order.refunded;
        if (!order.kept) continue;
        // A claim whose money was given back already, because somebody had asked for it, waits for somebody with the rest.
        const auto waiting =
            order.returned - order.back_for_claims - (order.requested - std::min(sold, order.requested));
        if (waiting < 0) return "more went back of an order than was kept of it";
        open += waiting;
        captured += of(order.entered, Account::points);
        for (const auto account : {Account::payable, Account::commission, Account::shipping}) {
            open -= of(order.entered, account);
        }
    }
    if (captured != refunded + open) return "what was captured is not settled, a fee, refunded or open";
    std::int64_t all = 0;
    for (const auto& [account, balance] : accounts_) all += balance;
    return all == 0 ? std::string() : "the accounts of all sellers do not come to zero";
}

}  // namespace jangteo::simulation
