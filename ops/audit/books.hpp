// What the log comes to, counted by the movements in its events and by nothing that another part of the house has counted:
// stock, points and money, in total and for each order. Pure.
#pragma once

#include "events/amounts.hpp"
#include "events/ids.hpp"
#include "events/record.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

namespace jangteo::ops::audit {

struct Stock {
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    friend bool operator==(const Stock&, const Stock&) = default;
};

struct Money {
    std::int64_t captured = 0;
    std::int64_t given_back = 0;
    std::int64_t unwanted = 0;             ///< Captured though nobody wanted it.
    std::int64_t unwanted_given_back = 0;  ///< Of that.
    [[nodiscard]] std::int64_t kept() const { return captured - given_back + unwanted - unwanted_given_back; }
    friend bool operator==(const Money&, const Money&) = default;
};

struct Order {
    bool placed = false;             ///< Else something names it that nobody has placed.
    std::string status = "placing";  ///< As in read_orders.
    std::int64_t total_amount = 0;   ///< Won
    std::int64_t ordered = 0;        ///< Units
    std::int64_t points_used = 0;    ///< As it was accepted.
    bool paid = false;               ///< And not cancelled.
    // What it has.
    std::int64_t held = 0;    ///< Units
    std::int64_t bought = 0;  ///< Units deducted and not restored.
    std::int64_t points = 0;  ///< Spent and not restored.
    Money money;
    std::int64_t given_back_on_request = 0;  ///< Won
    events::Timestamp changed_at{};          ///< Last, by whatever concerns it.
};

/// Of all contexts; each record may come in any order but that of its partition.
class Books {
public:
    /// An accepted event (events::ReadersRule). Others, and contexts without sums, change nothing. Throws
    /// events::DecodeError.
    void enter(const events::Record& record);

    std::map<events::ProductId, Stock> stock;
    std::map<events::UserId, std::int64_t> points;
    std::map<events::PaymentId, Money> payments;
    std::unordered_map<events::Uuid, Order> orders;

private:
    void enter_inventory(const events::Record& record);
    void enter_points(const events::Record& record);
    void enter_orders(const events::Record& record);
    void enter_payments(const events::Record& record);
    Order& order(const events::OrderId& id, const events::Record& record);
};

}  // namespace jangteo::ops::audit
