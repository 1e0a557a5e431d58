// A payment as read_payments has it.
#pragma once

#include "events/ids.hpp"
#include "http-edge/server/commanding.hpp"

#include <optional>
#include <string>
#include <vector>

namespace jangteo::edge::payments {

struct StoredPayment {
    events::PaymentId id;
    events::OrderId order_id;
    events::UserId user_id;
    std::string method;
    std::string provider;
    std::int64_t amount = 0;
    std::string status;  ///< SM-03
    std::optional<std::string> receipt_url;
    std::optional<std::string> trouble;  ///< The gateway's code for what went wrong last.
    std::optional<events::Timestamp> approved_at;
    bool by_account = false;                   ///< By a virtual account: it cannot go back the way it came.
    std::optional<std::string> secret_digest;  ///< Of what callbacks about its account prove themselves with.
    std::string json;                          ///< As apps see it.
};

/// Waits for what the caller wrote, then asks. Empty when there is none.
Awaitable<std::optional<StoredPayment>> find_payment(Exchange& x, events::PaymentId id);
/// Every try to pay an order, oldest first.
Awaitable<std::vector<StoredPayment>> payments_of(Exchange& x, events::OrderId id);
/// Of `:paymentId`. Throws Problem COMMON_404 when there is none, COMMON_403 when it is neither the caller's nor the
/// caller an admin.
Awaitable<StoredPayment> payment_of_caller(Exchange& x);

}  // namespace jangteo::edge::payments
