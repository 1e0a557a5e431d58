// Connections: Beast reads the headers, everything that Beast 1.81 lets through is refused here (reliability notes §5),
// and what is left goes to the list of routes. One thread.
#pragma once

#include "http-edge/server/awaitable.hpp"
#include "http-edge/server/browsers.hpp"
#include "http-edge/server/limits.hpp"
#include "http-edge/server/metrics.hpp"
#include "http-edge/server/route.hpp"
#include "http-edge/server/tokens.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jangteo::edge {

class Descriptions;
struct Exchange;
struct Services;

struct HttpSettings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;  ///< 0: any that is free.
    bool share_port = false;    ///< SO_REUSEPORT: several servers of one machine take turns.
    Limits limits;
};

class HttpServer {
public:
    struct Parts {
        std::span<const Route> routes;
        Services& services;
        TokenVerifier& tokens;
        Metrics& metrics;
        std::function<void(std::string_view text)> log_error;  ///< What went wrong inside, never told to callers.
        std::function<bool()> commands_overloaded;             ///< Empty: never.
        /// Whether a token that is in order is still worth something. Throws Problem. Empty: it always is.
        std::function<void(const Caller&)> check_caller{};
        /// Whether a request may be served now, whoever it is of. Throws Problem. Empty: it may.
        std::function<void(Exchange&)> admit{};
        Browsers browsers{};
        std::size_t proxies = 0;                     ///< Of ours, before the edge.
        const Descriptions* descriptions = nullptr;  ///< What the routes say of themselves; null: nothing.
        /// An answer that the document does not have is an error of ours. For tests: it takes time.
        bool check_answers = false;
    };

    HttpServer(boost::asio::io_context& io, HttpSettings settings, Parts parts);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();

    /// Binds and starts to accept. Throws std::system_error.
    void open();
    [[nodiscard]] std::uint16_t port() const;
    /// Stops accepting and closes idle connections; the others end with the answer they wait for.
    void drain();
    [[nodiscard]] bool draining() const;
    [[nodiscard]] bool idle() const;  ///< No connection is left.
    void close_all();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace jangteo::edge
