// Hands out the tasks of a target and brings each to an end: done, put off, or in quarantine. None is lost on the way.
#pragma once

#include "infra/rabbitmq/settings.hpp"
#include "infra/rabbitmq/task.hpp"
#include "infra/rabbitmq/topology.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace jangteo::rabbitmq {

/// A task in hand. Copies are the same delivery: the first of these calls settles it, from any thread and in any order,
/// and the others do nothing. Harmless after its connection is lost (the broker delivers the task again) and after the
/// consumer is gone. When the last copy goes without any of them, it is put off by `retry`.
class Delivery {
public:
    struct State;
    explicit Delivery(std::shared_ptr<State> state) : state_(std::move(state)) {}

    [[nodiscard]] const Task& task() const;
    /// It has been handed out before, perhaps to somebody else, and was not settled.
    [[nodiscard]] bool redelivered() const;

    void done() const;
    /// It comes again, with `attempt` + 1, after that step of the topology (the last, if there are not so many). Once it
    /// is `in_doubt`, it stays so; so it is when it was `redelivered`.
    void retry_after(std::size_t step, bool in_doubt = false) const;
    /// `retry_after` the step of its attempt; after the last step, `quarantine`.
    void retry(std::string reason) const;
    /// It waits for an operator. The reason is cut to `longest_reason`.
    void quarantine(std::string reason, bool in_doubt = false) const;

private:
    std::shared_ptr<State> state_;
};

struct TaskConsumerStatus {
    bool connected = false;
    std::size_t unsettled = 0;  ///< In hand, or on the way to another queue.
    std::uint64_t reconnects = 0;
    std::string trouble;  ///< The last one, which may have passed long ago.
};

/// Thread-safe. Two threads of its own, each with a connection: one reads and acknowledges, the other puts off, so that
/// a broker that takes no more messages still learns what is done.
class TaskConsumer {
public:
    /// Delivery contract: called on the consumer's thread, one at a time, for each task at least once. A repeat has the
    /// same `task().id`. What it throws counts as `retry`. It has to return within a few seconds, or the broker takes
    /// the connection for dead: what takes longer settles the delivery from elsewhere, within the broker's 30 minutes.
    using Handle = std::function<void(Delivery)>;
    using Status = TaskConsumerStatus;

    /// Declares the topology, and again at every connection. `prefetch`: so many tasks are in hand at most.
    TaskConsumer(Settings settings, Topology topology, Handle handle, std::uint16_t prefetch = 16);
    TaskConsumer(const TaskConsumer&) = delete;
    TaskConsumer& operator=(const TaskConsumer&) = delete;
    ~TaskConsumer();

    /// No delivery after it, and what is not settled goes back to its queue. Takes two seconds at most, and the time
    /// that `Handle` takes. Not to be called by `Handle`.
    void stop();
    [[nodiscard]] Status status() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::rabbitmq
