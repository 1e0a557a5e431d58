// The other side of a call: a real server on the loopback address that behaves as the test says.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace jangteo::consumers::testing {

struct ReceivedRequest {
    std::string method;
    std::string target;
    std::multimap<std::string, std::string> headers;
    std::string body;
};

class LoopbackServer {
public:
    /// One connection, while it is served.
    class Peer {
    public:
        Peer(LoopbackServer& server, boost::asio::ip::tcp::socket socket, int number);
        Peer(const Peer&) = delete;
        Peer& operator=(const Peer&) = delete;
        ~Peer() { close(); }

        [[nodiscard]] int number() const { return number_; }  ///< From 1.
        boost::asio::ip::tcp::socket& socket() { return socket_; }
        /// The next request, which the server remembers. Nothing: the other side has closed.
        bool read();
        void send(std::string_view bytes);
        /// `read`, and 200 with this body.
        bool answer(std::string_view body = "done");
        /// Until the other side closes, or the server ends.
        void wait_for_the_end();
        void close();
        /// Closes without a goodbye: what is on the way is lost.
        void reset();

    private:
        LoopbackServer& server_;
        boost::asio::ip::tcp::socket socket_;
        int number_;
        bool open_ = true;
        std::string unread_;
    };

    /// Called for each connection on a thread of its own; the connection is closed when it returns.
    using Serve = std::function<void(Peer&)>;

    explicit LoopbackServer(Serve serve);
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;
    ~LoopbackServer();

    [[nodiscard]] std::string url(std::string_view path = "/", std::string_view scheme = "http") const;
    /// So far.
    [[nodiscard]] std::vector<ReceivedRequest> requests() const;
    [[nodiscard]] int connections() const;
    /// So many have been closed by this side. False: not in time.
    [[nodiscard]] bool has_closed(int connections) const;

private:
    void accept_all();

    const Serve serve_;
    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    mutable std::mutex mutex_;
    mutable std::condition_variable closed_one_;
    std::vector<ReceivedRequest> requests_;
    std::set<int> open_;  ///< Descriptors.
    int connections_ = 0;
    int closed_ = 0;
    bool ending_ = false;
    std::vector<std::jthread> threads_;  ///< Touched by `acceptor_thread_` only, while that runs.
    std::jthread acceptor_thread_;
};

/// A port that nobody listens on.
std::uint16_t free_port();

}  // namespace jangteo::consumers::testing
