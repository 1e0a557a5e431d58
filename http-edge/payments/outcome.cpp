#include "http-edge/payments/outcome.hpp"

#include "events/codec.hpp"
#include "http-edge/payments/accounts.hpp"
#include "http-edge/payments/stored_payment.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/services.hpp"

#include <optional>
#include <stdexcept>

namespace jangteo::edge::payments {

using namespace events::payments;

namespace {

using Means = events::payments::Method;  // There is a Method of HTTP too.

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

}  // namespace

Response paid(const PaymentCompleted& event, int status)
{
    const Paid what{event.payment_id,   event.order_id,    to_text(event.method),
                    event.amount.value, event.approved_at, event.receipt_url};
    return paid(what, status);
}

std::string failure_details(const events::PaymentId& id, std::string_view code, std::string_view message)
{
    std::string details = R"({"paymentId":)";
    events::append_json(details, id);
    append_member(details, "gatewayCode", code);
    if (!message.empty()) append_member(details, "gatewayMessage", message);
    return details + '}';
}

namespace {

/// Nothing is paid yet: the buyer is told where to.
Response waiting(const VirtualAccountIssued& event, const std::optional<crypto::Key>& buyer)
{
    std::string data = R"({"paymentId":)";
    events::append_json(data, event.payment_id);
    append_member(data, "orderId", event.order_id);
    append_member(data, "method", to_text(Means::virtual_account));
    append_member(data, "amount", event.amount);
    append_member(data, "status", std::string_view("pending"));
    const auto number = opened(buyer, event.account.sealed, event.order_id);
    append_raw(data, "virtualAccount", account_json(event.account.bank, number, event.due_at));
    return success_response(200, data + '}', "입금을 기다리고 있습니다");
}

}  // namespace

Response completed(Exchange& x, const Answer& answer, const std::optional<crypto::Key>& buyer)
{
    if (is<PaymentCompleted>(answer)) return paid(read<PaymentCompleted>(answer), 200);
    if (is<VirtualAccountIssued>(answer)) return waiting(read<VirtualAccountIssued>(answer), buyer);
    if (is<UnwantedAccount>(answer)) {
        const auto unwanted = read<UnwantedAccount>(answer);
        return x.refuse("PAY_001", failure_details(unwanted.payment_id, to_text(unwanted.why), "closed"));
    }
    if (is<PaymentFailed>(answer)) {
        const auto failed = read<PaymentFailed>(answer);
        return x.refuse("PAY_001", failure_details(failed.payment_id, failed.code, failed.message));
    }
    if (!is<UnwantedCapture>(answer)) throw std::runtime_error("a payment was answered by " + answer.type);
    const auto unwanted = read<UnwantedCapture>(answer);
    return x.refuse("PAY_001", failure_details(unwanted.payment_id, to_text(unwanted.why), "refunded"));
}

Awaitable<Response> as_it_stands(Exchange& x, events::PaymentId id, Response conflict)
{
    // The refusal came after whatever was found out. A browser that a gateway's page sends has no position of its own.
    static_cast<void>(
        co_await x.services.positions.reached(payments_model, x.position, x.services.limits.position_wait));
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

}  // namespace jangteo::edge::payments
