#include "events/claims.hpp"
#include "events/codec.hpp"
#include "events/orders.hpp"
#include "http-edge/claims/claims.hpp"
#include "http-edge/claims/stored_claim.hpp"
#include "http-edge/server/json_members.hpp"

#include <boost/json.hpp>

namespace jangteo::edge::claims {

using namespace events::orders;

namespace {

constexpr std::size_t most_lines = 200;
constexpr std::int64_t most_units = 20'000;
constexpr std::size_t most_images = 5;
constexpr std::size_t longest_address = 1'000;

RequestClaim read_claim(BodyReader& body, ClaimKind kind)
{
    RequestClaim claim;
    claim.kind = kind;
    const auto fields = body.fields();
    if (fields.has("items")) {
        fields.each("items", 1, most_lines, [&](const Fields& item, std::size_t) {
            claim.lines.push_back({item.id<events::ProductId>("productId"), item.integer("quantity", 1, most_units)});
        });
    }
    claim.reason = fields.text("reason", 1, 500);
    if (fields.has("imageUrls")) claim.image_urls = fields.texts("imageUrls", 0, most_images, longest_address);
    for (const auto& address : claim.image_urls) {
        if (address.empty() || address.starts_with("https://") || address.starts_with("http://")) continue;
        fields.wrong("imageUrls", {"http 또는 https 주소여야 합니다", "must be addresses of http or https"});
    }
    if (kind == ClaimKind::exchange) claim.wanted_options = fields.optional_json_object("wantedOptions");
    body.check();
    return claim;
}

/// Who says nothing of items means all of the order (DOA-ORD-06).
std::vector<ClaimLine> all_of(const orders::StoredOrder& order)
{
    std::vector<ClaimLine> lines;
    const auto items = boost::json::parse(order.items);
    for (const auto& item : items.as_array()) {
        const auto product = events::ProductId::parse(std::string_view(item.at("productId").as_string()));
        lines.push_back({product.value_or(events::ProductId{}), item.at("quantity").to_number<std::int64_t>()});
    }
    return lines;
}

Response opened(Exchange&, const Answer& answer)
{
    const auto event = read<events::claims::ClaimOpened>(answer);
    std::string data = R"({"id":)";
    events::append_json(data, event.claim_id);
    append_member(data, "orderId", event.order_id);
    append_member(data, "sellerId", event.seller_id);
    append_member(data, "type", name_of(to_text(event.kind)));
    append_member(data, "status", std::string_view("requested"));
    const bool exchange = event.kind == events::claims::ClaimKind::exchange;
    auto response =
        success_response(201, data + '}', exchange ? "교환 신청이 접수되었습니다" : "반품 신청이 접수되었습니다");
    response.headers.emplace_back("Location", "/api/v1/returns/" + event.claim_id.text());
    return response;
}

/// Whether the goods may come back the order itself decides; here is only who may ask.
Awaitable<Response> request(Exchange& x, ClaimKind kind)
{
    BodyReader body(x.request);
    auto claim = read_claim(body, kind);
    const auto order = co_await orders::order_of_caller(x);
    if (!order.exists()) throw Problem("ORD_001");
    if (!x.caller().may_act_for(order.user_id)) throw Problem("COMMON_403");
    if (claim.lines.empty()) claim.lines = all_of(order);
    const auto head = head_of(x, body);
    claim.order_id = order.id;
    claim.claim_id = {events::uuid_v5(head.id.value, "claim")};
    auto record = command_record(x, head, context, claim, order.id.text(), order.id.value);
    Render render = opened;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace

/// DOA-ORD-06
Awaitable<Response> give_back(Exchange& x)
{
    auto response = co_await request(x, ClaimKind::refund);
    co_return response;
}

/// DOA-ORD-07: for others of the same products.
Awaitable<Response> exchange(Exchange& x)
{
    auto response = co_await request(x, ClaimKind::exchange);
    co_return response;
}

}  // namespace jangteo::edge::claims
