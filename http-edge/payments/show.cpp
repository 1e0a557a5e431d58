#include "http-edge/orders/stored_order.hpp"
#include "http-edge/payments/payments.hpp"
#include "http-edge/payments/stored_payment.hpp"

namespace jangteo::edge::payments {

/// DOA-PAY-05
Awaitable<Response> show(Exchange& x)
{
    const auto payment = co_await payment_of_caller(x);
    co_return success_response(200, payment.json);
}

/// DOA-PAY-06: every try, oldest first.
Awaitable<Response> of_order(Exchange& x)
{
    const auto order = co_await orders::order_of_caller(x);
    if (!x.caller().may_act_for(order.user_id)) throw Problem("COMMON_403");
    const auto payments = co_await payments_of(x, order.id);
    std::string items = "[";
    for (const auto& payment : payments) {
        if (items.size() > 1) items += ',';
        items += payment.json;
    }
    co_return success_response(200, items + ']');
}

}  // namespace jangteo::edge::payments
