// One request on its way to an answer: what a handler is given.
#pragma once

#include "events/record.hpp"
#include "http-edge/server/errors.hpp"
#include "http-edge/server/http.hpp"
#include "http-edge/server/request_headers.hpp"
#include "http-edge/server/route.hpp"
#include "http-edge/server/usage.hpp"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace jangteo::edge {

struct Services;

struct Exchange {
    const Request& request;
    const Route& route;
    const std::vector<std::pair<std::string_view, std::string_view>>& parameters;
    Services& services;
    std::optional<Caller> member;  ///< Empty when nobody has to say who they are.
    Trace trace;
    ErrorStyle style;

    // What the answer carries besides the handler's response.
    events::Position position;
    bool replayed = false;
    std::optional<Allowance> allowance{};

    /// Of the path: `:orderId`. Throws std::logic_error for a name that the route does not have.
    [[nodiscard]] std::string_view parameter(std::string_view name) const;
    /// A path parameter that is not a UUID names nothing that exists: Problem `not_found`.
    template <class Id>
    [[nodiscard]] Id id(std::string_view name, std::string_view not_found = "COMMON_404") const
    {
        const auto parsed = Id::parse(parameter(name));
        if (!parsed) throw Problem(not_found);
        return *parsed;
    }
    /// The route demands a token, so there is one.
    [[nodiscard]] const Caller& caller() const { return member.value(); }
    [[nodiscard]] Response refuse(std::string_view code, std::string_view details = "{}") const
    {
        return refusal_response(code, details, style);
    }
};

}  // namespace jangteo::edge
