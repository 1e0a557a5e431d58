// Buyers who give back what has come, sellers who take it back or do not, and what all of that must come to.
#pragma once

#include "events/claims.hpp"
#include "events/orders.hpp"
#include "tests/simulation/world.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace jangteo::simulation {

class Claims {
public:
    explicit Claims(World& world) : world_(world) {}

    /// A buyer claims something of the order, perhaps what he never got or has given back already.
    [[nodiscard]] events::orders::RequestClaim request(const events::OrderId& order, const events::ProductId& product,
                                                       const events::Uuid& command_id);

    using Step = std::pair<events::claims::Command, events::OrderId>;
    /// What those who have to say something of the claims that there are would say next; of each one thing.
    [[nodiscard]] std::vector<Step> next_steps();

    /// Of the accepted events of orders, claims, payments and points.
    void enter(const events::Record& record);
    /// Every claim has ended; whoever gave something back has got what is due, once. Empty, or what is wrong.
    [[nodiscard]] std::string check() const;
    /// What is no longer bought: units that are back on the shelf.
    [[nodiscard]] std::int64_t restocked(const events::ProductId& product, const events::OrderId& order) const;
    /// Units that went out instead of others; a replacement is held by the claim's id, as if that were an order.
    [[nodiscard]] std::int64_t sent_instead(const events::ProductId& product, const events::OrderId& claim) const;
    [[nodiscard]] std::int64_t points_back(const events::OrderId& order) const;
    [[nodiscard]] std::int64_t money_back(const events::PaymentId& payment) const;

private:
    struct Claim {
        events::OrderId order_id;
        std::vector<events::claims::ClaimLine> lines;
        std::vector<events::claims::ReceivedLine> received;
        std::string last;  ///< The type of its last event.
        std::optional<events::orders::ClaimEnded> ended;
        std::int64_t points = 0;  ///< That are back,
        std::int64_t money = 0;   ///< as this is.
    };
    void enter_orders(const events::Record& record);
    void enter_claims(const events::Record& record);
    [[nodiscard]] static std::string wrong_with(const Claim& claim);

    World& world_;
    std::map<events::ClaimId, Claim> claims_;
    std::map<events::PaymentId, std::int64_t> money_back_;
    std::map<events::OrderId, events::orders::OrderAccepted> accepted_;
};

}  // namespace jangteo::simulation
