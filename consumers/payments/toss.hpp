// TossPayments, API of 2022-11-16. Their `orderId` is our payment's id: each try to pay is a payment of its own there too.
#pragma once

#include "consumers/payments/gateway.hpp"
#include "consumers/payments/gateway_books.hpp"

#include <memory>
#include <string>

namespace jangteo::consumers::payments {

struct TossSettings {
    std::string url = "https://api.tosspayments.com";
    std::string secret_key;
};

std::unique_ptr<Gateway> make_toss(const TossSettings& settings, Call call);
std::unique_ptr<GatewayBooks> make_toss_books(const TossSettings& settings, Call call);

}  // namespace jangteo::consumers::payments
