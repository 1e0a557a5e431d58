#include "http-edge/payments/checkout.hpp"

#include "events/codec.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/services.hpp"
#include "infra/crypto/digest.hpp"

#include <chrono>
#include <string_view>

namespace jangteo::edge::payments {

using namespace events::payments;

namespace {

std::string toss_checkout(const Gateways& gateways, const PaymentPrepared& event, const std::string& order_number)
{
    std::string json = R"({"clientKey":)";
    events::append_json(json, std::string_view(gateways.toss_client_key));
    append_member(json, "orderId", event.payment_id);
    append_member(json, "orderName", std::string_view(order_number));
    append_member(json, "amount", event.amount);
    append_member(json, "currency", std::string_view("KRW"));
    return json + '}';
}

/// The fields of their windows, by their names: what a PC's and what a mobile one's form has of its own is beside what both
/// have. Signed by the clock, so an answer that is given again is signed anew.
std::string inicis_checkout(const Exchange& x, const PaymentPrepared& event, const std::string& order_number)
{
    const auto& gateways = x.services.gateways;
    const auto order = event.payment_id.text();
    const auto amount = std::to_string(event.amount.value);
    const auto stamp = std::to_string(
        std::chrono::duration_cast<std::chrono::milliseconds>(x.services.now().time_since_epoch()).count());
    const std::string signed_order = "oid=" + order + "&price=" + amount;
    const std::string signed_time = "&timestamp=" + stamp;
    const auto add = [](std::string& json, std::string_view name, const std::string& value) {
        append_member(json, name, std::string_view(value));
    };
    std::string json = R"({"mid":)";
    events::append_json(json, std::string_view(gateways.inicis_merchant));
    add(json, "orderId", order);
    add(json, "orderName", order_number);
    append_member(json, "amount", event.amount);
    add(json, "currency", "WON");
    add(json, "timestamp", stamp);
    add(json, "returnUrl", "/api/v1/payments/inicis/return");
    json += R"(,"pc":{"mKey":)";
    events::append_json(json, std::string_view(crypto::sha256_hex(gateways.inicis_sign_key)));
    add(json, "signature", crypto::sha256_hex(signed_order + signed_time));
    add(json, "verification", crypto::sha256_hex(signed_order + "&signKey=" + gateways.inicis_sign_key + signed_time));
    json += R"(},"mobile":{"P_NOTI":)";
    events::append_json(json, std::string_view(order));
    add(json, "P_NOTI_URL", "/api/v1/payments/inicis/noti");
    add(json, "P_CHKFAKE", crypto::sha512_base64(amount + order + stamp + gateways.inicis_mobile_key));
    return json + "}}";
}

}  // namespace

Response prepared(Exchange& x, const PaymentPrepared& event, const std::string& order_number)
{
    std::string data = R"({"paymentId":)";
    events::append_json(data, event.payment_id);
    append_member(data, "orderId", event.order_id);
    append_member(data, "method", to_text(event.method));
    append_member(data, "pgProvider", to_text(event.provider));
    append_member(data, "amount", event.amount);
    append_member(data, "status", std::string_view("pending"));
    append_raw(data, "checkout",
               event.provider == Provider::inicis ? inicis_checkout(x, event, order_number)
                                                  : toss_checkout(x.services.gateways, event, order_number));
    return success_response(201, data + '}', "결제를 시작합니다");
}

}  // namespace jangteo::edge::payments
