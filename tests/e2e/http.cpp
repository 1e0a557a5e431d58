#include "tests/e2e/http.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <exception>

namespace jangteo::e2e {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using namespace std::chrono_literals;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

std::string HttpAnswer::at(const std::string& path) const
{
    boost::system::error_code wrong;
    const auto json = boost::json::parse(body, wrong);
    const boost::json::value* value = wrong ? nullptr : &json;
    for (std::size_t begin = 0; value != nullptr && begin <= path.size();) {
        const auto end = std::min(path.find('.', begin), path.size());
        const auto* object = value->if_object();
        value = object == nullptr ? nullptr : object->if_contains(path.substr(begin, end - begin));
        begin = end + 1;
    }
    if (value == nullptr) return {};
    return value->is_string() ? std::string(value->as_string()) : boost::json::serialize(*value);
}

struct Apps::Impl {
    asio::io_context io{1};
    tcp::endpoint edge;
    std::size_t under_way = 0;

    asio::awaitable<HttpAnswer> exchange(const HttpRequest& asked, std::chrono::milliseconds timeout)
    {
        HttpAnswer answer;
        const auto began = Clock::now();
        try {
            boost::beast::tcp_stream stream(io);
            stream.expires_after(timeout);
            co_await stream.async_connect(edge, asio::use_awaitable);
            http::request<http::string_body> request{http::string_to_verb(asked.method), asked.target, 11};
            request.set(http::field::host, "127.0.0.1:" + std::to_string(edge.port()));
            request.keep_alive(false);
            const auto set = [&](const char* name, const std::string& value) {
                if (!value.empty()) request.set(name, value);
            };
            set("Authorization", asked.token.empty() ? "" : "Bearer " + asked.token);
            set("Content-Type", asked.body.empty() ? "" : asked.content_type);
            set("Idempotency-Key", asked.idempotency_key);
            set("Prefer", asked.prefer);
            set("X-Position", asked.position);
            request.body() = asked.body;
            request.prepare_payload();
            co_await http::async_write(stream, request, asio::use_awaitable);
            boost::beast::flat_buffer buffer;
            http::response<http::string_body> response;
            co_await http::async_read(stream, buffer, response, asio::use_awaitable);
            answer.status = response.result_int();
            answer.body = response.body();
            answer.position = std::string(response["X-Position"]);
        } catch (const std::exception& error) {
            answer.trouble = error.what();
        }
        answer.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
        co_return answer;
    }

    asio::awaitable<void> once(HttpRequest request, Then then, std::chrono::milliseconds timeout)
    {
        const auto answer = co_await exchange(request, timeout);
        --under_way;
        then(answer);
    }

    static bool worth_another_try(const HttpAnswer& answer)
    {
        const auto status = answer.status;
        return status == 0 || status == 202 || status == 408 || status == 429 || status == 500 || status == 503;
    }

    asio::awaitable<void> until_answered(HttpRequest request, Then then, std::chrono::milliseconds patience)
    {
        const auto began = Clock::now();
        asio::steady_timer timer(io);
        HttpAnswer answer;
        for (int tries = 1;; ++tries) {
            answer = co_await exchange(request, 20s);
            answer.tries = tries;
            if (!worth_another_try(answer) || Clock::now() - began > patience) break;
            timer.expires_after(200ms);
            co_await timer.async_wait(asio::use_awaitable);
        }
        answer.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
        --under_way;
        then(answer);
    }

    static void rethrow(std::exception_ptr error)
    {
        if (error) std::rethrow_exception(error);
    }
};

Apps::Apps(std::uint16_t port) : impl_(std::make_unique<Impl>())
{
    impl_->edge = {asio::ip::address_v4::loopback(), port};
}

Apps::~Apps() = default;

void Apps::ask(HttpRequest request, Then then, std::chrono::milliseconds timeout)
{
    ++impl_->under_way;
    asio::co_spawn(impl_->io, impl_->once(std::move(request), std::move(then), timeout), Impl::rethrow);
}

void Apps::insist(HttpRequest request, Then then, std::chrono::milliseconds patience)
{
    ++impl_->under_way;
    asio::co_spawn(impl_->io, impl_->until_answered(std::move(request), std::move(then), patience), Impl::rethrow);
}

HttpAnswer Apps::ask_and_wait(HttpRequest request)
{
    HttpAnswer heard;
    bool done = false;
    ask(std::move(request), [&](const HttpAnswer& answer) {
        heard = answer;
        done = true;
    });
    while (!done) run_for(10ms);
    return heard;
}

void Apps::run_for(std::chrono::milliseconds time)
{
    impl_->io.restart();
    // Something to do for the whole time, even while nobody asks.
    asio::steady_timer timer(impl_->io, time);
    timer.async_wait([&](const boost::system::error_code& error) {
        if (!error) impl_->io.stop();
    });
    impl_->io.run();
}

bool Apps::run_until_idle(std::chrono::milliseconds timeout)
{
    const auto until = Clock::now() + timeout;
    while (impl_->under_way > 0 && Clock::now() < until) run_for(10ms);
    return impl_->under_way == 0;
}

std::uint16_t free_port()
{
    asio::io_context io;
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

}  // namespace jangteo::e2e
