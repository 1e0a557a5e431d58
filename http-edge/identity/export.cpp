// Everything that is known of a person, in one answer: what they may ask for, and take with them.
#include "events/codec.hpp"
#include "http-edge/identity/identity.hpp"
#include "http-edge/identity/stored_account.hpp"
#include "http-edge/members/addresses.hpp"
#include "http-edge/orders/address.hpp"
#include "http-edge/server/json_members.hpp"

namespace jangteo::edge::identity {

namespace {

constexpr std::string_view sessions_sql =
    "SELECT session_id, device, opened_at, refreshed_at, ended_at FROM read_accounts.sessions WHERE user_id = $1"
    " ORDER BY opened_at DESC";
/// PostgreSQL's own form of times is not ours: they are written out.
constexpr std::string_view payments_sql =
    "SELECT json_build_object('id', payment_id, 'orderId', order_id, 'method', method, 'amount', amount, 'status',"
    " status, 'createdAt', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'))"
    " FROM read_payments.payments WHERE user_id = $1 ORDER BY created_at DESC";
constexpr std::string_view points_sql =
    "SELECT json_build_object('id', entry_id, 'type', type, 'amount', amount, 'balance', balance, 'description',"
    " description, 'orderId', order_id, 'createdAt', to_char(created_at AT TIME ZONE 'UTC',"
    " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')) FROM read_points.ledger WHERE user_id = $1 ORDER BY \"offset\" DESC, line "
    "DESC";

struct Found {
    std::string sessions = "[";
    std::vector<orders::StoredOrder> orders;
    std::string payments = "[";
    std::string points = "[";
};

void append_rows(std::string& to, const postgres::Rows& rows)
{
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0) to += ',';
        to += rows.text(i, 0);
    }
    to += ']';
}

Found everything_of(postgres::Session& session, const StoredAccount& account)
{
    static const std::string orders_sql = "SELECT " + std::string(orders::order_columns) +
                                          " FROM read_orders.orders WHERE user_id = $1 ORDER BY created_at DESC";
    Found found;
    const auto sessions = session.query(sessions_sql, {account.user_id});
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        auto& json = found.sessions;
        json += i > 0 ? R"(,{"id":)" : R"({"id":)";
        events::append_json(json, sessions.text(i, 0));
        const auto device =
            opened_or_empty(account.key, sessions.text(i, 1), bound_to(account.account_id, Sealed::device));
        append_member(json, "device", std::string_view(device));
        append_member(json, "openedAt", sessions.timestamp(i, 2));
        append_member(json, "refreshedAt", sessions.timestamp(i, 3));
        append_name(json, "endedAt");
        sessions.null(i, 4) ? void(json += "null") : events::append_json(json, sessions.timestamp(i, 4));
        json += '}';
    }
    found.sessions += ']';
    const auto orders = session.query(orders_sql, {account.user_id});
    for (std::size_t i = 0; i < orders.size(); ++i) found.orders.push_back(orders::order_in(orders, i));
    append_rows(found.payments, session.query(payments_sql, {account.user_id}));
    append_rows(found.points, session.query(points_sql, {account.user_id}));
    return found;
}

}  // namespace

Awaitable<Response> export_person(Exchange& x)
{
    const auto account = co_await account_of_person(x, x.id<events::UserId>("userId", "USER_001"));
    for (const auto& model : {orders_model, payments_model, points_model}) co_await catch_up(x, model);
    auto work = [&account](postgres::Session& session) { return everything_of(session, account); };
    auto found = co_await x.services.queries.run(work);
    std::string json = R"({"account":)" + account.json();
    append_member(json, "phone", std::string_view(account.opened(Sealed::phone)));
    append_member(json, "profileImage", std::string_view(account.opened(Sealed::profile_image)));
    append_raw(json, "addresses", co_await members::addresses_of(x, account.user_id));
    append_raw(json, "sessions", found.sessions);
    json += R"(,"orders":[)";
    for (bool first = true; auto& order : found.orders) {
        co_await orders::open_address(x, order);
        json += first ? R"({"id":)" : R"(,{"id":)";
        first = false;
        events::append_json(json, order.id);
        append_member(json, "orderNumber", std::string_view(order.number));
        append_member(json, "status", std::string_view(order.status));
        append_member(json, "totalAmount", order.total_amount);
        append_raw(json, "items", order.items);
        append_raw(json, "shippingAddress", order.shipping_address);
        append_member(json, "createdAt", order.created_at);
        json += '}';
    }
    json += ']';
    append_raw(json, "payments", found.payments);
    append_raw(json, "points", found.points);
    co_return success_response(200, json + '}');
}

}  // namespace jangteo::edge::identity
