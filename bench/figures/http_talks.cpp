#include "bench/figures/http_talks.hpp"

#include "bench/figures/runner.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace jangteo::bench {

namespace {

constexpr std::size_t step = 7'919;  // No factor in common with the number of products: all are visited.

std::string shown(unsigned status, std::string_view body)
{
    return fmt::format("{} {}", status, body.substr(0, 300));
}

}  // namespace

PutRequests::PutRequests(Tokens& tokens, std::size_t products)
{
    const auto& token = tokens.token_of(journey_admin(), Role::admin);
    const auto seller = events::to_string(events::uuid_v5(events::url_namespace, "figures:seller"));
    for (std::size_t i = 0; i < products; ++i) {
        const nlohmann::ordered_json body{{"onHand", 1'000'000'000},
                                          {"name", "figure " + std::to_string(i)},
                                          {"unitPrice", 1'000},
                                          {"sellerId", seller}};
        requests_.push_back(http_request("PUT", "/api/v1/inventory/" + figures_product(i).text(), token, body.dump()));
    }
}

void PutRequests::ask(std::size_t, std::string& request)
{
    request = requests_[next_ % requests_.size()];
    next_ += step;
}

std::string PutRequests::complaint(std::size_t, unsigned status, std::string_view body)
{
    return status == 200 ? std::string() : shown(status, body);
}

OrderRequests::OrderRequests(Tokens& tokens, const std::string& crowd, std::size_t buyers, std::size_t first_product,
                             std::size_t products)
{
    for (std::size_t i = 0; i < buyers; ++i) {
        const events::UserId buyer{
            events::uuid_v5(events::url_namespace, fmt::format("figures:buyer:{}:{}", crowd, i))};
        buyers_.push_back({buyer.text(), tokens.token_of(buyer, Role::user)});
    }
    for (std::size_t i = 0; i < products; ++i) products_.push_back(figures_product(first_product + i).text());
}

void OrderRequests::ask(std::size_t connection, std::string& request)
{
    const auto& buyer = buyers_[connection % buyers_.size()];
    const auto& product = products_[next_ % products_.size()];
    next_ += step;
    std::string body = R"({"userId":")";
    body.append(buyer.id).append(R"(","items":[{"productId":")").append(product);
    body.append(R"(","quantity":1}],"shippingAddress":{"recipientName":"홍길동","phone":"010-1234-5678",)"
                R"("zipCode":"06234","address":"서울특별시 강남구 테헤란로 152"}})");
    request = http_request("POST", "/api/v1/orders", buyer.token, body);
}

std::string OrderRequests::complaint(std::size_t, unsigned status, std::string_view body)
{
    return status == 201 ? std::string() : shown(status, body);
}

std::string RaceRequests::complaint(std::size_t, unsigned status, std::string_view body)
{
    if (status == 201) {
        ++accepted;
        return {};
    }
    const auto json = nlohmann::json::parse(body, nullptr, false);
    const auto* code = json.is_object() && json.contains("error") && json["error"].is_object() &&
                               json["error"].contains("code") && json["error"]["code"].is_string()
                           ? json["error"]["code"].get_ptr<const std::string*>()
                           : nullptr;
    ++refused[code != nullptr ? *code : fmt::format("HTTP {}", status)];
    return code != nullptr ? std::string() : shown(status, body);
}

}  // namespace jangteo::bench
