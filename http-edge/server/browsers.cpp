#include "http-edge/server/browsers.hpp"

#include "http-edge/server/errors.hpp"

#include <algorithm>
#include <optional>

namespace jangteo::edge {

// The answers are JSON and carry no page; the policy is for those who open one all the same.
const std::string_view security_headers =
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Content-Security-Policy: default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self'"
    " data: https:\r\n"
    "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n";

namespace {

// `__Host-`: browsers take it from this very host only, over TLS, for all paths. The refresh token is shown where it is
// used and nowhere else, which `__Host-` does not allow.
constexpr std::string_view access_cookie = "__Host-jangteo_access";
constexpr std::string_view refresh_cookie = "__Secure-jangteo_refresh";
constexpr std::string_view refresh_path = "/api/v1/auth";

constexpr const char* allowed_methods = "GET, POST, PUT, PATCH, DELETE";
constexpr const char* allowed_headers =
    "Authorization, Content-Type, Idempotency-Key, Prefer, X-Correlation-Id, X-Position, traceparent";
constexpr const char* exposed_headers =
    "Idempotent-Replayed, Location, Retry-After, X-Correlation-Id, X-Position, X-RateLimit-Limit, "
    "X-RateLimit-Remaining,"
    " X-RateLimit-Reset";
constexpr const char* preflight_life_s = "600";

/// The value of a cookie. Two of one name would leave open who it is: then there is none.
std::string_view cookie(std::string_view header, std::string_view name)
{
    std::optional<std::string_view> found;
    while (!header.empty()) {
        const auto end = header.find(';');
        auto item = header.substr(0, end);
        header = end == std::string_view::npos ? std::string_view{} : header.substr(end + 1);
        while (item.starts_with(' ')) item.remove_prefix(1);
        if (item.size() <= name.size() || !item.starts_with(name) || item[name.size()] != '=') continue;
        if (found) return {};
        found = item.substr(name.size() + 1);
    }
    return found.value_or(std::string_view{});
}

bool is_listed(const Browsers& browsers, std::string_view origin)
{
    return std::ranges::find(browsers.allowed_origins, origin) != browsers.allowed_origins.end();
}

/// A page of our own address. Behind whatever ends TLS for us we do not see the scheme.
bool is_ours(const Request& request)
{
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (request.origin.starts_with(scheme)) return request.origin.substr(scheme.size()) == request.host;
    }
    return false;
}

bool changes_something(const Request& request)
{
    return request.method != Method::get;
}

std::string line_of(std::string_view name, std::string_view value, std::string_view path, std::chrono::seconds life)
{
    std::string text(name);
    text += '=';
    text += value;
    text += "; Path=";
    text += path;
    text += "; Max-Age=";
    text += std::to_string(life.count());
    text += "; HttpOnly; Secure; SameSite=Strict";
    return text;
}

}  // namespace

bool may_read(const Browsers& browsers, const Request& request)
{
    return !request.origin.empty() && (is_listed(browsers, request.origin) || is_ours(request));
}

Response preflight_response(const Browsers& browsers, const Request& request)
{
    if (!may_read(browsers, request)) throw Problem("AUTH_007");
    Response response;
    response.headers.emplace_back("Access-Control-Allow-Methods", allowed_methods);
    response.headers.emplace_back("Access-Control-Allow-Headers", allowed_headers);
    response.headers.emplace_back("Access-Control-Max-Age", preflight_life_s);
    return response;
}

void add_cross_origin_headers(const Browsers& browsers, const Request& request, Response& response)
{
    if (request.origin.empty()) return;
    response.headers.emplace_back("Vary", "Origin");
    if (!may_read(browsers, request)) return;
    response.headers.emplace_back("Access-Control-Allow-Origin", request.origin);
    response.headers.emplace_back("Access-Control-Allow-Credentials", "true");
    response.headers.emplace_back("Access-Control-Expose-Headers", exposed_headers);
}

void check_origin(const Browsers& browsers, const Request& request)
{
    if (!may_read(browsers, request)) throw Problem("AUTH_007");
}

std::string authorization_of(const Browsers& browsers, const Request& request)
{
    if (!request.authorization.empty()) return std::string(request.authorization);
    const auto token = cookie(request.cookie, access_cookie);
    if (token.empty()) return {};
    if (changes_something(request)) check_origin(browsers, request);
    std::string header("Bearer ");
    header += token;
    return header;
}

std::string refresh_token_of(const Browsers& browsers, const Request& request)
{
    const auto token = cookie(request.cookie, refresh_cookie);
    if (!token.empty()) check_origin(browsers, request);
    return std::string(token);
}

bool wants_cookies(const Request& request)
{
    const auto* session = request.parameter("session");
    return session != nullptr && *session == "cookie";
}

void set_cookies(Response& response, std::string_view access_token, std::chrono::seconds access_life,
                 std::string_view refresh_token, std::chrono::seconds refresh_life)
{
    response.headers.emplace_back("Set-Cookie", line_of(access_cookie, access_token, "/", access_life));
    response.headers.emplace_back("Set-Cookie", line_of(refresh_cookie, refresh_token, refresh_path, refresh_life));
}

void clear_cookies(Response& response)
{
    set_cookies(response, {}, std::chrono::seconds(0), {}, std::chrono::seconds(0));
}

}  // namespace jangteo::edge
