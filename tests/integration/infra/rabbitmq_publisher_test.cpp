#include "infra/rabbitmq/task_publisher.hpp"

#include "infra/rabbitmq/task_consumer.hpp"
#include "tests/integration/infra/rabbitmq_proxy.hpp"
#include "tests/integration/infra/rabbitmq_server.hpp"

#include <gtest/gtest.h>
#include <atomic>
#include <map>
#include <mutex>

namespace jangteo::rabbitmq {
namespace {

using namespace std::chrono_literals;
using tests::becomes_true;
using tests::task;
using Clock = std::chrono::steady_clock;

class RabbitMqPublisher : public tests::RabbitMq {
protected:
    [[nodiscard]] TaskPublisher::Options options() const { return {.topologies = {topology}}; }

    /// Counts each task by id, and settles it.
    TaskConsumer::Handle count()
    {
        return [this](const Delivery& delivery) {
            {
                const std::lock_guard lock(mutex);
                ++seen[delivery.task().id];
            }
            delivery.done();
        };
    }
    std::size_t different()
    {
        const std::lock_guard lock(mutex);
        return seen.size();
    }
    std::size_t repeats()
    {
        const std::lock_guard lock(mutex);
        std::size_t more = 0;
        for (const auto& [id, times] : seen) more += times - 1;
        return more;
    }
    static bool flush(TaskPublisher& publisher, std::chrono::milliseconds within)
    {
        const auto until = Clock::now() + within;
        while (publisher.in_flight() > 0 && Clock::now() < until) publisher.poll(10ms);
        return publisher.in_flight() == 0;
    }

    std::mutex mutex;
    std::map<events::Uuid, std::size_t> seen;
};

TEST_F(RabbitMqPublisher, declaring_twice_is_harmless)
{
    declare(settings, topology);
    declare(settings, topology);
    auto other = topology;
    other.steps.front() = 5s;
    declare(settings, other);
    remove(other.delay_queue(0));
}

TEST_F(RabbitMqPublisher, a_task_arrives_as_it_was_sent)
{
    const Task sent{.id = events::random_uuid(),
                    .type = "결제.Capture",
                    .body = R"({"memo":"장터"})",
                    .correlation_id = events::random_uuid(),
                    .traceparent = "00-1-2-01",
                    .attempt = 3};
    std::atomic<int> ready{0};
    auto with_ready = options();
    with_ready.ready = [&] { ++ready; };
    TaskPublisher publisher(settings, with_ready);
    ASSERT_TRUE(publisher.publish(topology.main_queue(), sent, 77));
    EXPECT_EQ(publisher.in_flight(), 1U);
    EXPECT_EQ(publisher.poll(10s), std::vector<std::uint64_t>{77});
    EXPECT_EQ(publisher.in_flight(), 0U);
    EXPECT_TRUE(becomes_true([&] { return ready == 1; }, 1s));
    on_connection([&](Connection& connection) {
        const auto got = connection.get(topology.main_queue());
        ASSERT_TRUE(got);
        EXPECT_EQ(got->message.task, sent);
        connection.acknowledge(got->tag);
    });
}

TEST_F(RabbitMqPublisher, an_empty_and_a_very_large_body_arrive)
{
    TaskPublisher publisher(settings, options());
    auto large = task();
    large.body.assign(largest_body, 'x');
    auto empty = task();
    empty.body.clear();
    ASSERT_TRUE(publisher.publish(topology.main_queue(), large, 1));
    ASSERT_TRUE(publisher.publish(topology.main_queue(), empty, 2));
    ASSERT_TRUE(flush(publisher, 10s));
    on_connection([&](Connection& connection) {
        for (const auto& sent : {large, empty}) {
            const auto got = connection.get(topology.main_queue());
            ASSERT_TRUE(got);
            EXPECT_TRUE(got->message.task == sent);
            connection.acknowledge(got->tag);
        }
    });
}

TEST_F(RabbitMqPublisher, loses_and_repeats_none_of_10_000_tasks)
{
    constexpr std::uint64_t tasks = 10'000;
    const auto begun = Clock::now();
    TaskConsumer consumer(settings, topology, count());
    TaskPublisher publisher(settings, options());
    std::vector<int> handed_back(tasks);
    const auto take = [&](std::chrono::milliseconds wait) {
        for (const auto token : publisher.poll(wait)) ++handed_back.at(token);
    };
    for (std::uint64_t i = 0; i < tasks; ++i) {
        while (!publisher.publish(topology.main_queue(), task(), i)) take(10ms);
    }
    while (publisher.in_flight() > 0 && Clock::now() - begun < 60s) take(10ms);
    const auto confirmed_after = Clock::now() - begun;
    ASSERT_TRUE(becomes_true([&] { return different() == tasks && consumer.status().unsettled == 0; }, 60s));
    EXPECT_EQ(handed_back, std::vector<int>(tasks, 1));
    EXPECT_EQ(repeats(), 0U);
    consumer.stop();
    EXPECT_EQ(messages_in(topology.main_queue()), 0U);
    RecordProperty("confirmed_ms", static_cast<int>(confirmed_after / 1ms));
    std::printf("10,000 tasks confirmed after %d ms, consumed after %d ms\n", static_cast<int>(confirmed_after / 1ms),
                static_cast<int>((Clock::now() - begun) / 1ms));
}

TEST_F(RabbitMqPublisher, loses_no_task_when_its_connection_is_cut_again_and_again)
{
    constexpr std::uint64_t tasks = 4'000;
    tests::Proxy proxy(settings.url);
    auto by_proxy = settings;
    by_proxy.url = proxy.url();
    TaskConsumer consumer(settings, topology, count());
    TaskPublisher publisher(by_proxy, options());
    std::vector<int> handed_back(tasks);
    std::size_t confirmed = 0;
    std::size_t cuts = 0;
    const auto take = [&](std::chrono::milliseconds wait) {
        for (const auto token : publisher.poll(wait)) {
            ++handed_back.at(token);
            ++confirmed;
        }
        if (confirmed > (cuts + 1) * tasks / 6) {
            proxy.cut();
            ++cuts;
        }
    };
    const auto begun = Clock::now();
    for (std::uint64_t i = 0; i < tasks; ++i) {
        while (!publisher.publish(topology.main_queue(), task(), i)) take(10ms);
        take(0ms);
    }
    while (publisher.in_flight() > 0 && Clock::now() - begun < 60s) take(10ms);
    EXPECT_EQ(handed_back, std::vector<int>(tasks, 1));
    EXPECT_GE(cuts, 5U);
    EXPECT_GE(publisher.status().reconnects, 4U);
    ASSERT_TRUE(becomes_true([&] { return different() == tasks && messages_in(topology.main_queue()) == 0; }, 30s));
    std::printf("%zu cuts, %zu repeats of %d tasks\n", cuts, repeats(), static_cast<int>(tasks));
}

TEST_F(RabbitMqPublisher, waits_for_a_broker_that_is_not_there_yet)
{
    tests::Proxy proxy(settings.url);
    proxy.refuse(true);
    auto by_proxy = settings;
    by_proxy.url = proxy.url();
    TaskPublisher publisher(by_proxy, options());
    ASSERT_TRUE(publisher.publish(topology.main_queue(), task(), 1));
    EXPECT_TRUE(publisher.poll(700ms).empty());
    EXPECT_FALSE(publisher.status().connected);
    EXPECT_EQ(publisher.status().waiting, 1U);
    EXPECT_FALSE(publisher.status().trouble.empty());
    proxy.refuse(false);
    EXPECT_EQ(publisher.poll(10s), std::vector<std::uint64_t>{1});
    EXPECT_TRUE(publisher.status().connected);
}

TEST_F(RabbitMqPublisher, says_that_the_broker_does_not_let_it_in_and_keeps_the_password_to_itself)
{
    auto stranger = settings;
    stranger.url = "amqp://nobody:secret" + settings.url.substr(settings.url.find('@'));
    const TaskPublisher publisher(stranger, options());
    ASSERT_TRUE(becomes_true([&] { return !publisher.status().trouble.empty(); }, 10s));
    EXPECT_NE(publisher.status().trouble.find("403 ACCESS_REFUSED"), std::string::npos) << publisher.status().trouble;
    EXPECT_EQ(publisher.status().trouble.find("secret"), std::string::npos);
}

TEST_F(RabbitMqPublisher, sends_again_what_had_no_queue_after_it_has_made_the_queue_again)
{
    TaskPublisher publisher(settings, options());
    ASSERT_TRUE(publisher.publish(topology.main_queue(), task(), 1));
    ASSERT_TRUE(flush(publisher, 10s));
    remove(topology.main_queue());
    const auto sent = task();
    ASSERT_TRUE(publisher.publish(topology.main_queue(), sent, 2));
    EXPECT_EQ(publisher.poll(10s), std::vector<std::uint64_t>{2});
    EXPECT_NE(publisher.status().trouble.find("does not take"), std::string::npos);
    EXPECT_EQ(publisher.status().reconnects, 0U);
    on_connection([&](Connection& connection) {
        const auto got = connection.get(topology.main_queue());
        ASSERT_TRUE(got);
        EXPECT_EQ(got->message.task, sent);
    });
}

TEST_F(RabbitMqPublisher, says_that_it_is_blocked_when_the_broker_reads_no_more_and_recovers)
{
    tests::Proxy proxy(settings.url);
    auto by_proxy = settings;
    by_proxy.url = proxy.url();
    TaskConsumer consumer(settings, topology, count());
    TaskPublisher publisher(by_proxy, options());
    ASSERT_TRUE(publisher.publish(topology.main_queue(), task(), 0));
    ASSERT_TRUE(flush(publisher, 10s));
    EXPECT_FALSE(publisher.status().blocked);

    proxy.hold(true);
    constexpr std::uint64_t tasks = 300;  // More than the buffers between them hold.
    for (std::uint64_t i = 1; i <= tasks; ++i) {
        auto large = task();
        large.body.assign(100'000, 'x');
        const auto begun = Clock::now();
        ASSERT_TRUE(publisher.publish(topology.main_queue(), large, i));
        ASSERT_LT(Clock::now() - begun, 500ms) << "publish must not wait";
    }
    EXPECT_TRUE(becomes_true([&] { return publisher.status().blocked; }, 3s));
    EXPECT_TRUE(publisher.status().connected);
    // The watchdog ends it after 5 s; what comes next meets the same silence, in the handshake.
    EXPECT_TRUE(becomes_true([&] { return !publisher.status().connected; }, 8s));
    EXPECT_NE(publisher.status().trouble.find("took nothing for too long"), std::string::npos)
        << publisher.status().trouble;
    proxy.hold(false);
    ASSERT_TRUE(flush(publisher, 30s));
    EXPECT_FALSE(publisher.status().blocked);
    EXPECT_GE(publisher.status().reconnects, 1U);
    ASSERT_TRUE(becomes_true([&] { return different() == tasks + 1; }, 30s));
    std::printf("%zu repeats of %d tasks\n", repeats(), static_cast<int>(tasks + 1));
}

TEST_F(RabbitMqPublisher, ends_within_two_seconds_though_the_broker_reads_no_more)
{
    tests::Proxy proxy(settings.url);
    auto by_proxy = settings;
    by_proxy.url = proxy.url();
    auto publisher = std::make_unique<TaskPublisher>(by_proxy, options());
    ASSERT_TRUE(publisher->publish(topology.main_queue(), task(), 0));
    ASSERT_TRUE(flush(*publisher, 10s));
    proxy.hold(true);
    auto large = task();
    large.body.assign(largest_body, 'x');
    for (std::uint64_t i = 1; i <= 50; ++i) ASSERT_TRUE(publisher->publish(topology.main_queue(), large, i));
    ASSERT_TRUE(becomes_true([&] { return publisher->status().blocked; }, 3s));
    const auto begun = Clock::now();
    publisher.reset();
    EXPECT_LT(Clock::now() - begun, 2s);
}

}  // namespace
}  // namespace jangteo::rabbitmq
