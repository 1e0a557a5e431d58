#include "consumers/runtime/http_client.hpp"

#include "consumers/runtime/outbound.hpp"
#include "tests/unit/consumers/loopback_server.hpp"

#include <dlfcn.h>
#include <netdb.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <gtest/gtest.h>
#include <atomic>
#include <boost/asio/ssl.hpp>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

std::atomic<bool> names_are_slow = false;

}  // namespace

/// Before the C library's: a name server that does not answer for twenty seconds.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result)
{
    static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
    for (int i = 0; names_are_slow && i < 2'000; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return real(name, service, hints, result);
}

namespace jangteo::consumers {
namespace {

using namespace std::chrono_literals;
using testing::LoopbackServer;
using Peer = LoopbackServer::Peer;

constexpr TimeLimits generous{.connect = 20s, .total = 20s};
constexpr TimeLimits short_ones{.connect = 150ms, .total = 300ms};

HttpRequest post(const std::string& url, std::string body = R"({"amount":1000})")
{
    return {"POST", url, {{"Content-Type", "application/json"}}, std::move(body)};
}

template <class Exception, class Call>
std::string what_is_thrown(Call&& call)
{
    try {
        call();
    } catch (const Exception& error) {
        return error.what();
    } catch (const std::exception& error) {
        ADD_FAILURE() << "something else was thrown: " << error.what();
        return {};
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

void answer_all(Peer& peer)
{
    while (peer.answer()) {
    }
}

LoopbackServer::Serve say(std::string response)
{
    return [response = std::move(response)](Peer& peer) {
        while (peer.read()) peer.send(response);
    };
}

TEST(HttpClient, sends_what_it_is_given_and_returns_the_answer)
{
    LoopbackServer server(say("HTTP/1.1 409 Conflict\r\nContent-Length: 7\r\n\r\nalready"));
    HttpClient client;
    const auto response = client.call({.method = "POST",
                                       .url = server.url("/v1/payments?test=1"),
                                       .headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}},
                                       .body = std::string("{\"a\":\"\0\"}", 9)},
                                      generous);
    EXPECT_EQ(response.status, 409);
    EXPECT_EQ(response.body, "already");
    EXPECT_EQ(response.retry_after, std::nullopt);

    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 1);
    EXPECT_EQ(requests[0].method, "POST");
    EXPECT_EQ(requests[0].target, "/v1/payments?test=1");
    EXPECT_EQ(requests[0].body, std::string("{\"a\":\"\0\"}", 9));
    auto headers = requests[0].headers;
    headers.erase("Host");
    EXPECT_EQ(headers,
              (std::multimap<std::string, std::string>{
                  {"Accept", "*/*"}, {"Content-Length", "9"}, {"Content-Type", "application/json"}, {"X-Empty", ""}}));
}

TEST(HttpClient, adds_neither_a_type_nor_an_expectation)
{
    LoopbackServer server(answer_all);
    HttpClient client;
    client.call({.method = "POST", .url = server.url(), .body = std::string(3'000'000, 'x')}, generous);
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 1);
    EXPECT_EQ(requests[0].body.size(), 3'000'000);
    EXPECT_EQ(requests[0].headers.count("Expect"), 0);
    EXPECT_EQ(requests[0].headers.count("Content-Type"), 0);
}

TEST(HttpClient, knows_every_method)
{
    LoopbackServer server([](Peer& peer) {
        while (peer.read()) peer.send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    HttpClient client;
    const std::vector<std::string> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "GET"};
    for (const auto& method : methods) EXPECT_EQ(client.call({method, server.url()}, generous).status, 204);
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), methods.size());
    for (std::size_t i = 0; i < methods.size(); ++i) EXPECT_EQ(requests[i].method, methods[i]);
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, keeps_its_connection_unless_a_fresh_one_is_asked_for)
{
    LoopbackServer server(answer_all);
    HttpClient client;
    for (int i = 0; i < 3; ++i) client.call(post(server.url()), generous);
    EXPECT_EQ(server.connections(), 1);
    client.call(post(server.url()), generous, Connection::fresh);
    EXPECT_EQ(server.connections(), 2);
    EXPECT_TRUE(server.has_closed(1));  // Used for nothing else.
    client.call(post(server.url()), generous);
    EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, does_not_follow_redirects)
{
    LoopbackServer server(say("HTTP/1.1 307 Temporary Redirect\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"));
    HttpClient client;
    EXPECT_EQ(client.call(post(server.url("/here")), generous).status, 307);
    EXPECT_EQ(server.requests().size(), 1);
}

TEST(HttpClient, reads_when_to_come_again)
{
    LoopbackServer server([](Peer& peer) {
        for (const auto* when : {"7", "0", "-3", "soon", "99999999999", "Thu, 01 Jan 2099 00:00:00 GMT",
                                 "Thu, 01 Jan 1998 00:00:00 GMT"}) {
            peer.read();
            peer.send(std::string("HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\nRetry-After: ") + when + "\r\n\r\n");
        }
    });
    HttpClient client;
    const auto ask = [&] { return client.call({"GET", server.url()}, generous).retry_after; };
    EXPECT_EQ(ask(), 7s);
    EXPECT_EQ(ask(), std::nullopt);
    EXPECT_EQ(ask(), std::nullopt);
    EXPECT_EQ(ask(), std::nullopt);
    EXPECT_EQ(ask(), latest_retry_after);
    EXPECT_EQ(ask(), latest_retry_after);
    EXPECT_EQ(ask(), std::nullopt);
}

TEST(HttpClient, takes_no_proxy_from_the_environment)
{
    LoopbackServer server(answer_all);
    const auto nobody = "http://127.0.0.1:" + std::to_string(testing::free_port());
    ::setenv("http_proxy", nobody.c_str(), 1);
    ::setenv("all_proxy", nobody.c_str(), 1);
    HttpClient client;
    EXPECT_NO_THROW(client.call({"GET", server.url()}, generous));
    ::unsetenv("http_proxy");
    ::unsetenv("all_proxy");
}

TEST(HttpClient, is_made_on_any_thread)
{
    LoopbackServer server(answer_all);
    std::atomic<int> answered = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                HttpClient client;
                for (int n = 0; n < 5; ++n) answered += client.call(post(server.url()), generous).status == 200 ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(answered, 20);
}

TEST(HttpRequests, that_nobody_can_send_are_the_callers_mistake)
{
    LoopbackServer server(answer_all);
    HttpClient client;
    const auto with_header = [&](const std::string& name, const std::string& value) {
        return HttpRequest{"GET", server.url(), {{name, value}}};
    };
    for (const auto& wrong :
         {HttpRequest{"", server.url()}, HttpRequest{"GET /other", server.url()},
          HttpRequest{"GET", server.url("/", "ftp")}, HttpRequest{"GET", "file:///etc/hostname"},
          HttpRequest{"GET", "127.0.0.1"}, HttpRequest{"GET", "http://"}, HttpRequest{"GET", ""},
          HttpRequest{"GET", server.url(std::string_view("/a\0b", 4))}, with_header("X-A", "1\r\nX-B: 2"),
          with_header("X-A\r\nX-B", "2"), with_header("X-A: 1", "2"), with_header("", "2")}) {
        EXPECT_THROW(client.call(wrong, generous), std::invalid_argument);
    }
    EXPECT_TRUE(server.requests().empty());
}

TEST(HttpNotSent, when_nobody_listens)
{
    HttpClient client;
    const auto server = "http://127.0.0.1:" + std::to_string(testing::free_port());
    const auto url = "http://someone:password@" + server.substr(7) + "/v1?key=secret";
    const auto text = what_is_thrown<NotSent>([&] { client.call(post(url), generous); });
    EXPECT_TRUE(text.starts_with(server + ": ")) << text;
    EXPECT_FALSE(contains(text, "password") || contains(text, "secret")) << text;
}

TEST(HttpNotSent, when_there_is_no_such_name)
{
    HttpClient client;
    EXPECT_THROW(client.call(post("http://nobody.invalid/"), generous), NotSent);
}

TEST(HttpNotSent, when_the_name_is_not_found_in_time)
{
    names_are_slow = true;
    const auto began = std::chrono::steady_clock::now();
    {
        HttpClient client;
        EXPECT_THROW(client.call(post("http://nobody.invalid/"), short_ones), NotSent);
        EXPECT_THROW(client.call(post("http://nobody.invalid/"), short_ones), NotSent);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
    names_are_slow = false;
}

TEST(HttpNotSent, when_the_other_side_speaks_no_tls)
{
    LoopbackServer server([](Peer& peer) {
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        peer.wait_for_the_end();
    });
    HttpClient client;
    EXPECT_THROW(client.call(post(server.url("/", "https")), generous), NotSent);
}

TEST(HttpNotSent, when_the_connection_is_not_ready_in_time)
{
    LoopbackServer server([](Peer& peer) { peer.wait_for_the_end(); });  // Never answers the handshake.
    HttpClient client;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_THROW(client.call(post(server.url("/", "https")), short_ones), NotSent);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
    // Also when it is the total that ends it.
    EXPECT_THROW(client.call(post(server.url("/", "https")), {.connect = 20s, .total = 200ms}), NotSent);
}

/// For 127.0.0.1, by nobody that anybody trusts.
void certify(boost::asio::ssl::context& context)
{
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3'600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3'600);
    X509_set_pubkey(certificate.get(), key.get());
    auto* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1,
                               0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    SSL_CTX_use_certificate(context.native_handle(), certificate.get());
    SSL_CTX_use_PrivateKey(context.native_handle(), key.get());
}

TEST(HttpNotSent, when_nobody_vouches_for_the_certificate)
{
    boost::asio::ssl::context context(boost::asio::ssl::context::tls_server);
    certify(context);
    std::atomic<std::size_t> received = 0;
    LoopbackServer server([&](Peer& peer) {
        boost::asio::ssl::stream<boost::asio::ip::tcp::socket&> secure(peer.socket(), context);
        boost::system::error_code error;
        secure.handshake(boost::asio::ssl::stream_base::server, error);
        char bytes[1024];
        while (!error) received += secure.read_some(boost::asio::buffer(bytes), error);
    });
    HttpClient client;
    const auto text = what_is_thrown<NotSent>([&] { client.call(post(server.url("/", "https")), generous); });
    EXPECT_TRUE(contains(text, "certificate")) << text;
    EXPECT_TRUE(server.has_closed(1));
    EXPECT_EQ(received, 0);
}

TEST(HttpNoAnswer, when_it_does_not_come_in_time)
{
    LoopbackServer server([](Peer& peer) {
        peer.read();
        peer.wait_for_the_end();
    });
    HttpClient client;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_THROW(client.call(post(server.url()), short_ones), NoAnswer);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
    EXPECT_TRUE(server.has_closed(1));
    EXPECT_EQ(server.requests().size(), 1);
}

TEST(HttpNoAnswer, when_it_comes_only_in_part)
{
    LoopbackServer server([](Peer& peer) {
        peer.read();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ndon");
        if (peer.number() > 1) peer.wait_for_the_end();
    });
    HttpClient client;
    EXPECT_THROW(client.call(post(server.url()), generous), NoAnswer);    // The rest is cut off.
    EXPECT_THROW(client.call(post(server.url()), short_ones), NoAnswer);  // The rest never comes.
    EXPECT_TRUE(server.has_closed(2));
    EXPECT_EQ(server.requests().size(), 2);
}

TEST(HttpNoAnswer, when_it_is_no_http)
{
    LoopbackServer server([](Peer& peer) {
        peer.read();
        peer.send("+OK ready\r\n");
    });
    HttpClient client;
    EXPECT_THROW(client.call(post(server.url()), generous), NoAnswer);
}

TEST(HttpNoAnswer, when_it_is_too_long)
{
    LoopbackServer server([](Peer& peer) {
        while (peer.answer(std::string(largest_response + (peer.number() == 1 ? 0 : 1), 'x'))) {
        }
    });
    HttpClient client;
    EXPECT_EQ(client.call(post(server.url()), generous).body.size(), largest_response);
    const auto text = what_is_thrown<NoAnswer>([&] { client.call(post(server.url()), generous, Connection::fresh); });
    EXPECT_TRUE(contains(text, "longer than 1048576 bytes")) << text;
}

TEST(HttpNoAnswer, when_the_other_side_closes_or_resets_a_fresh_connection)
{
    LoopbackServer server([](Peer& peer) {
        peer.read();
        if (peer.number() == 2) peer.reset();
    });
    HttpClient client;
    EXPECT_THROW(client.call(post(server.url()), generous), NoAnswer);
    EXPECT_THROW(client.call(post(server.url()), generous), NoAnswer);
    EXPECT_EQ(server.requests().size(), 2);
}

/// The server answers the first request of a connection, reads the second and dies over it. libcurl would send that one
/// again by itself: a payment made twice.
class HttpKeptConnection : public ::testing::TestWithParam<std::string> {};

TEST_P(HttpKeptConnection, carries_a_request_only_once_even_if_it_breaks)
{
    const std::string& method = GetParam();
    for (const bool reset : {false, true}) {
        LoopbackServer server([&](Peer& peer) {
            peer.answer();
            if (peer.read() && reset) peer.reset();
        });
        HttpClient client;
        const HttpRequest request{method, server.url(), {}, method == "GET" ? "" : std::string(100'000, 'x')};
        EXPECT_EQ(client.call(request, generous).status, 200);
        EXPECT_THROW(client.call(request, generous), NoAnswer);
        EXPECT_EQ(server.requests().size(), 2);
        EXPECT_EQ(client.call(request, generous).status, 200);
        EXPECT_EQ(server.requests().size(), 3);
    }
}
INSTANTIATE_TEST_SUITE_P(Methods, HttpKeptConnection, ::testing::Values("GET", "POST", "PUT", "PATCH"));

TEST(HttpKeptConnections, that_the_server_has_closed_meanwhile_are_replaced)
{
    LoopbackServer server([](Peer& peer) { peer.answer(); });
    HttpClient client;
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(client.call(post(server.url()), generous).status, 200);
        ASSERT_TRUE(server.has_closed(i));
    }
    EXPECT_EQ(server.requests().size(), 3);
}

TEST(OutboundOverHttp, keeps_what_must_not_be_repeated_off_kept_connections)
{
    LoopbackServer server([](Peer& peer) {
        peer.answer();
        peer.read();
    });
    HttpClient client;
    Outbound outbound({.target = "payments.toss", .limits = generous, .first_delay = 0ms}, Surroundings::real({}));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(outbound.call(client, post(server.url()), Repeatable::no).status, 200);
    }
    EXPECT_EQ(server.requests().size(), 3);
    EXPECT_EQ(outbound.status().failures, 0);

    // A kept one breaks under the second request, which is then repeated, and counted.
    EXPECT_EQ(outbound.call(client, post(server.url()), Repeatable::yes).status, 200);
    EXPECT_EQ(outbound.call(client, post(server.url()), Repeatable::yes).status, 200);
    EXPECT_EQ(server.requests().size(), 6);
    EXPECT_EQ(outbound.status().retries, 1);
    EXPECT_EQ(outbound.status().failures, 1);
}

}  // namespace
}  // namespace jangteo::consumers
