// What is kept of settlement. An aggregate is one of two things: the ledger of one seller (ledger.hpp), or the market, which
// knows its sellers and its runs (market.hpp).
#pragma once

#include "events/amounts.hpp"
#include "events/ids.hpp"
#include "events/time.hpp"
#include "producers/runtime/keyed.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace jangteo::producers::settlement {

using events::OrderId;
using events::RefundId;
using events::RunId;
using events::SellerId;
using events::SettlementId;
using events::Timestamp;
using events::Won;

/// SM-13.
enum class Status { scheduled, confirmed, held, paid, adjusted };
BOOST_DESCRIBE_ENUM(Status, scheduled, confirmed, held, paid, adjusted)

/// A sale as far as a refund may still take something back.
struct Sale {
    Won product_left;   ///< Price of the goods that no refund has taken back.
    Won shipping_left;  ///< The same of its share of the shipping fee.
    std::int64_t commission_basis_points = 0;
    Timestamp booked_at{};
    std::vector<RefundId> refunds;
    friend bool operator==(const Sale&, const Sale&) = default;
};
BOOST_DESCRIBE_STRUCT(Sale, (), (product_left, shipping_left, commission_basis_points, booked_at, refunds))

/// What was booked and is in no settlement yet.
struct Sums {
    Won sales{};
    Won commission{};
    Won refunds{};
    Won refunded_commission{};
    std::int64_t lines = 0;

    [[nodiscard]] Won amount() const { return sales - commission - refunds + refunded_commission; }
    Sums& operator+=(const Sums& other)
    {
        sales += other.sales;
        commission += other.commission;
        refunds += other.refunds;
        refunded_commission += other.refunded_commission;
        lines += other.lines;
        return *this;
    }
    friend bool operator==(const Sums&, const Sums&) = default;
};
BOOST_DESCRIBE_STRUCT(Sums, (), (sales, commission, refunds, refunded_commission, lines))

struct Settlement {
    Won amount;
    Timestamp since{};  ///< Its lines are those booked from here
    Timestamp until{};  ///< to before here.
    Status status = Status::scheduled;
    friend bool operator==(const Settlement&, const Settlement&) = default;
};
BOOST_DESCRIBE_STRUCT(Settlement, (), (amount, since, until, status))

struct Run {
    std::string period;
    bool completed = false;
    std::int64_t sellers = 0;
    std::int64_t settled = 0;
    Won amount{};
    friend bool operator==(const Run&, const Run&) = default;
};
BOOST_DESCRIBE_STRUCT(Run, (), (period, completed, sellers, settled, amount))

struct State {
    // Of a seller's ledger.
    bool sold = false;  ///< At least once.
    Keyed<OrderId, Sale> sales;
    std::map<std::string, Sums> open;  ///< By the day in Seoul on which it is booked: `20261118`.
    Timestamp settled_until{};         ///< Nothing is booked before it any more.
    Keyed<SettlementId, Settlement> settlements;
    // Of the market.
    Keyed<SellerId, std::int64_t> places;  ///< On the roll.
    Keyed<std::int64_t, SellerId> roll;    ///< By place.
    Keyed<RunId, Run> runs;

    friend bool operator==(const State&, const State&) = default;
    BOOST_DESCRIBE_CLASS(State, (), (sold, sales, open, settled_until, settlements, places, roll, runs), (), ())
};

}  // namespace jangteo::producers::settlement
