// An app, as far as the edge can tell.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace jangteo::edge::testing {

struct HttpAnswer {
    int status = 0;  ///< 0: no answer.
    std::map<std::string, std::string> headers;
    std::string body;

    [[nodiscard]] std::string header(const std::string& name) const
    {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
};

/// One connection, kept alive and made anew when it ends.
class HttpClient {
public:
    explicit HttpClient(std::uint16_t port) : port_(port) {}
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    ~HttpClient() { disconnect(); }

    /// `headers` are whole lines without their end. A body makes it `application/json`. As good apps do, whatever changes
    /// something has an Idempotency-Key: one of its own, if none is among the headers.
    HttpAnswer ask(std::string_view method, std::string_view path, const std::string& token = {},
                   std::string_view body = {}, std::initializer_list<std::string> headers = {});
    /// Just what is said here.
    HttpAnswer ask_without_key(std::string_view method, std::string_view path, const std::string& token,
                               std::string_view body);

private:
    HttpAnswer send(std::string request, std::string_view body);
    void disconnect();
    bool connect();
    bool exchange(const std::string& request, HttpAnswer& answer);

    std::uint16_t port_;
    int socket_ = -1;
};

/// One that nobody uses just now.
std::uint16_t free_port();

}  // namespace jangteo::edge::testing
