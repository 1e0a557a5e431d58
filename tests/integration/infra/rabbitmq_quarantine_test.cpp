#include "infra/rabbitmq/quarantine.hpp"

#include "infra/rabbitmq/task_publisher.hpp"
#include "tests/integration/infra/rabbitmq_server.hpp"

#include <gtest/gtest.h>

namespace jangteo::rabbitmq {
namespace {

using namespace std::chrono_literals;
using tests::becomes_true;
using tests::task;

class RabbitMqQuarantine : public tests::RabbitMq {
protected:
    /// Three tasks in quarantine.
    void SetUp() override
    {
        RabbitMq::SetUp();
        TaskPublisher publisher(settings, {.topologies = {topology}});
        for (int i = 0; i < 3; ++i) {
            tasks.push_back(task(i));
            tasks.back().attempt = 5;
            ASSERT_TRUE(publisher.publish(topology.quarantine_queue(), tasks.back(), 0, "reason " + std::to_string(i)));
        }
        while (publisher.in_flight() > 0) ASSERT_FALSE(publisher.poll(10s).empty());
    }
    /// What somebody has looked at is back a moment later.
    [[nodiscard]] bool has(std::size_t count) const
    {
        return becomes_true([&] { return quarantine.count() == count; }, 5s);
    }
    [[nodiscard]] std::vector<events::Uuid> ids() const
    {
        std::vector<events::Uuid> seen;
        for (const auto& one : quarantine.peek(100)) seen.push_back(one.task.id);
        return seen;
    }

    std::vector<Task> tasks;
    const Quarantine quarantine{settings, topology};
};

TEST_F(RabbitMqQuarantine, is_looked_at_without_changing_anything)
{
    for (int time = 0; time < 10; ++time) {
        ASSERT_TRUE(has(3));
        const auto seen = quarantine.peek(2);
        ASSERT_EQ(seen.size(), 2U);
        EXPECT_EQ(seen[0].task, tasks[0]);
        EXPECT_EQ(seen[0].reason, "reason 0");
        EXPECT_EQ(seen[1].task, tasks[1]);
        EXPECT_EQ(seen[1].reason, "reason 1");
    }
    ASSERT_TRUE(has(3));
    EXPECT_EQ(quarantine.peek(100).size(), 3U);
}

TEST_F(RabbitMqQuarantine, puts_one_back_to_be_tried_from_the_start)
{
    EXPECT_TRUE(quarantine.put_back(tasks[1].id));
    ASSERT_TRUE(has(2));
    EXPECT_EQ(ids(), (std::vector{tasks[0].id, tasks[2].id}));
    on_connection([&](Connection& connection) {
        const auto got = connection.get(topology.main_queue());
        ASSERT_TRUE(got);
        auto expected = tasks[1];
        expected.attempt = 0;
        EXPECT_EQ(got->message.task, expected);
        EXPECT_EQ(got->message.reason, "");
    });
}

TEST_F(RabbitMqQuarantine, discards_one)
{
    EXPECT_TRUE(quarantine.discard(tasks[0].id));
    ASSERT_TRUE(has(2));
    EXPECT_FALSE(quarantine.discard(tasks[0].id));
    ASSERT_TRUE(has(2));
    EXPECT_EQ(ids(), (std::vector{tasks[1].id, tasks[2].id}));
    EXPECT_EQ(messages_in(topology.main_queue()), 0U);
}

TEST_F(RabbitMqQuarantine, is_sorted_in_order)
{
    std::vector<events::Uuid> asked;
    quarantine.sort([&](const Quarantined& one) {
        asked.push_back(one.task.id);
        if (one.reason == "reason 1") return Quarantine::Fate::is_discarded;
        return one.reason == "reason 0" ? Quarantine::Fate::stays : Quarantine::Fate::goes_back;
    });
    EXPECT_EQ(asked, (std::vector{tasks[0].id, tasks[1].id, tasks[2].id}));
    ASSERT_TRUE(has(1));
    EXPECT_EQ(ids(), (std::vector{tasks[0].id}));
    on_connection([&](Connection& connection) {
        const auto got = connection.get(topology.main_queue());
        ASSERT_TRUE(got);
        auto expected = tasks[2];
        expected.attempt = 0;
        EXPECT_EQ(got->message.task, expected);
    });
}

TEST_F(RabbitMqQuarantine, keeps_what_the_main_queue_does_not_take)
{
    remove(topology.main_queue());
    EXPECT_THROW(quarantine.put_back(tasks[0].id), Error);
    ASSERT_TRUE(has(3));
    EXPECT_EQ(ids(), (std::vector{tasks[0].id, tasks[1].id, tasks[2].id}));
    declare(settings, topology);
}

TEST_F(RabbitMqQuarantine, says_when_it_does_not_exist)
{
    auto unknown = topology;
    unknown.target = tests::name_of_its_own("nobody");
    EXPECT_THROW(static_cast<void>(Quarantine(settings, unknown).count()), Error);
    EXPECT_THROW(static_cast<void>(Quarantine(settings, unknown).peek(1)), Error);
    EXPECT_THROW(static_cast<void>(Quarantine({.url = "postgres://elsewhere"}, topology)), std::invalid_argument);
}

}  // namespace
}  // namespace jangteo::rabbitmq
