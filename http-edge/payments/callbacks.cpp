// What gateways, and browsers that come back from them, tell us (DOA-PAY-08). Anybody can send these, so nothing of it is
// believed: it makes us ask the gateway. All of it becomes commands in the one stream of the order's payments.
#include "events/codec.hpp"
#include "events/payments.hpp"
#include "http-edge/payments/outcome.hpp"
#include "http-edge/payments/payments.hpp"
#include "http-edge/payments/stored_payment.hpp"
#include "http-edge/server/body.hpp"
#include "http-edge/server/form.hpp"
#include "infra/crypto/digest.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <chrono>

namespace jangteo::edge::payments {

using namespace events::payments;

namespace {

constexpr std::size_t longest_token = 4'000;
constexpr std::size_t longest_address = 300;
constexpr std::size_t longest_secret = 200;

/// A gateway's page has no position to wait for, and the browser that it sends here comes only once: so the read model
/// gets a little time to hear of the payment.
Awaitable<StoredPayment> find_soon(Exchange& x, events::PaymentId id)
{
    constexpr std::chrono::milliseconds between{50};
    const auto until = std::chrono::steady_clock::now() + x.services.limits.position_wait;
    for (;;) {
        auto payment = co_await find_payment(x, id);
        if (payment) co_return std::move(*payment);
        if (std::chrono::steady_clock::now() > until) throw Problem("COMMON_404");
        Timer pause(co_await boost::asio::this_coro::executor, between);
        co_await pause.async_wait(as_result);
    }
}

/// The id follows from the payment and what is said of it, so that repeats, and whoever makes them up, cause a handful of
/// questions at most.
Awaitable<void> have_it_checked(Exchange& x, const StoredPayment& payment, std::string said)
{
    const CommandHead head{{events::uuid_v5(payment.id.value, said)}, 0};
    const CheckPayment command{payment.order_id, payment.id};
    auto record = command_record(x, head, context, command, payment.order_id.text(), payment.order_id.value);
    Render render = [](Exchange&, const Answer&) { return success_response(200, "{}"); };
    const auto response = co_await settle(x, std::move(record), std::move(render));
    constexpr int nobody_knows = 503;
    if (response.status == nobody_knows) throw Problem("COMMON_503").retry_after(jittered_retry_seconds());
}

/// What the buyer's browser brings from the window.
struct Brought {
    events::PaymentId payment_id;
    Approval approval;
};

std::optional<Brought> brought(FormReader& form, std::string& why)
{
    const bool mobile = !form.find("P_STATUS").empty();
    const auto status = form.find(mobile ? "P_STATUS" : "resultCode");
    Brought found;
    found.payment_id = form.id<events::PaymentId>(mobile ? "P_NOTI" : "orderNumber");
    if (status != (mobile ? "00" : "0000")) {
        form.check();
        why = form.text(mobile ? "P_STATUS" : "resultCode", 0, 40);
        return std::nullopt;
    }
    found.approval.device = mobile ? Device::mobile : Device::pc;
    found.approval.token = form.text(mobile ? "P_TID" : "authToken", 1, longest_token);
    found.approval.url = form.text(mobile ? "P_REQ_URL" : "authUrl", 1, longest_address);
    form.check();
    return found;
}

/// Of all that could be said, what a payment can be. Whoever makes up others is taken to say one and the same.
std::string_view state_of_toss(std::string_view said)
{
    constexpr std::array<std::string_view, 8> states{
        "READY", "IN_PROGRESS", "WAITING_FOR_DEPOSIT", "DONE", "CANCELED", "PARTIAL_CANCELED", "ABORTED", "EXPIRED"};
    return std::ranges::find(states, said) == states.end() ? "another" : said;
}

/// Only TossPayments and we know the secret of a virtual account, so what comes with it is not held for a repeat of what
/// somebody else has said before. Another secret is nobody's business. Other payments have none.
bool proven(const StoredPayment& payment, const std::optional<std::string>& secret)
{
    if (!payment.secret_digest || !secret) return false;
    if (crypto::sha256_hex(*secret) != *payment.secret_digest) throw Problem("COMMON_403");
    return true;
}

}  // namespace

Awaitable<Response> toss_webhook(Exchange& x)
{
    BodyReader body(x.request);
    const auto fields = body.fields();
    // DEPOSIT_CALLBACK says order and status by themselves, the others as what they are about.
    const bool of_deposit = fields.has("orderId");
    const auto data = of_deposit ? fields : fields.object("data");
    const auto id = data.id<events::PaymentId>("orderId");
    const auto status = data.text("status", 1, 40);
    const auto secret = data.optional_text("secret", longest_secret);
    body.check();
    const auto payment = co_await find_payment(x, id);
    if (!payment) throw Problem("COMMON_404");
    std::string said = "toss:";
    said += state_of_toss(status);
    if (proven(*payment, secret)) said += ":proven";
    co_await have_it_checked(x, *payment, std::move(said));
    co_return success_response(200, R"({"taken":true})");
}

/// P_NEXT_URL of the mobile window, returnUrl of the PC's: the buyer has agreed, and it is for us to ask for the approval.
/// The same token is the same command, however often the browser brings it. The amount is the payment's own: what Inicis
/// really takes, its approval says.
Awaitable<Response> inicis_return(Exchange& x)
{
    FormReader form(x.request);
    std::string why;
    const auto came = brought(form, why);
    if (!came) {
        const auto id = form.id<events::PaymentId>(form.find("P_STATUS").empty() ? "orderNumber" : "P_NOTI");
        co_return x.refuse("PAY_001", failure_details(id, why, ""));
    }
    const auto payment = co_await find_soon(x, came->payment_id);
    const CommandHead head{{events::uuid_v5(payment.id.value, "inicis:" + came->approval.token)}, 0};
    const CompletePayment command{payment.order_id, payment.id, payment.id.text(), {payment.amount}, came->approval};
    auto record = command_record(x, head, context, command, payment.order_id.text(), payment.order_id.value);
    Render render = [](Exchange& exchange, const Answer& answer) { return completed(exchange, answer, {}); };
    auto response = co_await settle(x, std::move(record), std::move(render));
    if (response.error_code == "COMMON_409") response = co_await as_it_stands(x, payment.id, std::move(response));
    co_return response;
}

/// P_NOTI_URL. They send it again until they read `OK`.
Awaitable<Response> inicis_noti(Exchange& x)
{
    FormReader form(x.request);
    const bool mobile = !form.find("P_STATUS").empty();
    const auto id = form.id<events::PaymentId>(mobile ? "P_OID" : "no_oid");
    const std::string said(form.text(mobile ? "P_STATUS" : "no_tid", 0, longest_address));
    form.check();
    const auto payment = co_await find_payment(x, id);
    if (!payment) throw Problem("COMMON_404");
    co_await have_it_checked(x, *payment, "inicis:noti:" + said);
    co_return Response{200, "OK", "text/plain; charset=utf-8"};
}

}  // namespace jangteo::edge::payments
