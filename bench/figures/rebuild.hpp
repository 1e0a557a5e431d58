// A rebuild of the orders read model from a log of its own making, against PostgreSQL's own COPY of the finished rows,
// with somebody who reads meanwhile.
#pragma once

#include "bench/latencies.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace jangteo::bench {

/// Appends the lives of orders to `orders.events`, as an owner would: placed, accepted, confirmed, processing, shipped,
/// delivered; two lines each. Returns how many events that were: at least so many.
std::size_t write_orders(const std::string& brokers, std::int32_t partitions, std::size_t events);

/// Waits until the live read model contains everything. Throws std::runtime_error when it does not come closer.
void wait_for_live_orders(const std::string& postgres, std::size_t events);

struct Rebuilt {
    std::size_t events = 0;
    double built_s = 0;  ///< Read, decoded, folded, copied, indexed.
    double whole_s = 0;  ///< And followed, compared, switched.
    double memory_mb = 0;
};
/// `binary rebuild orders`. Throws std::runtime_error when it does not switch.
Rebuilt rebuild_orders(const std::string& binary);

/// Loads the finished rows into a table with the same indexes by psql's \copy, from a file; seconds.
double copy_orders(const std::string& postgres);

/// Somebody who shows orders, some hundred times a second, as the edge would ask.
class OrderReader {
public:
    explicit OrderReader(const std::string& postgres);
    ~OrderReader();
    OrderReader(const OrderReader&) = delete;
    OrderReader& operator=(const OrderReader&) = delete;

    /// What was seen since the last call.
    struct Seen {
        Latencies latencies;
        std::size_t failed = 0;  ///< No answer, or not the row.
    };
    Seen take();

private:
    void read(const std::string& postgres);

    std::mutex mutex_;
    Seen seen_;
    std::atomic<bool> stops_{false};
    std::thread thread_;
};

}  // namespace jangteo::bench
