// The stand-in gateways (tests/standins) as a process beside the house. What they know outlives them.
#pragma once

#include "tests/e2e/http.hpp"
#include "tests/e2e/process.hpp"

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace jangteo::e2e {

class StandIns {
public:
    /// `folder`: where their books are. The usual one is shared by all tests, as the log is: a test may leave payments
    /// behind that a later one comes upon.
    explicit StandIns(const std::string& folder = "e2e-standins");

    /// Of a gateway: `/toss`, `/inicis`.
    [[nodiscard]] std::string url(const std::string& path) const;

    /// For the roles that act outside, and for the edge.
    [[nodiscard]] std::vector<std::string> settings() const;
    /// TossPayments' webhooks go to the edge at this port.
    void call_back(std::uint16_t edge_port);
    /// The buyer pays in the gateway's window: the payment's key.
    std::string pay(const std::string& payment_id, std::int64_t amount);
    /// The buyer wants to pay into a virtual account, which is over after so long: the payment's key.
    std::string pay_in(const std::string& payment_id, std::int64_t amount, std::chrono::seconds within);
    /// The buyer agrees in KG Inicis' window: the form that the browser brings back.
    std::string pay_at_inicis(const std::string& payment_id, std::int64_t amount, bool mobile);
    /// tests/standins/README.md, "trouble". What is not named stays.
    void trouble(const boost::json::object& wanted);
    void calm();

    struct Account {
        std::int64_t captured = 0;
        std::int64_t given_back = 0;
        int confirms = 0;
        int refunds = 0;  ///< Done.
    };
    /// Of both gateways, by our payment's id.
    std::map<std::string, Account> ledger();
    /// What the gateways did to their callers, as JSON.
    std::string deeds();
    /// Anything else of tests/standins/README.md. Throws std::runtime_error when it is refused.
    boost::json::object control(const std::string& method, const std::string& path,
                                const boost::json::object& body = {});

private:
    const std::uint16_t port_;
    Process process_;
    Apps apps_;
};

}  // namespace jangteo::e2e
