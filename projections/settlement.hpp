// read_settlement: what each seller is paid for each period, the lines it is made of, every posting of every ledger, and the
// runs (DOA-SET-01, SM-13).
#pragma once

#include "events/settlement.hpp"
#include "projections/runtime/rows.hpp"

#include <array>

namespace jangteo::projections::settlement {

using namespace events::settlement;

enum class Status { scheduled, confirmed, held, paid, adjusted };
BOOST_DESCRIBE_ENUM(Status, scheduled, confirmed, held, paid, adjusted)

struct Settlement {
    static constexpr std::string_view table = "settlements";

    events::SettlementId settlement_id;
    events::SellerId seller_id;
    events::RunId run_id;
    std::string period;
    events::Timestamp since{};  ///< Its lines are those of the seller booked from here
    events::Timestamp until{};  ///< to before here.
    events::Won sales;
    events::Won commission;
    events::Won refunds;
    events::Won refunded_commission;
    events::Won amount;
    std::int64_t lines = 0;
    events::Won adjusted_amount;  ///< What later settlements take back of its sales.
    Status status = Status::scheduled;
    std::optional<std::string> held_because;
    std::optional<std::string> reference;  ///< Of the transfer.
    std::optional<events::Timestamp> paid_at;
    events::Timestamp scheduled_at{};
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(Settlement, (),
                      (settlement_id, seller_id, run_id, period, since, until, sales, commission, refunds,
                       refunded_commission, amount, lines, adjusted_amount, status, held_because, reference, paid_at,
                       scheduled_at, updated_at))

enum class LineKind { sale, adjustment };
BOOST_DESCRIBE_ENUM(LineKind, sale, adjustment)

/// A sale, or what was taken back of one. Which settlement it is in follows from when it was booked.
struct Line {
    static constexpr std::string_view table = "lines";

    std::int32_t partition = 0;
    std::int64_t offset = 0;
    events::SellerId seller_id;
    events::OrderId order_id;
    std::optional<std::string> order_number;
    LineKind kind{};
    events::Won product_amount;  ///< Price of the goods, positive in both kinds.
    events::Won commission;      ///< Of it.
    events::Won amount;          ///< What the seller gets; below zero for an adjustment.
    events::Won points_share;
    events::Won shipping_share;
    std::vector<SoldLine> items;
    std::optional<events::RefundId> refund_id;
    std::optional<events::SettlementId> adjusts;
    events::Timestamp booked_at{};
    events::Timestamp recorded_at{};
};
BOOST_DESCRIBE_STRUCT(Line, (),
                      (partition, offset, seller_id, order_id, order_number, kind, product_amount, commission, amount,
                       points_share, shipping_share, items, refund_id, adjusts, booked_at, recorded_at))

struct Entry {
    static constexpr std::string_view table = "postings";

    std::int32_t partition = 0;
    std::int64_t offset = 0;
    Account account{};
    events::SellerId seller_id;
    std::optional<events::OrderId> order_id;
    std::optional<events::SettlementId> settlement_id;
    events::Won amount;
};
BOOST_DESCRIBE_STRUCT(Entry, (), (partition, offset, account, seller_id, order_id, settlement_id, amount))

enum class RunStatus { running, completed };
BOOST_DESCRIBE_ENUM(RunStatus, running, completed)

struct Run {
    static constexpr std::string_view table = "runs";

    events::RunId run_id;
    std::string period;
    events::Timestamp until{};
    RunStatus status = RunStatus::running;
    std::int64_t sellers = 0;
    std::int64_t settled = 0;
    events::Won amount;
    events::Timestamp started_at{};
    std::optional<events::Timestamp> completed_at;
};
BOOST_DESCRIBE_STRUCT(Run, (), (run_id, period, until, status, sellers, settled, amount, started_at, completed_at))

struct Projection {
    static constexpr std::string_view name = "settlement";
    static constexpr int version = 1;
    static constexpr std::array reads = {context};
    using Event = events::settlement::Event;
    static Event decode(std::string_view type, std::string_view json) { return decode_event(type, json); }

    using Rows = projections::Rows<
        Keyed<Settlement, Key<&Settlement::settlement_id>, Index<&Settlement::seller_id>, Index<&Settlement::period>>,
        Appended<Line, Key<&Line::partition, &Line::offset>, Index<&Line::seller_id, &Line::booked_at>>,
        Appended<Entry, Key<&Entry::partition, &Entry::offset, &Entry::account>, Index<&Entry::seller_id>,
                 Index<&Entry::order_id>>,
        Keyed<Run, Key<&Run::run_id>>>;

    static void apply(Rows& rows, const SaleRecorded& e, const Meta& m)
    {
        Line line = line_of(e, m);
        line.kind = LineKind::sale;
        line.order_number = e.order_number;
        line.amount = e.amount;
        line.points_share = e.points_share;
        line.shipping_share = e.shipping_share;
        line.items = e.lines;
        rows.append(std::move(line));
        post(rows, e, m, e.order_id, {});
    }
    static void apply(Rows& rows, const SaleAdjusted& e, const Meta& m)
    {
        Line line = line_of(e, m);
        line.kind = LineKind::adjustment;
        line.amount = events::Won{} - e.amount;
        line.shipping_share = e.shipping_amount;
        line.refund_id = e.refund_id;
        line.adjusts = e.adjusts;
        rows.append(std::move(line));
        post(rows, e, m, e.order_id, {});
        if (!e.adjusts) return;
        auto& settlement = rows.existing<Settlement>(*e.adjusts);
        settlement.adjusted_amount += e.amount;
        if (settlement.status == Status::paid) settlement.status = Status::adjusted;
        settlement.updated_at = m.time;
    }
    static void apply(Rows& rows, const SettlementScheduled& e, const Meta& m)
    {
        Settlement settlement;
        settlement.settlement_id = e.settlement_id;
        settlement.seller_id = e.seller_id;
        settlement.run_id = e.run_id;
        settlement.period = e.period;
        settlement.since = e.since;
        settlement.until = e.until;
        settlement.sales = e.sales;
        settlement.commission = e.commission;
        settlement.refunds = e.refunds;
        settlement.refunded_commission = e.refunded_commission;
        settlement.amount = e.amount;
        settlement.lines = e.lines;
        settlement.scheduled_at = m.time;
        settlement.updated_at = m.time;
        rows.put(std::move(settlement));
        post(rows, e, m, {}, e.settlement_id);
    }
    static void apply(Rows& rows, const SettlementConfirmed& e, const Meta& m)
    {
        changed(rows, e.settlement_id, Status::confirmed, m);
    }
    static void apply(Rows& rows, const SettlementPaid& e, const Meta& m)
    {
        auto& settlement = changed(rows, e.settlement_id, Status::paid, m);
        settlement.reference = e.reference;
        settlement.paid_at = m.time;
        post(rows, e, m, {}, e.settlement_id);
    }
    static void apply(Rows& rows, const SettlementHeld& e, const Meta& m)
    {
        changed(rows, e.settlement_id, Status::held, m).held_because = e.reason;
    }
    static void apply(Rows& rows, const SettlementReleased& e, const Meta& m)
    {
        changed(rows, e.settlement_id, Status::scheduled, m).held_because = std::nullopt;
    }

    static void apply(Rows&, const SellerRegistered&, const Meta&) {}
    static void apply(Rows&, const RollCalled&, const Meta&) {}
    static void apply(Rows& rows, const SettlementRunStarted& e, const Meta& m)
    {
        Run run;
        run.run_id = e.run_id;
        run.period = e.period;
        run.until = e.until;
        run.started_at = m.time;
        rows.put(std::move(run));
    }
    static void apply(Rows& rows, const SettlementRunCompleted& e, const Meta& m)
    {
        auto& run = rows.existing<Run>(e.run_id);
        run.status = RunStatus::completed;
        run.sellers = e.sellers;
        run.settled = e.settled;
        run.amount = e.amount;
        run.completed_at = m.time;
    }

private:
    static Line line_of(const auto& event, const Meta& m)
    {
        Line line;
        line.partition = m.partition;
        line.offset = m.offset;
        line.seller_id = event.seller_id;
        line.order_id = event.order_id;
        line.product_amount = event.product_amount;
        line.commission = event.commission;
        line.booked_at = event.booked_at;
        line.recorded_at = m.time;
        return line;
    }
    static void post(Rows& rows, const auto& event, const Meta& m, std::optional<events::OrderId> order_id,
                     std::optional<events::SettlementId> settlement_id)
    {
        for (const auto& posting : event.postings) {
            rows.append(Entry{m.partition, m.offset, posting.account, event.seller_id, order_id, settlement_id,
                              posting.amount});
        }
    }
    static Settlement& changed(Rows& rows, const events::SettlementId& id, Status status, const Meta& m)
    {
        auto& settlement = rows.existing<Settlement>(id);
        settlement.status = status;
        settlement.updated_at = m.time;
        return settlement;
    }
};

}  // namespace jangteo::projections::settlement
