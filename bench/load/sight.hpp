// Orders, payments and the gateway's books as the play sees them: what is in the answers, and nothing of HTTP.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::bench {

struct SeenShipment {
    std::string id;
    std::string seller;
    bool delivered = false;
};

struct SeenOrder {
    std::string status;
    std::int64_t total_won = 0;
    std::vector<std::string> sellers;  ///< Of its lines, each once.
    std::vector<SeenShipment> shipments;
    bool kept = false;  ///< The purchase is confirmed.
    std::string cancelled_by;
};
/// `data` of GET /api/v1/orders/:orderId; empty when it is no order.
std::optional<SeenOrder> seen_order(const nlohmann::json& data);

struct SeenPayment {
    std::string id;
    std::string status;
    bool at_gateway = false;  ///< Points alone need none.
    std::int64_t amount_won = 0;
    std::int64_t refunded_won = 0;
};
/// One of GET /api/v1/payments/…
std::optional<SeenPayment> seen_payment(const nlohmann::json& data);
/// `data` of GET /api/v1/payments/order/:orderId, oldest first; empty when it is none.
std::optional<std::vector<SeenPayment>> seen_payments(const nlohmann::json& data);

/// How many of them have the status.
std::size_t count_of(const std::vector<SeenPayment>& payments, std::string_view status);

/// Where an order has come to, and why there.
struct End {
    std::string state;
    std::string why;  ///< Empty where there is nothing to say.
    friend bool operator==(const End&, const End&) = default;
};
End end_of(const SeenOrder& order, const std::vector<SeenPayment>& payments);

/// Money of one payment, in won.
struct Account {
    std::int64_t captured = 0;
    std::int64_t given_back = 0;

    [[nodiscard]] std::int64_t kept() const { return captured - given_back; }
    Account& operator+=(const Account& other);
    friend bool operator==(const Account&, const Account&) = default;
};
using Accounts = std::map<std::string, Account>;  ///< By our payment's id.

Account account_of(const SeenPayment& payment);
/// Of GET /control/toss/ledger. Several windows may have been opened for one payment; those without money are left out.
std::optional<Accounts> gateways_accounts(const nlohmann::json& ledger);

/// Two books of the same money.
struct Balance {
    Account ours;
    Account gateways;
    std::size_t payments = 0;              ///< With money in either book.
    std::vector<std::string> differences;  ///< One line each.

    [[nodiscard]] bool adds_up() const { return differences.empty() && ours == gateways; }
};
Balance balance_of(const Accounts& ours, const Accounts& gateways);

}  // namespace jangteo::bench
