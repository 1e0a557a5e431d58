#include "http-edge/server/http_server.hpp"

#include "http-edge/server/answering.hpp"
#include "http-edge/server/connection.hpp"
#include "http-edge/server/descriptions.hpp"
#include "http-edge/server/errors.hpp"
#include "http-edge/server/header_rules.hpp"
#include "http-edge/server/living_answer.hpp"
#include "http-edge/server/response_head.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace jangteo::edge {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Parser = http::request_parser<http::empty_body>;

constexpr std::size_t read_size = 4'096;
constexpr std::size_t kept_buffer = 16'384;  ///< An idle connection gives back what a large request took.
constexpr std::chrono::milliseconds sweep_interval{100};
constexpr std::chrono::milliseconds pause_without_descriptors{100};
constexpr std::string_view no_route = "(none)";

using Connections = std::list<Connection>;

/// What counts as one caller: an IPv4 address, or the /64 of an IPv6 one.
std::string address_key(const asio::ip::address& address)
{
    if (address.is_v4()) return address.to_string();
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
    const auto bytes = v6.to_bytes();
    return {reinterpret_cast<const char*>(bytes.data()), 8};
}

/// Whoever stands before our own proxies. What callers put into the header themselves stands further to the left.
std::string caller_address(const std::string& peer, std::string_view forwarded_for, std::size_t proxies)
{
    for (std::size_t i = 0; i < proxies && !forwarded_for.empty(); ++i) {
        const auto comma = forwarded_for.rfind(',');
        auto last = comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
        forwarded_for = comma == std::string_view::npos ? std::string_view{} : forwarded_for.substr(0, comma);
        if (i + 1 < proxies) continue;
        while (last.starts_with(' ')) last.remove_prefix(1);
        while (last.ends_with(' ')) last.remove_suffix(1);
        error_code error;
        const auto address = asio::ip::make_address(std::string(last), error);
        if (!error) return address_key(address);
    }
    return peer;
}

Refusal refusal_of(const error_code& error, std::string_view bytes)
{
    if (error == http::error::header_limit) return {"COMMON_431", "header_too_large"};
    if (error == http::error::bad_version && names_other_version(bytes)) return {"COMMON_505", "version"};
    if (error == http::error::bad_transfer_encoding) return {"COMMON_501", "transfer_encoding"};
    return {"COMMON_400", "malformed"};
}

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
    Impl(asio::io_context& context, HttpSettings given, Parts with)
        : io(context),
          settings(std::move(given)),
          limits(settings.limits),
          parts(std::move(with)),
          router(parts.routes),
          answering(parts, limits),
          acceptor(context.get_executor()),
          accept_pause(context.get_executor()),
          sweep_timer(context.get_executor())
    {}

    // --- Connections ---

    void open()
    {
        const tcp::endpoint endpoint(asio::ip::make_address(settings.address), settings.port);
        acceptor.open(endpoint.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        if (settings.share_port) {
            acceptor.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true));
        }
        acceptor.bind(endpoint);
        acceptor.listen(4'096);
        asio::co_spawn(io, accept(shared_from_this()), asio::detached);
        asio::co_spawn(io, sweep(shared_from_this()), asio::detached);
    }

    static Awaitable<void> accept(std::shared_ptr<Impl> self)
    {
        while (!self->draining) {
            auto [error, socket] = co_await self->acceptor.async_accept(as_result);
            if (error == asio::error::operation_aborted) co_return;
            if (error) {
                // Out of descriptors or memory: trying again at once would only burn the processor.
                self->parts.log_error("cannot accept: " + error.message());
                self->accept_pause.expires_after(pause_without_descriptors);
                co_await self->accept_pause.async_wait(as_result);
                continue;
            }
            self->admit(std::move(socket));
        }
    }

    void admit(Socket socket)
    {
        error_code error;
        const auto peer = socket.remote_endpoint(error);
        if (error) return;
        auto key = address_key(peer.address());
        auto& from_there = by_address[key];
        const bool too_many = connections.size() >= limits.connections;
        if (too_many || from_there >= limits.connections_per_address) {
            parts.metrics.refused_connection(too_many ? "connections" : "address");
            if (from_there == 0) by_address.erase(key);
            turn_away(socket);
            return;
        }
        ++from_there;
        socket.set_option(tcp::no_delay(true), error);
        socket.non_blocking(true, error);
        const auto at = connections.emplace(connections.end(), std::move(socket), std::move(key));
        parts.metrics.connections = static_cast<std::int64_t>(connections.size());
        asio::co_spawn(io, serve(shared_from_this(), at), asio::detached);
    }

    /// Best effort: nobody waits for a caller who is not let in.
    void turn_away(Socket& socket)
    {
        Problem problem("COMMON_503");
        problem.retry_after(jittered_retry_seconds());
        const auto response = error_response(problem, {});
        std::string out;
        response_head.append(out, response, {.close = true});
        out += response.body;
        error_code ignored;
        socket.non_blocking(true, ignored);
        socket.write_some(asio::buffer(out), ignored);
        socket.shutdown(tcp::socket::shutdown_send, ignored);
        socket.close(ignored);
    }

    static Awaitable<void> serve(std::shared_ptr<Impl> self, Connections::iterator at)
    {
        try {
            co_await self->serve_requests(*at);
        } catch (const std::exception& error) {
            self->parts.log_error(std::string("connection: ") + error.what());
        }
        self->forget(at);
    }

    void forget(Connections::iterator at)
    {
        at->close();
        const auto address = by_address.find(at->address);
        if (address != by_address.end() && --address->second == 0) by_address.erase(address);
        connections.erase(at);
        parts.metrics.connections = static_cast<std::int64_t>(connections.size());
    }

    /// One clock for all connections: cheaper than a timer for each, and a phase's end does not depend on what the
    /// caller sends meanwhile.
    static Awaitable<void> sweep(std::shared_ptr<Impl> self)
    {
        while (!self->closed) {
            self->sweep_timer.expires_after(sweep_interval);
            const auto [error] = co_await self->sweep_timer.async_wait(as_result);
            if (error) co_return;
            const auto now = steady_clock::now();
            for (auto& connection : self->connections) {
                if (connection.phase == Connection::Phase::answering || now < connection.deadline) continue;
                if (connection.timed_out) {
                    connection.close();  // It has had its chance to say why.
                } else {
                    connection.timed_out = true;
                    connection.deadline = now + self->limits.linger_timeout;
                    error_code ignored;
                    connection.socket.cancel(ignored);
                }
            }
        }
    }

    // --- Requests ---

    Awaitable<void> serve_requests(Connection& connection)
    {
        for (std::size_t served = 0; served < limits.requests_per_connection; ++served) {
            Parser parser;
            parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
            parser.body_limit(boost::none);  // Its length is checked with the other rules of the header.
            const auto read = co_await read_header(connection, parser, served == 0);
            if (read == Read::gone) co_return;
            if (read == Read::refused) {
                co_await refuse(connection, last_refusal);
                co_return;
            }
            const bool last = served + 1 == limits.requests_per_connection;
            const bool go_on = co_await serve_request(connection, parser, last);
            if (!go_on) co_return;
        }
    }

    enum class Read { done, gone, refused };

    Awaitable<Read> read_header(Connection& connection, Parser& parser, bool first)
    {
        const auto start = steady_clock::now();
        connection.enter(first ? Connection::Phase::header : Connection::Phase::idle,
                         start + (first ? limits.header_timeout : limits.idle_timeout));
        if (connection.buffer.capacity() > kept_buffer && connection.buffer.size() == 0) {
            connection.buffer.shrink_to_fit();
        }
        for (;;) {
            if (connection.buffer.size() > 0) {
                if (connection.phase == Connection::Phase::idle) {
                    connection.enter(Connection::Phase::header, steady_clock::now() + limits.header_timeout);
                }
                error_code error;
                const auto used = parser.put(connection.buffer.data(), error);
                const std::string_view bytes(static_cast<const char*>(connection.buffer.data().data()),
                                             connection.buffer.size());
                if (parser.is_header_done()) {
                    const auto refusal = check_raw_header(bytes.substr(0, used));
                    connection.buffer.consume(used);
                    if (refusal) co_return refused(*refusal);
                    co_return Read::done;
                }
                if (error && error != http::error::need_more) co_return refused(refusal_of(error, bytes));
                connection.buffer.consume(used);  // Nothing, until the header is there as a whole.
                if (connection.buffer.size() >= limits.header_bytes) {
                    co_return refused({"COMMON_431", "header_too_large"});
                }
            }
            if (draining && connection.buffer.size() == 0) co_return Read::gone;
            const auto space = connection.buffer.prepare(read_size);
            const auto [error, size] = co_await connection.socket.async_read_some(space, as_result);
            connection.buffer.commit(size);
            if (!error) continue;
            const bool begun = connection.buffer.size() > 0;
            if (connection.timed_out && begun) co_return refused({"COMMON_408", "slow_header"});
            co_return Read::gone;
        }
    }

    Read refused(Refusal refusal)
    {
        last_refusal = refusal;
        return Read::refused;
    }

    /// False: the connection ends here.
    Awaitable<bool> serve_request(Connection& connection, Parser& parser, bool last)
    {
        const auto started = steady_clock::now();
        const Header& header = parser.get().base();
        Framing framing;
        if (const auto refusal = check_framing(header, limits.body_bytes, framing)) {
            co_await refuse(connection, *refusal);
            co_return false;
        }
        Request request;
        read_fields(header, request);
        const auto address = caller_address(connection.address, request.forwarded_for, parts.proxies);
        request.address = address;
        if (!read_target(header, request)) {
            co_await refuse(connection, {"COMMON_400", "target"});
            co_return false;
        }

        // Whether there is room is decided before a byte of the body is looked at.
        const auto match = router.find(request.method, request.segments);
        if (match.route != nullptr && parts.descriptions != nullptr) {
            request.described = &parts.descriptions->of(*match.route);
        }
        std::optional<Problem> early = answering.turned_away(request, match, framing.content_length > 0);

        if (framing.content_length > 0) {
            const bool whole = co_await read_body(connection, framing);
            if (!whole) co_return false;
            request.body = {static_cast<const char*>(connection.buffer.data().data()),
                            static_cast<std::size_t>(framing.content_length)};
        }

        connection.enter(Connection::Phase::answering, steady_clock::time_point::max());
        auto response = co_await answering.respond(request, match, std::move(early));
        connection.buffer.consume(static_cast<std::size_t>(framing.content_length));

        const auto who = match.route != nullptr ? match.route->who : Who::anyone;
        const bool http_1_0 = parser.get().version() == 10;
        const bool close = last || draining || response.stream || !parser.get().keep_alive();
        connection.out.clear();
        response_head.append(connection.out, response, {.close = close, .http_1_0 = http_1_0});
        if (!request.head) connection.out += response.body;
        parts.metrics.answered(match.route != nullptr ? match.route->pattern : no_route, request.method,
                               response.status, steady_clock::now() - started);
        const bool written = co_await connection.send(limits.write_timeout);
        if (written && response.stream && !request.head) co_await stream(connection, request, response, !http_1_0, who);
        co_return written && !close;
    }

    /// Lasts as long as the caller listens and may.
    Awaitable<void> stream(Connection& connection, const Request& request, Response& response, bool chunked, Who who)
    {
        connection.enter(Connection::Phase::answering, steady_clock::time_point::max());
        LivingAnswer living(io, connection, limits, chunked, draining, [&] {
            if (who != Who::anyone && who != Who::gateway) answering.verified(request);
        });
        co_await response.stream->run(living);
        co_await living.finish();
    }

    Awaitable<bool> read_body(Connection& connection, const Framing& framing)
    {
        const auto length = static_cast<std::size_t>(framing.content_length);
        if (connection.buffer.size() >= length) co_return true;
        connection.enter(Connection::Phase::body, steady_clock::now() + limits.body_timeout);
        if (framing.expects_continue) {
            connection.out = "HTTP/1.1 100 Continue\r\n\r\n";
            const auto [error, size] =
                co_await asio::async_write(connection.socket, asio::buffer(connection.out), as_result);
            if (error) co_return false;
        }
        while (connection.buffer.size() < length) {
            const auto space = connection.buffer.prepare(length - connection.buffer.size());
            const auto [error, size] = co_await connection.socket.async_read_some(space, as_result);
            connection.buffer.commit(size);
            if (!error) continue;
            if (connection.timed_out) co_await refuse(connection, {"COMMON_408", "slow_body"});
            co_return false;
        }
        co_return true;
    }

    // --- Answers ---

    /// Says why and ends the connection. What follows on it is not a request any more.
    Awaitable<void> refuse(Connection& connection, Refusal refusal)
    {
        parts.metrics.bad_request(refusal.why);
        const Problem problem{refusal.code};
        const auto response = error_response(problem, {});
        connection.out.clear();
        response_head.append(connection.out, response, {.close = true});
        connection.out += response.body;
        parts.metrics.answered(no_route, Method::other, response.status, std::chrono::nanoseconds(0));
        const bool written = co_await connection.send(limits.write_timeout);
        if (written) co_await linger(connection);
    }

    /// Closing with unread bytes would reset the connection, and the caller might never see the answer.
    Awaitable<void> linger(Connection& connection)
    {
        error_code ignored;
        connection.socket.shutdown(tcp::socket::shutdown_send, ignored);
        connection.timed_out = false;
        connection.enter(Connection::Phase::lingering, steady_clock::now() + limits.linger_timeout);
        connection.buffer.clear();
        for (std::size_t seen = 0; seen < limits.linger_bytes;) {
            const auto space = connection.buffer.prepare(read_size);
            const auto [error, size] = co_await connection.socket.async_read_some(space, as_result);
            if (error) co_return;
            seen += size;
        }
    }

    // --- The end ---

    void drain()
    {
        draining = true;
        error_code ignored;
        acceptor.close(ignored);
        accept_pause.cancel();
        for (auto& connection : connections) {
            if (connection.phase == Connection::Phase::idle) connection.socket.cancel(ignored);
            // A caller who has connected and said nothing yet is not worth waiting for.
            if (connection.phase == Connection::Phase::header && connection.buffer.size() == 0) {
                connection.socket.cancel(ignored);
            }
            if (connection.living != nullptr) connection.living->drain();
        }
    }

    void close_all()
    {
        closed = true;
        draining = true;
        error_code ignored;
        acceptor.close(ignored);
        accept_pause.cancel();
        sweep_timer.cancel();
        for (auto& connection : connections) connection.close();
    }

    asio::io_context& io;
    const HttpSettings settings;
    const Limits& limits;
    Parts parts;
    Router router;
    Answering answering;
    Acceptor acceptor;
    Timer accept_pause;
    Timer sweep_timer;
    Connections connections;
    std::unordered_map<std::string, std::size_t> by_address;
    ResponseHead response_head;
    Refusal last_refusal{};  ///< Of the header that was read last; used before anything else runs.
    bool draining = false;
    bool closed = false;
};

HttpServer::HttpServer(asio::io_context& io, HttpSettings settings, Parts parts)
    : impl_(std::make_shared<Impl>(io, std::move(settings), std::move(parts)))
{}

HttpServer::~HttpServer() = default;

void HttpServer::open()
{
    impl_->open();
}
std::uint16_t HttpServer::port() const
{
    return impl_->acceptor.local_endpoint().port();
}
void HttpServer::drain()
{
    impl_->drain();
}
bool HttpServer::draining() const
{
    return impl_->draining;
}
bool HttpServer::idle() const
{
    return impl_->connections.empty();
}
void HttpServer::close_all()
{
    impl_->close_all();
}

}  // namespace jangteo::edge
