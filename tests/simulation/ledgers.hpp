// The ledgers of sellers kept beside the deciders' own fold, by the postings that the events carry; in the end against what
// buyers have paid.
#pragma once

#include "events/ids.hpp"
#include "events/record.hpp"
#include "events/settlement.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace jangteo::simulation {

class Ledgers {
public:
    /// Enters an accepted event. Empty, or what in it cannot be.
    std::string enter(const events::Record& event);
    /// When the world is at rest: captured = settled + fees + refunded + open, for every order and in total; every run has
    /// come to its end, and nobody was paid twice.
    [[nodiscard]] std::string check() const;

    [[nodiscard]] const std::map<events::SettlementId, events::SellerId>& settlements() const { return seller_of_; }

private:
    using Account = events::settlement::Account;

    struct Order {
        std::int64_t total = 0;  ///< Won that it costs, without points.
        std::int64_t captured = 0;
        std::int64_t requested = 0;        ///< Went back because somebody asked for it.
        std::int64_t refunded = 0;         ///< In all but for what came back:
        std::int64_t returned = 0;         ///< so much is due for that,
        std::int64_t back_for_claims = 0;  ///< and so much has gone back.
        bool kept = false;
        std::map<Account, std::int64_t> entered;
    };
    struct Run {
        std::int64_t settled = 0;
        std::int64_t amount = 0;
        bool completed = false;
    };

    void enter_order(const events::Record& event);
    void enter_payment(const events::Record& event);
    std::string enter_settlement(const events::Record& event);
    std::string post(const auto& event);

    std::map<events::OrderId, Order> orders_;
    std::map<Account, std::int64_t> accounts_;
    std::map<events::SettlementId, events::SellerId> seller_of_;
    std::map<events::SettlementId, std::int64_t> scheduled_;
    std::set<events::SettlementId> paid_;
    std::set<events::SellerId> sold_;
    std::set<events::SellerId> registered_;
    std::map<events::RunId, Run> runs_;
};

}  // namespace jangteo::simulation
