// What an app needs to open a gateway's window for a prepared payment.
#pragma once

#include "events/payments.hpp"
#include "http-edge/server/exchange.hpp"

#include <string>

namespace jangteo::edge::payments {

/// The answer to `prepare`. A payment's id is the order's number at the gateway.
Response prepared(Exchange& x, const events::payments::PaymentPrepared& event, const std::string& order_number);

}  // namespace jangteo::edge::payments
