#include "http-edge/orders/address.hpp"

#include <boost/json.hpp>

namespace jangteo::edge::orders {

namespace {

/// What stands in the fields beside the sealed text.
constexpr const char* nothing = "-";
constexpr const char* erased_address =
    R"({"recipientName":"","phone":"","zipCode":"","address":"","addressDetail":null,"erased":true})";

std::string bound_to(const events::OrderId& order)
{
    return order.text() += "/shippingAddress";
}

}  // namespace

Awaitable<void> seal_address(Exchange& x, events::orders::PlaceOrder& order)
{
    const auto key = co_await x.services.people.key_of(order.user_id);
    if (!key) throw Problem("USER_001");
    events::orders::ShippingAddress sealed{nothing, nothing, nothing, nothing, {}, {}};
    sealed.sealed = crypto::seal(*key, to_json(order.shipping_address), bound_to(order.order_id));
    order.shipping_address = std::move(sealed);
}

Awaitable<void> open_address(Exchange& x, StoredOrder& order)
{
    const auto stored = boost::json::parse(order.shipping_address);
    const auto* sealed = stored.is_object() ? stored.get_object().if_contains("sealed") : nullptr;
    if (sealed == nullptr || !sealed->is_string()) co_return;
    const auto key = co_await x.services.people.key_of(order.user_id);
    const auto opened = opened_or_empty(key, std::string_view(sealed->get_string()), bound_to(order.id));
    order.shipping_address = opened.empty() ? erased_address : opened;
}

}  // namespace jangteo::edge::orders
