// What the open internet sends (reliability notes §5). The table there says what Beast 1.81 lets through; here is what
// this edge answers to it.
#include "events/codec.hpp"
#include "http-edge/server/body.hpp"
#include "http-edge/server/exchange.hpp"
#include "http-edge/server/http_server.hpp"
#include "tests/unit/http-edge/raw_client.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>
#include <future>
#include <mutex>
#include <thread>

namespace jangteo::edge {

/// The routes under test ask nobody.
struct Services {};

namespace {

using namespace std::chrono_literals;
using testing::RawClient;

const events::UserId alice{events::uuid_v5(events::url_namespace, "alice")};
const events::UserId bob{events::uuid_v5(events::url_namespace, "bob")};

Awaitable<Response> hello(Exchange&)
{
    co_return success_response(200, R"("hello")");
}
Awaitable<Response> echo(Exchange& x)
{
    BodyReader reader(x.request.body);
    co_return success_response(200, reader.canonical());
}
Awaitable<Response> show(Exchange& x)
{
    std::string data;
    events::append_json(data, x.parameter("id"));
    co_return success_response(200, data);
}
Awaitable<Response> literal(Exchange&)
{
    co_return success_response(200, R"("literal")");
}
Awaitable<Response> fail(Exchange&)
{
    throw std::runtime_error("password=hunter2 in /etc/secret");
    co_return Response{};
}
Awaitable<Response> slow(Exchange&)
{
    Timer timer(co_await boost::asio::this_coro::executor, 300ms);
    co_await timer.async_wait(as_result);
    co_return success_response(200, R"("slow")");
}

constexpr std::array test_routes{
    Route{Method::get, "/hello", hello, Who::anyone, Kind::query},
    Route{Method::post, "/echo", echo, Who::anyone, Kind::command},
    Route{Method::get, "/things/:id", show, Who::anyone, Kind::query},
    Route{Method::get, "/things/special", literal, Who::anyone, Kind::query},
    Route{Method::get, "/fail", fail, Who::anyone, Kind::query},
    Route{Method::get, "/slow", slow, Who::anyone, Kind::query},
    Route{Method::post, "/slow", slow, Who::anyone, Kind::command},
    Route{Method::get, "/members", hello, Who::member, Kind::query},
    Route{Method::get, "/users/:userId/points", hello, Who::owner, Kind::query},
    Route{Method::get, "/sellers", hello, Who::seller_or_admin, Kind::query},
    Route{Method::get, "/admins", hello, Who::admin, Kind::query},
};

const TokenSettings token_settings{.keys = {{"local", "a secret of more than thirty-two bytes"}}};

class Running {
public:
    explicit Running(const Limits& limits = {})
        : tokens_(token_settings),
          server_(io_, HttpSettings{.address = "127.0.0.1", .port = 0, .share_port = false, .limits = limits},
                  HttpServer::Parts{.routes = test_routes,
                                    .services = services_,
                                    .tokens = tokens_,
                                    .metrics = metrics_,
                                    .log_error = [this](std::string_view text) { log(text); },
                                    .commands_overloaded = [this] { return overloaded.load(); }})
    {
        server_.open();
        port_ = server_.port();
        thread_ = std::thread([this] { io_.run(); });
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running()
    {
        boost::asio::post(io_, [this] { server_.close_all(); });
        thread_.join();
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    std::string logged()
    {
        const std::lock_guard lock(mutex_);
        return log_;
    }
    void drain()
    {
        boost::asio::post(io_, [this] { server_.drain(); });
    }
    bool idle()
    {
        std::promise<bool> answer;
        boost::asio::post(io_, [&] { answer.set_value(server_.idle()); });
        return answer.get_future().get();
    }
    std::string metrics()
    {
        std::promise<std::string> answer;
        boost::asio::post(io_, [&] {
            std::string text;
            metrics_.append(text);
            answer.set_value(std::move(text));
        });
        return answer.get_future().get();
    }
    /// Sends bytes on a connection of their own; returns all that comes back until the server closes.
    std::string talk(std::string_view bytes, std::chrono::milliseconds quiet = 5'000ms) const
    {
        RawClient client(port_);
        client.send(bytes);
        auto answer = client.receive_all(quiet);
        EXPECT_TRUE(client.closed_by_server()) << "the connection should have ended\n" << answer;
        return answer;
    }

    std::atomic<bool> overloaded = false;

private:
    void log(std::string_view text)
    {
        const std::lock_guard lock(mutex_);
        log_ += text;
    }

    boost::asio::io_context io_{1};
    Services services_;
    TokenVerifier tokens_;
    Metrics metrics_;
    HttpServer server_;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::string log_;
    std::thread thread_;
};

/// A literal with its NULs.
template <std::size_t size>
std::string bytes(const char (&literal_text)[size])
{
    return std::string(literal_text, size - 1);
}

int answers_in(const std::string& received)
{
    int count = 0;
    for (auto at = received.find("HTTP/1.1 "); at != std::string::npos; at = received.find("HTTP/1.1 ", at + 1))
        ++count;
    return count;
}

int status_of(const std::string& received)
{
    return received.starts_with("HTTP/1.1 ") ? std::stoi(received.substr(9, 3)) : 0;
}

constexpr std::string_view smuggled = "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

std::string post(std::string_view headers, std::string_view body)
{
    return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + std::string(headers) + "\r\n" +
           std::string(body);
}

std::string get(std::string_view path, std::string_view headers = {})
{
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + std::string(headers) + "\r\n";
}

/// Refused, once, and the connection ends there: what follows is not taken for a request.
void expect_refused(const Running& running, const std::string& request, int status)
{
    const auto received = running.talk(request + std::string(smuggled));
    EXPECT_EQ(status_of(received), status) << request.substr(0, 200) << "\n->\n" << received;
    EXPECT_EQ(answers_in(received), 1) << received;
    EXPECT_NE(received.find("Connection: close\r\n"), std::string::npos);
    EXPECT_NE(received.find(R"("success":false)"), std::string::npos);
}

// --- Framing ---------------------------------------------------------------------------------------------------------

TEST(Framing, refuses_every_transfer_encoding)
{
    const Running running;
    expect_refused(running, post("Transfer-Encoding: gzip\r\nContent-Length: 3\r\n", "abc"), 501);
    expect_refused(running, post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), 501);
    expect_refused(running, post("Transfer-Encoding: identity\r\n", "0\r\n\r\n"), 501);
    expect_refused(running, post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 411);
    expect_refused(running, post("Transfer-Encoding:\r\nContent-Length: 2\r\n", "{}"), 501);
    expect_refused(running, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", "0\r\n\r\n"), 501);
}

TEST(Framing, refuses_chunks_beside_a_length)
{
    const Running running;
    const auto received =
        running.talk(post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n") + std::string(smuggled));
    EXPECT_TRUE(status_of(received) == 400 || status_of(received) == 411) << received;
    EXPECT_EQ(answers_in(received), 1);
}

TEST(Framing, refuses_chunks_of_http_1_0)
{
    const Running running;
    expect_refused(running, "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411);
}

TEST(Framing, takes_no_trailers_for_headers)
{
    const Running running;
    expect_refused(running, post("Transfer-Encoding: chunked\r\n", "0\r\nAuthorization: Bearer evil\r\n\r\n"), 411);
}

TEST(Framing, does_not_read_an_endless_chunk_extension)
{
    const Running running;
    RawClient client(running.port());
    client.send(post("Transfer-Encoding: chunked\r\n", "1;"));
    client.send(std::string(std::size_t{10} << 20, 'x'));  // Cut off at some point: that is the point.
    EXPECT_EQ(status_of(client.receive_all()), 411);
    EXPECT_EQ(answers_in(running.talk(std::string(smuggled))), 1) << "the server goes on";
}

TEST(Framing, wants_one_host)
{
    const Running running;
    expect_refused(running, "GET /hello HTTP/1.1\r\n\r\n", 400);
    expect_refused(running, "GET /hello HTTP/1.1\r\nHost:\r\n\r\n", 400);
    expect_refused(running, "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400);
    expect_refused(running, "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400);
    expect_refused(running, "GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n", 400);
    expect_refused(running, "GET /hello HTTP/1.0\r\n\r\n", 400);
}

TEST(Framing, refuses_folded_lines)
{
    const Running running;
    expect_refused(running, "GET /hello HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n", 400);
    expect_refused(running, "GET /hello HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\tHost: c\r\n\r\n", 400);
}

TEST(Framing, wants_one_length_of_digits)
{
    const Running running;
    expect_refused(running, post("", "{}"), 411);
    for (const auto* length : {"+2", "-2", "2,2", "0x2", "2 2", "", "99999999999999999999"}) {
        expect_refused(running, post("Content-Length: " + std::string(length) + "\r\n", "{}"), 400);
    }
    expect_refused(running, post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), 400);
    expect_refused(running, post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400);
    expect_refused(running, "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", 400);
}

TEST(Framing, refuses_what_is_no_http)
{
    const Running running;
    expect_refused(running, "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n", 400);
    expect_refused(running, "GET /hello HTTP/1.1\nHost: a\n\n", 400);
    expect_refused(running, bytes("GET /he\0llo HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    expect_refused(running, bytes("GET /hello HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n"), 400);
    expect_refused(running, "GET /he llo HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    expect_refused(running, "GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505);
    expect_refused(running, "\x16\x03\x01\x02 not for us\r\n\r\n", 400);
    expect_refused(running, "GET hello HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    expect_refused(running, "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    expect_refused(running, "GET /things/a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    expect_refused(running, "GET /things/a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    expect_refused(running, "GET /things/1#fragment HTTP/1.1\r\nHost: a\r\n\r\n", 400);
}

TEST(Framing, bounds_header_and_body)
{
    const Running running;
    expect_refused(running, "GET /hello HTTP/1.1\r\nHost: a\r\nX-A: " + std::string(9'000, 'a') + "\r\n\r\n", 431);
    expect_refused(running, "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431);
    expect_refused(running, post("Content-Length: 65537\r\n", std::string(65'537, ' ')), 413);
    // The largest body is read; it is JSON of one value.
    const auto body = "\"" + std::string(65'534, 'a') + "\"";
    const auto received = running.talk(post("Connection: close\r\nContent-Length: 65536\r\n", body));
    EXPECT_EQ(status_of(received), 200);
}

TEST(Framing, wants_json_and_says_so)
{
    const Running running;
    const auto with = [&](std::string_view type) {
        return status_of(running.talk("POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n" +
                                      std::string(type) + "\r\n{}"));
    };
    EXPECT_EQ(with("Content-Type: application/json\r\n"), 200);
    EXPECT_EQ(with("Content-Type: Application/JSON; charset=UTF-8\r\n"), 200);
    EXPECT_EQ(with("Content-Type: text/plain\r\n"), 415);
    EXPECT_EQ(with("Content-Type: application/json; charset=euc-kr\r\n"), 415);
    EXPECT_EQ(with(""), 415);
}

TEST(Framing, answers_an_expectation)
{
    const Running running;
    RawClient client(running.port());
    client.send(post("Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n", ""));
    EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("{}");
    EXPECT_EQ(status_of(client.receive_all()), 200);
    expect_refused(running, post("Expect: the-moon\r\nContent-Length: 2\r\n", "{}"), 417);
}

// --- Connections -----------------------------------------------------------------------------------------------------

TEST(Connection, answers_pipelined_requests_one_after_the_other)
{
    const Running running;
    const auto received = running.talk("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" +
                                       post("Content-Length: 7\r\n", "[1,2,3]") + std::string(smuggled));
    EXPECT_EQ(answers_in(received), 3);
    const auto slow_at = received.find(R"("slow")");
    const auto echo_at = received.find("[1,2,3]");
    EXPECT_LT(slow_at, echo_at);
    EXPECT_LT(echo_at, received.find(R"("hello")"));
}

TEST(Connection, takes_a_request_byte_by_byte)
{
    const Running running;
    RawClient client(running.port());
    for (const char byte : post("Connection: close\r\nContent-Length: 9\r\n", "{\"a\":[1]}")) {
        client.send({&byte, 1});
    }
    EXPECT_NE(client.receive_all().find(R"("data":{"a":[1]})"), std::string::npos);
}

TEST(Connection, ends_after_its_share_of_requests)
{
    const Running running({.requests_per_connection = 3});
    std::string requests;
    for (int i = 0; i < 10; ++i) requests += "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_EQ(answers_in(running.talk(requests)), 3);
}

TEST(Connection, ends_for_who_sends_its_header_slowly)
{
    const Running running({.header_timeout = 300ms});
    RawClient client(running.port());
    const auto start = std::chrono::steady_clock::now();
    std::string received;
    // Each byte comes in time; the header as a whole does not.
    for (int i = 0; i < 100 && !client.closed_by_server() && received.empty(); ++i) {
        client.send(i == 0 ? "GET /hello HTTP/1.1\r\nHost: a\r\nX: " : "a");
        received = client.receive_all(50ms);
    }
    EXPECT_EQ(status_of(received), 408) << received;
    EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST(Connection, ends_for_who_sends_its_body_slowly)
{
    const Running running({.body_timeout = 300ms});
    const auto received = running.talk(post("Content-Length: 20\r\n", "{\"a\":"));
    EXPECT_EQ(status_of(received), 408) << received;
}

TEST(Connection, ends_without_a_word_when_nobody_speaks)
{
    const Running running({.header_timeout = 200ms, .idle_timeout = 200ms});
    EXPECT_EQ(running.talk("", 3'000ms), "");
    EXPECT_EQ(answers_in(running.talk("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 3'000ms)), 1);
}

TEST(Connection, is_refused_above_the_number_for_one_address)
{
    Running running({.connections_per_address = 2});
    {
        RawClient first(running.port());
        RawClient second(running.port());
        first.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        second.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(status_of(first.receive_until("hello")), 200);
        EXPECT_EQ(status_of(second.receive_until("hello")), 200);
        RawClient third(running.port());
        const auto received = third.receive_all();
        EXPECT_TRUE(third.closed_by_server());
        EXPECT_EQ(status_of(received), 503);
        EXPECT_NE(received.find("Retry-After: "), std::string::npos);
    }
    for (int i = 0; i < 100 && !running.idle(); ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(status_of(running.talk(std::string(smuggled))), 200) << "places are given back";
    EXPECT_NE(running.metrics().find("jangteo_http_refused_connections_total{why=\"address\"} 1"), std::string::npos);
}

TEST(Connection, is_refused_above_the_number_for_all)
{
    const Running running({.connections = 1});
    RawClient first(running.port());
    first.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    first.receive_until("hello");
    RawClient second(running.port());
    EXPECT_EQ(status_of(second.receive_all()), 503);
}

TEST(Connection, drains)
{
    Running running;
    RawClient idle(running.port());
    idle.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    idle.receive_until("hello");
    RawClient busy(running.port());
    busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    std::this_thread::sleep_for(100ms);
    running.drain();
    EXPECT_EQ(idle.receive_all(), "");
    EXPECT_TRUE(idle.closed_by_server());
    const auto received = busy.receive_all();
    EXPECT_EQ(status_of(received), 200) << "what was asked before is answered";
    EXPECT_NE(received.find("Connection: close"), std::string::npos);
    EXPECT_FALSE(RawClient(running.port()).connected());
    for (int i = 0; i < 100 && !running.idle(); ++i) std::this_thread::sleep_for(10ms);
    EXPECT_TRUE(running.idle());
}

TEST(Connection, speaks_http_1_0_with_those_who_do)
{
    const Running running;
    EXPECT_EQ(status_of(running.talk("GET /hello HTTP/1.0\r\nHost: a\r\n\r\n")), 200);
    RawClient client(running.port());
    client.send("GET /hello HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(client.receive_until("hello\"}").find("Connection: keep-alive"), std::string::npos);
    client.send("GET /hello HTTP/1.0\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(client.receive_all()), 200);
}

// --- Routes ----------------------------------------------------------------------------------------------------------

TEST(Routes, prefer_literal_segments)
{
    const Running running;
    EXPECT_NE(running.talk(get("/things/special")).find(R"("literal")"), std::string::npos);
    EXPECT_NE(running.talk(get("/things/other")).find(R"("data":"other")"), std::string::npos);
    EXPECT_NE(running.talk(get("/things/%ED%95%9C")).find("한"), std::string::npos) << "segments are decoded";
}

TEST(Routes, that_do_not_exist_are_404_and_wrong_methods_405)
{
    const Running running;
    EXPECT_EQ(status_of(running.talk(get("/nothing"))), 404);
    EXPECT_EQ(status_of(running.talk(get("/hello/"))), 404);
    EXPECT_EQ(status_of(running.talk(get("/things/"))), 404) << "an empty parameter names nothing";
    const auto received = running.talk("DELETE /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(status_of(received), 405);
    EXPECT_NE(received.find("Allow: GET, POST\r\n"), std::string::npos) << received;
}

TEST(Routes, take_the_whole_address_from_a_proxy)
{
    const Running running;
    EXPECT_EQ(status_of(running.talk("GET http://a/hello?x=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), 200);
}

TEST(Routes, answer_head_without_a_body)
{
    const Running running;
    const auto received = running.talk("HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(status_of(received), 200);
    EXPECT_TRUE(received.ends_with("\r\n\r\n")) << received;
    EXPECT_NE(received.find("Content-Length: 31"), std::string::npos) << received;
}

// --- Who may call ----------------------------------------------------------------------------------------------------

std::string bearer(const events::UserId& user, Role role)
{
    return "Authorization: Bearer " + mint_token(token_settings, {user, role}, std::chrono::system_clock::now()) +
           "\r\n";
}

TEST(Authorization, tells_no_token_from_a_bad_one)  // SH-AUTH-08
{
    const Running running;
    const auto none = running.talk(get("/members", "Accept-Language: en\r\n"));
    EXPECT_EQ(status_of(none), 401);
    EXPECT_NE(none.find("No token provided"), std::string::npos);
    EXPECT_NE(none.find("WWW-Authenticate: Bearer"), std::string::npos);
    const auto bad = running.talk(get("/members", "Accept-Language: en\r\nAuthorization: Bearer a.b.c\r\n"));
    EXPECT_EQ(status_of(bad), 401);
    EXPECT_NE(bad.find("Invalid token"), std::string::npos);
    EXPECT_NE(bad.find("AUTH_003"), std::string::npos);
    EXPECT_EQ(status_of(running.talk(get("/members", "Authorization: Basic YTpi\r\n"))), 401);
    const auto good = bearer(alice, Role::user);
    EXPECT_EQ(status_of(running.talk(get("/members", good))), 200);
    EXPECT_EQ(status_of(running.talk(get("/members", good + good))), 401) << "two of them";
}

TEST(Authorization, keeps_paths_of_a_user_to_that_user)  // SH-AUTH-11
{
    const Running running;
    const auto path = "/users/" + alice.text() + "/points";
    EXPECT_EQ(status_of(running.talk(get(path, bearer(alice, Role::user)))), 200);
    EXPECT_EQ(status_of(running.talk(get(path, bearer(bob, Role::admin)))), 200);
    for (const auto role : {Role::user, Role::seller}) {
        const auto received = running.talk(get(path, bearer(bob, role)));
        EXPECT_EQ(status_of(received), 403);
        EXPECT_NE(received.find("COMMON_403"), std::string::npos);
    }
    EXPECT_EQ(status_of(running.talk(get("/users/me/points", bearer(alice, Role::user)))), 404);
}

TEST(Authorization, asks_for_the_role)
{
    const Running running;
    EXPECT_EQ(status_of(running.talk(get("/admins", bearer(alice, Role::user)))), 403);
    EXPECT_EQ(status_of(running.talk(get("/admins", bearer(alice, Role::seller)))), 403);
    EXPECT_EQ(status_of(running.talk(get("/admins", bearer(alice, Role::admin)))), 200);
    EXPECT_EQ(status_of(running.talk(get("/sellers", bearer(alice, Role::user)))), 403);
    EXPECT_EQ(status_of(running.talk(get("/sellers", bearer(alice, Role::analyst)))), 403);
    EXPECT_EQ(status_of(running.talk(get("/sellers", bearer(alice, Role::seller)))), 200);
}

// --- Answers ---------------------------------------------------------------------------------------------------------

TEST(Answers, never_tell_what_went_wrong_inside)
{
    Running running;
    const auto received = running.talk(get("/fail"));
    EXPECT_EQ(status_of(received), 500);
    EXPECT_EQ(received.find("hunter2"), std::string::npos) << received;
    EXPECT_EQ(received.find("secret"), std::string::npos) << received;
    EXPECT_NE(running.logged().find("hunter2"), std::string::npos) << "but the log does";
}

TEST(Answers, come_at_once_when_too_much_is_in_flight)
{
    Running running({.commands_in_flight = 1, .queries_in_flight = 1});
    RawClient busy(running.port());
    busy.send("GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    std::this_thread::sleep_for(100ms);
    const auto received = running.talk(get("/hello"));
    EXPECT_EQ(status_of(received), 503);
    EXPECT_NE(received.find("Retry-After: "), std::string::npos);
    EXPECT_NE(received.find("COMMON_503"), std::string::npos);
    // Commands have a budget of their own, and a body that is no JSON is not even looked at when there is no room.
    EXPECT_EQ(status_of(running.talk(post("Connection: close\r\nContent-Length: 2\r\n", "{}"))), 200);
    running.overloaded = true;
    EXPECT_EQ(status_of(running.talk(post("Connection: close\r\nContent-Length: 2\r\n", "}{"))), 503);
    EXPECT_EQ(status_of(busy.receive_all()), 200);
    EXPECT_EQ(status_of(running.talk(get("/hello"))), 200) << "places are given back";
}

TEST(Answers, carry_the_trace_of_the_caller)  // SH-LOG-01
{
    const Running running;
    const std::string id = "0b54ac2c-3ddf-4f8e-9d6c-0242ac120002";
    const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const auto received =
        running.talk(get("/hello", "X-Correlation-Id: " + id + "\r\ntraceparent: " + parent + "\r\n"));
    EXPECT_NE(received.find("X-Correlation-Id: " + id), std::string::npos);
    EXPECT_NE(received.find("traceparent: " + parent), std::string::npos);
    const auto replaced = running.talk(get("/hello", "X-Correlation-Id: \"><script>\r\ntraceparent: 00-zz\r\n"));
    EXPECT_EQ(replaced.find("<script>"), std::string::npos);
    EXPECT_NE(replaced.find("X-Correlation-Id: "), std::string::npos);
    EXPECT_NE(replaced.find("traceparent: 00-"), std::string::npos);
}

TEST(Answers, are_problems_for_who_asks_for_problems)  // X-03
{
    const Running running;
    const auto received = running.talk(get("/nothing", "Accept: application/problem+json\r\n"));
    EXPECT_NE(received.find("Content-Type: application/problem+json"), std::string::npos);
    EXPECT_NE(received.find(R"("status":404)"), std::string::npos);
    EXPECT_NE(received.find(R"("instance":"/nothing")"), std::string::npos);
}

TEST(Answers, are_counted)
{
    Running running;
    running.talk(get("/things/1"));
    running.talk(get("/things/2"));
    running.talk(get("/nothing"));
    const auto text = running.metrics();
    EXPECT_NE(text.find("jangteo_http_requests_total{route=\"/things/:id\",method=\"GET\",status=\"200\"} 2\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("route=\"(none)\",method=\"GET\",status=\"404\"} 1\n"), std::string::npos);
    EXPECT_NE(text.find("jangteo_http_request_seconds_bucket{route=\"/things/:id\",method=\"GET\",le=\"+Inf\"} 2\n"),
              std::string::npos);
    EXPECT_NE(text.find("jangteo_http_in_flight{kind=\"query\"} 0\n"), std::string::npos);
}

}  // namespace
}  // namespace jangteo::edge
