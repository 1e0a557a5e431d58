#include "tests/e2e/front_door.hpp"

#include <iterator>
#include <stdexcept>
#include <utility>

namespace jangteo::e2e {

using namespace std::chrono_literals;
using namespace events;

FrontDoor::FrontDoor()
    : secret("e2e-" + to_string(random_uuid()) + to_string(random_uuid())), port(free_port()), apps(port)
{}

Process& FrontDoor::start_edge(std::vector<std::string> settings)
{
    std::vector<std::string> all{"--edge-address=127.0.0.1:" + std::to_string(port), "--jwt-secret=" + secret,
                                 "--edge-connections-per-address=2000"};
    std::move(settings.begin(), settings.end(), std::back_inserter(all));
    auto& edge = start("edge", std::move(all));
    const auto until = Clock::now() + 60s;
    while (apps.ask_and_wait({.method = "GET", .target = "/ready"}).status != 200) {
        if (Clock::now() > until || !edge.runs()) throw std::runtime_error("the edge is not ready");
        apps.run_for(50ms);
    }
    return edge;
}

std::string FrontDoor::token(const UserId& user, edge::Role role) const
{
    return edge::mint_token({.keys = {{"local", secret}}}, {user, role}, std::chrono::system_clock::now());
}

HttpAnswer FrontDoor::put_item(const ProductId& product, std::int64_t on_hand, std::int64_t price)
{
    return apps.ask_and_wait({.method = "PUT",
                              .target = "/api/v1/inventory/" + product.text(),
                              .token = token({random_uuid()}, edge::Role::admin),
                              .body = R"({"onHand":)" + std::to_string(on_hand) + R"(,"name":"머그컵","unitPrice":)" +
                                      std::to_string(price) + R"(,"sellerId":")" + to_string(random_uuid()) + "\"}",
                              .prefer = "wait=30"});
}

HttpRequest FrontDoor::order_request(const UserId& user, const ProductId& product, int quantity, const std::string& key,
                                     std::int64_t points) const
{
    return {.method = "POST",
            .target = "/api/v1/orders",
            .token = token(user),
            .body = R"({"userId":")" + user.text() + R"(","items":[{"productId":")" + product.text() +
                    R"(","quantity":)" + std::to_string(quantity) +
                    R"(}],"shippingAddress":{"recipientName":"홍길동","phone":"010-1234-5678","zipCode":"04524",)"
                    R"("address":"서울특별시 중구 세종대로 110"},"pointsToUse":)" +
                    std::to_string(points) + "}",
            .idempotency_key = key,
            .prefer = "wait=30"};
}

}  // namespace jangteo::e2e
