// The stand-in gateways (tests/standins) as a process beside the house. What they know outlives them.
#pragma once

#include "tests/e2e/http.hpp"
#include "tests/e2e/process.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace jangteo::e2e {

class StandIns {
public:
    StandIns();

    /// For the roles that act outside, and for the edge.
    [[nodiscard]] std::vector<std::string> settings() const;
    /// TossPayments' webhooks go to the edge at this port.
    void call_back(std::uint16_t edge_port);
    /// The buyer pays in the gateway's window: the payment's key.
    std::string pay(const std::string& payment_id, std::int64_t amount);
    /// tests/standins/README.md, "trouble". `{}` leaves it as it is.
    void trouble(const std::string& json);
    void calm();

    struct Account {
        std::int64_t captured = 0;
        std::int64_t given_back = 0;
        int confirms = 0;
        int refunds = 0;  ///< Done.
    };
    /// By our payment's id.
    std::map<std::string, Account> ledger();
    /// What the gateways did to their callers, as JSON.
    std::string deeds();

private:
    std::string control(const std::string& method, const std::string& path, const std::string& body = {});

    const std::uint16_t port_;
    Process process_;
    Apps apps_;
};

}  // namespace jangteo::e2e
