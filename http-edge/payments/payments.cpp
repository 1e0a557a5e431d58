#include "http-edge/payments/payments.hpp"

#include "events/codec.hpp"
#include "events/payments.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/server/commanding.hpp"
#include "http-edge/server/json_members.hpp"

namespace jangteo::edge::payments {

using namespace events::payments;

namespace {

Response paid_by_points(Exchange&, const Answer& answer)
{
    const auto event = read<PaymentCompleted>(answer);
    std::string data = R"({"paymentId":)";
    events::append_json(data, event.payment_id);
    append_member(data, "orderId", event.order_id);
    append_member(data, "method", to_text(event.method));
    append_member(data, "amount", event.amount);
    append_member(data, "status", std::string_view("completed"));
    return success_response(201, data + '}', "결제가 완료되었습니다");
}

/// DOA-POINT-10. The gateways' methods come with the gateways.
events::payments::Method read_method(const Fields& fields)
{
    const auto text = fields.text("method", 1, 40);
    if (!text.empty() && text != to_text(events::payments::Method::point)) {
        fields.wrong("method", {"point만 사용할 수 있습니다", "must be point"});
    }
    return events::payments::Method::point;
}

constexpr std::string_view columns =
    "payment_id, order_id, user_id, method, provider, amount, status, refunded_amount, receipt_url, trouble,"
    " approved_at, created_at, updated_at";

struct Stored {
    events::UserId user_id;
    std::string json;
};

Stored stored_in(const postgres::Rows& rows, std::size_t row)
{
    Stored stored{{rows.uuid(row, 2)}, R"({"id":)"};
    auto& json = stored.json;
    const auto text_or_null = [&](std::string_view name, std::size_t column) {
        rows.null(row, column) ? append_raw(json, name, "null") : append_member(json, name, rows.text(row, column));
    };
    events::append_json(json, rows.text(row, 0));
    append_member(json, "orderId", rows.text(row, 1));
    append_member(json, "userId", rows.text(row, 2));
    append_member(json, "method", rows.text(row, 3));
    append_member(json, "pgProvider", rows.text(row, 4));
    append_member(json, "amount", rows.integer(row, 5));
    append_member(json, "status", rows.text(row, 6));
    append_member(json, "refundedAmount", rows.integer(row, 7));
    text_or_null("receiptUrl", 8);
    text_or_null("failureCode", 9);
    rows.null(row, 10) ? append_raw(json, "approvedAt", "null")
                       : append_member(json, "approvedAt", rows.timestamp(row, 10));
    append_member(json, "createdAt", rows.timestamp(row, 11));
    append_member(json, "updatedAt", rows.timestamp(row, 12));
    json += '}';
    return stored;
}

Awaitable<postgres::Rows> find(Exchange& x, std::string_view condition, const events::Uuid& id)
{
    co_await catch_up(x, payments_model);
    const std::string sql = "SELECT " + std::string(columns) + " FROM read_payments.payments WHERE " +
                            std::string(condition) + " ORDER BY created_at, payment_id";
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(id);
    auto rows = co_await x.services.queries.query(sql, std::move(parameters));
    co_return rows;
}

}  // namespace

/// DOA-PAY-01. The amount is the order's own; whether it can still be paid, its payments decide.
Awaitable<Response> prepare(Exchange& x)
{
    BodyReader body(x.request.body);
    const auto fields = body.fields();
    const auto order_id = fields.id<events::OrderId>("orderId");
    const auto method = read_method(fields);
    body.check();
    const auto order = co_await orders::find_order(x, order_id);
    if (!order || !order->exists()) throw Problem("ORD_001");
    if (!x.caller().may_act_for(order->user_id)) throw Problem("COMMON_403");
    const auto head = head_of(x, body);
    const PreparePayment command{order->id, {head.id.value}, order->user_id,
                                 method,    Provider::none,  {order->total_amount}};
    auto record = command_record(x, head, context, command, order->id.text(), order->id.value);
    Render render = paid_by_points;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

Awaitable<Response> show(Exchange& x)
{
    const auto id = x.id<events::PaymentId>("paymentId", "COMMON_404");
    const auto rows = co_await find(x, "payment_id = $1", id.value);
    if (rows.empty()) throw Problem("COMMON_404");
    const auto stored = stored_in(rows, 0);
    if (!x.caller().may_act_for(stored.user_id)) throw Problem("COMMON_403");
    co_return success_response(200, stored.json);
}

/// Every try, oldest first.
Awaitable<Response> of_order(Exchange& x)
{
    const auto order = co_await orders::order_of_caller(x);
    if (!x.caller().may_act_for(order.user_id)) throw Problem("COMMON_403");
    const auto rows = co_await find(x, "order_id = $1", order.id.value);
    std::string items = "[";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0) items += ',';
        items += stored_in(rows, i).json;
    }
    co_return success_response(200, items + ']');
}

}  // namespace jangteo::edge::payments
