#include "http-edge/server/http.hpp"

#include "http-edge/server/description.hpp"

#include <stdexcept>

namespace jangteo::edge {

std::string_view to_text(Method method)
{
    switch (method) {
        case Method::get: return "GET";
        case Method::post: return "POST";
        case Method::put: return "PUT";
        case Method::patch: return "PATCH";
        case Method::erase: return "DELETE";
        case Method::other: return "OTHER";
    }
    return "";
}

std::string_view to_text(Role role)
{
    switch (role) {
        case Role::user: return "user";
        case Role::seller: return "seller";
        case Role::analyst: return "analyst";
        case Role::admin: return "admin";
    }
    return "";
}

std::optional<Role> parse_role(std::string_view text)
{
    for (const auto role : {Role::user, Role::seller, Role::analyst, Role::admin}) {
        if (text == to_text(role)) return role;
    }
    return std::nullopt;
}

std::string Caller::actor() const
{
    std::string text(to_text(role));
    text += ':';
    text += user_id.text();
    return text;
}

const std::string* Request::parameter(std::string_view name) const
{
    if (described != nullptr && described->query(name) == nullptr) {
        throw std::logic_error("the route says nothing of a parameter " + std::string(name));
    }
    for (const auto& [key, value] : query) {
        if (key == name) return &value;
    }
    return nullptr;
}

}  // namespace jangteo::edge
