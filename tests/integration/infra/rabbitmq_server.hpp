// Queues of a test's own, deleted with it.
#pragma once

#include "infra/rabbitmq/connection.hpp"
#include "infra/rabbitmq/topology.hpp"
#include "tests/integration/infra/servers.hpp"

#include <gtest/gtest.h>
#include <chrono>
#include <set>
#include <thread>

namespace jangteo::tests {

inline rabbitmq::Settings rabbitmq_server()
{
    return {.url = from_environment("JANGTEO_TEST_RABBITMQ_URL"), .name = "infra-test"};
}

inline rabbitmq::Task task(int number = 0)
{
    return {.id = events::random_uuid(),
            .type = "test.Do",
            .body = R"({"number":)" + std::to_string(number) + "}",
            .correlation_id = events::random_uuid(),
            .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
}

template <class Condition>
bool becomes_true(Condition condition, std::chrono::milliseconds within)
{
    const auto until = std::chrono::steady_clock::now() + within;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
}

class RabbitMq : public ::testing::Test {
protected:
    void SetUp() override { declare(settings, topology); }
    void TearDown() override
    {
        for (const auto& queue : queues()) remove(queue);
    }

    [[nodiscard]] std::set<std::string> queues() const
    {
        std::set<std::string> names{topology.main_queue(), topology.quarantine_queue()};
        for (std::size_t step = 0; step < topology.steps.size(); ++step) names.insert(topology.delay_queue(step));
        return names;
    }
    void remove(const std::string& queue) const
    {
        on_connection([&](rabbitmq::Connection& connection) { connection.remove(queue); });
    }
    [[nodiscard]] std::size_t messages_in(const std::string& queue) const
    {
        std::size_t messages = 0;
        on_connection([&](rabbitmq::Connection& connection) { messages = connection.messages_in(queue); });
        return messages;
    }
    /// As somebody else would.
    template <class Work>
    void on_connection(Work work) const
    {
        rabbitmq::Watchdog watchdog;
        rabbitmq::Connection connection(settings, watchdog);
        work(connection);
        connection.close();
    }

    const rabbitmq::Settings settings = rabbitmq_server();
    rabbitmq::Topology topology{.target = name_of_its_own("infra"),
                                .steps = {std::chrono::milliseconds{400}, std::chrono::milliseconds{900}}};
};

}  // namespace jangteo::tests
