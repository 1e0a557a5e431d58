// One keep-alive connection to the edge, or to a stand-in, that does not give up at the first trouble.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <string>

namespace jangteo::bench {

struct Request {
    enum class Method { get, put, post, patch, remove };
    Method method = Method::get;
    std::string target;
    std::string token;
    std::string idempotency_key;
    std::string position;  ///< X-Position: what the answer has to have seen.
    std::string body;
};

struct Answer {
    unsigned status = 0;  ///< 0: the edge could not be reached or did not answer; `trouble` says why.
    std::string body;
    std::string position;
    std::string location;
    bool replayed = false;  ///< The edge had given this answer to this key before.
    unsigned attempts = 0;
    std::string trouble;
};

struct Address {
    std::string host;
    std::string port;
};
/// `http://host[:port]`. Throws std::invalid_argument for anything else.
Address address_of(const std::string& url);

/// Used by one coroutine. A request is sent again with the same Idempotency-Key, after a growing pause, when the
/// connection is lost, nothing is answered in time, or the answer is 429 or 5xx: the key makes that harmless. After
/// `patience` the last answer stands.
class HttpConnection {
public:
    struct Settings {
        Address address;
        std::chrono::milliseconds answer_timeout{30'000};
        std::chrono::milliseconds patience{90'000};
    };

    HttpConnection(boost::asio::any_io_executor executor, Settings settings);
    ~HttpConnection();
    HttpConnection(HttpConnection&&) noexcept;

    boost::asio::awaitable<Answer> ask(const Request& request);
    /// A command whose outcome the edge did not hear in time is answered 202: it is asked for again, for as long as
    /// `patience`.
    boost::asio::awaitable<Answer> settle(const Request& request);

private:
    struct Stream;
    boost::asio::awaitable<Answer> attempt(const Request& request);

    Settings settings_;
    std::unique_ptr<Stream> stream_;
};

}  // namespace jangteo::bench
