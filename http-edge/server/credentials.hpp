// What people identify themselves by, beside the access token: the e-mail address, the refresh token, and codes.
#pragma once

#include "events/ids.hpp"
#include "http-edge/server/tokens.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jangteo::edge {

/// Allow-list (SH-SEC-05): plain ASCII, one `@`, a domain of at least two labels, 254 characters at most.
bool is_email(std::string_view text);

/// An account's id is a keyed hash of its address, so that all edges mean the same account by one address and the log does
/// not tell the address (docs/decisions/0015). Upper and lower case are one address. The key is for the life of the log.
events::AccountId account_of(const std::string& email_key, std::string_view email);

/// A refresh token is a MAC over what it stands for: nothing of it is kept anywhere, and nobody makes one up (SH-AUTH-03).
struct RefreshToken {
    events::AccountId account_id;
    events::SessionId session_id;
    std::int64_t generation = 0;

    friend bool operator==(const RefreshToken&, const RefreshToken&) = default;
};
std::string write_refresh_token(const TokenSettings& settings, const RefreshToken& token);
/// Empty for anything that no key of ours has made.
std::optional<RefreshToken> read_refresh_token(const TokenSettings& settings, std::string_view text);

/// Six digits that follow from the command which issues them, so that a repeat of it issues the same ones.
std::string code_of(const TokenSettings& settings, const events::CommandId& command);
/// What the log keeps of a code. Keyed: a million codes are soon tried.
std::string code_hash(const std::string& email_key, const events::AccountId& account, std::string_view purpose,
                      std::string_view code);

}  // namespace jangteo::edge
