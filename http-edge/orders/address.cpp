#include "http-edge/orders/address.hpp"

#include <algorithm>
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

bool digits(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// DOA-ORD-01: `^01[0-9]-?[0-9]{3,4}-?[0-9]{4}$`
bool is_mobile_number(std::string_view phone)
{
    if (phone.size() < 3 || !phone.starts_with("01") || !digits(phone.substr(0, 3))) return false;
    phone.remove_prefix(3);
    if (phone.starts_with('-')) phone.remove_prefix(1);
    if (phone.size() < 7) return false;
    const auto last = phone.substr(phone.size() - 4);
    phone.remove_suffix(4);
    if (phone.ends_with('-')) phone.remove_suffix(1);
    return digits(last) && digits(phone) && (phone.size() == 3 || phone.size() == 4);
}

}  // namespace

std::string read_mobile_number(const Fields& fields, std::string_view name)
{
    auto number = fields.text(name, 1, 40);
    if (!number.empty() && !is_mobile_number(number)) {
        fields.wrong(name,
                     {"010-1234-5678 형식의 휴대전화 번호여야 합니다", "must be a mobile number like 010-1234-5678"});
    }
    return number;
}

events::orders::ShippingAddress read_address(const Fields& fields)
{
    events::orders::ShippingAddress address;
    address.recipient_name = fields.text("recipientName", 2, 50);
    address.phone = read_mobile_number(fields, "phone");
    address.zip_code = fields.text("zipCode", 1, 20);
    address.address = fields.text("address", 1, 500);
    address.address_detail = fields.optional_text("addressDetail", 500);
    return address;
}

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
