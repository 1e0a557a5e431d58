#include "infra/rabbitmq/task_consumer.hpp"

#include "infra/rabbitmq/quarantine.hpp"
#include "infra/rabbitmq/task_publisher.hpp"
#include "tests/integration/infra/rabbitmq_proxy.hpp"
#include "tests/integration/infra/rabbitmq_server.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <random>

namespace jangteo::rabbitmq {
namespace {

using namespace std::chrono_literals;
using tests::becomes_true;
using tests::task;
using Clock = std::chrono::steady_clock;

/// Keeps what it is handed for the test to settle, on the test's thread.
class Hand {
public:
    TaskConsumer::Handle take()
    {
        return [this](Delivery delivery) {
            const std::lock_guard lock(mutex_);
            deliveries_.push_back(std::move(delivery));
            arrived_.notify_all();
        };
    }
    /// Nothing, if nothing comes in time.
    std::optional<Delivery> next(std::chrono::milliseconds within)
    {
        std::unique_lock lock(mutex_);
        if (!arrived_.wait_for(lock, within, [&] { return !deliveries_.empty(); })) return std::nullopt;
        Delivery delivery = std::move(deliveries_.front());
        deliveries_.pop_front();
        return delivery;
    }
    std::size_t size()
    {
        const std::lock_guard lock(mutex_);
        return deliveries_.size();
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Delivery> deliveries_;
};

class RabbitMqConsumer : public tests::RabbitMq {
protected:
    void publish(const std::vector<Task>& tasks) const
    {
        TaskPublisher publisher(settings, {.topologies = {topology}});
        for (const auto& one : tasks) ASSERT_TRUE(publisher.publish(topology.main_queue(), one, 0));
        while (publisher.in_flight() > 0) ASSERT_FALSE(publisher.poll(20s).empty());
    }
    static std::vector<Task> some(int count)
    {
        std::vector<Task> tasks;
        for (int i = 0; i < count; ++i) tasks.push_back(task(i));
        return tasks;
    }
    [[nodiscard]] bool becomes_empty(const std::string& queue, std::chrono::milliseconds within = 10s) const
    {
        return becomes_true([&] { return messages_in(queue) == 0; }, within);
    }
    [[nodiscard]] Quarantine quarantine() const { return {settings, topology}; }
};

TEST_F(RabbitMqConsumer, has_no_more_in_hand_than_its_prefetch)
{
    publish(some(10));
    Hand hand;
    TaskConsumer consumer(settings, topology, hand.take(), 4);
    ASSERT_TRUE(becomes_true([&] { return hand.size() == 4; }, 10s));
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(hand.size(), 4U);
    EXPECT_EQ(consumer.status().unsettled, 4U);
    hand.next(0ms)->done();
    EXPECT_TRUE(becomes_true([&] { return hand.size() == 4; }, 10s));
}

TEST_F(RabbitMqConsumer, is_settled_by_any_thread_in_any_order)
{
    constexpr int tasks = 400;
    publish(some(tasks));
    Hand hand;
    TaskConsumer consumer(settings, topology, hand.take(), 64);
    std::atomic<int> settled{0};
    std::vector<std::thread> workers;
    for (unsigned seed = 0; seed < 4; ++seed) {
        workers.emplace_back([&, seed] {
            std::minstd_rand random(seed + 1);
            std::vector<Delivery> held;
            while (auto delivery = hand.next(1s)) {
                held.push_back(std::move(*delivery));
                if (held.size() < 8 && hand.size() > 0) continue;
                std::shuffle(held.begin(), held.end(), random);
                for (const auto& one : held) {
                    one.done();
                    one.done();                    // A second word changes nothing.
                    one.quarantine("not at all");  // Nor does another one.
                    ++settled;
                }
                held.clear();
            }
        });
    }
    for (auto& worker : workers) worker.join();
    EXPECT_EQ(settled, tasks);
    EXPECT_TRUE(becomes_true([&] { return consumer.status().unsettled == 0; }, 5s));
    consumer.stop();
    EXPECT_EQ(messages_in(topology.main_queue()), 0U);
    EXPECT_EQ(messages_in(topology.quarantine_queue()), 0U);
}

TEST_F(RabbitMqConsumer, a_task_that_is_put_off_comes_again_after_its_step_and_not_before)
{
    const auto sent = task();
    publish({sent});
    Hand hand;
    TaskConsumer consumer(settings, topology, hand.take());
    for (std::size_t step = 0; step < topology.steps.size(); ++step) {
        const auto delivery = hand.next(10s);
        ASSERT_TRUE(delivery);
        EXPECT_EQ(delivery->task().attempt, static_cast<std::int32_t>(step));
        auto expected = sent;
        expected.attempt = delivery->task().attempt;
        EXPECT_EQ(delivery->task(), expected);
        EXPECT_FALSE(delivery->redelivered());
        const auto put_off = Clock::now();
        delivery->retry_after(step);
        EXPECT_FALSE(hand.next(topology.steps[step] - 10ms)) << "too early";
        ASSERT_TRUE(becomes_true([&] { return hand.size() == 1; }, 10s));
        EXPECT_GE(Clock::now() - put_off, topology.steps[step]);
        EXPECT_LT(Clock::now() - put_off, topology.steps[step] + 5s);
    }
    const auto last = hand.next(10s);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->task().attempt, 2);
    last->done();
    EXPECT_TRUE(becomes_true([&] { return consumer.status().unsettled == 0; }, 5s));
}

TEST_F(RabbitMqConsumer, a_short_delay_is_not_held_up_by_a_long_one)
{
    publish(some(2));
    Hand hand;
    TaskConsumer consumer(settings, topology, hand.take());
    auto first = hand.next(10s);
    auto second = hand.next(10s);
    ASSERT_TRUE(first && second);
    first->retry_after(1);
    second->retry_after(0);
    const auto next = hand.next(5s);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->task().id, second->task().id);
    next->done();
    const auto last = hand.next(5s);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->task().id, first->task().id);
    last->done();
}

TEST_F(RabbitMqConsumer, a_handler_that_always_throws_leads_to_quarantine_through_every_step)
{
    const auto sent = task();
    publish({sent});
    std::vector<std::int32_t> attempts;
    {
        TaskConsumer consumer(settings, topology, [&](const Delivery& delivery) {
            attempts.push_back(delivery.task().attempt);
            throw std::runtime_error("the gateway says no");
        });
        ASSERT_TRUE(becomes_true([&] { return messages_in(topology.quarantine_queue()) == 1; }, 20s));
        EXPECT_NE(consumer.status().trouble.find("the gateway says no"), std::string::npos);
        EXPECT_TRUE(consumer.status().connected);
    }
    EXPECT_EQ(attempts, (std::vector<std::int32_t>{0, 1, 2}));
    const auto parked = quarantine().peek(10);
    ASSERT_EQ(parked.size(), 1U);
    EXPECT_EQ(parked[0].task.id, sent.id);
    EXPECT_EQ(parked[0].task.body, sent.body);
    EXPECT_EQ(parked[0].task.attempt, 2);
    EXPECT_EQ(parked[0].reason, "the gateway says no");
    EXPECT_TRUE(becomes_empty(topology.main_queue()));
}

TEST_F(RabbitMqConsumer, survives_a_handler_that_throws_anything)
{
    publish({task()});
    std::atomic<int> calls{0};
    TaskConsumer consumer(settings, topology, [&](const Delivery& delivery) {
        if (++calls == 1) throw 7;
        delivery.done();
    });
    EXPECT_TRUE(becomes_true([&] { return calls == 2; }, 10s));
}

TEST_F(RabbitMqConsumer, a_delivery_that_is_dropped_is_put_off)
{
    publish({task()});
    std::atomic<int> attempt{-1};
    TaskConsumer consumer(settings, topology, [&](const Delivery& delivery) {
        attempt = delivery.task().attempt;
        if (attempt == 1) delivery.done();
    });
    EXPECT_TRUE(becomes_true([&] { return attempt == 1; }, 10s));
}

TEST_F(RabbitMqConsumer, a_task_that_is_given_back_again_and_again_ends_in_quarantine)
{
    const auto sent = task();
    publish({sent});
    int given_back = 0;
    on_connection([&](Connection& connection) {
        for (auto got = connection.get(topology.main_queue()); got; got = connection.get(topology.main_queue())) {
            connection.reject(got->tag, true);
            ASSERT_LT(++given_back, 20);
        }
    });
    ASSERT_TRUE(becomes_true([&] { return messages_in(topology.quarantine_queue()) == 1; }, 10s));
    EXPECT_EQ(given_back, 6) << "the first time and five more";
    const auto parked = quarantine().peek(10);
    ASSERT_EQ(parked.size(), 1U);
    EXPECT_EQ(parked[0].task, sent);
    EXPECT_EQ(parked[0].reason, "delivery_limit");
}

TEST_F(RabbitMqConsumer, a_task_that_its_consumers_die_with_ends_in_quarantine)
{
    publish({task()});
    const auto in_quarantine = [&] { return messages_in(topology.quarantine_queue()) == 1; };
    int deaths = 0;
    while (!in_quarantine()) {
        ASSERT_LT(deaths, 20);
        Hand hand;
        TaskConsumer consumer(settings, topology, hand.take());
        ASSERT_TRUE(becomes_true([&] { return hand.size() == 1 || in_quarantine(); }, 10s));
        if (hand.size() == 1) ++deaths;
    }
    EXPECT_EQ(deaths, 6) << "the first time and five more";
}

TEST_F(RabbitMqConsumer, a_message_that_is_no_task_goes_to_quarantine)
{
    on_connection([&](Connection& connection) {
        Task no_id = task();
        no_id.id = {};
        connection.publish(topology.main_queue(), no_id);
    });
    Hand hand;
    TaskConsumer consumer(settings, topology, hand.take());
    ASSERT_TRUE(becomes_true([&] { return messages_in(topology.quarantine_queue()) == 1; }, 10s));
    EXPECT_EQ(hand.size(), 0U);
    EXPECT_EQ(quarantine().peek(1).at(0).reason, "rejected");
    EXPECT_FALSE(quarantine().put_back({}));
    EXPECT_TRUE(quarantine().discard({}));
    EXPECT_TRUE(becomes_empty(topology.quarantine_queue()));
}

TEST_F(RabbitMqConsumer, a_task_that_moves_is_in_its_new_queue_before_it_leaves_the_old)
{
    publish({task()});
    Hand hand;
    TaskConsumer consumer(settings, topology, hand.take());
    const auto delivery = hand.next(10s);
    ASSERT_TRUE(delivery);
    remove(topology.quarantine_queue());
    delivery->quarantine("nowhere to go, for a moment");
    const auto begun = Clock::now();
    std::size_t unsettled = 0;
    const auto arrived = [&] {
        unsettled = consumer.status().unsettled;
        try {
            return messages_in(topology.quarantine_queue()) == 1;
        } catch (const Error&) {
            return false;
        }
    };
    while (!arrived()) {
        ASSERT_EQ(unsettled, 1U) << "in no queue";
        ASSERT_LT(Clock::now() - begun, 10s);
    }
    EXPECT_TRUE(becomes_true([&] { return consumer.status().unsettled == 0; }, 5s));
}

TEST_F(RabbitMqConsumer, loses_no_task_when_its_connections_are_cut_again_and_again)
{
    constexpr int tasks = 600;
    constexpr std::size_t most_cuts = 5;  // With one more, a task that is always in hand would end in quarantine.
    publish(some(tasks));
    tests::Proxy proxy(settings.url);
    auto by_proxy = settings;
    by_proxy.url = proxy.url();
    std::mutex mutex;
    std::map<events::Uuid, int> done;
    std::size_t calls = 0;
    std::size_t quarantined = 0;
    std::size_t cuts = 0;
    {
        // Every seventh is put off once, every fiftieth goes to quarantine: both move while the connections break.
        TaskConsumer consumer(by_proxy, topology, [&](const Delivery& delivery) {
            const std::lock_guard lock(mutex);
            ++calls;
            const auto number = std::stoi(delivery.task().body.substr(10));
            if (number % 50 == 0) return delivery.quarantine("every fiftieth");
            if (number % 7 == 0 && delivery.task().attempt == 0) return delivery.retry_after(0);
            ++done[delivery.task().id];
            delivery.done();
        });
        const auto begun = Clock::now();
        const auto ended = [&] {
            const std::lock_guard lock(mutex);
            return done.size() == tasks - tasks / 50;
        };
        while (!ended() && Clock::now() - begun < 60s) {
            std::this_thread::sleep_for(cuts < most_cuts ? 60ms : 200ms);
            if (cuts < most_cuts && consumer.status().connected) {
                proxy.cut();
                ++cuts;
            }
        }
        ASSERT_TRUE(becomes_true([&] { return consumer.status().connected && consumer.status().unsettled == 0; }, 20s));
        EXPECT_GE(consumer.status().reconnects, 1U);
        ASSERT_TRUE(becomes_true([&] { return messages_in(topology.delay_queue(0)) == 0; }, 10s));
        ASSERT_TRUE(becomes_empty(topology.main_queue()));
    }
    std::set<events::Uuid> parked;
    for (const auto& one : quarantine().peek(1'000)) {
        parked.insert(one.task.id);
        ++quarantined;
    }
    EXPECT_EQ(done.size() + parked.size(), static_cast<std::size_t>(tasks));
    EXPECT_EQ(parked.size(), static_cast<std::size_t>(tasks / 50));
    EXPECT_TRUE(becomes_empty(topology.main_queue()));
    std::printf("%zu cuts, %zu calls for %d tasks, %zu in quarantine twice\n", cuts, calls, tasks,
                quarantined - parked.size());
}

TEST_F(RabbitMqConsumer, settling_after_the_connection_was_lost_is_harmless)
{
    publish(some(3));
    tests::Proxy proxy(settings.url);
    auto by_proxy = settings;
    by_proxy.url = proxy.url();
    Hand hand;
    TaskConsumer consumer(by_proxy, topology, hand.take());
    std::vector<Delivery> old;
    for (int i = 0; i < 3; ++i) old.push_back(*hand.next(10s));
    proxy.cut();
    std::vector<Delivery> again;
    for (int i = 0; i < 3; ++i) {
        auto delivery = hand.next(20s);
        ASSERT_TRUE(delivery);
        EXPECT_TRUE(delivery->redelivered());
        again.push_back(*delivery);
    }
    old[0].done();
    old[1].retry_after(0);
    old[2].quarantine("too late");
    std::this_thread::sleep_for(800ms);
    EXPECT_EQ(consumer.status().unsettled, 3U);
    EXPECT_EQ(hand.size(), 0U);
    EXPECT_EQ(messages_in(topology.quarantine_queue()), 0U);
    for (const auto& delivery : again) delivery.done();
    EXPECT_TRUE(becomes_true([&] { return consumer.status().unsettled == 0; }, 5s));
    EXPECT_EQ(consumer.status().reconnects, 1U);
}

TEST_F(RabbitMqConsumer, what_is_unsettled_when_it_stops_comes_again)
{
    const auto sent = task();
    publish({sent});
    Hand hand;
    std::optional<Delivery> unsettled;
    {
        TaskConsumer consumer(settings, topology, hand.take());
        unsettled = hand.next(10s);
        ASSERT_TRUE(unsettled);
        const auto begun = Clock::now();
        consumer.stop();
        consumer.stop();
        EXPECT_LT(Clock::now() - begun, 2s);
    }
    unsettled->done();  // Nobody is there to hear it.
    TaskConsumer next(settings, topology, hand.take());
    const auto delivery = hand.next(10s);
    ASSERT_TRUE(delivery);
    EXPECT_EQ(delivery->task(), sent);
    EXPECT_TRUE(delivery->redelivered());
    delivery->done();
    EXPECT_TRUE(becomes_true([&] { return next.status().unsettled == 0; }, 5s));
}

TEST_F(RabbitMqConsumer, stops_within_two_seconds_whatever_the_broker_does)
{
    tests::Proxy proxy(settings.url);
    auto by_proxy = settings;
    by_proxy.url = proxy.url();
    Hand hand;
    auto consumer = std::make_unique<TaskConsumer>(by_proxy, topology, hand.take());
    ASSERT_TRUE(becomes_true([&] { return consumer->status().connected; }, 10s));
    proxy.hold(true);
    auto begun = Clock::now();
    consumer.reset();
    EXPECT_LT(Clock::now() - begun, 2s) << "a broker that does not answer";

    consumer = std::make_unique<TaskConsumer>(by_proxy, topology, hand.take());
    std::this_thread::sleep_for(200ms);
    begun = Clock::now();
    consumer.reset();
    EXPECT_LT(Clock::now() - begun, 2s) << "in the handshake";

    proxy.hold(false);
    proxy.refuse(true);
    consumer = std::make_unique<TaskConsumer>(by_proxy, topology, hand.take());
    std::this_thread::sleep_for(1s);
    begun = Clock::now();
    consumer.reset();
    EXPECT_LT(Clock::now() - begun, 2s) << "between two attempts";
}

TEST_F(RabbitMqConsumer, notices_that_its_queue_is_gone_and_makes_it_again)
{
    Hand hand;
    TaskConsumer consumer(settings, topology, hand.take());
    ASSERT_TRUE(becomes_true([&] { return consumer.status().connected; }, 10s));
    remove(topology.main_queue());
    ASSERT_TRUE(becomes_true([&] { return consumer.status().reconnects == 1; }, 10s));
    EXPECT_NE(consumer.status().trouble.find("gone"), std::string::npos);
    publish({task()});
    const auto delivery = hand.next(10s);
    ASSERT_TRUE(delivery);
    delivery->done();
}

}  // namespace
}  // namespace jangteo::rabbitmq
