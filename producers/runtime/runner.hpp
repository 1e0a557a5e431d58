// Runs the contexts' partitions over Kafka and PostgreSQL: one thread, one member of the group `jangteo.producers`.
// Several runners, in one process or in many, share the partitions.
#pragma once

#include "infra/kafka/settings.hpp"
#include "infra/state/open_store.hpp"
#include "producers/contexts.hpp"
#include "producers/runtime/partition.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace jangteo::producers {

struct RunnerSettings {
    kafka::Settings kafka;
    std::string group = "jangteo.producers";
    std::chrono::milliseconds session_timeout{3'000};
    PartitionLimits limits;
    std::size_t memory_limit = std::size_t{512} << 20;  ///< Bytes of aggregates in memory.
    std::vector<Forward> forwards;
    state::Opener open_store;  ///< For the background thread; called again after each failure.
};

/// What one partition is doing, for metrics and operators.
struct PartitionStatus {
    std::string context;
    std::int32_t partition = 0;
    std::string phase;
    std::size_t aggregates = 0;
    PartitionCounters counters;
    std::string last_trouble;
};

class Runner {
public:
    Runner(RunnerSettings settings, std::vector<std::unique_ptr<Context>> contexts);
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;
    ~Runner();

    /// Returns soon after a stop is requested; what was appended by then has been acknowledged, or three seconds are over.
    void run(const std::stop_token& stop);

    /// From any thread: as of at most a quarter of a second ago.
    [[nodiscard]] std::vector<PartitionStatus> status() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::producers
