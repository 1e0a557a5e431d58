#include "bench/load/http_connection.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <random>
#include <stdexcept>
#include <utility>

namespace jangteo::bench {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds first_pause{50};
constexpr milliseconds longest_pause{3'000};
constexpr milliseconds outcome_poll_interval{100};
/// A gateway's ledger of a year is long.
constexpr std::size_t answer_body_limit = 256 * 1024 * 1024;

http::verb verb_of(Request::Method method)
{
    switch (method) {
        case Request::Method::get: return http::verb::get;
        case Request::Method::put: return http::verb::put;
        case Request::Method::post: return http::verb::post;
        case Request::Method::patch: return http::verb::patch;
        case Request::Method::remove: return http::verb::delete_;
    }
    return http::verb::unknown;
}

bool worth_another_try(const Answer& answer)
{
    return answer.status == 0 || answer.status == 429 || answer.status >= 500;
}

/// Doubles from try to try, with jitter so that many connections do not come back all at once.
milliseconds pause_after(unsigned attempts)
{
    thread_local std::minstd_rand random{std::random_device{}()};
    const auto doubled = first_pause * (1 << std::min(attempts, 10U));
    const auto pause = std::min<milliseconds>(doubled, longest_pause);
    return pause / 2 + milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, pause.count() / 2)(random));
}

}  // namespace

Address address_of(const std::string& url)
{
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed || parsed->scheme() != "http" || parsed->host().empty()) {
        throw std::invalid_argument("`" + url + "` is not an address of the form http://host:port");
    }
    // The host as it goes into a name look-up: an IPv6 address without its brackets.
    std::string host = parsed->host_ipv6_address().is_unspecified() ? std::string(parsed->host())
                                                                    : parsed->host_ipv6_address().to_string();
    return {std::move(host), parsed->has_port() ? std::string(parsed->port()) : "80"};
}

struct HttpConnection::Stream {
    explicit Stream(const asio::any_io_executor& executor) : tcp(executor) {}

    beast::tcp_stream tcp;
    beast::flat_buffer buffer;
    bool open = false;

    void close()
    {
        beast::error_code ignored;
        tcp.socket().close(ignored);
        buffer.clear();
        open = false;
    }
};

HttpConnection::HttpConnection(asio::any_io_executor executor, Settings settings)
    : settings_(std::move(settings)), stream_(std::make_unique<Stream>(executor))
{}

HttpConnection::~HttpConnection() = default;
HttpConnection::HttpConnection(HttpConnection&&) noexcept = default;

asio::awaitable<Answer> HttpConnection::ask(const Request& request)
{
    const auto give_up_at = steady_clock::now() + settings_.patience;
    for (unsigned attempts = 1;; ++attempts) {
        Answer answer = co_await attempt(request);
        answer.attempts = attempts;
        const auto pause = pause_after(attempts);
        if (!worth_another_try(answer) || steady_clock::now() + pause > give_up_at) co_return answer;
        asio::steady_timer timer(co_await asio::this_coro::executor, pause);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<Answer> HttpConnection::settle(const Request& request)
{
    Answer answer = co_await ask(request);
    const auto give_up_at = steady_clock::now() + settings_.patience;
    const auto attempts = answer.attempts;
    while (answer.status == 202 && steady_clock::now() < give_up_at) {
        asio::steady_timer timer(co_await asio::this_coro::executor, outcome_poll_interval);
        co_await timer.async_wait(asio::use_awaitable);
        // The same key again: the edge answers with the outcome as soon as there is one.
        answer = co_await ask(request);
        answer.attempts += attempts;
    }
    co_return answer;
}

asio::awaitable<Answer> HttpConnection::attempt(const Request& request)
{
    Answer answer;
    try {
        stream_->tcp.expires_after(settings_.answer_timeout);
        if (!stream_->open) {
            asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
            const auto found =
                co_await resolver.async_resolve(settings_.address.host, settings_.address.port, asio::use_awaitable);
            co_await stream_->tcp.async_connect(found, asio::use_awaitable);
            stream_->tcp.socket().set_option(asio::ip::tcp::no_delay(true));
            stream_->open = true;
        }

        http::request<http::string_body> message(verb_of(request.method), request.target, 11);
        message.set(http::field::host, settings_.address.host + ":" + settings_.address.port);
        message.set(http::field::user_agent, "jangteo-load");
        if (!request.token.empty()) message.set(http::field::authorization, "Bearer " + request.token);
        if (!request.idempotency_key.empty()) message.set("Idempotency-Key", request.idempotency_key);
        if (!request.position.empty()) message.set("X-Position", request.position);
        if (request.method != Request::Method::get && request.method != Request::Method::remove) {
            message.set(http::field::content_type, "application/json");
            message.body() = request.body;
            message.prepare_payload();
        }
        co_await http::async_write(stream_->tcp, message, asio::use_awaitable);

        http::response_parser<http::string_body> parser;
        parser.body_limit(answer_body_limit);
        co_await http::async_read(stream_->tcp, stream_->buffer, parser, asio::use_awaitable);
        auto response = parser.release();
        answer.status = response.result_int();
        answer.position = std::string(response["X-Position"]);
        answer.location = std::string(response[http::field::location]);
        answer.replayed = beast::iequals(response["Idempotent-Replayed"], "true");
        answer.body = std::move(response.body());
        if (!response.keep_alive()) stream_->close();
    } catch (const boost::system::system_error& error) {
        // Whether the edge saw the request is unknown now; the key makes the next try safe either way.
        stream_->close();
        answer.status = 0;
        answer.trouble = error.code() == beast::error::timeout ? "no answer in time" : error.code().message();
    }
    co_return answer;
}

}  // namespace jangteo::bench
