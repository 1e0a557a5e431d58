#include "http-edge/payments/stored_payment.hpp"

#include "events/codec.hpp"
#include "http-edge/payments/accounts.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/services.hpp"

namespace jangteo::edge::payments {

namespace {

constexpr std::string_view columns =
    "payment_id, order_id, user_id, method, provider, amount, status, refunded_amount, receipt_url, trouble,"
    " approved_at, created_at, updated_at, account_bank, account, due_at, secret_digest";

/// But for the end of its JSON.
StoredPayment stored_in(const postgres::Rows& rows, std::size_t row)
{
    StoredPayment stored;
    stored.id = {rows.uuid(row, 0)};
    stored.order_id = {rows.uuid(row, 1)};
    stored.user_id = {rows.uuid(row, 2)};
    stored.method = rows.text(row, 3);
    stored.by_account = stored.method == "virtual_account";
    stored.provider = rows.text(row, 4);
    stored.amount = rows.integer(row, 5);
    stored.status = rows.text(row, 6);
    if (!rows.null(row, 8)) stored.receipt_url = rows.text(row, 8);
    if (!rows.null(row, 9)) stored.trouble = rows.text(row, 9);
    if (!rows.null(row, 10)) stored.approved_at = rows.timestamp(row, 10);
    stored.json = R"({"id":)";
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
    if (!rows.null(row, 16)) stored.secret_digest = rows.text(row, 16);
    return stored;
}

/// Where to pay in and until when, for as long as the payment waits for that.
Awaitable<void> show_account(Exchange& x, StoredPayment& stored, const postgres::Rows& rows, std::size_t row)
{
    if (rows.null(row, 14) || stored.status != "pending") co_return;
    const auto buyer = co_await x.services.people.key_of(stored.user_id);
    const auto number = opened(buyer, rows.text(row, 14), stored.order_id);
    append_raw(stored.json, "virtualAccount", account_json(rows.text(row, 13), number, rows.timestamp(row, 15)));
}

Awaitable<std::vector<StoredPayment>> find(Exchange& x, std::string_view condition, events::Uuid id)
{
    co_await catch_up(x, payments_model);
    const std::string sql = "SELECT " + std::string(columns) + " FROM read_payments.payments WHERE " +
                            std::string(condition) + " ORDER BY created_at, payment_id";
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(id);
    const auto rows = co_await x.services.queries.query(sql, std::move(parameters));
    std::vector<StoredPayment> found;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto& stored = found.emplace_back(stored_in(rows, i));
        co_await show_account(x, stored, rows, i);
        stored.json += '}';
    }
    co_return found;
}

}  // namespace

Awaitable<std::optional<StoredPayment>> find_payment(Exchange& x, events::PaymentId id)
{
    auto found = co_await find(x, "payment_id = $1", id.value);
    if (found.empty()) co_return std::nullopt;
    co_return std::move(found.front());
}

Awaitable<std::vector<StoredPayment>> payments_of(Exchange& x, events::OrderId id)
{
    auto found = co_await find(x, "order_id = $1", id.value);
    co_return found;
}

Awaitable<StoredPayment> payment_of_caller(Exchange& x)
{
    auto found = co_await find_payment(x, x.id<events::PaymentId>("paymentId"));
    if (!found) throw Problem("COMMON_404");
    if (!x.caller().may_act_for(found->user_id)) throw Problem("COMMON_403");
    co_return std::move(*found);
}

}  // namespace jangteo::edge::payments
