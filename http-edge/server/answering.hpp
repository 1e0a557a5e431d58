// From a request to its answer: whether there is room, who asks, the handler, and what went wrong. No sockets.
#pragma once

#include "http-edge/server/exchange.hpp"
#include "http-edge/server/http_server.hpp"
#include "http-edge/server/limits.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace jangteo::edge {

class Answering {
public:
    /// Both outlive this.
    Answering(HttpServer::Parts& parts, const Limits& limits) : parts_(parts), limits_(limits) {}

    /// Why a request is refused before a byte of its body is looked at, if it is.
    std::optional<Problem> turned_away(const Request& request, const Router::Match& match, bool has_body);
    /// Never throws for what a handler throws: that becomes the answer.
    Awaitable<Response> respond(const Request& request, const Router::Match& match, std::optional<Problem> early);
    /// Whom the request's token speaks for, at this moment. Throws Problem.
    Caller verified(const Request& request);

private:
    std::int64_t* counter(Kind kind);
    Response failed(const std::exception& error, std::string_view code, const ErrorStyle& style);
    void admit(Exchange& exchange, std::optional<Problem> early);
    void authorize(Exchange& exchange);
    void recognize(Exchange& exchange);

    HttpServer::Parts& parts_;
    const Limits& limits_;
};

}  // namespace jangteo::edge
