#include "infra/rabbitmq/task_publisher.hpp"

#include "infra/rabbitmq/connection.hpp"
#include "infra/rabbitmq/connection_thread.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace jangteo::rabbitmq {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_unconfirmed = 256;
constexpr auto blocked_after = 1s;
constexpr auto first_pause = 200ms;
constexpr auto longest_pause = 5'000ms;

}  // namespace

struct TaskPublisher::Impl final : FromBroker {
    Impl(Settings settings, Options given)
        : options(std::move(given)), thread(std::move(settings), bell, [this](Connection& connection) {
              send_again_what_is_unconfirmed();
              serve(connection);
          })
    {}

    struct Sending {
        std::string queue;
        Task task;
        std::uint64_t token = 0;
        std::string reason;
        bool refused = false;  ///< Its queue is gone or full.
    };

    void send_again_what_is_unconfirmed()
    {
        const std::lock_guard lock(mutex);
        for (auto sent = unconfirmed.rbegin(); sent != unconfirmed.rend(); ++sent) {
            sent->second.refused = false;
            waiting.push_front(std::move(sent->second));
        }
        unconfirmed.clear();
    }

    void serve(Connection& connection)
    {
        next_tag = 1;
        told_blocked = false;
        for (const auto& topology : options.topologies) declare(connection, topology);
        connection.confirm_what_is_published();
        thread.connected();
        while (!thread.stopping()) {
            send(connection);
            connection.wait(bell.descriptor(), refused.empty() ? 1'000ms : first_pause);
            bell.quiet();
            connection.receive(*this);
            send_refused_when_due(connection);
        }
    }

    void send(Connection& connection)
    {
        while (!told_blocked && unconfirmed.size() < most_unconfirmed && !thread.stopping()) {
            const Sending* next = nullptr;
            {
                const std::lock_guard lock(mutex);
                if (waiting.empty()) return;
                if (unconfirmed.empty()) progressed_at = Clock::now();
                // Before it is sent: from its first byte on it may arrive.
                next = &unconfirmed.emplace(next_tag++, std::move(waiting.front())).first->second;
                waiting.pop_front();
            }
            connection.publish(next->queue, next->task, next->reason);
            progressed_at = Clock::now();
        }
    }

    void send_refused_when_due(Connection& connection)
    {
        if (refused.empty() || Clock::now() < refused_until) return;
        for (const auto& topology : options.topologies) declare(connection, topology);
        const std::lock_guard lock(mutex);
        std::move(refused.begin(), refused.end(), std::back_inserter(waiting));
        refused.clear();
    }

    void confirmed(std::uint64_t tag, bool multiple, bool taken) override
    {
        bool tell = false;
        {
            const std::lock_guard lock(mutex);
            const auto first = multiple ? unconfirmed.begin() : unconfirmed.lower_bound(tag);
            const auto end = unconfirmed.upper_bound(tag);
            for (auto sent = first; sent != end; ++sent) {
                if (taken && !sent->second.refused) {
                    tell = tell || tokens.empty();
                    tokens.push_back(sent->second.token);
                    pause = first_pause;
                } else {
                    refuse(std::move(sent->second));
                }
            }
            unconfirmed.erase(first, end);
        }
        progressed_at = Clock::now();
        if (!tell) return;
        arrived.notify_all();
        if (options.ready) options.ready();
    }

    void refuse(Sending&& sending)
    {
        if (refused.empty()) {
            refused_until = Clock::now() + pause;
            pause = std::min(pause * 2, std::chrono::milliseconds(longest_pause));
            thread.note(sending.queue + " does not take a task, which will be sent again");
        }
        sending.refused = false;
        refused.push_back(std::move(sending));
    }

    void returned(const Message& message, std::string_view queue) override
    {
        for (auto& [tag, sent] : unconfirmed) {
            if (sent.task.id == message.task.id && sent.queue == queue) sent.refused = true;
        }
    }

    void blocked(bool is_blocked) override
    {
        told_blocked = is_blocked;
        if (is_blocked) thread.note("the broker is short of memory or disk and takes nothing");
    }

    void delivered(std::uint64_t, bool, Message) override {}

    [[nodiscard]] Status status() const
    {
        const auto connection = thread.status();
        const std::lock_guard lock(mutex);
        const bool silent = !unconfirmed.empty() && Clock::now() - progressed_at.load() > blocked_after;
        return {.connected = connection.connected,
                .blocked = connection.connected && (told_blocked || silent),
                .waiting = waiting.size() + refused.size(),
                .unconfirmed = unconfirmed.size(),
                .reconnects = connection.reconnects,
                .trouble = connection.trouble};
    }

    const Options options;
    std::size_t in_flight = 0;  ///< The caller's thread's.

    // The publisher's thread changes these under the mutex and reads them without; the others do all under the mutex.
    mutable std::mutex mutex;
    std::deque<Sending> waiting;
    std::map<std::uint64_t, Sending> unconfirmed;  ///< By delivery tag.
    std::vector<Sending> refused;
    std::vector<std::uint64_t> tokens;
    std::condition_variable arrived;

    // The publisher's thread's.
    std::uint64_t next_tag = 1;
    Clock::time_point refused_until;
    std::chrono::milliseconds pause = first_pause;
    std::atomic<bool> told_blocked{false};
    std::atomic<Clock::time_point> progressed_at{Clock::now()};

    Bell bell;
    ConnectionThread thread;  // Last: it uses all of the above.
};

TaskPublisher::TaskPublisher(Settings settings, Options options)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(options)))
{}

TaskPublisher::~TaskPublisher() = default;

bool TaskPublisher::publish(const std::string& queue, const Task& task, std::uint64_t token, const std::string& reason)
{
    if (!is_task(task) || !is_queue(queue) || reason.size() > longest_reason) {
        throw std::invalid_argument("rabbitmq: a task that can never be sent to " + queue + ": " + task.type);
    }
    if (impl_->in_flight >= impl_->options.limit) return false;
    ++impl_->in_flight;
    bool first = false;
    {
        const std::lock_guard lock(impl_->mutex);
        first = impl_->waiting.empty();
        impl_->waiting.push_back({queue, task, token, reason});
    }
    if (first) impl_->bell.ring();
    return true;
}

std::vector<std::uint64_t> TaskPublisher::poll(std::chrono::milliseconds wait)
{
    std::unique_lock lock(impl_->mutex);
    impl_->arrived.wait_for(lock, wait, [&] { return !impl_->tokens.empty(); });
    impl_->in_flight -= impl_->tokens.size();
    return std::exchange(impl_->tokens, {});
}

std::size_t TaskPublisher::in_flight() const
{
    return impl_->in_flight;
}

void TaskPublisher::ask_to_stop()
{
    impl_->thread.ask_to_stop();
}

TaskPublisher::Status TaskPublisher::status() const
{
    return impl_->status();
}

}  // namespace jangteo::rabbitmq
