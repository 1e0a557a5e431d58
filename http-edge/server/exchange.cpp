#include "http-edge/server/exchange.hpp"

#include <stdexcept>
#include <string>

namespace jangteo::edge {

std::string_view Exchange::parameter(std::string_view name) const
{
    for (const auto& [key, value] : parameters) {
        if (key == name) return value;
    }
    throw std::logic_error("the route has no parameter " + std::string(name));
}

}  // namespace jangteo::edge
