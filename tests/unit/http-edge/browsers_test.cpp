// What a page of somebody else may do with a browser that is logged in here: nothing (ECG-01, SH-SEC-03).
#include "http-edge/server/browsers.hpp"

#include "http-edge/server/errors.hpp"

#include <gtest/gtest.h>
#include <algorithm>

namespace jangteo::edge {
namespace {

const Browsers browsers{{"https://shop.example.com"}};
constexpr std::string_view with_both = "theme=dark; __Host-jangteo_access=a.b.c; __Secure-jangteo_refresh=r1";

Request request(Method method, std::string_view origin, std::string_view cookie = with_both)
{
    Request one;
    one.method = method;
    one.host = "api.example.com";
    one.origin = origin;
    one.cookie = cookie;
    return one;
}
/// The code of the refusal, or the header.
std::string authorization(const Request& one)
{
    try {
        return authorization_of(browsers, one);
    } catch (const Problem& problem) {
        return problem.code();
    }
}
std::string header(const Response& response, std::string_view name)
{
    std::string all;
    for (const auto& [key, value] : response.headers) {
        if (key == name) all += value + '\n';
    }
    return all;
}

TEST(Browsers, a_cookie_is_as_good_as_a_header)
{
    EXPECT_EQ(authorization(request(Method::get, "")), "Bearer a.b.c");
    EXPECT_EQ(authorization(request(Method::post, "https://shop.example.com")), "Bearer a.b.c");
    EXPECT_EQ(authorization(request(Method::post, "https://api.example.com")), "Bearer a.b.c") << "our own page";
    EXPECT_EQ(authorization(request(Method::get, "", "theme=dark")), "");
}

TEST(Browsers, a_page_of_somebody_else_changes_nothing)
{
    for (const auto method : {Method::post, Method::put, Method::patch, Method::erase}) {
        for (const auto* origin : {"", "null", "https://evil.example", "https://shop.example.com.evil.example",
                                   "http://shop.example.com", "https://api.example.com.evil.example"}) {
            EXPECT_EQ(authorization(request(method, origin)), "AUTH_007") << origin;
        }
    }
}

TEST(Browsers, whoever_has_the_header_needs_no_cookie_and_no_page)
{
    auto app = request(Method::post, "");
    app.authorization = "Bearer x.y.z";
    EXPECT_EQ(authorization(app), "Bearer x.y.z");
}

TEST(Browsers, two_cookies_of_one_name_are_none)
{
    const auto* twice = "__Host-jangteo_access=a.b.c; __Host-jangteo_access=d.e.f";
    EXPECT_EQ(authorization(request(Method::get, "", twice)), "");
}

TEST(Browsers, the_refresh_cookie_is_taken_from_our_pages_only)
{
    EXPECT_EQ(refresh_token_of(browsers, request(Method::post, "https://shop.example.com")), "r1");
    EXPECT_EQ(refresh_token_of(browsers, request(Method::post, "", "")), "");
    EXPECT_THROW(refresh_token_of(browsers, request(Method::post, "https://evil.example")), Problem);
}

TEST(Browsers, no_script_sees_the_cookies)
{
    Response response;
    set_cookies(response, "access", std::chrono::hours(1), "refresh", std::chrono::hours(168));
    EXPECT_EQ(
        header(response, "Set-Cookie"),
        "__Host-jangteo_access=access; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict\n"
        "__Secure-jangteo_refresh=refresh; Path=/api/v1/auth; Max-Age=604800; HttpOnly; Secure; SameSite=Strict\n");
    Response cleared;
    clear_cookies(cleared);
    EXPECT_NE(header(cleared, "Set-Cookie").find("__Host-jangteo_access=; Path=/; Max-Age=0"), std::string::npos);
}

TEST(Browsers, pages_on_the_list_may_read_answers)
{
    Response allowed;
    add_cross_origin_headers(browsers, request(Method::get, "https://shop.example.com"), allowed);
    EXPECT_EQ(header(allowed, "Access-Control-Allow-Origin"), "https://shop.example.com\n");
    EXPECT_EQ(header(allowed, "Access-Control-Allow-Credentials"), "true\n");
    EXPECT_EQ(header(allowed, "Vary"), "Origin\n");

    Response other;
    add_cross_origin_headers(browsers, request(Method::get, "https://evil.example"), other);
    EXPECT_EQ(header(other, "Access-Control-Allow-Origin"), "");
    EXPECT_EQ(header(other, "Vary"), "Origin\n");

    Response app;
    add_cross_origin_headers(browsers, request(Method::get, ""), app);
    EXPECT_TRUE(app.headers.empty());
}

TEST(Browsers, hear_before_they_ask_whether_they_may)
{
    EXPECT_EQ(preflight_response(browsers, request(Method::other, "https://shop.example.com")).status, 200);
    EXPECT_THROW(preflight_response(browsers, request(Method::other, "https://evil.example")), Problem);
}

}  // namespace
}  // namespace jangteo::edge
