#include "http-edge/server/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace jangteo::edge {

namespace asio = boost::asio;

Awaitable<bool> Connection::send(std::chrono::milliseconds longest)
{
    // Nearly every answer fits into the socket's buffer: then there is nothing to wait for.
    boost::system::error_code error;
    const auto sent = socket.write_some(asio::buffer(out), error);
    if (!error && sent == out.size()) co_return true;
    if (error && error != asio::error::would_block) co_return false;
    enter(Phase::writing, std::chrono::steady_clock::now() + longest);
    const auto rest = asio::buffer(out) + sent;
    const auto [failure, size] = co_await asio::async_write(socket, rest, as_result);
    co_return !failure;
}

}  // namespace jangteo::edge
