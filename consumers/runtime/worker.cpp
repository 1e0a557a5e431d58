#include "consumers/runtime/worker.hpp"

#include "infra/rabbitmq/task_consumer.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

namespace jangteo::consumers {

namespace {

/// A broker gives a task again when it did not hear in time that it was done.
constexpr std::size_t remembered_tasks = 65'536;

/// The tasks that were done here last.
class Done {
public:
    [[nodiscard]] bool contains(const events::Uuid& id) const { return ids_.contains(id); }
    void add(const events::Uuid& id)
    {
        if (!ids_.insert(id).second) return;
        by_age_.push_back(id);
        if (by_age_.size() <= remembered_tasks) return;
        ids_.erase(by_age_.front());
        by_age_.pop_front();
    }

private:
    std::unordered_set<events::Uuid> ids_;
    std::deque<events::Uuid> by_age_;
};

}  // namespace

/// Lives as long as the reporter may still have something to say to it.
struct Worker::Impl : std::enable_shared_from_this<Worker::Impl> {
    Impl(WorkerSettings the_settings, Reporter& the_reporter, std::function<CarryOut()> the_make)
        : settings(std::move(the_settings)), reporter(the_reporter), make(std::move(the_make))
    {}

    void run(const std::stop_token& stop)
    {
        {
            const std::lock_guard lock(mutex);
            consumer = std::make_unique<rabbitmq::TaskConsumer>(
                settings.rabbitmq, settings.topology,
                [this](rabbitmq::Delivery delivery) { take(std::move(delivery)); },
                static_cast<std::uint16_t>(settings.threads * 2));
        }
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < settings.threads; ++i) threads.emplace_back([this, stop] { work(stop); });
        }
        // What was carried out is reported and let go of before the connection is; the broker has what nobody began with.
        std::unique_lock lock(mutex);
        let_go_of_one.wait_for(lock, settings.farewell, [this] { return at_work.empty(); });
        auto last = std::move(consumer);
        lock.unlock();
        last.reset();
        lock.lock();
        queue.clear();
    }

    void take(rabbitmq::Delivery delivery)
    {
        {
            const std::lock_guard lock(mutex);
            queue.push_back(std::move(delivery));
        }
        filled.notify_one();
    }

    void work(const std::stop_token& stop)
    {
        const CarryOut carry_out = make();
        while (const auto delivery = next(stop)) {
            Outcome outcome;
            try {
                outcome = carry_out(delivery->task(), !delivery->task().in_doubt && !delivery->redelivered());
            } catch (const std::exception& error) {
                outcome = {.final = false, .why = error.what()};
            }
            report(*delivery, std::move(outcome));
        }
    }

    /// The next that is worth beginning with, or nothing after a stop. A task can be here twice, when a connection was
    /// lost: the second waits until it is known what came of the first.
    std::optional<rabbitmq::Delivery> next(const std::stop_token& stop)
    {
        std::unique_lock lock(mutex);
        for (;;) {
            auto found = queue.end();
            const auto is_there = [&] {
                found =
                    std::ranges::find_if(queue, [this](const auto& one) { return !at_work.contains(one.task().id); });
                return found != queue.end();
            };
            if (!filled.wait(lock, stop, is_there) || stop.stop_requested()) return std::nullopt;
            auto delivery = std::move(*found);
            queue.erase(found);
            if (done.contains(delivery.task().id)) {
                ++counts.repeated;
                delivery.done();
                continue;
            }
            at_work.insert(delivery.task().id);
            return delivery;
        }
    }

    void report(const rabbitmq::Delivery& delivery, Outcome outcome)
    {
        auto commands = std::move(outcome.commands);
        reporter.tell(
            std::move(commands), [self = shared_from_this(), delivery, outcome = std::move(outcome)](bool told) {
                self->let_go(delivery,
                             told ? outcome : Outcome{.final = false, .why = "the log does not take what came of it"});
            });
    }

    void let_go(const rabbitmq::Delivery& delivery, const Outcome& outcome)
    {
        {
            const std::lock_guard lock(mutex);
            const auto& task = delivery.task();
            if (outcome.final) {
                ++counts.done;
                done.add(task.id);
                delivery.done();
            } else if (task.attempt >= settings.most_attempts) {
                ++counts.quarantined;
                counts.trouble = outcome.why;
                delivery.quarantine(outcome.why, outcome.in_doubt);
            } else {
                ++counts.put_off;
                counts.trouble = outcome.why;
                delivery.retry_after(static_cast<std::size_t>(task.attempt), outcome.in_doubt);
            }
            at_work.erase(task.id);
        }
        filled.notify_all();
        let_go_of_one.notify_all();
    }

    [[nodiscard]] WorkerStatus status() const
    {
        const std::lock_guard lock(mutex);
        WorkerStatus found = counts;
        found.target = settings.topology.target;
        found.in_hand = queue.size() + at_work.size();
        if (consumer) {
            const auto broker = consumer->status();
            found.connected = broker.connected;
            if (!broker.connected) found.trouble = broker.trouble;
        }
        return found;
    }

    const WorkerSettings settings;
    Reporter& reporter;
    const std::function<CarryOut()> make;
    mutable std::mutex mutex;  ///< Guards all below.
    std::condition_variable_any filled;
    std::condition_variable let_go_of_one;
    std::deque<rabbitmq::Delivery> queue;
    std::unordered_set<events::Uuid> at_work;  ///< Taken from the queue and not let go of.
    Done done;
    WorkerStatus counts;
    std::unique_ptr<rabbitmq::TaskConsumer> consumer;
};

Worker::Worker(WorkerSettings settings, Reporter& reporter, std::function<CarryOut()> make)
    : impl_(std::make_shared<Impl>(std::move(settings), reporter, std::move(make)))
{}

Worker::~Worker() = default;

void Worker::run(const std::stop_token& stop)
{
    impl_->run(stop);
}

WorkerStatus Worker::status() const
{
    return impl_->status();
}

}  // namespace jangteo::consumers
