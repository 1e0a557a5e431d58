// The way back: giving up a payment, and giving back its money.
#include "events/codec.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/payments/accounts.hpp"
#include "http-edge/payments/payments.hpp"
#include "http-edge/payments/stored_payment.hpp"
#include "http-edge/server/json_members.hpp"

namespace jangteo::edge::payments {

using namespace events::payments;

namespace {

Response cancelled(Exchange&, const Answer& answer)
{
    std::string data = "{";
    if (is<PaymentCancelled>(answer)) {
        const auto event = read<PaymentCancelled>(answer);
        data += R"("paymentId":)";
        events::append_json(data, event.payment_id);
        append_member(data, "orderId", event.order_id);
    } else {
        data += R"("orderId":)";
        events::append_json(data, read<events::orders::OrderCancelled>(answer).order_id);
    }
    append_member(data, "status", std::string_view("cancelled"));
    return success_response(200, data + '}', "결제가 취소되었습니다");
}

Response refunded(Exchange& x, const Answer& answer)
{
    if (is<RefundFailed>(answer)) {
        const auto failed = read<RefundFailed>(answer);
        std::string details = R"({"refundId":)";
        events::append_json(details, failed.refund_id);
        append_member(details, "gatewayCode", std::string_view(failed.code));
        if (!failed.message.empty()) append_member(details, "gatewayMessage", std::string_view(failed.message));
        return x.refuse("PAY_001", details + '}');
    }
    const auto event = read<PaymentRefunded>(answer);
    std::string data = R"({"paymentId":)";
    events::append_json(data, event.payment_id);
    append_member(data, "refundId", event.refund_id);
    append_member(data, "amount", event.amount);
    append_member(data, "refundedAmount", event.refunded_in_all);
    append_member(data, "remainingAmount", event.remaining);
    return success_response(200, data + '}', "환불이 완료되었습니다");
}

/// DOA-PAY-04: what was paid into a virtual account goes to an account that has to be named.
void demand_account(const StoredPayment& payment, const std::optional<NamedAccount>& account, const Fields& fields)
{
    if (payment.by_account && payment.status == "completed" && !account) {
        fields.wrong("refundAccount", {"가상계좌 결제는 환불 계좌가 필요합니다", "is required for a virtual account"});
    }
}

}  // namespace

/// DOA-PAY-03. A paid order without its payment would be a gift, so giving up a completed payment gives up the order, as
/// far as that can be given up (ORD_002).
Awaitable<Response> cancel(Exchange& x)
{
    BodyReader body(x.request);
    const auto fields = body.fields();
    const auto reason = fields.optional_text("reason", 500).value_or("");
    const auto account = read_refund_account(fields);
    demand_key(x, body);
    body.check();
    const auto payment = co_await payment_of_caller(x);
    demand_account(payment, account, fields);
    body.check();
    const auto head = head_of(x, body);
    if (payment.by_account && account) co_await name_account(x, payment, *account, head);
    const auto& order = payment.order_id;
    Render render = cancelled;
    if (payment.status == "completed") {
        using namespace events::orders;
        const auto cause = x.caller().user_id == payment.user_id ? CancelCause::buyer : CancelCause::admin;
        auto record = command_record(x, head, events::orders::context, CancelOrder{order, reason, cause}, order.text(),
                                     order.value);
        auto response = co_await settle(x, std::move(record), std::move(render));
        co_return response;
    }
    auto record = command_record(x, head, events::payments::context, CancelPayment{order, payment.id, reason},
                                 order.text(), order.value);
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

/// DOA-PAY-04: by an admin, or the seller of all of the order. All that is left when no amount is said.
Awaitable<Response> refund(Exchange& x)
{
    BodyReader body(x.request);
    const auto fields = body.fields();
    const auto amount = fields.optional_integer("amount", 1, events::largest_amount.value);
    const auto reason = fields.text("reason", 1, 500);
    const auto account = read_refund_account(fields);
    demand_key(x, body);
    body.check();
    const auto payment = co_await find_payment(x, x.id<events::PaymentId>("paymentId"));
    if (!payment) throw Problem("COMMON_404");
    if (!x.caller().admin()) {
        const auto order = co_await orders::find_order(x, payment->order_id);
        const bool all_his = order && order->sellers.size() == 1 && order->sold_by(x.caller());
        if (!all_his) throw Problem("COMMON_403");
    }
    demand_account(*payment, account, fields);
    body.check();
    const auto head = head_of(x, body);
    if (payment->by_account && account) co_await name_account(x, *payment, *account, head);
    RequestRefund command{.order_id = payment->order_id,
                          .payment_id = payment->id,
                          .refund_id = {events::uuid_v5(head.id.value, "refund")},
                          .reason = reason,
                          .cause = RefundCause::requested};
    if (amount) command.amount = events::Won{*amount};
    auto record = command_record(x, head, context, command, payment->order_id.text(), payment->order_id.value);
    Render render = refunded;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

/// The buyer says where money of a virtual account goes, when it goes back by itself: it came too late, for instance.
Awaitable<Response> refund_account(Exchange& x)
{
    BodyReader body(x.request);
    const auto account = read_account(body.fields());
    demand_key(x, body);
    body.check();
    const auto payment = co_await payment_of_caller(x);
    if (!payment.by_account) throw Problem("COMMON_409");
    const auto head = head_of(x, body);
    co_await name_account(x, payment, account, head);
    std::string data = R"({"paymentId":)";
    events::append_json(data, payment.id);
    co_return success_response(200, data + '}', "환불 계좌를 등록했습니다");
}

}  // namespace jangteo::edge::payments
