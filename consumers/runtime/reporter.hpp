// Tells the log what workers found out.
#pragma once

#include "events/record.hpp"
#include "infra/kafka/settings.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace jangteo::consumers {

/// Thread-safe. A thread of its own, with one publisher.
class Reporter {
public:
    /// `topics` are those of the commands that will be told. What Kafka has not taken after `patience` counts as not told:
    /// the task comes again, and so do its commands with their ids.
    Reporter(kafka::Settings settings, std::vector<std::string> topics,
             std::chrono::milliseconds patience = std::chrono::seconds{10});
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;
    ~Reporter();  ///< What is not acknowledged by then counts as not told.

    /// Calls `then` once: true when every command is in the log, false when one may not be. For no commands at once, else
    /// from the reporter's thread, whatever happens there. `then` must not wait and must not throw.
    void tell(std::vector<events::Record> commands, std::function<void(bool)> then);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::consumers
