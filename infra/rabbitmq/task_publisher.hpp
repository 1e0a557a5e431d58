// Puts tasks into queues. Every task arrives at least once: a connection that breaks before the broker has confirmed a
// task makes it go out again.
#pragma once

#include "infra/rabbitmq/settings.hpp"
#include "infra/rabbitmq/task.hpp"
#include "infra/rabbitmq/topology.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace jangteo::rabbitmq {

struct TaskPublisherOptions {
    /// Declared at every connection, and again when a task comes back because its queue is gone.
    std::vector<Topology> topologies{};
    /// Tasks that were taken and are not yet handed back by `poll`, at most; beyond it `publish` returns false.
    std::size_t limit = 10'000;
    /// Called from the publisher's thread when `poll` has something to hand back, for a loop that waits elsewhere. Must
    /// only notify.
    std::function<void()> ready{};
};

struct TaskPublisherStatus {
    bool connected = false;
    /// The broker says that it takes nothing (its memory or disk is short), or has neither taken nor confirmed anything
    /// for a second though there is something to confirm.
    bool blocked = false;
    std::size_t waiting = 0;      ///< Not sent yet.
    std::size_t unconfirmed = 0;  ///< Sent.
    std::uint64_t reconnects = 0;
    std::string trouble;  ///< The last one, which may have passed long ago.
};

/// Used by one thread (`status` by any); it has a thread and a connection of its own. Destroying it takes two seconds
/// at most and abandons what is not confirmed: such a task may or may not be in its queue.
class TaskPublisher {
public:
    using Options = TaskPublisherOptions;
    using Status = TaskPublisherStatus;

    TaskPublisher(Settings settings, Options options);
    TaskPublisher(const TaskPublisher&) = delete;
    TaskPublisher& operator=(const TaskPublisher&) = delete;
    ~TaskPublisher();

    /// Takes a task for a queue of one of the topologies; never waits. False: the limit is reached; `poll` and try
    /// again. `reason` is what a task in quarantine is there for. Throws `std::invalid_argument` for what can never be
    /// sent.
    bool publish(const std::string& queue, const Task& task, std::uint64_t token, const std::string& reason = {});

    /// The tokens of tasks that are safe in their queues since, each exactly once, waiting up to `wait` for the first.
    std::vector<std::uint64_t> poll(std::chrono::milliseconds wait);

    /// Taken and not handed back.
    [[nodiscard]] std::size_t in_flight() const;
    [[nodiscard]] Status status() const;
    /// Nothing is sent any more. The destructor then has less to wait for. Any thread may ask.
    void ask_to_stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::rabbitmq
