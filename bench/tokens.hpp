// Bearer tokens for the people that the load and the figures act for.
#pragma once

#include "events/ids.hpp"
#include "http-edge/server/tokens.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

namespace jangteo::bench {

using edge::Role;

/// Gives out access tokens and renews them before they end, so that a load of hours does not run into a 401.
class Tokens {
public:
    /// Signs tokens itself with the secret that the edge verifies with: `id:secret` or a secret alone, and of several
    /// with commas between them the first, as in JANGTEO_JWT_SECRET. Throws std::invalid_argument for a short one.
    static Tokens signed_with(const std::string& secret);
    /// Asks `command --user ID [--role seller|admin]` and takes what it prints: for an edge whose secret is not ours.
    static Tokens printed_by(std::string command);

    /// Throws std::runtime_error when the command gives no token.
    const std::string& token_of(const events::UserId& user, Role role);

private:
    struct Token {
        std::string text;
        std::chrono::system_clock::time_point renew_at;
    };

    [[nodiscard]] std::string ask(const events::UserId& user, Role role) const;

    edge::TokenSettings settings_;
    std::string command_;
    std::map<Role, std::unordered_map<events::UserId, Token>> given_;
};

/// The one who stocks the shelves and grants the points: the same in every run, or a repeat would be another command.
events::UserId journey_admin();

}  // namespace jangteo::bench
