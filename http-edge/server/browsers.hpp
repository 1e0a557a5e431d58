// What browsers need beside what apps do: which pages may ask (CORS, SH-SEC-03), the session in cookies that no script can
// read (ECG-01), and the certainty that a request with such a cookie was meant (CSRF).
#pragma once

#include "http-edge/server/http.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jangteo::edge {

struct Browsers {
    /// `https://shop.example.com`: pages from there may ask, with cookies. Those of our own address always may.
    std::vector<std::string> allowed_origins;
};

/// The one from which the request says it comes is allowed to read answers.
bool may_read(const Browsers& browsers, const Request& request);
/// The answer to a browser that asks whether it may ask.
Response preflight_response(const Browsers& browsers, const Request& request);
/// What lets the page see the answer; nothing when it may not.
void add_cross_origin_headers(const Browsers& browsers, const Request& request, Response& response);

/// The access token that the request brings: in the header, or else in the cookie. In the form of the header. Throws Problem
/// AUTH_007 for a request that changes something, brings a cookie, and comes from a page that is not ours.
std::string authorization_of(const Browsers& browsers, const Request& request);
/// The refresh token in the cookie; empty without one. Throws as `authorization_of`.
std::string refresh_token_of(const Browsers& browsers, const Request& request);
/// Throws Problem AUTH_007 when a page that is not ours asks to log in with cookies.
void check_origin(const Browsers& browsers, const Request& request);

/// The app asked for cookies instead of tokens: `?session=cookie`.
bool wants_cookies(const Request& request);
void set_cookies(Response& response, std::string_view access_token, std::chrono::seconds access_life,
                 std::string_view refresh_token, std::chrono::seconds refresh_life);
void clear_cookies(Response& response);

/// What every answer says to browsers (SH-SEC-01, SH-SEC-02), as header lines.
extern const std::string_view security_headers;

}  // namespace jangteo::edge
