#include "http-edge/server/living_answer.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <charconv>
#include <utility>

namespace jangteo::edge {

namespace asio = boost::asio;
using std::chrono::steady_clock;

/// Whoever only listens says nothing more, so what can be read is their end. Shared with the coroutine that reads, which
/// may still be resumed once when the answer is over.
struct LivingAnswer::Caller {
    Caller(asio::io_context& io, Socket& from) : timer(io.get_executor()), socket(from) {}

    Timer timer;
    Socket& socket;  ///< Not touched once it is over.
    bool woken = false;
    bool gone = false;
    bool over = false;
};

LivingAnswer::LivingAnswer(asio::io_context& io, Connection& connection, const Limits& limits, bool chunked,
                           bool draining, std::function<void()> check)
    : connection_(connection),
      limits_(limits),
      chunked_(chunked),
      draining_(draining),
      check_(std::move(check)),
      caller_(std::make_shared<Caller>(io, connection.socket))
{
    connection_.living = this;
    asio::co_spawn(io, watch(caller_), asio::detached);
}

LivingAnswer::~LivingAnswer()
{
    caller_->over = true;
    connection_.living = nullptr;
}

Awaitable<void> LivingAnswer::watch(std::shared_ptr<Caller> caller)
{
    std::array<char, 512> bytes;
    while (!caller->over) {
        const auto [error, size] = co_await caller->socket.async_read_some(asio::buffer(bytes), as_result);
        if (caller->over) co_return;
        if (!error) continue;  // Nothing that is said now is a request: the connection ends with the stream.
        caller->gone = true;
        caller->timer.cancel();
        co_return;
    }
}

bool LivingAnswer::gone() const
{
    return caller_->gone;
}

void LivingAnswer::wake()
{
    caller_->woken = true;
    caller_->timer.cancel();
}

void LivingAnswer::drain()
{
    draining_ = true;
    wake();
}

Awaitable<void> LivingAnswer::wait_until(steady_clock::time_point time)
{
    const auto caller = caller_;
    if (!caller->woken && !caller->gone) {
        caller->timer.expires_at(time);
        co_await caller->timer.async_wait(as_result);
    }
    caller->woken = false;
}

Awaitable<bool> LivingAnswer::send()
{
    if (caller_->gone) co_return false;
    const bool sent = co_await connection_.send(limits_.write_timeout);
    // However long nothing is written then: a stream is not idle.
    connection_.enter(Connection::Phase::answering, steady_clock::time_point::max());
    if (!sent) caller_->gone = true;
    co_return sent;
}

Awaitable<bool> LivingAnswer::write(std::string_view text)
{
    auto& out = connection_.out;
    out.clear();
    if (chunked_) {
        std::array<char, 16> size{};
        const auto end = std::to_chars(size.data(), size.data() + size.size(), text.size(), 16).ptr;
        out.append(size.data(), end);
        out += "\r\n";
    }
    out += text;
    if (chunked_) out += "\r\n";
    const bool sent = co_await send();
    co_return sent;
}

Awaitable<void> LivingAnswer::finish()
{
    connection_.out = chunked_ ? "0\r\n\r\n" : "";
    const bool sent = co_await send();
    if (!sent) co_return;
    boost::system::error_code ignored;
    connection_.socket.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

}  // namespace jangteo::edge
