// The products that a member wishes for, and those looked at.
#include "events/members.hpp"
#include "http-edge/members/members.hpp"
#include "http-edge/server/commanding.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/pagination.hpp"

namespace jangteo::edge::members {

using namespace events::members;

namespace {

/// PROD_001 for a product that nobody sells.
Awaitable<void> require_product(Exchange& x, events::ProductId id)
{
    co_await catch_up(x, stock_model);
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(id);
    const auto rows = co_await x.services.queries.query("SELECT 1 FROM read_stock.stock WHERE product_id = $1",
                                                        std::move(parameters));
    if (rows.empty()) throw Problem("PROD_001", R"({"productId":")" + id.text() + "\"}");
}

/// What the caller wants is so already, and that is as good (DOA-USER-08, 09).
Response as_good(Response response, const std::string& data)
{
    return response.error_code == "COMMON_409" ? success_response(200, data) : std::move(response);
}

std::string product_json(const events::ProductId& id)
{
    return R"({"productId":")" + id.text() + "\"}";
}

struct Cards {
    std::int64_t total = 0;
    std::string json = "[";
};

/// The cards of one member’s products: as they are sold now, or bare when nobody sells them any more. The rows say
/// how many there are, then product, name, price, seller, available and when, of each.
Cards read_cards(const postgres::Rows& rows, std::string_view when)
{
    Cards cards;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto& json = cards.json;
        cards.total = rows.integer(i, 0);
        json += i > 0 ? R"(,{"productId":)" : R"({"productId":)";
        events::append_json(json, rows.text(i, 1));
        if (rows.null(i, 2)) {
            for (const auto* name : {"name", "price", "sellerId", "available"}) append_raw(json, name, "null");
        } else {
            append_member(json, "name", rows.text(i, 2));
            append_member(json, "price", rows.integer(i, 3));
            append_member(json, "sellerId", rows.text(i, 4));
            append_member(json, "available", rows.integer(i, 5));
        }
        append_member(json, when, rows.text(i, 6));
        json += '}';
    }
    cards.json += ']';
    return cards;
}

/// Sends what becomes of `command`: 201 for what is new, 200 for what was so already.
template <class Command, class Event>
Awaitable<Response> change(Exchange& x, const BodyReader& body, const Command& command, int status)
{
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, command, command.user_id.text(), x.trace.correlation_id);
    Render render = [status](Exchange&, const Answer& answer) {
        return success_response(status, product_json(read<Event>(answer).product_id));
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return as_good(std::move(response), product_json(command.product_id));
}

events::ProductId product_in(const BodyReader& body, const Fields& fields)
{
    const auto id = fields.id<events::ProductId>("productId");
    body.check();
    return id;
}

}  // namespace

/// DOA-USER-07: the newest first.
Awaitable<Response> wishlist(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    const auto page = page_of(x.request);
    co_await catch_up(x, members_model);
    auto work = [&](postgres::Session& session) {
        auto cards = read_cards(
            session.query("SELECT jsonb_array_length(w.products), e.one ->> 'productId', s.name, s.unit_price,"
                          " s.seller_id, s.on_hand - s.reserved, e.one ->> 'addedAt' FROM read_members.wishlists w,"
                          " jsonb_array_elements(w.products) WITH ORDINALITY AS e(one, place)"
                          " LEFT JOIN read_stock.stock s ON s.product_id = (e.one ->> 'productId')::uuid"
                          " WHERE w.user_id = $1 ORDER BY e.place DESC LIMIT $2 OFFSET $3",
                          {user, page.limit, page.offset()}),
            "addedAt");
        // A page beyond the end has no row that could say how many there are.
        const auto total =
            session.query("SELECT jsonb_array_length(products) FROM read_members.wishlists WHERE user_id = $1", {user});
        cards.total = total.empty() ? 0 : total.integer(0, 0);
        return cards;
    };
    const auto cards = co_await x.services.queries.run(work);
    co_return page_response(cards.json, page, cards.total);
}

Awaitable<Response> wish(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    BodyReader body(x.request);
    const AddToWishlist command{user, product_in(body, body.fields())};
    co_await require_product(x, command.product_id);
    auto response = co_await change<AddToWishlist, AddedToWishlist>(x, body, command, 201);
    co_return response;
}

Awaitable<Response> wish_no_more(Exchange& x)
{
    const RemoveFromWishlist command{x.id<events::UserId>("userId", "USER_001"),
                                     x.id<events::ProductId>("productId", "PROD_001")};
    const BodyReader body("{}");
    auto response = co_await change<RemoveFromWishlist, RemovedFromWishlist>(x, body, command, 200);
    co_return response;
}

/// DOA-USER-11: the latest first.
Awaitable<Response> recently_viewed(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    co_await catch_up(x, members_model);
    auto work = [&user](postgres::Session& session) {
        return read_cards(
            session.query("SELECT jsonb_array_length(v.products), e.one ->> 'productId', s.name, s.unit_price,"
                          " s.seller_id, s.on_hand - s.reserved, e.one ->> 'viewedAt'"
                          " FROM read_members.recently_viewed v,"
                          " jsonb_array_elements(v.products) WITH ORDINALITY AS e(one, place)"
                          " LEFT JOIN read_stock.stock s ON s.product_id = (e.one ->> 'productId')::uuid"
                          " WHERE v.user_id = $1 ORDER BY e.place",
                          {user}),
            "viewedAt");
    };
    const auto cards = co_await x.services.queries.run(work);
    co_return success_response(200, cards.json);
}

Awaitable<Response> view(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    BodyReader body(x.request);
    const ViewProduct command{user, product_in(body, body.fields())};
    co_await require_product(x, command.product_id);
    auto response = co_await change<ViewProduct, ProductViewed>(x, body, command, 201);
    co_return response;
}

}  // namespace jangteo::edge::members
