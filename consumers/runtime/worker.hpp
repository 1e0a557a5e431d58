// Takes the tasks of one target, has them carried out by a few threads, tells the log what came of them, and only then
// lets go of the task.
#pragma once

#include "consumers/runtime/reporter.hpp"
#include "events/record.hpp"
#include "infra/rabbitmq/settings.hpp"
#include "infra/rabbitmq/task.hpp"
#include "infra/rabbitmq/topology.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace jangteo::consumers {

/// What came of a task.
struct Outcome {
    std::vector<events::Record> commands{};  ///< For the log; with the same ids when the task is done again.
    bool final = true;                       ///< False: the task comes again after a delay.
    std::string why{};                       ///< If not final.
    bool in_doubt = true;                    ///< If not final: it may have been done. False: certainly not, this time.
};

/// Carries out one task. Used by one thread. `first`: nobody can have done it before, as far as one can know.
/// Delivery contract: a task comes at least once, and never to two threads of a worker at once. What it throws counts as
/// not final.
using CarryOut = std::function<Outcome(const rabbitmq::Task& task, bool first)>;

struct WorkerSettings {
    rabbitmq::Settings rabbitmq;
    rabbitmq::Topology topology;
    std::size_t threads = 8;
    std::int32_t most_attempts = 200;  ///< Then it waits for an operator.
    /// How long a stop waits for the log to take what was found out. What it does not take by then comes again.
    std::chrono::milliseconds farewell = std::chrono::seconds{5};
};

struct WorkerStatus {
    std::string target;
    bool connected = false;
    std::size_t in_hand = 0;
    std::uint64_t done = 0;
    std::uint64_t repeated = 0;  ///< Came again although they were done.
    std::uint64_t put_off = 0;
    std::uint64_t quarantined = 0;
    std::string trouble;  ///< Why a task was put off last, or the broker's; it may have passed long ago.
};

class Worker {
public:
    /// `make` is called once by each thread. `reporter` has to live longer.
    Worker(WorkerSettings settings, Reporter& reporter, std::function<CarryOut()> make);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker();

    /// Works until a stop is requested; then ends what somebody has begun with, as long as that takes. The broker keeps
    /// the rest.
    void run(const std::stop_token& stop);

    [[nodiscard]] WorkerStatus status() const;  ///< From any thread.

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace jangteo::consumers
