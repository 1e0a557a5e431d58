// DOA-USER-03…06. What an address says is sealed before it leaves (docs/decisions/0014).
#include "http-edge/members/addresses.hpp"

#include "events/members.hpp"
#include "http-edge/members/members.hpp"
#include "http-edge/orders/address.hpp"
#include "http-edge/server/commanding.hpp"
#include "http-edge/server/json_members.hpp"

namespace jangteo::edge::members {

using namespace events::members;
using events::AddressId;
using events::UserId;
using events::orders::ShippingAddress;

namespace {

constexpr std::string_view addresses_sql =
    "SELECT one ->> 'id', one ->> 'address', (one ->> 'isDefault')::boolean, one ->> 'createdAt', one ->> 'updatedAt'"
    " FROM read_members.address_books, jsonb_array_elements(addresses) WITH ORDINALITY AS e(one, place)"
    " WHERE user_id = $1 ORDER BY 3 DESC, place DESC";

/// As a member writes an address.
struct Typed {
    ShippingAddress address;
    bool is_default = false;
};

Typed read_typed(BodyReader& body)
{
    const auto fields = body.fields();
    Typed typed{orders::read_address(fields), fields.optional_boolean("isDefault").value_or(false)};
    body.check();
    return typed;
}

std::string bound_to(const UserId& user, const AddressId& id)
{
    auto text = user.text();
    text += "/addresses/";
    return text += id.text();
}

Awaitable<std::string> sealed(Exchange& x, UserId user, AddressId id, std::string typed)
{
    const auto key = co_await x.services.people.key_of(user);
    if (!key) throw Problem("USER_001");
    co_return crypto::seal(*key, typed, bound_to(user, id));
}

/// `typed` is the object that was sealed. The brace is left open.
std::string address_json(std::string_view id, std::string_view typed, bool is_default)
{
    std::string json = R"({"id":)";
    events::append_json(json, id);
    json += ',';
    json += typed.substr(1, typed.size() - 2);
    append_member(json, "isDefault", is_default);
    return json;
}

/// Sends what keeps an address, and answers with it.
template <class Event, class Command>
Awaitable<Response> keep(Exchange& x, CommandHead head, Command command, std::string typed, int status)
{
    command.address = co_await sealed(x, command.user_id, command.address_id, typed);
    auto record = command_record(x, head, context, command, command.user_id.text(), x.trace.correlation_id);
    Render render = [typed = std::move(typed), status](Exchange&, const Answer& answer) {
        const auto event = read<Event>(answer);
        return success_response(status, address_json(event.address_id.text(), typed, event.is_default) + '}');
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace

Awaitable<std::string> addresses_of(Exchange& x, UserId user)
{
    co_await catch_up(x, members_model);
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(user);
    const auto rows = co_await x.services.queries.query(addresses_sql, std::move(parameters));
    const auto key = co_await x.services.people.key_of(user);
    std::string json = "[";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto id = AddressId{rows.uuid(i, 0)};
        const auto typed = opened_or_empty(key, rows.text(i, 1), bound_to(user, id));
        if (typed.empty()) continue;
        if (json.size() > 1) json += ',';
        json += address_json(id.text(), typed, rows.boolean(i, 2));
        append_member(json, "createdAt", rows.text(i, 3));
        append_member(json, "updatedAt", rows.text(i, 4));
        json += '}';
    }
    co_return json + ']';
}

Awaitable<Response> list_addresses(Exchange& x)
{
    const auto json = co_await addresses_of(x, x.id<UserId>("userId", "USER_001"));
    co_return success_response(200, json);
}

/// DOA-USER-04
Awaitable<Response> add_address(Exchange& x)
{
    const auto user = x.id<UserId>("userId", "USER_001");
    BodyReader body(x.request);
    const auto typed = read_typed(body);
    const auto head = head_of(x, body);
    AddAddress command{user, {events::uuid_v5(head.id.value, "address")}, {}, typed.is_default};
    auto response = co_await keep<AddressAdded>(x, head, std::move(command), to_json(typed.address), 201);
    co_return response;
}

/// DOA-USER-05
Awaitable<Response> change_address(Exchange& x)
{
    const auto user = x.id<UserId>("userId", "USER_001");
    const auto id = x.id<AddressId>("addressId");
    BodyReader body(x.request);
    const auto typed = read_typed(body);
    ChangeAddress command{user, id, {}, typed.is_default};
    auto response = co_await keep<AddressChanged>(x, head_of(x, body), std::move(command), to_json(typed.address), 200);
    co_return response;
}

/// DOA-USER-06: that it is not there is what was asked for.
Awaitable<Response> remove_address(Exchange& x)
{
    const RemoveAddress command{x.id<UserId>("userId", "USER_001"), x.id<AddressId>("addressId")};
    const BodyReader nothing("{}");
    const auto head = head_of(x, nothing);
    auto record = command_record(x, head, context, command, command.user_id.text(), x.trace.correlation_id);
    Render render = [](Exchange&, const Answer&) { return success_response(200, "{}"); };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response.error_code == "COMMON_409" ? success_response(200, "{}") : std::move(response);
}

}  // namespace jangteo::edge::members
