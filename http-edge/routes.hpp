// The whole HTTP API.
#pragma once

#include "http-edge/server/route.hpp"

#include <span>

namespace jangteo::edge {

std::span<const Route> routes();

}  // namespace jangteo::edge
