// The queues of a target, for instance of one payment gateway.
#pragma once

#include "infra/rabbitmq/settings.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace jangteo::rabbitmq {

/// Everything is a durable quorum queue, and every message goes through the default exchange:
///
///     tasks.<target> ──put off──▶ tasks.<target>.after-<step> ──time is up──▶ tasks.<target>
///         └──given up, or its consumers died with it too often──▶ tasks.<target>.quarantine
///
/// One delay queue a step, because RabbitMQ looks for messages whose time is up only at the head of a queue.
struct Topology {
    std::string target;  ///< For instance `payments.toss`.
    std::vector<std::chrono::milliseconds> steps{std::chrono::seconds{1}, std::chrono::seconds{10},
                                                 std::chrono::minutes{1}, std::chrono::minutes{10},
                                                 std::chrono::hours{1}};

    [[nodiscard]] std::string main_queue() const;
    /// The last step stands for all beyond it.
    [[nodiscard]] std::string delay_queue(std::size_t step) const;
    [[nodiscard]] std::string quarantine_queue() const;
};

/// Declares the queues; those that exist already are left as they are. Throws `Error`, also when one exists with other
/// arguments: these are for the life of a queue.
void declare(const Settings& settings, const Topology& topology);

class Connection;
void declare(Connection& connection, const Topology& topology);

}  // namespace jangteo::rabbitmq
