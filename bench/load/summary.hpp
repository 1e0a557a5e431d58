// What came of a load, counted from the answers alone.
#pragma once

#include "bench/latencies.hpp"
#include "bench/load/ending.hpp"
#include "events/ids.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::bench {

/// One that the edge has accepted.
struct PlacedOrder {
    events::OrderId id;
    events::UserId buyer;
};

struct Summary {
    // Of the orders
    std::size_t sent = 0;
    std::size_t accepted = 0;
    std::vector<PlacedOrder> placed;             ///< Those.
    std::map<std::string, std::size_t> refused;  ///< By error code.
    std::size_t lines = 0;                       ///< Of accepted orders.
    std::int64_t units_held = 0;                 ///< Of accepted orders.
    std::int64_t points_spent = 0;
    double seconds = 0;
    Latencies latencies;
    double lag_s = 0;  ///< From the last answer until a query shows the order that was accepted last.

    // Before the orders
    std::size_t products = 0;
    std::size_t grants = 0;
    std::size_t granted_before = 0;  ///< Households that an earlier load has granted another amount.

    std::size_t changes = 0;  ///< Products, grants and orders that were news to the edge …
    std::size_t repeats = 0;  ///< … and those whose answer had been given to an earlier load.
    std::size_t unexpected = 0;
    std::vector<std::string> first_unexpected;

    [[nodiscard]] double orders_per_s() const;
    void note_unexpected(std::string what);
};

std::string to_text(Summary& summary);
/// {"orders":{"sent","accepted","refused":{CODE:n}},"lines","units_held","points_spent","seconds","orders_per_s",
///  "latency_ms":{"p50","p95","p99"},"lag_s"}
/// and what comes of a play, as `"play"`.
std::string to_json(Summary& summary, const std::optional<Ending>& ending = {});

}  // namespace jangteo::bench
