// What becomes of an account: suspended, let in again, of another role, erased.
#include "events/codec.hpp"
#include "http-edge/identity/identity.hpp"
#include "http-edge/identity/stored_account.hpp"
#include "http-edge/server/json_members.hpp"

namespace jangteo::edge::identity {

using namespace events::identity;

namespace {

/// What nobody can bring to an end without knowing whom it concerns: orders that have to be sent, goods that are on their way
/// back or come anew, and what the market still owes to a seller.
constexpr std::string_view under_way =
    "SELECT (SELECT count(*) FROM read_orders.orders WHERE user_id = $1"
    " AND status IN ('placing', 'pending', 'confirmed', 'processing', 'shipped')),"
    " (SELECT count(*) FROM read_claims.claims WHERE user_id = $1"
    " AND status IN ('requested', 'approved', 'collecting', 'received')),"
    " (SELECT count(*) FROM read_settlement.settlements WHERE seller_id = $1"
    " AND status IN ('scheduled', 'confirmed', 'held'))";

Awaitable<void> require_nothing_under_way(Exchange& x, events::UserId user)
{
    for (const auto& model : {orders_model, claims_model, settlement_model}) co_await catch_up(x, model);
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(user);
    const auto rows = co_await x.services.queries.query(under_way, std::move(parameters));
    if (rows.integer(0, 0) + rows.integer(0, 1) + rows.integer(0, 2) == 0) co_return;
    std::string details = R"({"ordersUnderWay":)" + std::to_string(rows.integer(0, 0));
    append_member(details, "claimsUnderWay", rows.integer(0, 1));
    append_member(details, "settlementsUnderWay", rows.integer(0, 2));
    throw Problem("COMMON_409", details + '}');
}

events::UserId person_of(const Exchange& x)
{
    return x.id<events::UserId>("userId", "USER_001");
}

template <class Command>
Awaitable<Response> settled(Exchange& x, const BodyReader& body, const Command& command, std::string_view status)
{
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, command, command.account_id.text(), command.account_id.value);
    Render render = [user = command.user_id, status = std::string(status)](Exchange& exchange, const Answer& answer) {
        // Here at once; the other edges hear of it from the log.
        events::Record event;
        event.envelope.type = answer.type;
        event.value = answer.value;
        exchange.services.revocations.apply(event, std::chrono::steady_clock::now(), [](const events::UserId&) {});
        std::string data = R"({"userId":)";
        events::append_json(data, user);
        append_member(data, "status", std::string_view(status));
        return success_response(200, data + '}');
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace

Awaitable<Response> suspend(Exchange& x)
{
    const auto user = person_of(x);
    BodyReader body(x.request);
    auto reason = body.fields().optional_text("reason", 500);
    body.check();
    if (reason && reason->empty()) reason.reset();
    const auto account = co_await account_of_person(x, user);
    SuspendAccount command{account.account_id, user, std::move(reason)};
    auto response = co_await settled(x, body, command, "suspended");
    co_return response;
}

Awaitable<Response> activate(Exchange& x)
{
    const auto user = person_of(x);
    const BodyReader body("{}");
    const auto account = co_await account_of_person(x, user);
    ActivateAccount command{account.account_id, user};
    auto response = co_await settled(x, body, command, "active");
    co_return response;
}

Awaitable<Response> change_role(Exchange& x)
{
    const auto user = person_of(x);
    BodyReader body(x.request);
    const auto fields = body.fields();
    const auto text = fields.text("role", 1, 20);
    const auto role = events::identity::parse_role(text);
    if (!role && !text.empty()) {
        fields.wrong("role", {"user, seller, admin 중 하나여야 합니다", "must be one of user, seller, admin"});
    }
    body.check();
    const auto account = co_await account_of_person(x, user);
    ChangeRole command{account.account_id, user, *role};
    auto response = co_await settled(x, body, command, account.status);
    co_return response;
}

/// First the account ends, then the key goes. Should this edge end between the two, another one takes the key away (people.cpp).
Awaitable<Response> erase(Exchange& x)
{
    const auto user = person_of(x);
    const auto account = co_await account_of_person(x, user);
    co_await require_nothing_under_way(x, user);
    const BodyReader body("{}");
    EraseAccount command{account.account_id, user};
    auto response = co_await settled(x, body, command, "deleted");
    if (response.status == 200 || response.error_code == "COMMON_409") co_await x.services.people.erase(user);
    co_return response;
}

}  // namespace jangteo::edge::identity
