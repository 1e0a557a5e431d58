// HTTP calls to the outside. What matters about a call that went wrong is whether the other side may have done it: so
// there are two exceptions, and a call is one request on the wire, never two.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace jangteo::consumers {

struct HttpRequest {
    std::string method;  ///< `GET`, `POST`, …
    std::string url;     ///< `https://…` or `http://…`
    /// Sent as they are, besides `Host`, `Accept: */*` and the body's length. No `Content-Type` unless it is here.
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
};

struct HttpResponse {
    int status = 0;  ///< A redirect is an answer like any other: it is not followed.
    std::string body{};
    std::optional<std::chrono::seconds> retry_after{};  ///< At least 1, at most `latest_retry_after`.
};

inline constexpr std::size_t largest_response = 1'048'576;  ///< The body, in bytes.
inline constexpr std::chrono::seconds latest_retry_after{86'400};

/// Both have to be positive.
struct TimeLimits {
    std::chrono::milliseconds connect{2'000};  ///< Until TLS is agreed on: name, TCP, handshake.
    std::chrono::milliseconds total{10'000};   ///< Until the answer is complete, `connect` included.
};

/// The other side has not done it, since the request never left: no such name, refused, no TLS that can be trusted, or
/// no connection in time.
class NotSent : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The other side may have done it: the request left, or part of it, and no whole answer came in time.
class NoAnswer : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class Connection {
    kept,   ///< That of an earlier call, if there is one, and kept afterwards. It may break just when it is used again.
    fresh,  ///< One that is used for nothing else: for a request that must not end in doubt without need.
};

/// Used by one thread. It keeps connections between calls.
class HttpClient {
public:
    HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    ~HttpClient();

    /// Sends the request once. Certificates are verified against the system's, proxies of the environment are not used.
    /// Throws `NotSent`, `NoAnswer`, and `std::invalid_argument` for a request that nobody can send. Their texts name the
    /// server and never what follows it in the URL.
    HttpResponse call(const HttpRequest& request, const TimeLimits& limits, Connection connection = Connection::kept);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::consumers
