// Sends a journey to the edge: products, then grants, then orders, each at most `concurrency` at a time.
#pragma once

#include "bench/journey/journey.hpp"
#include "bench/load/summary.hpp"
#include "bench/tokens.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace jangteo::bench {

struct LoadSettings {
    std::string url = "http://127.0.0.1:8080";
    std::int64_t stock = 1'000'000;  ///< Units of each product.
    std::int64_t grant_points = 0;   ///< To each household, once.
    std::size_t points_every = 0;    ///< Every K-th basket asks for points; 0: none does.
    std::int64_t points_to_use = 0;
    std::size_t concurrency = 32;
    std::chrono::milliseconds patience{90'000};  ///< How long one command is tried again before it counts as failed.
};

/// The body of the order for a basket, lines as they stand. `index` is the basket's place in the file.
std::string order_body(const Journey& journey, std::size_t index, const LoadSettings& settings);
/// Whether the basket asks for points.
std::int64_t points_of(std::size_t index, const LoadSettings& settings);

/// Throws std::invalid_argument for a bad address; trouble on the way is in the summary.
Summary load(const Journey& journey, const LoadSettings& settings, Tokens& tokens);

}  // namespace jangteo::bench
