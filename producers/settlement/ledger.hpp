// The ledger of one seller, in double entry (DOA-SET-01): what he has sold for good, what of it is the market's, and what he
// was paid. Each event says what it does to the accounts, and that comes to zero. What is settled stays settled: whatever is
// heard later, also of what was sold before, is booked in the time that is still open.
#pragma once

#include "events/settlement.hpp"
#include "producers/runtime/decider.hpp"
#include "producers/settlement/state.hpp"

#include <algorithm>
#include <boost/describe/enum_to_string.hpp>
#include <cassert>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::producers::settlement {

using namespace events::settlement;  // The messages of this context, and nothing else, are spoken of here.
using events::Rejection;

/// One settlement for each seller and period.
inline SettlementId settlement_of(const SellerId& seller_id, std::string_view period)
{
    return {events::uuid_v5(seller_id.value, "settlement/" + std::string(period))};
}

struct Ledger {
    // --- Sales ---

    static Decision<Event> decide(const RecordSale& c, const State& s, const Meta& m)
    {
        if (s.sales.contains(c.order_id)) return Already{};
        if (c.points_share > c.product_amount + c.shipping_share) return more_points_than_due(c);
        SaleRecorded event{.seller_id = c.seller_id,
                           .order_id = c.order_id,
                           .order_number = c.order_number,
                           .product_amount = c.product_amount,
                           .points_share = c.points_share,
                           .shipping_share = c.shipping_share,
                           .commission_basis_points = c.commission_basis_points,
                           .lines = c.lines};
        event.commission = commission_of(c.product_amount, c.commission_basis_points);
        event.amount = c.product_amount - event.commission;
        event.booked_at = std::max(m.time, s.settled_until);
        event.first = !s.sold;
        event.postings = balanced({{Account::clearing, c.product_amount + c.shipping_share - c.points_share},
                                   {Account::points, c.points_share},
                                   {Account::commission, Won{} - event.commission},
                                   {Account::shipping, Won{} - c.shipping_share},
                                   {Account::payable, Won{} - event.amount}});
        return event;
    }

    /// The commission is what it would have been without the goods that were paid back; so a sale that is paid back in
    /// pieces leaves no won behind.
    static Decision<Event> decide(const AdjustSale& c, const State& s, const Meta& m)
    {
        const auto* sale = s.sales.find(c.order_id);
        if (sale == nullptr) return unknown_sale(c.order_id);
        if (std::ranges::find(sale->refunds, c.refund_id) != sale->refunds.end()) return Already{};
        if (c.product_amount > sale->product_left || c.shipping_amount > sale->shipping_left) return too_much(c, *sale);
        const auto rate = sale->commission_basis_points;
        SaleAdjusted event{.seller_id = c.seller_id,
                           .order_id = c.order_id,
                           .refund_id = c.refund_id,
                           .product_amount = c.product_amount,
                           .shipping_amount = c.shipping_amount};
        event.commission =
            commission_of(sale->product_left, rate) - commission_of(sale->product_left - c.product_amount, rate);
        event.amount = c.product_amount - event.commission;
        event.booked_at = std::max(m.time, s.settled_until);
        event.adjusts = settlement_with(sale->booked_at, s);
        event.postings = balanced({{Account::clearing, Won{} - c.product_amount - c.shipping_amount},
                                   {Account::commission, event.commission},
                                   {Account::shipping, c.shipping_amount},
                                   {Account::payable, event.amount}});
        return event;
    }

    // --- Settlements ---

    /// A seller who would have to pay is not settled: what he owes waits for his next sales.
    static Decision<Event> decide(const CloseSettlement& c, const State& s, const Meta&)
    {
        const auto id = settlement_of(c.seller_id, c.period);
        if (s.settlements.contains(id)) return Already{};
        const Sums sums = booked_before(c.until, s);
        if (sums.amount() <= Won{}) return nothing_to_settle(c, sums);
        return SettlementScheduled{
            .seller_id = c.seller_id,
            .settlement_id = id,
            .run_id = c.run_id,
            .period = c.period,
            .since = s.settled_until,
            .until = c.until,
            .sales = sums.sales,
            .commission = sums.commission,
            .refunds = sums.refunds,
            .refunded_commission = sums.refunded_commission,
            .amount = sums.amount(),
            .lines = sums.lines,
            .postings = balanced({{Account::payable, sums.amount()}, {Account::scheduled, Won{} - sums.amount()}})};
    }

    static Decision<Event> decide(const ConfirmSettlement& c, const State& s, const Meta&)
    {
        const auto* settlement = s.settlements.find(c.settlement_id);
        if (settlement == nullptr) return unknown(c.settlement_id);
        if (settlement->status == Status::confirmed) return Already{};
        if (settlement->status != Status::scheduled) return illegal(c.settlement_id, *settlement);
        return SettlementConfirmed{c.seller_id, c.settlement_id};
    }

    /// The seller need not have agreed: one who says nothing is paid all the same.
    static Decision<Event> decide(const PaySettlement& c, const State& s, const Meta&)
    {
        const auto* settlement = s.settlements.find(c.settlement_id);
        if (settlement == nullptr) return unknown(c.settlement_id);
        if (is_paid(*settlement)) return Already{};
        if (settlement->status == Status::held) return illegal(c.settlement_id, *settlement);
        return SettlementPaid{
            c.seller_id, c.settlement_id, settlement->amount, c.reference,
            balanced({{Account::scheduled, settlement->amount}, {Account::paid, Won{} - settlement->amount}})};
    }

    static Decision<Event> decide(const HoldSettlement& c, const State& s, const Meta&)
    {
        const auto* settlement = s.settlements.find(c.settlement_id);
        if (settlement == nullptr) return unknown(c.settlement_id);
        if (settlement->status == Status::held) return Already{};
        if (is_paid(*settlement)) return illegal(c.settlement_id, *settlement);
        return SettlementHeld{c.seller_id, c.settlement_id, c.reason};
    }

    static Decision<Event> decide(const ReleaseSettlement& c, const State& s, const Meta&)
    {
        const auto* settlement = s.settlements.find(c.settlement_id);
        if (settlement == nullptr) return unknown(c.settlement_id);
        if (settlement->status == Status::scheduled) return Already{};
        if (settlement->status != Status::held) return illegal(c.settlement_id, *settlement);
        return SettlementReleased{c.seller_id, c.settlement_id};
    }

    // --- What has happened ---

    static void evolve(State& s, const SaleRecorded& e, const Meta&)
    {
        s.sold = true;
        s.sales.put(e.order_id, {e.product_amount, e.shipping_share, e.commission_basis_points, e.booked_at, {}});
        book(s, e.booked_at, {.sales = e.product_amount, .commission = e.commission, .lines = 1});
    }
    static void evolve(State& s, const SaleAdjusted& e, const Meta&)
    {
        const auto* sale = s.sales.find(e.order_id);
        assert(sale != nullptr && "only what was sold is adjusted");
        Sale left = *sale;
        left.product_left -= e.product_amount;
        left.shipping_left -= e.shipping_amount;
        left.refunds.push_back(e.refund_id);
        s.sales.put(e.order_id, std::move(left));
        book(s, e.booked_at, {.refunds = e.product_amount, .refunded_commission = e.commission, .lines = 1});
        if (e.adjusts && is_paid(*s.settlements.find(*e.adjusts))) stand(s, *e.adjusts, Status::adjusted);
    }
    static void evolve(State& s, const SettlementScheduled& e, const Meta&)
    {
        s.settlements.put(e.settlement_id, {e.amount, e.since, e.until, Status::scheduled});
        s.settled_until = e.until;
        s.open.erase(s.open.begin(), s.open.lower_bound(events::seoul_day(e.until)));
    }
    static void evolve(State& s, const SettlementConfirmed& e, const Meta&)
    {
        stand(s, e.settlement_id, Status::confirmed);
    }
    static void evolve(State& s, const SettlementPaid& e, const Meta&) { stand(s, e.settlement_id, Status::paid); }
    static void evolve(State& s, const SettlementHeld& e, const Meta&) { stand(s, e.settlement_id, Status::held); }
    static void evolve(State& s, const SettlementReleased& e, const Meta&)
    {
        stand(s, e.settlement_id, Status::scheduled);
    }

private:
    // --- The rules ---

    /// DOA-SET-01: of the price, rounded down in favour of the seller. Points do not lessen it: the market bears them.
    static Won commission_of(Won price, std::int64_t basis_points)
    {
        constexpr std::int64_t whole = 10'000;
        return {price.value * basis_points / whole};
    }

    /// The only way in which postings are made. Those of nothing are left out.
    static std::vector<Posting> balanced(std::initializer_list<Posting> sides)
    {
        std::vector<Posting> postings;
        Won sum;
        for (const Posting& side : sides) {
            sum += side.amount;
            if (side.amount != Won{}) postings.push_back(side);
        }
        assert(sum == Won{} && "money came from nowhere");
        return postings;
    }

    static void book(State& s, Timestamp at, const Sums& sums) { s.open[events::seoul_day(at)] += sums; }

    /// A period ends at midnight in Seoul, so days are enough to tell what is before.
    static Sums booked_before(Timestamp until, const State& s)
    {
        Sums sums;
        for (auto day = s.open.begin(); day != s.open.lower_bound(events::seoul_day(until)); ++day) sums += day->second;
        return sums;
    }

    static std::optional<SettlementId> settlement_with(Timestamp booked_at, const State& s)
    {
        for (const auto& [id, settlement] : s.settlements) {
            if (settlement.since <= booked_at && booked_at < settlement.until) return id;
        }
        return std::nullopt;
    }

    static bool is_paid(const Settlement& settlement)
    {
        return settlement.status == Status::paid || settlement.status == Status::adjusted;
    }

    static void stand(State& s, const SettlementId& id, Status status)
    {
        const auto* found = s.settlements.find(id);
        assert(found != nullptr && "a settlement is scheduled first");
        Settlement settlement = *found;
        settlement.status = status;
        s.settlements.put(id, settlement);
    }

    // --- Refusals ---

    static Rejection unknown(const SettlementId& id) { return {"COMMON_404", {{"settlementId", id.text()}}}; }
    static Rejection unknown_sale(const OrderId& id) { return {"COMMON_404", {{"orderId", id.text()}}}; }

    static Rejection more_points_than_due(const RecordSale& c)
    {
        return {"COMMON_400",
                {{"points", c.points_share.value}, {"maximum", (c.product_amount + c.shipping_share).value}}};
    }

    static Rejection too_much(const AdjustSale& c, const Sale& sale)
    {
        return {"COMMON_400",
                {{"orderId", c.order_id.text()},
                 {"amount", (c.product_amount + c.shipping_amount).value},
                 {"maximum", (sale.product_left + sale.shipping_left).value}}};
    }

    static Rejection nothing_to_settle(const CloseSettlement& c, const Sums& sums)
    {
        return {"SET_001", {{"period", c.period}, {"balance", sums.amount().value}}};
    }

    static Rejection illegal(const SettlementId& id, const Settlement& settlement)
    {
        return {"SET_004",
                {{"settlementId", id.text()},
                 {"status", std::string(boost::describe::enum_to_string(settlement.status, ""))}}};
    }
};

}  // namespace jangteo::producers::settlement
