#include "bench/load/sight.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace jangteo::bench {

namespace {

std::string text_of(const nlohmann::json& object, const char* name)
{
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t won_of(const nlohmann::json& object, const char* name)
{
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

const nlohmann::json& list_of(const nlohmann::json& object, const char* name)
{
    static const nlohmann::json none = nlohmann::json::array();
    const auto found = object.find(name);
    return found != object.end() && found->is_array() ? *found : none;
}

std::string in_words(const Account& account)
{
    return fmt::format("{} won captured, {} given back", account.captured, account.given_back);
}

}  // namespace

std::optional<SeenOrder> seen_order(const nlohmann::json& data)
{
    if (!data.is_object()) return std::nullopt;
    SeenOrder order;
    order.status = text_of(data, "status");
    order.total_won = won_of(data, "totalAmount");
    if (order.status.empty()) return std::nullopt;
    for (const auto& item : list_of(data, "items")) {
        const auto seller = text_of(item, "sellerId");
        if (!seller.empty() && std::ranges::find(order.sellers, seller) == order.sellers.end()) {
            order.sellers.push_back(seller);
        }
    }
    const auto shipping = data.value("shipping", nlohmann::json::object());
    for (const auto& part : list_of(shipping, "shipments")) {
        order.shipments.push_back(
            {text_of(part, "shipmentId"), text_of(part, "sellerId"), !text_of(part, "deliveredAt").empty()});
    }
    order.kept = !text_of(data, "purchaseConfirmedAt").empty();
    order.cancelled_by = text_of(data, "cancelledBy");
    return order;
}

std::optional<SeenPayment> seen_payment(const nlohmann::json& data)
{
    if (!data.is_object()) return std::nullopt;
    SeenPayment payment{.id = text_of(data, "id"),
                        .status = text_of(data, "status"),
                        .at_gateway = text_of(data, "pgProvider") != "none",
                        .amount_won = won_of(data, "amount"),
                        .refunded_won = won_of(data, "refundedAmount")};
    if (payment.id.empty() || payment.status.empty()) return std::nullopt;
    return payment;
}

std::optional<std::vector<SeenPayment>> seen_payments(const nlohmann::json& data)
{
    if (!data.is_array()) return std::nullopt;
    std::vector<SeenPayment> payments;
    for (const auto& one : data) {
        auto payment = seen_payment(one);
        if (!payment) return std::nullopt;
        payments.push_back(std::move(*payment));
    }
    return payments;
}

std::size_t count_of(const std::vector<SeenPayment>& payments, std::string_view status)
{
    return static_cast<std::size_t>(std::ranges::count(payments, status, &SeenPayment::status));
}

End end_of(const SeenOrder& order, const std::vector<SeenPayment>& payments)
{
    if (order.kept) return {"kept", ""};
    if (order.status == "pending") return {"pending", count_of(payments, "failed") > 0 ? "card refused" : "not paid"};
    if (order.status != "cancelled") return {order.status, ""};
    if (order.cancelled_by == "unpaid") return {"cancelled", "nobody paid in time"};
    const bool paid = std::ranges::any_of(payments, [](const auto& one) { return account_of(one).captured > 0; });
    return {"cancelled", paid ? "paid and given back" : "before it was paid"};
}

Account& Account::operator+=(const Account& other)
{
    captured += other.captured;
    given_back += other.given_back;
    return *this;
}

Account account_of(const SeenPayment& payment)
{
    const bool captured = payment.status == "completed" || payment.status == "refunded";
    if (!payment.at_gateway || !captured) return {};
    return {payment.amount_won, payment.refunded_won};
}

std::optional<Accounts> gateways_accounts(const nlohmann::json& ledger)
{
    if (!ledger.is_object() || !ledger.contains("payments")) return std::nullopt;
    Accounts accounts;
    for (const auto& row : list_of(ledger, "payments")) {
        const Account account{won_of(row, "captured"), won_of(row, "cancelled")};
        if (account != Account{}) accounts[text_of(row, "orderId")] += account;
    }
    return accounts;
}

Balance balance_of(const Accounts& ours, const Accounts& gateways)
{
    std::set<std::string> ids;
    for (const auto& [id, account] : ours) {
        if (account != Account{}) ids.insert(id);
    }
    for (const auto& [id, account] : gateways) ids.insert(id);

    const auto in = [](const Accounts& book, const std::string& id) {
        const auto found = book.find(id);
        return found == book.end() ? Account{} : found->second;
    };
    Balance balance;
    balance.payments = ids.size();
    for (const auto& id : ids) {
        const auto our = in(ours, id);
        const auto their = in(gateways, id);
        balance.ours += our;
        balance.gateways += their;
        if (our == their) continue;
        balance.differences.push_back(
            fmt::format("payment {}: here {}; at the gateway {}", id, in_words(our), in_words(their)));
    }
    return balance;
}

}  // namespace jangteo::bench
