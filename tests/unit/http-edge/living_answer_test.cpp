// Answers that go on: what their connection is to whoever listens, and to those who do not listen any more.
#include "http-edge/server/errors.hpp"
#include "http-edge/server/exchange.hpp"
#include "http-edge/server/http_server.hpp"
#include "http-edge/server/streaming.hpp"
#include "tests/unit/http-edge/raw_client.hpp"

#include <gtest/gtest.h>
#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <thread>

namespace jangteo::edge {

/// The routes under test ask nobody.
struct Services {};

namespace {

using namespace std::chrono_literals;
using testing::RawClient;

std::atomic<int> streams_open = 0;
std::atomic<bool> last_stalled = false;

struct Counted {
    Counted() { ++streams_open; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --streams_open; }
};

/// A word now and then, until the edge ends or the token dies.
class Ticks : public StreamBody {
public:
    Awaitable<void> run(StreamOut& out) override
    {
        const Counted counted;
        for (;;) {
            std::string_view word = "tick\n";
            if (out.draining()) word = "drained\n";
            try {
                out.check_caller();
            } catch (const Problem&) {
                word = "out\n";
            }
            const bool taken = co_await out.write(word);
            if (!taken || word != "tick\n") co_return;
            co_await out.wait_until(std::chrono::steady_clock::now() + 30ms);
            if (out.gone()) co_return;
        }
    }
};

/// More than anybody takes who does not read.
class Flood : public StreamBody {
public:
    Awaitable<void> run(StreamOut& out) override
    {
        const Counted counted;
        const std::string much(1U << 20U, 'x');
        bool taken = true;
        while (taken) taken = co_await out.write(much);
        last_stalled = out.stalled();
    }
};

template <class Body>
Awaitable<Response> stream(Exchange&)
{
    Response response;
    response.content_type = "text/event-stream";
    response.stream = std::make_shared<Body>();
    co_return response;
}

constexpr std::array test_routes{
    Route{Method::get, "/ticks", stream<Ticks>, Who::anyone, Kind::query},
    Route{Method::get, "/mine", stream<Ticks>, Who::member, Kind::query},
    Route{Method::get, "/flood", stream<Flood>, Who::anyone, Kind::query},
    Route{Method::get, "/analysts", stream<Ticks>, Who::analyst_or_admin, Kind::query},
    Route{Method::post, "/orders", stream<Ticks>, Who::member, Kind::command},
};

const TokenSettings token_settings{.keys = {{"local", "a secret of more than thirty-two bytes"}}};

std::string bearer(Role role)
{
    return "Authorization: Bearer " +
           mint_token(token_settings, {events::UserId{events::random_uuid()}, role}, std::chrono::system_clock::now()) +
           "\r\n";
}

class Living : public ::testing::Test {
public:
    ~Living() override
    {
        boost::asio::post(io_, [this] { server_.close_all(); });
        thread_.join();
        EXPECT_EQ(streams_open, 0);
    }

protected:
    explicit Living(const Limits& limits = {.header_timeout = 200ms, .idle_timeout = 200ms, .write_timeout = 300ms})
        : tokens_(token_settings),
          server_(io_, HttpSettings{.address = "127.0.0.1", .port = 0, .share_port = false, .limits = limits},
                  HttpServer::Parts{.routes = test_routes,
                                    .services = services_,
                                    .tokens = tokens_,
                                    .metrics = metrics_,
                                    .log_error = [](std::string_view) {},
                                    .commands_overloaded = {},
                                    .check_caller =
                                        [this](const Caller&) {
                                            if (revoked) throw Problem("AUTH_003");
                                        }})
    {
        server_.open();
        port = server_.port();
        thread_ = std::thread([this] { io_.run(); });
    }
    void drain()
    {
        boost::asio::post(io_, [this] { server_.drain(); });
    }
    static std::string get(std::string_view path, const std::string& headers = {}, std::string_view version = "1.1")
    {
        return "GET " + std::string(path) + " HTTP/" + std::string(version) + "\r\nHost: a\r\n" + headers + "\r\n";
    }
    static bool ended()
    {
        for (int i = 0; i < 3'000 && streams_open > 0; ++i) std::this_thread::sleep_for(10ms);
        return streams_open == 0;
    }

    std::atomic<bool> revoked = false;
    std::uint16_t port = 0;

private:
    boost::asio::io_context io_{1};
    Services services_;
    TokenVerifier tokens_;
    Metrics metrics_;
    HttpServer server_;
    std::thread thread_;
};

TEST_F(Living, comes_in_chunks_for_longer_than_an_idle_connection_may_last)
{
    RawClient client(port);
    client.send(get("/ticks"));
    std::string received;
    for (int ticks = 0; ticks < 20; ++ticks) received += client.receive_until("5\r\ntick\n\r\n", 30s);
    EXPECT_NE(received.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << received;
    EXPECT_EQ(received.find("Content-Length"), std::string::npos) << received;
    EXPECT_FALSE(client.closed_by_server());
}

TEST_F(Living, is_told_apart_from_one_that_was_torn_off_when_the_edge_ends)
{
    RawClient client(port);
    client.send(get("/ticks"));
    client.receive_until("tick", 30s);
    drain();
    const auto rest = client.receive_all(30s);
    EXPECT_TRUE(rest.ends_with("drained\n\r\n0\r\n\r\n")) << rest;
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(Living, ends_with_the_connection_for_http_1_0)
{
    RawClient client(port);
    client.send(get("/ticks", {}, "1.0"));
    const auto head = client.receive_until("tick\n", 30s);
    EXPECT_EQ(head.find("chunked"), std::string::npos) << head;
    drain();
    EXPECT_TRUE(client.receive_all(30s).ends_with("drained\n"));
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(Living, ends_when_the_caller_goes)
{
    {
        RawClient client(port);
        client.send(get("/ticks"));
        client.receive_until("tick", 30s);
        EXPECT_EQ(streams_open, 1);
    }
    EXPECT_TRUE(ended());
}

TEST_F(Living, is_cut_off_when_nobody_takes_it)
{
    RawClient client(port);
    client.send(get("/flood"));
    client.receive_until("xxxx", 30s);  // It has begun.
    EXPECT_TRUE(ended()) << "its memory would be held for ever";
    EXPECT_TRUE(last_stalled);
}

TEST_F(Living, ends_with_the_token_that_opened_it)
{
    RawClient client(port);
    client.send(get("/mine", bearer(Role::user)));
    client.receive_until("tick", 30s);
    revoked = true;
    const auto rest = client.receive_all(30s);
    EXPECT_TRUE(rest.ends_with("out\n\r\n0\r\n\r\n")) << rest;
}

TEST_F(Living, has_only_a_head_for_who_asks_for_it)
{
    RawClient client(port);
    client.send("HEAD /ticks HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto received = client.receive_all(30s);
    EXPECT_TRUE(received.starts_with("HTTP/1.1 200")) << received;
    EXPECT_TRUE(received.ends_with("\r\n\r\n")) << received;
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(Living, takes_what_is_said_meanwhile_for_no_request)
{
    RawClient client(port);
    client.send(get("/ticks") + get("/nothing"));
    client.receive_until("tick", 30s);
    client.send(get("/nothing"));
    drain();
    EXPECT_EQ(client.receive_all(30s).find("404"), std::string::npos);
}

TEST_F(Living, is_for_analysts_who_change_nothing)
{
    const auto status = [this](const std::string& request) {
        RawClient client(port);
        client.send(request);
        return client.receive_until("\r\n", 30s).substr(9, 3);
    };
    EXPECT_EQ(status(get("/analysts", bearer(Role::analyst))), "200");
    EXPECT_EQ(status(get("/analysts", bearer(Role::admin))), "200");
    EXPECT_EQ(status(get("/analysts", bearer(Role::seller))), "403");
    EXPECT_EQ(status(get("/analysts", bearer(Role::user))), "403");
    EXPECT_EQ(status(get("/analysts")), "401");
    const auto order = [](Role role) {
        return "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" + bearer(role) + "\r\n";
    };
    EXPECT_EQ(status(order(Role::analyst)), "403");
    EXPECT_EQ(status(order(Role::user)), "200");
}

}  // namespace
}  // namespace jangteo::edge
