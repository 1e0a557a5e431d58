// A closed loop of requests over many keep-alive connections, each with one request on its way. Plain sockets and epoll:
// on two cores a comfortable client would take its comfort from the server that is measured.
#pragma once

#include "bench/figures/kafka_loop.hpp"
#include "bench/load/http_connection.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::bench {

class HttpTalk {
public:
    virtual ~HttpTalk() = default;
    /// The whole next request of a connection, headers and body.
    virtual void ask(std::size_t connection, std::string& request) = 0;
    /// Empty when the answer is the one hoped for, or else what came instead.
    virtual std::string complaint(std::size_t connection, unsigned status, std::string_view body) = 0;
};

/// `POST /path HTTP/1.1` with its headers, an Idempotency-Key of its own among them, and a body of JSON.
std::string http_request(std::string_view method, std::string_view path, const std::string& token,
                         std::string_view body);

class HttpLoop {
public:
    /// Opens the connections. Throws std::system_error.
    HttpLoop(const Address& address, std::size_t connections);
    ~HttpLoop();
    HttpLoop(const HttpLoop&) = delete;
    HttpLoop& operator=(const HttpLoop&) = delete;

    /// Counts what was answered within `duration`, after `warm_up`; waits for what is on its way.
    Measured run(HttpTalk& talk, std::chrono::milliseconds warm_up, std::chrono::milliseconds duration);
    /// One request on every connection, all at once. `hung` counts those without an answer after `patience`.
    Measured once_each(HttpTalk& talk, std::chrono::milliseconds patience, std::size_t& hung);

private:
    struct Connection {
        int socket = -1;
        std::string request;
        std::string answer;
        std::chrono::steady_clock::time_point asked_at;
        bool waits = false;
    };

    void open(std::size_t index);
    void ask(HttpTalk& talk, std::size_t index);
    void send(std::size_t index);
    /// Reads what is there; true when the answer is complete.
    bool receive(std::size_t index, unsigned& status, std::string_view& body, bool& closes);
    template <class GoesOn, class Counts>
    Measured loop(HttpTalk& talk, GoesOn goes_on, Counts counts, std::chrono::milliseconds silence, std::size_t* hung);

    Address address_;
    int poll_ = -1;
    std::vector<Connection> connections_;
};

}  // namespace jangteo::bench
