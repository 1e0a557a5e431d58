#include "infra/rabbitmq/topology.hpp"

#include "infra/rabbitmq/connection.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <utility>

namespace jangteo::rabbitmq {

namespace {

/// How often a task may come back because its consumer died with it (or gave it back) before it is quarantined.
constexpr std::int32_t most_redeliveries = 5;

/// `1s`, `10m`, `1h`, `250ms`: in the largest unit that needs no fraction.
std::string text_of(std::chrono::milliseconds time)
{
    const auto count = time.count();
    if (count % 3'600'000 == 0) return std::to_string(count / 3'600'000) + "h";
    if (count % 60'000 == 0) return std::to_string(count / 60'000) + "m";
    if (count % 1'000 == 0) return std::to_string(count / 1'000) + "s";
    return std::to_string(count) + "ms";
}

/// What leaves a queue by dead-lettering reaches `queue` before it leaves: RabbitMQ keeps it until the other queue has
/// confirmed it, which it does only for queues that would rather refuse a message than drop one.
void dead_letter_to(Arguments& arguments, const std::string& queue)
{
    arguments.add("x-dead-letter-exchange", "")
        .add("x-dead-letter-routing-key", queue)
        .add("x-dead-letter-strategy", "at-least-once")
        .add("x-overflow", "reject-publish");
}

}  // namespace

std::string Topology::main_queue() const
{
    return "tasks." + target;
}

std::string Topology::delay_queue(std::size_t step) const
{
    assert(!steps.empty());
    return main_queue() + ".after-" + text_of(steps[std::min(step, steps.size() - 1)]);
}

std::string Topology::quarantine_queue() const
{
    return main_queue() + ".quarantine";
}

void declare(const Settings& settings, const Topology& topology)
{
    Watchdog watchdog;
    Connection connection(settings, watchdog);
    declare(connection, topology);
    connection.close();
}

void declare(Connection& connection, const Topology& topology)
{
    connection.declare(topology.quarantine_queue(), Arguments());

    Arguments main;
    dead_letter_to(main, topology.quarantine_queue());
    main.add("x-delivery-limit", most_redeliveries);
    connection.declare(topology.main_queue(), std::move(main));

    for (std::size_t step = 0; step < topology.steps.size(); ++step) {
        Arguments delay;
        dead_letter_to(delay, topology.main_queue());
        delay.add("x-message-ttl", static_cast<std::int32_t>(topology.steps[step].count()));
        connection.declare(topology.delay_queue(step), std::move(delay));
    }
}

}  // namespace jangteo::rabbitmq
