// Leads accepted orders on over HTTP, as apps, sellers and carriers would, each to the end that its id draws for it.
// Whatever an earlier play has done of an order stays done: each is led on from where it is seen to be.
#pragma once

#include "bench/load/ending.hpp"
#include "bench/load/summary.hpp"
#include "bench/tokens.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace jangteo::bench {

struct PlaySettings {
    std::string url = "http://127.0.0.1:8080";
    std::string standins;              ///< tests/standins, where the buyers pay.
    std::size_t orders_at_once = 128;  ///< Each with connections of its own.
    std::chrono::milliseconds patience{90'000};
};

/// Throws std::invalid_argument for a bad address, std::runtime_error when no stand-in answers there.
void find_standins(const std::string& url);

/// Throws as `find_standins` does; other trouble on the way is in the ending.
Ending play(const std::vector<PlacedOrder>& orders, const PlaySettings& settings, Tokens& tokens);

}  // namespace jangteo::bench
