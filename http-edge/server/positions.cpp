#include "http-edge/server/positions.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace jangteo::edge {

namespace {

constexpr std::chrono::milliseconds poll_interval{4};
constexpr std::chrono::milliseconds pause_after_failure{200};

constexpr std::string_view live_checkpoints =
    "SELECT c.projection, c.topic, c.partition, c.next_offset FROM projections.checkpoints c"
    " JOIN projections.registry r ON r.name = c.projection AND r.version = c.version"
    " WHERE r.schema_name = 'read_' || r.name";

Checkpoints read_checkpoints(postgres::Session& session)
{
    Checkpoints checkpoints;
    const auto rows = session.query(live_checkpoints);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto& partitions = checkpoints[{std::string(rows.text(i, 0)), std::string(rows.text(i, 1))}];
        partitions[static_cast<std::int32_t>(rows.integer(i, 2))] = rows.integer(i, 3);
    }
    return checkpoints;
}

}  // namespace

void CallerPositions::saw(const events::UserId& caller, const events::Position& position)
{
    if (const auto found = by_caller_.find(caller); found != by_caller_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
    } else {
        if (entries_.size() >= most_) {
            by_caller_.erase(entries_.back().first);
            entries_.pop_back();
        }
        entries_.emplace_front(caller, events::Position{});
        by_caller_[caller] = entries_.begin();
    }
    entries_.front().second.merge(position);
}

const events::Position* CallerPositions::find(const events::UserId& caller)
{
    const auto found = by_caller_.find(caller);
    return found == by_caller_.end() ? nullptr : &found->second->second;
}

bool has_reached(const Checkpoints& checkpoints, const ReadModel& model, const events::Position& wanted)
{
    return std::ranges::all_of(wanted.offsets(), [&](const auto& entry) {
        const auto& [place, offset] = entry;
        const auto& [context, partition] = place;
        if (!model.reads(context)) return true;
        const auto topic = checkpoints.find({std::string(model.name), context + ".events"});
        if (topic == checkpoints.end()) return false;
        const auto next = topic->second.find(partition);
        return next != topic->second.end() && next->second > offset;
    });
}

struct PositionWatch::Impl {
    Impl(boost::asio::io_context& context, postgres::Settings settings, kafka::Log given)
        : io(context), log(std::move(given)), session(std::move(settings)), thread([this] { watch(); })
    {}

    // --- On the io thread ---

    struct Waiter {
        explicit Waiter(boost::asio::io_context& io) : timer(io.get_executor()) {}
        Timer timer;
    };

    void took(Checkpoints latest)
    {
        checkpoints = std::move(latest);
        for (auto* waiter : waiters) waiter->timer.cancel();
    }

    void count(int change)
    {
        {
            const std::lock_guard lock(mutex);
            waiting += change;
        }
        changed.notify_one();
    }

    // --- On the watching thread ---

    void watch()
    {
        for (;;) {
            {
                std::unique_lock lock(mutex);
                changed.wait(lock, [this] { return stopping || waiting > 0; });
                if (stopping) return;
            }
            auto pause = poll_interval;
            try {
                auto latest = read_checkpoints(session);
                boost::asio::post(io, [this, latest = std::move(latest)]() mutable { took(std::move(latest)); });
            } catch (const std::exception& error) {
                // Whoever waits is answered 503 when their time is up.
                if (log) log(kafka::LogLevel::warning, std::string("checkpoints: ") + error.what());
                pause = pause_after_failure;
            }
            std::unique_lock lock(mutex);
            changed.wait_for(lock, pause, [this] { return stopping; });
        }
    }

    boost::asio::io_context& io;
    const kafka::Log log;
    Checkpoints checkpoints;
    std::vector<Waiter*> waiters;

    std::mutex mutex;
    std::condition_variable changed;
    int waiting = 0;
    bool stopping = false;
    postgres::Session session;  ///< The watching thread's.
    std::thread thread;         ///< Last: it uses all of the above.
};

PositionWatch::PositionWatch(boost::asio::io_context& io, postgres::Settings settings, kafka::Log log)
    : impl_(std::make_unique<Impl>(io, std::move(settings), std::move(log)))
{}

PositionWatch::~PositionWatch()
{
    stop();
}

Awaitable<bool> PositionWatch::reached(ReadModel model, events::Position wanted, std::chrono::milliseconds wait)
{
    auto& impl = *impl_;
    if (has_reached(impl.checkpoints, model, wanted)) co_return true;
    const auto deadline = std::chrono::steady_clock::now() + wait;
    Impl::Waiter waiter(impl.io);
    impl.waiters.push_back(&waiter);
    impl.count(1);
    bool there = false;
    while (!there && std::chrono::steady_clock::now() < deadline) {
        waiter.timer.expires_at(deadline);
        co_await waiter.timer.async_wait(as_result);
        there = has_reached(impl.checkpoints, model, wanted);
    }
    std::erase(impl.waiters, &waiter);
    impl.count(-1);
    co_return there;
}

void PositionWatch::stop()
{
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->changed.notify_all();
    if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace jangteo::edge
