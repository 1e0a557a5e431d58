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

/// Every order has ended (accepted, refused, cancelled), at the prices at which stock was held; what it holds is what it
/// should, to the unit; an order that ended without goods holds nothing.
void check_orders(const Story& story, const StockBooks& stock, const PointBooks& points, const ShippingBooks& shipping,
                  Findings& findings, Tables& tables);

/// Outcomes and refusals that the edge may be asked for.
void keep_commands(const Story& story, Tables& tables);

/// The read models in PostgreSQL are `expected`, row by row, and have come to the end of the log.
void check_tables(const Story& story, const Tables& expected, postgres::Session& session, Findings& findings);

void compare_rows(const std::string& table, const Rows& expected, const Rows& found, Findings& findings);

/// All of the above but the tables. Returns what the tables must be.
Tables check_log(const Story& story, const std::unordered_map<events::Uuid, std::vector<events::Record>>& heard,
                 Findings& findings);

/// The same value; the order of members says nothing.
bool same_json(const std::string& one, const std::string& other);
/// Microseconds since 1970.
std::string text_of(events::Timestamp time);

}  // namespace jangteo::e2e
