// What registering, logging in and refreshing share: the tokens that a session is given.
#pragma once

#include "http-edge/identity/stored_account.hpp"
#include "http-edge/server/body.hpp"
#include "http-edge/server/credentials.hpp"

#include <string>
#include <string_view>

namespace jangteo::edge::identity {

std::string read_email(const Fields& fields);
/// DOA: 8 characters at least, and no more bytes than count.
std::string read_password(const Fields& fields);
/// What the session was opened with, for its owner's list; sealed. Empty when the app does not say.
std::optional<std::string> sealed_device(const Exchange& x, const crypto::Key& key, const events::AccountId& account);

/// A session's tokens, and in `user`, when it is not empty, the person's JSON.
Response tokens_response(Exchange& x, int status, const Caller& caller, const RefreshToken& refresh,
                         std::string_view user = {});

}  // namespace jangteo::edge::identity
