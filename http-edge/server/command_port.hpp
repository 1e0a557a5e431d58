// The way to the write side and back, behind an interface: Kafka in the program, a script in tests.
#pragma once

#include "events/record.hpp"

#include <functional>

namespace jangteo::edge {

class CommandPort {
public:
    CommandPort() = default;
    CommandPort(const CommandPort&) = delete;
    CommandPort& operator=(const CommandPort&) = delete;
    virtual ~CommandPort() = default;

    /// Takes a command to its context's commands topic, with this edge's address to answer to. False: nothing was sent.
    virtual bool send(const events::Record& command) = 0;
    /// No more commands should be taken now.
    [[nodiscard]] virtual bool overloaded() const = 0;

    /// Both are called on the io thread, never from within `send`.
    std::function<void(const events::Record& answer)> on_answer;
    /// Once for each command sent. Not `ok`: whether it is in the log is unknown.
    std::function<void(const events::Uuid& command, bool ok)> on_delivery;
};

}  // namespace jangteo::edge
