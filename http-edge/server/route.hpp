// One entry of the list of routes, and how a request finds its own.
#pragma once

#include "http-edge/server/awaitable.hpp"
#include "http-edge/server/http.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jangteo::edge {

struct Exchange;

/// read → check → do → answer. Throws Problem; what else it throws is answered 500 (503 for trouble outside).
using Handler = Awaitable<Response> (*)(Exchange&);

/// Who may call, checked before the handler runs. What depends on data (a seller's own lines) the handler checks.
enum class Who {
    anyone,
    gateway,  ///< A payment gateway that calls back: it has no token, and nothing of what it says is believed.
    member,   ///< Any valid token.
    owner,    ///< `:userId` in the path is the token's subject; or an admin (SH-AUTH-11).
    seller_or_admin,
    analyst_or_admin,
    admin,
};

/// What a request takes from: each kind has a budget of its own, so that queries cannot starve commands.
enum class Kind { command, query, operations };

/// What a body has to be. Forms are what other people's pages make browsers send.
enum class Content { json, form };

struct Route {
    Method method;
    std::string_view pattern;  ///< `/api/v1/orders/:orderId`
    Handler handler;
    Who who;
    Kind kind;
    Content content = Content::json;
};

class Router {
public:
    struct Match {
        const Route* route = nullptr;  ///< Null: no such path, or not with this method.
        std::vector<std::pair<std::string_view, std::string_view>> parameters;
        std::string allowed;  ///< `GET, PUT` when the path exists with other methods only.
    };

    /// `routes` must outlive the router. Throws std::invalid_argument for two routes of one method and shape.
    explicit Router(std::span<const Route> routes);

    /// Literal segments win over parameters. The match refers to `segments`.
    [[nodiscard]] Match find(Method method, const std::vector<std::string>& segments) const;

private:
    struct Entry {
        const Route* route;
        std::vector<std::string_view> segments;
    };
    std::vector<Entry> entries_;  ///< The more literal ones first.
};

}  // namespace jangteo::edge
