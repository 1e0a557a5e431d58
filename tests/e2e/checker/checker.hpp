// What must be true of the log, the answers and the read models, whatever has happened to the processes and servers.
// Written against requirements and design, not against the runtime: all it shares with it is the readers' rule and the
// messages' own code.
#pragma once

#include "tests/e2e/checker/log.hpp"

#include "infra/postgres/session.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace jangteo::e2e {

using Row = std::vector<std::string>;        ///< Columns as text.
using Rows = std::map<std::string, Row>;     ///< By key.
using Tables = std::map<std::string, Rows>;  ///< `read_stock.stock` → rows: what a replay of the log comes to.

inline constexpr const char* null_text = "(null)";

/// Each command has exactly one accepted outcome, decided in the order of the commands.
void check_outcomes(const Story& story, Findings& findings);

/// This event begins a process that answers its caller later.
bool begins_a_process(std::string_view event_type);

/// What anybody was told is what the log says: on edge.replies, in the inbox of the saga, in `heard`; nobody was told
/// two things; whom a step owes an answer has got it.
void check_answers(const Story& story, const std::unordered_map<events::Uuid, std::vector<events::Record>>& heard,
                   Findings& findings);

/// Stock kept by hand from the accepted events: never below zero, numbers follow from what was held and given back,
/// refusals were right.
struct StockBooks {
    struct Held {
        std::int64_t quantity = 0;  ///< What is held now.
        std::int64_t times = 0;     ///< How often stock was taken for this order.
        std::string name;
        std::int64_t unit_price = 0;
        events::SellerId seller_id;
    };
    std::map<events::OrderId, std::map<events::ProductId, Held>> by_order;
    /// Deducted and not restored.
    std::map<events::OrderId, std::map<events::ProductId, std::int64_t>> bought;
};
StockBooks keep_stock(const Story& story, Findings& findings, Tables& tables);

/// Points, lot by lot: oldest first, back to where they came from, balance = sum of lots.
struct PointBooks {
    struct Spent {
        std::int64_t amount = 0;  ///< Spent and not restored.
        std::int64_t times = 0;
    };
    struct Reward {
        std::int64_t amount = 0;
        std::int64_t times = 0;
    };
    std::map<events::OrderId, Spent> by_order;
    std::map<events::OrderId, Reward> rewards;  ///< For purchases that are kept.
};
PointBooks keep_points(const Story& story, Findings& findings, Tables& tables);

/// Shipments by what was told of them, whatever the order it came in: the latest by the carrier's clock counts, and an end
/// stays.
struct ShippingBooks {
    struct Shipment {
        events::OrderId order_id;
        events::SellerId seller_id;
        std::string carrier;
        std::string tracking_number;
        bool delivered = false;
    };
    std::map<events::ShipmentId, Shipment> shipments;
};
ShippingBooks keep_shipping(const Story& story, Findings& findings, Tables& tables);

/// In won, as a gateway counts it.
struct Money {
    std::int64_t captured = 0;  ///< Wanted or not.
    std::int64_t refunded = 0;  ///< What has gone back.
    std::int64_t kept = 0;      ///< The rest.

    Money& operator+=(const Money& other);
    friend bool operator==(const Money&, const Money&) = default;
};

/// Payments by the log: each is prepared before it is confirmed and completed once, one for each order; what a gateway
/// took is counted once and goes back at most once, and what nobody wants does. At rest no gateway owes an answer.
struct PaymentBooks {
    struct Completed {
        std::int64_t amount = 0;      ///< That was captured.
        std::int64_t back = 0;        ///< What of it has gone back,
        std::int64_t on_request = 0;  ///< and how much of that because somebody asked for it, or goods came back.
    };
    struct OfOrder {
        std::map<events::PaymentId, Completed> completed;
        Money money;  ///< Of all its payments.
        bool closed = false;
    };
    std::map<events::OrderId, OfOrder> by_order;
    std::map<events::RefundId, std::int64_t> back;  ///< What has gone back, by refund.
    std::map<events::PaymentId, Money> by_payment;  ///< Those for which a gateway took money.
    Money total;
};
PaymentBooks keep_payments(const Story& story, Findings& findings, Tables& tables);

/// Claims by the log: each goes step by step from its opening to an end.
struct ClaimBooks {
    struct Claim {
        events::OrderId order_id;
        std::string status;
        std::map<events::ProductId, std::int64_t> units;
        std::map<events::ProductId, std::int64_t> restocked;  ///< Back on the shelf.
        bool kept_for_it = false;                             ///< A replacement is held by the claim's id,
        bool sent_for_it = false;                             ///< or has left.
        bool halted = false;
        std::int64_t money = 0;   ///< That is back as the claim says,
        std::int64_t points = 0;  ///< as these are.
    };
    std::map<events::ClaimId, Claim> claims;
};
ClaimBooks keep_claims(const Story& story, Findings& findings, Tables& tables);

/// What `check_orders` holds the orders against.
struct Surroundings {
    StockBooks stock;
    PointBooks points;
    ShippingBooks shipping;
    PaymentBooks payments;
    ClaimBooks claims;
};

/// Every order has ended (accepted, refused, cancelled), at the prices at which stock was held; what it holds is what it
/// should, to the unit; an order that ended without goods holds nothing. What is paid is what it costs, and one that was
/// given up keeps no money. Whatever came back of it is no longer bought, paid with points or rewarded, and has been given
/// back to the won.
void check_orders(const Story& story, const Surroundings& around, Findings& findings, Tables& tables);

/// The ledgers of sellers: every event and all accounts come to zero; what is kept of an order is entered for each of its
/// sellers once, and what was paid for it is on their accounts to the won; a settlement is explained by its lines and paid
/// at most once; a run says what it has settled.
void keep_settlement(const Story& story, const PaymentBooks& payments, Findings& findings, Tables& tables);
/// Members beside buying: attendance by a calendar, each day rewarded once; wishlists, what was looked at, settings.
void keep_members(const Story& story, Findings& findings, Tables& tables);
/// Inquiries by SM-06.
void keep_inquiries(const Story& story, Findings& findings, Tables& tables);

/// Outcomes and refusals that the edge may be asked for.
void keep_commands(const Story& story, Tables& tables);

/// The read models in PostgreSQL are `expected`, row by row, and have come to the end of the log.
void check_tables(const Story& story, const Tables& expected, postgres::Session& session, Findings& findings);

void compare_rows(const std::string& table, const Rows& expected, const Rows& found, Findings& findings);

/// What the log comes to.
struct Judged {
    Tables tables;
    PaymentBooks payments;
};
/// All of the above but the tables. Returns what the tables must be, and the money by the log.
Judged check_log(const Story& story, const std::unordered_map<events::Uuid, std::vector<events::Record>>& heard,
                 Findings& findings);

/// The same value; the order of members says nothing.
bool same_json(const std::string& one, const std::string& other);
/// Microseconds since 1970.
std::string text_of(events::Timestamp time);

}  // namespace jangteo::e2e
