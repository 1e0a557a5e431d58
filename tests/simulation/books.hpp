// Books kept beside the deciders' own fold: stock, lots and money by the numbers that the events themselves carry.
#pragma once

#include "events/amounts.hpp"
#include "events/ids.hpp"
#include "events/record.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace jangteo::simulation {

class Books {
public:
    /// Enters an accepted event. Empty, or what in it does not follow from what was entered before.
    std::string enter(const events::Record& event);

    using Bought = std::pair<events::ProductId, events::OrderId>;
    [[nodiscard]] const std::map<events::ProductId, std::int64_t>& held() const { return held_; }
    [[nodiscard]] const std::map<Bought, std::int64_t>& bought() const { return bought_; }
    /// The sum of a user's lots.
    [[nodiscard]] std::int64_t points_of(const events::UserId& user_id) const;
    /// Somebody has points whose time is over.
    [[nodiscard]] bool outlived(events::Timestamp now) const;

private:
    std::string enter_stock(const events::Record& event);
    std::string enter_points(const events::Record& event);
    [[nodiscard]] std::string balance_is(const events::UserId& user_id, events::Points balance) const;

    struct Lot {
        events::LotId id;
        std::int64_t left = 0;
        events::Timestamp expires_at{};
    };
    std::map<events::ProductId, std::int64_t> held_;
    std::map<events::ProductId, std::int64_t> on_hand_;
    std::map<Bought, std::int64_t> bought_;  ///< Deducted and not restored.
    std::map<events::UserId, std::vector<Lot>> lots_;
};

}  // namespace jangteo::simulation
