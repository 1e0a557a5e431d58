#include "main/operations_server.hpp"

#include "http-edge/operations/operations.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

namespace jangteo {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

/// For a request and its answer together: whoever asks here is near and knows what he wants.
constexpr std::chrono::seconds time_limit{5};
constexpr std::uint32_t header_limit = 8'192;
constexpr std::uint64_t body_limit = 1'024;  // Read to be able to answer: nobody needs one here.
constexpr int connections_at_most = 32;

using Request = http::request<http::string_body>;

edge::Response with_status(int status)
{
    edge::Response response;
    response.status = status;
    response.body = "{}";
    return response;
}

}  // namespace

struct OperationsServer::Impl {
    Impl(const std::string& address, std::uint16_t port, Answers all)
        : answers(std::move(all)), acceptor(io, {asio::ip::make_address(address), port})
    {
        asio::co_spawn(io, accept(), asio::detached);
        thread = std::thread([this] { io.run(); });
    }
    ~Impl()
    {
        io.stop();
        thread.join();
    }

    asio::awaitable<void> accept()
    {
        for (;;) {
            tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
            if (open == connections_at_most) continue;  // Closed: it may come again.
            ++open;
            asio::co_spawn(io, serve(beast::tcp_stream(std::move(socket))), [this](const std::exception_ptr&) {
                --open;  // A connection that ends badly is the other side's affair.
            });
        }
    }

    asio::awaitable<void> serve(beast::tcp_stream stream)
    {
        stream.expires_after(time_limit);
        beast::flat_buffer buffer;
        http::request_parser<http::string_body> parser;
        parser.header_limit(header_limit);
        parser.body_limit(body_limit);
        co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
        auto said = answer(parser.get());
        http::response<http::string_body> response{http::int_to_status(static_cast<unsigned>(said.status)), 11,
                                                   std::move(said.body)};
        response.set(http::field::content_type, said.content_type);
        response.keep_alive(false);
        response.prepare_payload();
        co_await http::async_write(stream, response, asio::use_awaitable);
        beast::error_code ignored;
        stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    [[nodiscard]] edge::Response answer(const Request& request) const
    {
        if (request.method() != http::verb::get) return with_status(405);
        if (request.target() == "/ready") return edge::operations::readiness(answers.readiness());
        auto response = with_status(200);
        if (request.target() == "/health") {
            response.body = R"({"status":"ok"})";
        } else if (request.target() == "/metrics") {
            response.content_type = edge::operations::metrics_type;
            response.body = answers.metrics();
        } else {
            response.status = 404;
        }
        return response;
    }

    Answers answers;
    asio::io_context io{1};
    tcp::acceptor acceptor;
    int open = 0;
    std::thread thread;
};

OperationsServer::OperationsServer(const std::string& address, std::uint16_t port, Answers answers)
    : impl_(std::make_unique<Impl>(address, port, std::move(answers)))
{}

OperationsServer::~OperationsServer() = default;

std::uint16_t OperationsServer::port() const
{
    return impl_->acceptor.local_endpoint().port();
}

}  // namespace jangteo
