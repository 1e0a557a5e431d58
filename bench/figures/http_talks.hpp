// What the figures ask the edge for.
#pragma once

#include "bench/figures/http_loop.hpp"
#include "bench/tokens.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace jangteo::bench {

/// `PUT /api/v1/inventory/:productId` over the products, the plainest command that the edge takes.
class PutRequests final : public HttpTalk {
public:
    PutRequests(Tokens& tokens, std::size_t products);
    void ask(std::size_t connection, std::string& request) override;
    std::string complaint(std::size_t connection, unsigned status, std::string_view body) override;

private:
    std::vector<std::string> requests_;
    std::size_t next_ = 0;
};

/// Orders of one line and one unit, every connection a buyer of its own, over so many products from the first on.
class OrderRequests : public HttpTalk {
public:
    /// Buyers differ from those of another `crowd`.
    OrderRequests(Tokens& tokens, const std::string& crowd, std::size_t buyers, std::size_t first_product,
                  std::size_t products);
    void ask(std::size_t connection, std::string& request) override;
    std::string complaint(std::size_t connection, unsigned status, std::string_view body) override;

private:
    struct Buyer {
        std::string id;
        std::string token;
    };
    std::vector<Buyer> buyers_;
    std::vector<std::string> products_;
    std::size_t next_ = 0;
};

/// Orders that may be refused: counts what came.
class RaceRequests final : public OrderRequests {
public:
    using OrderRequests::OrderRequests;
    std::string complaint(std::size_t connection, unsigned status, std::string_view body) override;

    std::size_t accepted = 0;
    std::map<std::string, std::size_t> refused;  ///< By code; `HTTP 503` for what is not the edge's refusal.
};

}  // namespace jangteo::bench
