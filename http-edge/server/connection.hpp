// One caller's connection and what it is busy with. Only .cpp files of this folder include this: Beast is heavy.
#pragma once

#include "http-edge/server/awaitable.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <string>
#include <utility>

namespace jangteo::edge {

class LivingAnswer;

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

struct Connection {
    enum class Phase { idle, header, body, answering, writing, lingering };

    Connection(Socket accepted, std::string from) : socket(std::move(accepted)), address(std::move(from)) {}

    void enter(Phase next, std::chrono::steady_clock::time_point until)
    {
        phase = next;
        deadline = until;
    }
    void close()
    {
        boost::system::error_code ignored;
        socket.close(ignored);
    }
    /// Sends all of `out`. False: the caller has gone, or has not taken it within `longest`.
    Awaitable<bool> send(std::chrono::milliseconds longest);

    Socket socket;
    std::string address;
    boost::beast::flat_buffer buffer;
    std::string out;
    Phase phase = Phase::idle;
    std::chrono::steady_clock::time_point deadline;
    bool timed_out = false;
    LivingAnswer* living = nullptr;  ///< The stream that it is answered with, while there is one.
};

}  // namespace jangteo::edge
