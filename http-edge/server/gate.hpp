// Who may ask how often (SH-RL-01…04): the rules over what `Usage` counts.
#pragma once

#include "http-edge/server/exchange.hpp"
#include "http-edge/server/usage.hpp"

#include <string>

namespace jangteo::edge {

/// Used by one thread.
class Gate {
public:
    /// `secret` makes of addresses what may travel.
    Gate(RateLimits limits, std::string secret, Usage& usage)
        : limits_(limits), secret_(std::move(secret)), usage_(usage)
    {}

    /// One more request: of its person, or else of its address. Sets the exchange's allowance. Throws Problem COMMON_429.
    void admit(Exchange& x);
    /// One more try to log in, or to prove who one is in another way. Throws Problem AUTH_005 for an address or an account
    /// that is blocked, COMMON_429 for too many tries in a minute.
    void admit_login(Exchange& x, const events::AccountId& account);
    /// It was a wrong one. As many as there may be tries, and the address or the account is blocked.
    void login_failed(const Exchange& x, const events::AccountId& account);

    [[nodiscard]] const RateLimits& limits() const { return limits_; }

private:
    struct LoginKeys {
        UsageKey address;
        UsageKey account;
    };
    [[nodiscard]] LoginKeys login_keys(std::string_view kind, const Exchange& x,
                                       const events::AccountId& account) const;
    [[nodiscard]] bool exempt(const Exchange& x) const;
    void take(Exchange& x, UsageKey key, std::int64_t limit);

    const RateLimits limits_;
    const std::string secret_;
    Usage& usage_;
};

}  // namespace jangteo::edge
