// Apps that speak to the edge over HTTP: many at once, each request on a connection of its own.
#pragma once

#include "events/ids.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace jangteo::e2e {

struct HttpRequest {
    std::string method;  ///< `GET`, `POST`, `PUT`
    std::string target;
    std::string token{};
    std::string body{};
    std::string idempotency_key{};
    std::string prefer{};
    std::string position{};  ///< X-Position
    std::string content_type{"application/json"};
};

struct HttpAnswer {
    unsigned status = 0;  ///< 0: there was none; `trouble` says why.
    std::string body;
    std::string position;
    std::string trouble;
    std::chrono::milliseconds took{};
    int tries = 1;

    /// A member by its path, for instance `data.orderNumber`, as JSON without quotes; empty when it is not there.
    [[nodiscard]] std::string at(const std::string& path) const;
};

/// Used by one thread; things go on only inside `run_for` and `run_until_idle`.
class Apps {
public:
    using Then = std::function<void(const HttpAnswer&)>;

    explicit Apps(std::uint16_t port);
    Apps(const Apps&) = delete;
    Apps& operator=(const Apps&) = delete;
    ~Apps();

    void ask(HttpRequest request, Then then, std::chrono::milliseconds timeout = std::chrono::seconds{60});
    /// Asks again, with the same key, after no answer, 202, 408, 429, 500 and 503, until `patience` is over.
    void insist(HttpRequest request, Then then, std::chrono::milliseconds patience = std::chrono::seconds{90});
    HttpAnswer ask_and_wait(HttpRequest request);

    void run_for(std::chrono::milliseconds time);
    /// False: time is up first.
    bool run_until_idle(std::chrono::milliseconds timeout);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A port of the loopback address that nobody listens on.
std::uint16_t free_port();

}  // namespace jangteo::e2e
