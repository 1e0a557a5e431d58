// Accounts over HTTP: registering, logging in and out, sessions, codes, and what administrators may do (DOA-AUTH-01…06,
// SH-AUTH-01…13).
#pragma once

#include "http-edge/server/exchange.hpp"

namespace jangteo::edge::identity {

// Getting in
Awaitable<Response> register_account(Exchange& x);
Awaitable<Response> login(Exchange& x);
Awaitable<Response> refresh(Exchange& x);

// Being in
Awaitable<Response> me(Exchange& x);
Awaitable<Response> logout(Exchange& x);
Awaitable<Response> list_sessions(Exchange& x);
Awaitable<Response> end_session(Exchange& x);
Awaitable<Response> end_all_sessions(Exchange& x);

// Codes
Awaitable<Response> send_verification(Exchange& x);
Awaitable<Response> verify_email(Exchange& x);
Awaitable<Response> forgot_password(Exchange& x);
Awaitable<Response> reset_password(Exchange& x);

// Whose account it is
Awaitable<Response> suspend(Exchange& x);
Awaitable<Response> activate(Exchange& x);
Awaitable<Response> change_role(Exchange& x);
Awaitable<Response> erase(Exchange& x);
Awaitable<Response> export_person(Exchange& x);

}  // namespace jangteo::edge::identity
