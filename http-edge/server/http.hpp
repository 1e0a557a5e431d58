// What a handler sees of HTTP: a request that has passed every rule of the connection, and the answer to it. Light on
// purpose: Beast stays inside connection.cpp.
#pragma once

#include "events/ids.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jangteo::edge {

class StreamBody;
struct Description;

enum class Method { get, post, put, patch, erase, other };
std::string_view to_text(Method method);

/// An analyst reads the stream of all events and changes nothing.
enum class Role { user, seller, analyst, admin };
std::string_view to_text(Role role);
std::optional<Role> parse_role(std::string_view text);

/// Who a verified token speaks for.
struct Caller {
    events::UserId user_id;
    Role role = Role::user;
    events::SessionId session_id{};  ///< Of the login that the token came of; nil for one that `jangteo token` printed.
    bool service = false;            ///< A loader or a benchmark of ours: not held to limits, where that is configured.

    [[nodiscard]] bool admin() const { return role == Role::admin; }
    /// SH-AUTH-11: one's own, or an admin's business.
    [[nodiscard]] bool may_act_for(const events::UserId& user) const { return admin() || user_id == user; }
    /// As it stands in the envelope of a command: `user:<uuid>`.
    [[nodiscard]] std::string actor() const;
    friend bool operator==(const Caller&, const Caller&) = default;
};

/// The views live as long as the exchange does.
struct Request {
    Method method = Method::get;
    bool head = false;                                       ///< HEAD is answered as GET, without the body.
    std::string_view path;                                   ///< As it was sent, without the query.
    std::vector<std::string> segments;                       ///< Of the path, decoded.
    std::vector<std::pair<std::string, std::string>> query;  ///< Decoded.
    std::string_view authorization;
    std::string_view user_agent;
    std::string_view host;
    std::string_view origin;
    std::string_view cookie;
    std::string_view forwarded_for;
    std::string_view address;  ///< What counts as one caller: an IPv4 address, or the /64 of an IPv6 one.
    bool preflight = false;    ///< A browser asks whether it may ask (CORS).
    std::string_view accept;
    std::string_view accept_language;
    std::string_view content_type;
    std::string_view idempotency_key;
    std::string_view prefer;
    std::string_view position;
    std::string_view last_event_id;
    std::string_view correlation_id;
    std::string_view traceparent;
    std::size_t idempotency_keys = 0;  ///< How many headers of that name there were.
    std::string_view body;
    const Description* described = nullptr;  ///< What the route says that it takes; null where nothing is said.

    /// The first parameter of that name. Throws std::logic_error for one that the route does not say it knows.
    [[nodiscard]] const std::string* parameter(std::string_view name) const;
};

struct Response {
    int status = 200;
    std::string body;
    std::string_view content_type = "application/json; charset=utf-8";
    std::vector<std::pair<std::string_view, std::string>> headers{};  ///< Beside those that every answer carries.

    /// What goes on after the head, instead of a body.
    std::shared_ptr<StreamBody> stream{};

    /// The code of the error that this answers with; empty for success.
    std::string error_code{};
};

}  // namespace jangteo::edge
