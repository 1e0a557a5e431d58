// From RabbitMQ to Kafka: a task is let go of when the log has what came of it, and not before.
#include "consumers/runtime/worker.hpp"

#include "infra/rabbitmq/quarantine.hpp"
#include "infra/rabbitmq/task_publisher.hpp"
#include "tests/integration/consumers/log.hpp"
#include "tests/integration/infra/rabbitmq_proxy.hpp"
#include "tests/integration/infra/rabbitmq_server.hpp"

#include <gtest/gtest.h>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace jangteo::consumers {
namespace {

using namespace std::chrono_literals;
using rabbitmq::Task;
using testing::Log;
using testing::nowhere;
using tests::becomes_true;

/// What the workers of a test were given.
class Calls {
public:
    struct Call {
        events::Uuid id;
        std::int32_t attempt;
        bool first;
        friend bool operator==(const Call&, const Call&) = default;
    };

    void note(const Task& task, bool first)
    {
        const std::lock_guard lock(mutex_);
        calls_.push_back({task.id, task.attempt, first});
    }
    [[nodiscard]] std::vector<Call> all() const
    {
        const std::lock_guard lock(mutex_);
        return calls_;
    }
    [[nodiscard]] bool reach(std::size_t count) const
    {
        return becomes_true([&] { return all().size() >= count; }, 20s);
    }

private:
    mutable std::mutex mutex_;
    std::vector<Call> calls_;
};

/// A door that carry_out waits at; not for ever, so that a test that fails ends.
class Door {
public:
    void pass()
    {
        std::unique_lock lock(mutex_);
        ++waiting_;
        opened_.wait_for(lock, 30s, [this] { return open_; });
    }
    void open()
    {
        const std::lock_guard lock(mutex_);
        open_ = true;
        opened_.notify_all();
    }
    [[nodiscard]] bool somebody_waits() const
    {
        const auto waits = [this] {
            const std::lock_guard lock(mutex_);
            return waiting_ > 0;
        };
        return becomes_true(waits, 20s);
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable opened_;
    int waiting_ = 0;
    bool open_ = false;
};

/// A worker on a thread of its own, as the role has it.
class Working {
public:
    Working(WorkerSettings settings, Reporter& reporter, const CarryOut& carry_out)
        : worker_(std::move(settings), reporter, [carry_out] { return carry_out; }),
          thread_([this](const std::stop_token& stop) { worker_.run(stop); })
    {}
    [[nodiscard]] WorkerStatus status() const { return worker_.status(); }
    void ask_to_stop() { thread_.request_stop(); }
    void stop()
    {
        ask_to_stop();
        if (thread_.joinable()) thread_.join();
    }
    template <class Condition>
    [[nodiscard]] bool reaches(Condition condition) const
    {
        return becomes_true([&] { return condition(status()); }, 20s);
    }
    [[nodiscard]] bool has_done(std::uint64_t count) const
    {
        return reaches([&](const WorkerStatus& status) { return status.done == count; });
    }

private:
    Worker worker_;
    std::jthread thread_;
};

class ConsumersWorker : public tests::RabbitMq {
protected:
    ConsumersWorker() { topology.steps = {20ms, 40ms}; }

    void publish(const std::vector<Task>& tasks) const
    {
        rabbitmq::TaskPublisher publisher(settings, {.topologies = {topology}});
        for (const auto& one : tasks) ASSERT_TRUE(publisher.publish(topology.main_queue(), one, 0));
        while (publisher.in_flight() > 0) ASSERT_FALSE(publisher.poll(20s).empty());
    }
    [[nodiscard]] WorkerSettings with(std::size_t threads, std::int32_t most_attempts = 200) const
    {
        return {.rabbitmq = settings, .topology = topology, .threads = threads, .most_attempts = most_attempts};
    }
    static events::Uuid answer_to(const Task& task) { return events::uuid_v5(task.id, "answer"); }
    /// Notes the call and tells the log.
    CarryOut answers()
    {
        return [this](const Task& task, bool first) {
            calls.note(task, first);
            return Outcome{.commands = {log.command(answer_to(task))}};
        };
    }
    /// After its workers have stopped, so that what they had in hand is back.
    void expect_no_task_anywhere() const { EXPECT_EQ(tasks_anywhere(), 0U); }
    /// In no worker's hand.
    [[nodiscard]] std::size_t tasks_anywhere() const
    {
        std::size_t tasks = 0;
        for (const auto& queue : queues()) tasks += messages_in(queue);
        return tasks;
    }

    Log log;
    Calls calls;
    Reporter reporter{log.settings, {log.topic}};
};

TEST_F(ConsumersWorker, what_came_of_a_task_is_in_the_log_before_the_task_is_let_go_of)
{
    constexpr std::uint64_t tasks = 50;
    std::vector<Task> sent;
    for (int i = 0; i < static_cast<int>(tasks); ++i) sent.push_back(tests::task(i));
    publish(sent);
    Working working(with(4), reporter, answers());
    kafka::PartitionReader reader(log.settings);
    for (std::uint64_t done = 0; done < tasks;) {
        done = working.status().done;
        ASSERT_GE(reader.end_offset({log.topic, 0}), static_cast<std::int64_t>(done));
    }
    working.stop();
    for (const auto& task : sent) EXPECT_EQ(log.times(answer_to(task)), 1);
    for (const auto& call : calls.all()) EXPECT_TRUE(call.first);
    expect_no_task_anywhere();
}

TEST_F(ConsumersWorker, what_is_not_final_comes_again_and_tells_what_is_known_each_time)
{
    const auto task = tests::task();
    publish({task});
    Working working(with(2), reporter, [&](const Task& given, bool first) {
        calls.note(given, first);
        return Outcome{.commands = {log.command(answer_to(given))}, .final = given.attempt == 3, .why = "not yet"};
    });
    ASSERT_TRUE(working.has_done(1));
    EXPECT_EQ(working.status().put_off, 3U);
    EXPECT_EQ(working.status().trouble, "not yet");
    working.stop();
    EXPECT_EQ(calls.all(), (std::vector<Calls::Call>{
                               {task.id, 0, true}, {task.id, 1, false}, {task.id, 2, false}, {task.id, 3, false}}))
        << "the last step stands for all beyond it";
    EXPECT_EQ(log.times(answer_to(task)), 4);
    expect_no_task_anywhere();
}

TEST_F(ConsumersWorker, what_throws_comes_again)
{
    const auto task = tests::task();
    publish({task});
    Working working(with(1), reporter, [&](const Task& given, bool first) {
        calls.note(given, first);
        if (given.attempt == 0) throw std::runtime_error("a bug of ours");
        return Outcome{};
    });
    ASSERT_TRUE(working.has_done(1));
    EXPECT_EQ(working.status().trouble, "a bug of ours");
    working.stop();
    EXPECT_EQ(calls.all(), (std::vector<Calls::Call>{{task.id, 0, true}, {task.id, 1, false}}));
    expect_no_task_anywhere();
}

TEST_F(ConsumersWorker, past_its_attempts_a_task_waits_for_an_operator_with_the_reason)
{
    const auto task = tests::task();
    publish({task});
    Working working(with(1, 2), reporter, [&](const Task& given, bool first) -> Outcome {
        calls.note(given, first);
        throw std::runtime_error("attempt " + std::to_string(given.attempt));
    });
    ASSERT_TRUE(working.reaches([](const WorkerStatus& status) { return status.quarantined == 1; }));
    const rabbitmq::Quarantine quarantine(settings, topology);
    ASSERT_TRUE(becomes_true([&] { return quarantine.count() == 1; }, 20s));
    working.stop();
    EXPECT_EQ(calls.all().size(), 3U);
    const auto waiting = quarantine.peek(10);
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(waiting[0].task.id, task.id);
    EXPECT_EQ(waiting[0].reason, "attempt 2");
    EXPECT_EQ(messages_in(topology.main_queue()), 0U);
}

TEST_F(ConsumersWorker, a_repeat_of_a_done_task_is_dropped)
{
    const auto task = tests::task();
    publish({task});
    Working working(with(2), reporter, answers());
    ASSERT_TRUE(working.has_done(1));
    publish({task, task});
    ASSERT_TRUE(working.reaches([](const WorkerStatus& status) { return status.repeated == 2; }));
    working.stop();
    EXPECT_EQ(calls.all().size(), 1U);
    expect_no_task_anywhere();
}

TEST_F(ConsumersWorker, a_task_is_never_at_work_twice)
{
    const auto task = tests::task();
    publish({task, task});
    Door door;
    Working working(with(2), reporter, [&](const Task& given, bool first) {
        calls.note(given, first);
        door.pass();
        return Outcome{.final = given.attempt > 0, .why = "not yet"};
    });
    ASSERT_TRUE(working.reaches([](const WorkerStatus& status) { return status.in_hand == 2; }));
    // The other one's turn comes, and somebody is free for it.
    const auto another = tests::task();
    publish({another});
    ASSERT_TRUE(calls.reach(2));
    EXPECT_EQ(calls.all()[0].id, task.id);
    EXPECT_EQ(calls.all()[1].id, another.id);
    door.open();
    // Both of them come again, and the second has nothing to do any more.
    ASSERT_TRUE(working.reaches([](const WorkerStatus& status) { return status.done == 2 && status.repeated == 1; }));
    working.stop();
    expect_no_task_anywhere();
}

TEST_F(ConsumersWorker, a_task_that_comes_again_since_its_connection_was_lost_is_not_done_again)
{
    tests::Proxy proxy(settings.url);
    auto by_proxy = with(2);
    by_proxy.rabbitmq.url = proxy.url();
    const auto task = tests::task();
    publish({task});
    Door door;
    Working working(by_proxy, reporter, [&](const Task& given, bool first) {
        calls.note(given, first);
        door.pass();
        return Outcome{.commands = {log.command(answer_to(given))}};
    });
    ASSERT_TRUE(door.somebody_waits());
    proxy.cut();
    ASSERT_TRUE(working.reaches([](const WorkerStatus& status) { return status.in_hand == 2; })) << "it is there twice";
    door.open();
    ASSERT_TRUE(working.reaches([](const WorkerStatus& status) { return status.repeated == 1; }));
    working.stop();
    EXPECT_EQ(calls.all().size(), 1U);
    EXPECT_EQ(log.times(answer_to(task)), 1);
    expect_no_task_anywhere();
}

TEST_F(ConsumersWorker, a_stop_ends_what_was_begun_and_gives_back_the_rest)
{
    const std::vector<Task> tasks{tests::task(0), tests::task(1), tests::task(2)};
    publish(tasks);
    Door door;
    Working working(with(1), reporter, [&](const Task& given, bool first) {
        calls.note(given, first);
        door.pass();
        return Outcome{.commands = {log.command(answer_to(given))}};
    });
    // One is at work, one waits, one is still with the broker.
    ASSERT_TRUE(door.somebody_waits());
    ASSERT_TRUE(working.reaches([](const WorkerStatus& status) { return status.in_hand == 2; }));
    working.ask_to_stop();
    door.open();
    working.stop();
    EXPECT_EQ(calls.all(), (std::vector<Calls::Call>{{tasks[0].id, 0, true}}));
    EXPECT_EQ(log.times(answer_to(tasks[0])), 1);

    Working another(with(1), reporter, answers());
    ASSERT_TRUE(another.has_done(2));
    another.stop();
    // Somebody had the second in hand: who knows what became of it there. The third may have been handed out as well.
    const auto all = calls.all();
    ASSERT_EQ(all.size(), 3U);
    for (const auto& call : all) EXPECT_TRUE(call.id != tasks[1].id || !call.first);
    expect_no_task_anywhere();
}

TEST_F(ConsumersWorker, a_stop_lets_go_of_nothing_that_the_log_does_not_have)
{
    const auto task = tests::task();
    publish({task});
    {
        Reporter mute(nowhere(), {log.topic}, 60s);
        auto hasty = with(1);
        hasty.farewell = 50ms;
        Working working(hasty, mute, answers());
        ASSERT_TRUE(calls.reach(1));
        working.stop();
        EXPECT_EQ(working.status().done, 0U);
    }
    Working another(with(1), reporter, answers());
    ASSERT_TRUE(another.has_done(1));
    another.stop();
    EXPECT_EQ(calls.all(), (std::vector<Calls::Call>{{task.id, 0, true}, {task.id, 0, false}}));
    EXPECT_EQ(log.times(answer_to(task)), 1);
    expect_no_task_anywhere();
}

TEST_F(ConsumersWorker, while_kafka_is_away_tasks_come_again)
{
    const auto task = tests::task();
    publish({task});
    {
        Reporter mute(nowhere(), {log.topic}, 200ms);
        Working working(with(1), mute, answers());
        ASSERT_TRUE(calls.reach(2));
        EXPECT_EQ(working.status().done, 0U);
        EXPECT_EQ(working.status().trouble, "the log does not take what came of it");
        working.stop();
    }
    Working another(with(1), reporter, answers());
    ASSERT_TRUE(another.has_done(1));
    // The stop may have come when the task was in its next queue already and not yet out of its old one.
    EXPECT_TRUE(becomes_true([&] { return tasks_anywhere() == 0; }, 20s));
    another.stop();
    const auto all = calls.all();
    EXPECT_EQ(all[0], (Calls::Call{task.id, 0, true}));
    for (std::size_t i = 1; i < all.size(); ++i) EXPECT_FALSE(all[i].first);
    EXPECT_EQ(all[1].attempt, 1);
    EXPECT_EQ(log.times(answer_to(task)), 1);
    expect_no_task_anywhere();
}

}  // namespace
}  // namespace jangteo::consumers
