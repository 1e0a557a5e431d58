// The OpenAPI document of what is described. Only .cpp files include this: Boost.JSON is heavy.
#pragma once

#include "http-edge/server/description.hpp"

#include <span>
#include <string>

namespace jangteo::edge {

/// OpenAPI 3.1, as JSON. Has the operations in their order, and of the components those that they refer to.
std::string openapi(std::span<const Description* const> descriptions, const Schemas& schemas);

}  // namespace jangteo::edge
