#include "ops/audit/judge.hpp"

namespace jangteo::ops::audit {

namespace {

std::string wrong_with(const Order& order)
{
    std::string found;
    const auto want = [&](std::int64_t has, std::int64_t should, const char* what) {
        if (has == should) return;
        if (!found.empty()) found += ", ";
        found += std::string(what) + " " + std::to_string(has) + " instead of " + std::to_string(should);
    };
    const bool waits = order.status == "pending";
    // Points may be spent on what is no order of ours (DOA-POINT-03).
    if (!order.placed) {
        want(order.held + order.bought, 0, "units of an order that nobody placed");
        want(order.money.kept(), 0, "won of an order that nobody placed");
        return found;
    }
    const std::int64_t points = waits || order.paid ? order.points_used : 0;
    want(order.held, waits ? order.ordered : 0, "units held");
    want(order.bought, order.paid ? order.ordered : 0, "units bought");
    want(order.points, points, "points spent");
    want(order.money.kept(), order.paid ? order.total_amount - order.given_back_on_request : 0, "won kept");
    if (order.status == "placing" && found.empty()) found = "neither accepted nor refused";
    return found;
}

}  // namespace

Verdict judge(const Books& books, events::Timestamp now, std::chrono::seconds patience)
{
    Verdict verdict;
    for (const auto& [id, order] : books.orders) {
        const auto wrong = wrong_with(order);
        if (wrong.empty()) continue;
        if (order.changed_at + patience > now) {
            ++verdict.under_way;
        } else {
            verdict.wrong.push_back("order " + events::to_string(id) + " (" + order.status + "): " + wrong);
        }
    }
    for (const auto& [id, stock] : books.stock) {
        if (stock.reserved < 0 || stock.on_hand < stock.reserved) {
            verdict.wrong.push_back("product " + id.text() + " has " + std::to_string(stock.on_hand) +
                                    " units on hand and " + std::to_string(stock.reserved) + " reserved");
        }
    }
    for (const auto& [id, balance] : books.points) {
        if (balance < 0) verdict.wrong.push_back("user " + id.text() + " has " + std::to_string(balance) + " points");
    }
    return verdict;
}

}  // namespace jangteo::ops::audit
