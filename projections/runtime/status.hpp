// What an operator and the metrics want to know of the read models in this process.
#pragma once

#include "projections/runtime/projector.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::projections {

struct PartitionStatus {
    Place place;
    std::int64_t next_offset = 0;            ///< The first record that is not applied.
    std::optional<std::int64_t> end_offset;  ///< As Kafka says; empty until it has said so.
    std::chrono::milliseconds age{0};        ///< Of the oldest record that is not applied; 0 when all are.
    std::size_t parked_aggregates = 0;
    bool stopped = false;  ///< Too many are parked: see Projector::ParkingLimit.

    [[nodiscard]] std::int64_t lag() const
    {
        return end_offset && *end_offset > next_offset ? *end_offset - next_offset : 0;
    }
};

/// Counters only rise.
struct Status {
    std::string projection;
    int version = 0;
    std::string trouble;  ///< What it waits for; empty: it works.
    std::uint64_t batches = 0;
    std::uint64_t events = 0;                 ///< Applied.
    std::uint64_t dead = 0;                   ///< Skipped by the readers' rule; markers among them.
    std::uint64_t rows = 0;                   ///< Written.
    std::uint64_t parked = 0;                 ///< Events.
    std::uint64_t troubles = 0;               ///< How often it had to begin anew from its checkpoint.
    std::chrono::microseconds busy{};         ///< Time in batches.
    std::vector<PartitionStatus> partitions;  ///< Those that this process owns.
};

}  // namespace jangteo::projections
