// Runs the sagas' inboxes over Kafka and PostgreSQL: one thread, one member of the group `jangteo.sagas`.
#pragma once

#include "infra/kafka/settings.hpp"
#include "infra/rabbitmq/settings.hpp"
#include "infra/rabbitmq/task_publisher.hpp"
#include "infra/rabbitmq/topology.hpp"
#include "infra/state/open_store.hpp"
#include "sagas/runtime/inbox.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace jangteo::sagas {

struct RunnerSettings {
    kafka::Settings kafka;
    std::string group = "jangteo.sagas";
    std::chrono::milliseconds session_timeout{3'000};
    InboxLimits limits;
    std::size_t memory_limit = std::size_t{256} << 20;  ///< Bytes of instances in memory.
    std::vector<std::string> command_topics;            ///< Topics that sagas send to.
    rabbitmq::Settings rabbitmq;
    std::vector<rabbitmq::Topology> targets;  ///< Of the sagas' tasks.
    state::Opener open_store;                 ///< For the background thread; called again after each failure.
};

/// What one inbox partition is doing, for metrics and operators.
struct InboxStatus {
    std::string saga;
    std::int32_t partition = 0;
    std::string phase;
    std::size_t instances = 0;
    InboxCounters counters;
    std::string last_trouble;
};

class Runner {
public:
    Runner(RunnerSettings settings, std::vector<std::unique_ptr<Process>> sagas);
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;
    ~Runner();

    /// Returns soon after a stop is requested.
    void run(const std::stop_token& stop);

    /// From any thread: as of at most a quarter of a second ago.
    [[nodiscard]] std::vector<InboxStatus> status() const;
    [[nodiscard]] rabbitmq::TaskPublisherStatus tasks_status() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::sagas
