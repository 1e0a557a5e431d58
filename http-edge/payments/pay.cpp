// Paying: the app prepares, the buyer pays in the gateway's window, the app says so, and only the gateway is believed.
#include "events/payments.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/payments/checkout.hpp"
#include "http-edge/payments/outcome.hpp"
#include "http-edge/payments/payments.hpp"
#include "http-edge/payments/stored_payment.hpp"
#include "http-edge/server/services.hpp"

namespace jangteo::edge::payments {

using namespace events::payments;

namespace {

using Means = events::payments::Method;  // There is a Method of HTTP too.

constexpr std::size_t longest_gateway_key = 200;
constexpr std::size_t longest_token = 4'000;
constexpr std::size_t longest_address = 300;

/// DOA-POINT-10: what points pay in full needs no gateway.
Means read_method(const Fields& fields)
{
    const auto text = fields.text("method", 1, 40);
    const auto method = events::payments::parse_method(text);
    if (!text.empty() && !method) {
        fields.wrong("method", {"card, bank_transfer, virtual_account, mobile, point 중 하나여야 합니다",
                                "must be one of card, bank_transfer, virtual_account, mobile, point"});
    }
    return method.value_or(Means::point);
}

Provider read_provider(const Exchange& x, const Fields& fields, Means method)
{
    if (method == Means::point) return Provider::none;
    const auto& gateways = x.services.gateways;
    const bool toss = !gateways.toss_client_key.empty();
    const bool by_account = method == Means::virtual_account;
    const bool inicis = !gateways.inicis_merchant.empty() && !by_account;
    const auto text = fields.optional_text("pgProvider", 40);
    if (toss && text.value_or("toss") == to_text(Provider::toss)) return Provider::toss;
    if (inicis && text.value_or("inicis") == to_text(Provider::inicis)) return Provider::inicis;
    fields.wrong("pgProvider", {"사용할 수 없는 결제사입니다", "is not offered here"});
    return Provider::none;
}

/// What an app has read of the way back from KG Inicis' window, if it does not let the browser bring it (inicis/return).
std::optional<Approval> read_approval(const Fields& fields)
{
    const bool mobile = fields.has("P_TID");
    if (!mobile && !fields.has("authToken")) return std::nullopt;
    return Approval{mobile ? Device::mobile : Device::pc, fields.text(mobile ? "P_TID" : "authToken", 1, longest_token),
                    fields.text(mobile ? "P_REQ_URL" : "authUrl", 1, longest_address)};
}

}  // namespace

/// DOA-PAY-01. The amount is the order's own; whether it can still be paid, its payments decide.
Awaitable<Response> prepare(Exchange& x)
{
    BodyReader body(x.request);
    const auto fields = body.fields();
    const auto order_id = fields.id<events::OrderId>("orderId");
    const auto method = read_method(fields);
    const auto provider = read_provider(x, fields, method);
    demand_key(x, body);
    body.check();
    const auto order = co_await orders::find_order(x, order_id);
    if (!order || !order->exists()) throw Problem("ORD_001");
    if (!x.caller().may_act_for(order->user_id)) throw Problem("COMMON_403");
    const auto head = head_of(x, body);
    const PreparePayment command{order->id, {head.id.value}, order->user_id, method, provider, {order->total_amount}};
    auto record = command_record(x, head, context, command, order->id.text(), order->id.value);
    Render render = [number = order->number](Exchange& exchange, const Answer& answer) {
        return is<PaymentCompleted>(answer) ? paid(read<PaymentCompleted>(answer), 201)
                                            : prepared(exchange, read<PaymentPrepared>(answer), number);
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

/// DOA-PAY-02. Answered when the gateway has; 202 when that takes longer than the caller waits.
Awaitable<Response> complete(Exchange& x)
{
    BodyReader body(x.request);
    const auto fields = body.fields();
    const auto approval = read_approval(fields);
    const auto gateway_key = approval ? std::string() : fields.text("paymentKey", 1, longest_gateway_key);
    const auto amount = fields.integer("amount", 0, events::largest_amount.value);
    const auto said = fields.optional_id<events::PaymentId>("orderId");
    if (said && *said != x.id<events::PaymentId>("paymentId")) {
        fields.wrong("orderId", {"이 결제의 번호가 아닙니다", "is not the id of this payment"});
    }
    demand_key(x, body);
    body.check();
    const auto payment = co_await payment_of_caller(x);
    const bool by_inicis = payment.provider == to_text(Provider::inicis);
    if (by_inicis != approval.has_value()) {
        fields.wrong(by_inicis ? "authToken" : "paymentKey",
                     {"이 결제의 결제사에 맞지 않습니다", "is not what this payment's gateway gives"});
        body.check();
    }
    const auto head = head_of(x, body);
    // Until it is approved, KG Inicis knows a payment by our own id.
    const CompletePayment command{
        payment.order_id, payment.id, approval ? payment.id.text() : gateway_key, {amount}, approval};
    auto record = command_record(x, head, context, command, payment.order_id.text(), payment.order_id.value);
    std::optional<crypto::Key> buyer;
    if (payment.by_account) buyer = co_await x.services.people.key_of(payment.user_id);
    Render render = [buyer](Exchange& exchange, const Answer& answer) { return completed(exchange, answer, buyer); };
    auto response = co_await settle(x, std::move(record), std::move(render));
    if (response.error_code == "COMMON_409") response = co_await as_it_stands(x, payment.id, std::move(response));
    co_return response;
}

}  // namespace jangteo::edge::payments
