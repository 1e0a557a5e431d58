// The house as apps see it: over HTTP.
#pragma once

#include "http-edge/server/tokens.hpp"
#include "tests/e2e/house.hpp"
#include "tests/e2e/http.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace jangteo::e2e {

class FrontDoor : public House {
public:
    FrontDoor();

    /// Returns when it serves.
    Process& start_edge(std::vector<std::string> settings = {});
    [[nodiscard]] std::string token(const events::UserId& user, edge::Role role = edge::Role::user) const;
    HttpAnswer put_item(const events::ProductId& product, std::int64_t on_hand, std::int64_t price);
    [[nodiscard]] HttpRequest order_request(const events::UserId& user, const events::ProductId& product, int quantity,
                                            const std::string& key, std::int64_t points = 0) const;

    const std::string secret;  ///< Signs the tokens.
    const std::uint16_t port;
    Apps apps;
};

}  // namespace jangteo::e2e
