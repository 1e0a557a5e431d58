// Paying: the app prepares, the buyer pays in the gateway's window, the app says so, and only the gateway is believed.
#include "events/codec.hpp"
#include "events/payments.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/payments/payments.hpp"
#include "http-edge/payments/stored_payment.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/services.hpp"

namespace jangteo::edge::payments {

using namespace events::payments;

namespace {

using Means = events::payments::Method;  // There is a Method of HTTP too.

constexpr std::size_t longest_gateway_key = 200;

/// A payment that is completed, as the event or the read model has it.
struct Paid {
    events::PaymentId payment_id;
    events::OrderId order_id;
    std::string_view method;
    std::int64_t amount = 0;
    events::Timestamp approved_at;
    const std::optional<std::string>& receipt_url;
};

Response paid(const Paid& what, int status)
{
    std::string data = R"({"paymentId":)";
    events::append_json(data, what.payment_id);
    append_member(data, "orderId", what.order_id);
    append_member(data, "method", what.method);
    append_member(data, "amount", what.amount);
    append_member(data, "status", std::string_view("completed"));
    append_member(data, "approvedAt", what.approved_at);
    if (what.receipt_url) append_member(data, "receiptUrl", std::string_view(*what.receipt_url));
    return success_response(status, data + '}', "결제가 완료되었습니다");
}
Response paid(const PaymentCompleted& event, int status)
{
    const Paid what{event.payment_id,   event.order_id,    to_text(event.method),
                    event.amount.value, event.approved_at, event.receipt_url};
    return paid(what, status);
}

/// What an app needs to open the gateway's window. Its order id there is our payment's id.
Response prepared(Exchange& x, const PaymentPrepared& event, const std::string& order_number)
{
    std::string data = R"({"paymentId":)";
    events::append_json(data, event.payment_id);
    append_member(data, "orderId", event.order_id);
    append_member(data, "method", to_text(event.method));
    append_member(data, "pgProvider", to_text(event.provider));
    append_member(data, "amount", event.amount);
    append_member(data, "status", std::string_view("pending"));
    data += R"(,"checkout":{"clientKey":)";
    events::append_json(data, std::string_view(x.services.gateways.toss_client_key));
    append_member(data, "orderId", event.payment_id);
    append_member(data, "orderName", std::string_view(order_number));
    append_member(data, "amount", event.amount);
    append_member(data, "currency", std::string_view("KRW"));
    return success_response(201, data + "}}", "결제를 시작합니다");
}

/// DOA-POINT-10: what points pay in full needs no gateway.
Means read_method(const Fields& fields)
{
    const auto text = fields.text("method", 1, 40);
    const auto method = events::payments::parse_method(text);
    const bool offered = method && *method != Means::virtual_account;
    if (!text.empty() && !offered) {
        fields.wrong("method", {"card, bank_transfer, mobile, point 중 하나여야 합니다",
                                "must be one of card, bank_transfer, mobile, point"});
    }
    return method.value_or(Means::point);
}

Provider read_provider(const Exchange& x, const Fields& fields, Means method)
{
    if (method == Means::point) return Provider::none;
    const auto text = fields.optional_text("pgProvider", 40).value_or("toss");
    if (text != to_text(Provider::toss) || x.services.gateways.toss_client_key.empty()) {
        fields.wrong("pgProvider", {"사용할 수 없는 결제사입니다", "is not offered here"});
    }
    return Provider::toss;
}

std::string failure_details(const events::PaymentId& id, std::string_view code, std::string_view message)
{
    std::string details = R"({"paymentId":)";
    events::append_json(details, id);
    append_member(details, "gatewayCode", code);
    if (!message.empty()) append_member(details, "gatewayMessage", message);
    return details + '}';
}

Response completed(Exchange& x, const Answer& answer)
{
    if (is<PaymentCompleted>(answer)) return paid(read<PaymentCompleted>(answer), 200);
    if (is<PaymentFailed>(answer)) {
        const auto failed = read<PaymentFailed>(answer);
        return x.refuse("PAY_001", failure_details(failed.payment_id, failed.code, failed.message));
    }
    if (!is<UnwantedCapture>(answer)) throw std::runtime_error("a payment was answered by " + answer.type);
    const auto unwanted = read<UnwantedCapture>(answer);
    return x.refuse("PAY_001", failure_details(unwanted.payment_id, to_text(unwanted.why), "refunded"));
}

/// Somebody else has found out what became of the payment before the question of this caller was answered, for instance a
/// question that was put again: the payment says it.
Awaitable<Response> as_it_stands(Exchange& x, events::PaymentId id, Response conflict)
{
    const auto payment = co_await find_payment(x, id);
    if (payment && payment->status == "completed" && payment->approved_at) {
        const Paid what{payment->id,     payment->order_id,     payment->method,
                        payment->amount, *payment->approved_at, payment->receipt_url};
        co_return paid(what, 200);
    }
    if (payment && payment->status == "failed") {
        co_return x.refuse("PAY_001", failure_details(payment->id, payment->trouble.value_or(""), ""));
    }
    co_return conflict;
}

}  // namespace

/// DOA-PAY-01. The amount is the order's own; whether it can still be paid, its payments decide.
Awaitable<Response> prepare(Exchange& x)
{
    BodyReader body(x.request.body);
    const auto fields = body.fields();
    const auto order_id = fields.id<events::OrderId>("orderId");
    const auto method = read_method(fields);
    const auto provider = read_provider(x, fields, method);
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
    BodyReader body(x.request.body);
    const auto fields = body.fields();
    const auto gateway_key = fields.text("paymentKey", 1, longest_gateway_key);
    const auto amount = fields.integer("amount", 0, events::largest_amount.value);
    const auto said = fields.optional_id<events::PaymentId>("orderId");
    if (said && *said != x.id<events::PaymentId>("paymentId")) {
        fields.wrong("orderId", {"이 결제의 번호가 아닙니다", "is not the id of this payment"});
    }
    body.check();
    const auto payment = co_await payment_of_caller(x);
    const auto head = head_of(x, body);
    const CompletePayment command{payment.order_id, payment.id, gateway_key, {amount}};
    auto record = command_record(x, head, context, command, payment.order_id.text(), payment.order_id.value);
    Render render = completed;
    auto response = co_await settle(x, std::move(record), std::move(render));
    if (response.error_code == "COMMON_409") response = co_await as_it_stands(x, payment.id, std::move(response));
    co_return response;
}

/// DOA-PAY-08. Anybody can send this, so nothing of it is believed: it makes us ask the gateway. Its id follows from the
/// payment and the status, so that repeats, and whoever makes them up, cause a handful of questions at most.
Awaitable<Response> toss_webhook(Exchange& x)
{
    BodyReader body(x.request.body);
    const auto fields = body.fields();
    static_cast<void>(fields.text("eventType", 1, 100));
    const auto data = fields.object("data");
    const auto id = data.id<events::PaymentId>("orderId");
    const auto status = data.text("status", 1, 40);
    body.check();
    const auto payment = co_await find_payment(x, id);
    if (!payment) throw Problem("COMMON_404");
    const CommandHead head{{events::uuid_v5(payment->id.value, "toss:" + status)}, 0};
    const CheckPayment command{payment->order_id, payment->id};
    auto record = command_record(x, head, context, command, payment->order_id.text(), payment->order_id.value);
    Render render = [](Exchange&, const Answer&) { return success_response(200, R"({"taken":true})"); };
    auto response = co_await settle(x, std::move(record), std::move(render));
    constexpr int nothing_new = 409;
    if (response.status == nothing_new) co_return success_response(200, R"({"taken":true})");
    co_return response;
}

}  // namespace jangteo::edge::payments
