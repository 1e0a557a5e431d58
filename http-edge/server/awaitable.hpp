// Coroutines of the edge run on one io_context; naming its executor's type saves Asio's type erasure on every step.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace jangteo::edge {

using Executor = boost::asio::io_context::executor_type;
template <class T>
using Awaitable = boost::asio::awaitable<T, Executor>;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Errors come back as values: `auto [error, size] = co_await socket.async_read_some(buffer, as_result);`
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>{});

}  // namespace jangteo::edge
