#include "infra/rabbitmq/task_consumer.hpp"

#include "infra/rabbitmq/connection.hpp"
#include "infra/rabbitmq/connection_thread.hpp"
#include "infra/rabbitmq/task_publisher.hpp"

#include <atomic>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace jangteo::rabbitmq {

namespace {

using namespace std::chrono_literals;

/// Which delivery of which connection.
struct Place {
    std::uint64_t connection = 0;
    std::uint64_t tag = 0;
};

/// What has been decided about a delivery.
struct Verdict {
    Place place;
    std::string move_to;  ///< The queue that gets the task before this one loses it; empty: it is done.
    Task task;
    std::string reason;
};

/// Where verdicts wait for the consumer's thread. It outlives the consumer for as long as somebody holds a delivery.
class Verdicts {
public:
    void add(Verdict verdict)
    {
        {
            const std::lock_guard lock(mutex_);
            verdicts_.push_back(std::move(verdict));
        }
        bell_.ring();
    }
    std::vector<Verdict> take()
    {
        const std::lock_guard lock(mutex_);
        return std::exchange(verdicts_, {});
    }
    [[nodiscard]] const Bell& bell() const { return bell_; }

private:
    std::mutex mutex_;
    std::vector<Verdict> verdicts_;
    Bell bell_;
};

/// Not in the middle of a character.
void cut(std::string& text, std::size_t most)
{
    if (text.size() <= most) return;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
    text.resize(most);
}

}  // namespace

struct Delivery::State {
    State(Place at, Task what, bool again, std::shared_ptr<const Topology> queues, std::shared_ptr<Verdicts> to)
        : place(at), task(std::move(what)), redelivered(again), topology(std::move(queues)), verdicts(std::move(to))
    {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { retry("nobody settled it"); }

    void settle(std::string move_to, std::int32_t attempt, bool in_doubt, std::string reason)
    {
        if (settled.exchange(true)) return;
        Verdict verdict{place, std::move(move_to), {}, std::move(reason)};
        if (!verdict.move_to.empty()) {
            verdict.task = task;
            verdict.task.attempt = attempt;
            verdict.task.in_doubt = task.in_doubt || in_doubt || redelivered;
        }
        verdicts->add(std::move(verdict));
    }
    void retry_after(std::size_t step, bool in_doubt)
    {
        settle(topology->delay_queue(step), task.attempt + 1, in_doubt, {});
    }
    void retry(std::string reason)
    {
        const auto step = static_cast<std::size_t>(task.attempt);
        step < topology->steps.size() ? retry_after(step, false) : quarantine(std::move(reason), false);
    }
    void quarantine(std::string reason, bool in_doubt)
    {
        cut(reason, longest_reason);
        settle(topology->quarantine_queue(), task.attempt, in_doubt, std::move(reason));
    }

    const Place place;
    const Task task;
    const bool redelivered;
    const std::shared_ptr<const Topology> topology;
    const std::shared_ptr<Verdicts> verdicts;
    std::atomic<bool> settled{false};
};

const Task& Delivery::task() const
{
    return state_->task;
}

bool Delivery::redelivered() const
{
    return state_->redelivered;
}

void Delivery::done() const
{
    state_->settle({}, 0, false, {});
}

void Delivery::retry_after(std::size_t step, bool in_doubt) const
{
    state_->retry_after(step, in_doubt);
}

void Delivery::retry(std::string reason) const
{
    state_->retry(std::move(reason));
}

void Delivery::quarantine(std::string reason, bool in_doubt) const
{
    state_->quarantine(std::move(reason), in_doubt);
}

struct TaskConsumer::Impl final : FromBroker {
    Impl(Settings settings, Topology queues, Handle to, std::uint16_t most)
        : topology(std::make_shared<const Topology>(std::move(queues))),
          handle(std::move(to)),
          prefetch(most),
          mover(of_mover(settings),
                {.topologies = {*topology}, .ready = [to_wake = verdicts] { to_wake->bell().ring(); }}),
          thread(std::move(settings), verdicts->bell(), [this](Connection& connection) { serve(connection); })
    {}

    static Settings of_mover(Settings settings)
    {
        settings.name += " (puts off)";
        return settings;
    }

    void serve(Connection& connection)
    {
        ++current;
        at = &connection;
        unsettled = 0;
        to_move.clear();
        declare(connection, *topology);
        connection.consume(topology->main_queue(), prefetch);
        thread.connected();
        while (!thread.stopping()) {
            connection.wait(verdicts->bell().descriptor(), 1s);
            verdicts->bell().quiet();
            connection.receive(*this);
            settle();
        }
        settle();
    }

    void delivered(std::uint64_t tag, bool redelivered, Message message) override
    {
        if (thread.stopping()) return;  // It goes back with the connection.
        ++unsettled;
        if (!is_task(message.task)) {
            thread.note("a message that is no task was moved into quarantine");
            at->reject(tag, false);
            --unsettled;
            return;
        }
        const Delivery delivery(std::make_shared<Delivery::State>(Place{current, tag}, std::move(message.task),
                                                                  redelivered, topology, verdicts));
        try {
            handle(delivery);
        } catch (const std::exception& error) {
            thread.note(delivery.task().type + " has failed: " + error.what());
            delivery.retry(error.what());
        } catch (...) {
            thread.note(delivery.task().type + " has failed");
            delivery.retry("an exception without a word");
        }
        settle();  // Between two deliveries, so that a broker that waits for a heartbeat hears something.
    }

    void settle()
    {
        for (auto& verdict : verdicts->take()) {
            if (verdict.place.connection != current) continue;  // The broker delivers it again, or has done so.
            if (verdict.move_to.empty()) {
                acknowledge(verdict.place);
            } else {
                to_move.push_back(std::move(verdict));
            }
        }
        while (!to_move.empty()) {
            const auto& [place, queue, task, reason] = to_move.front();
            if (!mover.publish(queue, task, next_token, reason)) break;
            moving.emplace(next_token++, place);
            to_move.pop_front();
        }
        for (const auto token : mover.poll(0ms)) {
            const auto moved = moving.extract(token).mapped();
            if (moved.connection == current) acknowledge(moved);
        }
    }

    void acknowledge(Place place)
    {
        at->acknowledge(place.tag);
        --unsettled;
    }

    void confirmed(std::uint64_t, bool, bool) override {}
    void returned(const Message&, std::string_view) override {}
    void blocked(bool) override {}

    const std::shared_ptr<Verdicts> verdicts = std::make_shared<Verdicts>();
    const std::shared_ptr<const Topology> topology;
    const Handle handle;
    const std::uint16_t prefetch;

    // The consumer's thread's.
    std::uint64_t current = 0;  ///< Which connection this is; deliveries of earlier ones are of no interest.
    Connection* at = nullptr;
    std::deque<Verdict> to_move;
    std::map<std::uint64_t, Place> moving;  ///< By token of the mover.
    std::uint64_t next_token = 0;
    std::atomic<std::size_t> unsettled{0};

    TaskPublisher mover;
    ConnectionThread thread;  // Last: it uses all of the above.
};

TaskConsumer::TaskConsumer(Settings settings, Topology topology, Handle handle, std::uint16_t prefetch)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(topology), std::move(handle), prefetch))
{}

TaskConsumer::~TaskConsumer()
{
    stop();
}

void TaskConsumer::stop()
{
    impl_->mover.ask_to_stop();
    impl_->thread.stop();
}

TaskConsumer::Status TaskConsumer::status() const
{
    const auto connection = impl_->thread.status();
    return {.connected = connection.connected,
            .unsettled = connection.connected ? impl_->unsettled.load() : 0,
            .reconnects = connection.reconnects,
            .trouble = connection.trouble};
}

}  // namespace jangteo::rabbitmq
