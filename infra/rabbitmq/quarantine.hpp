// What operators do with the tasks that were given up.
#pragma once

#include "infra/rabbitmq/settings.hpp"
#include "infra/rabbitmq/task.hpp"
#include "infra/rabbitmq/topology.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace jangteo::rabbitmq {

struct Quarantined {
    Task task;  ///< Its id is nil when the message is no task of ours.
    /// Why it is there: what the worker said, or RabbitMQ's own `delivery_limit` (its consumers died with it too often)
    /// or `rejected` (no task).
    std::string reason;
};

/// Each call has a connection of its own and is bounded in time. What it looks at is out of everybody else's sight
/// until it returns, and back in its place when it ends or dies. Throws `Error`, also when the queue does not exist.
class Quarantine {
public:
    /// Throws `std::invalid_argument` for settings that can never work.
    Quarantine(Settings settings, Topology topology);

    [[nodiscard]] std::size_t count() const;
    /// The oldest ones.
    [[nodiscard]] std::vector<Quarantined> peek(std::size_t most) const;
    /// Back into the main queue, with attempt 0. It is there before it is gone from here: should this die in between,
    /// it is in both. False: there is none with this id among the oldest `furthest_look`.
    bool put_back(const events::Uuid& id) const;
    /// As `put_back`; the nil id stands for the oldest message that is no task.
    bool discard(const events::Uuid& id) const;

    enum class Fate { stays, goes_back, is_discarded };
    /// Asks of each of the oldest `furthest_look`, in order, what becomes of it: as `put_back` and `discard`, one after
    /// the other. A message that is no task cannot go back and stays.
    void sort(const std::function<Fate(const Quarantined&)>& fate_of) const;

    static constexpr std::size_t furthest_look = 10'000;

private:
    const Settings settings_;
    const Topology topology_;
};

}  // namespace jangteo::rabbitmq
