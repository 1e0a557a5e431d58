// Access tokens: JWT signed with HMAC-SHA256 (SH-AUTH-01), verified as RFC 8725 demands.
//
// Why not a library: Debian has cpp-jwt 1.4 and libjwt 1.10. Both are given the key before they read the header, so the
// token would be parsed twice to choose the key by `kid`; and what RFC 8725 asks for beside the signature (no `crit`,
// `jku`, `jwk`, `x5u`; one spelling of the base64url; no member twice; bounded size and depth; `typ`, `iss`, `aud`) would
// still have to be written around them. What would be left to the library is one HMAC, and that is OpenSSL's.
#pragma once

#include "events/ids.hpp"
#include "http-edge/server/http.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace jangteo::edge {

/// The algorithm belongs to the key: a token cannot choose it.
struct SigningKey {
    std::string id;      ///< `kid`
    std::string secret;  ///< At least 32 bytes (RFC 7518 §3.2).
};

struct TokenSettings {
    /// The first one signs; every one verifies. Two of them live while keys change.
    std::vector<SigningKey> keys;
    std::string issuer = "jangteo";
    std::string audience = "jangteo";
    std::chrono::seconds lifetime{3'600};
    std::chrono::seconds leeway{30};
};

inline constexpr std::size_t longest_token = 4'096;

/// Throws std::invalid_argument: no key, a key without an id or with too short a secret, two keys of one id.
void check(const TokenSettings& settings);

/// A signed token, for `jangteo token`.
std::string mint_token(const TokenSettings& settings, const Caller& caller, std::chrono::system_clock::time_point now);

/// Used by one thread.
class TokenVerifier {
public:
    explicit TokenVerifier(TokenSettings settings);
    TokenVerifier(const TokenVerifier&) = delete;
    TokenVerifier& operator=(const TokenVerifier&) = delete;
    ~TokenVerifier();

    /// `authorization` is the header's value. Throws Problem: AUTH_003 `No token provided` or `Invalid token`, AUTH_002
    /// `Token expired` (SH-AUTH-08).
    Caller verify(std::string_view authorization, std::chrono::system_clock::time_point now);

private:
    struct Verified {
        Caller caller;
        std::chrono::sys_seconds not_before;
        std::chrono::sys_seconds expires;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    [[nodiscard]] Verified read(std::string_view token) const;
    [[nodiscard]] Caller checked(const Verified& verified, std::chrono::system_clock::time_point now) const;

    TokenSettings settings_;
    /// Tokens that have been verified, by their whole text: apps send the same one for an hour.
    std::unordered_map<std::string, Verified, Hash, std::equal_to<>> known_;
};

}  // namespace jangteo::edge
