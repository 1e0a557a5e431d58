// Tells the log what workers found out.
#pragma once

#include "events/record.hpp"
#include "infra/kafka/settings.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace jangteo::consumers {

/// Thread-safe. A thread of its own, with one publisher.
class Reporter {
public:
    /// `topics` are those of the commands that will be told.
    Reporter(kafka::Settings settings, std::vector<std::string> topics);
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;
    ~Reporter();  ///< What is not acknowledged by then was told or not; nobody hears of it.

    /// Calls `then` once, from the reporter's thread: true when every command is in the log, false when one may not be.
    /// At once for no commands. `then` must not wait.
    void tell(std::vector<events::Record> commands, std::function<void(bool)> then);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::consumers
