#include "http-edge/streams/feed.hpp"

#include "http-edge/server/errors.hpp"
#include "http-edge/server/metrics.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace jangteo::edge::streams {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// Many events a second are written out together: a thousand listeners cost a thousand writes each time.
constexpr milliseconds between_wakes{20};
constexpr milliseconds looks_for_ready{20};

}  // namespace

struct Feed::State {
    State(boost::asio::io_context& io_context, Settings with)
        : io(io_context),
          settings(std::move(with)),
          layout(Layout::of_all_contexts(settings.partitions)),
          codec(layout, settings.secret),
          ring(settings.ring),
          readers(io, settings.most_catching_up, 4 * settings.most_catching_up),
          pace(io.get_executor())
    {
        ring.open(Position(layout.slots(), 0));
    }

    void wake()
    {
        last_wake = steady_clock::now();
        for (auto* listener : listeners) {
            if (listener->out_ != nullptr) listener->out_->wake();
        }
    }

    /// At once, when it has been quiet; otherwise together with what comes in a moment.
    void wake_soon(const std::shared_ptr<State>& self)
    {
        if (wake_is_due) return;
        const auto next = last_wake + between_wakes;
        if (steady_clock::now() >= next) return wake();
        wake_is_due = true;
        pace.expires_at(next);
        pace.async_wait([self](const boost::system::error_code& error) {
            self->wake_is_due = false;
            if (!error) self->wake();
        });
    }

    void opened(Position at)
    {
        ++life;
        ring.open(std::move(at));
    }
    void saw(std::vector<Tail::Seen> batch)
    {
        for (auto& seen : batch) {
            if (seen.event) {
                ring.push({seen.slot, std::move(seen.record)});
            } else {
                ring.pass(seen.slot, seen.next_offset);
            }
        }
    }
    void interrupted()
    {
        ++life;
        ready = false;
        wake();
    }

    /// A reader's end waits for Kafka's threads, which the io thread must not. Its turn is over when it has ended.
    static Awaitable<void> bury(std::shared_ptr<State> state, std::unique_ptr<CatchUp> reader)
    {
        auto work = [&reader](std::size_t) {
            reader.reset();
            return true;
        };
        try {
            co_await state->readers.run(work);
        } catch (const Problem&) {
            reader.reset();  // So many end at once that this one ends here.
        }
        --state->catching_up;
    }

    boost::asio::io_context& io;
    const Settings settings;
    const Layout layout;
    const PositionCodec codec;
    Ring ring;
    bool ready = false;
    std::uint64_t life = 0;
    std::list<Listener*> listeners;
    std::size_t catching_up = 0;
    Tail* tail = nullptr;  ///< Null: the feed has stopped.
    Workers readers;

    Timer pace;
    bool wake_is_due = false;
    steady_clock::time_point last_wake{};

    std::uint64_t events_sent = 0;
    std::map<std::string, std::uint64_t> ends;
};

Feed::Listener::Listener(std::shared_ptr<State> state) : state_(std::move(state))
{
    at_ = state_->listeners.insert(state_->listeners.end(), this);
    if (state_->tail != nullptr) state_->tail->wanted_by(state_->listeners.size());
}

Feed::Listener::~Listener()
{
    state_->listeners.erase(at_);
    if (state_->tail != nullptr) state_->tail->wanted_by(state_->listeners.size());
}

Feed::Turn::Turn(std::shared_ptr<State> state) : state_(std::move(state))
{
    ++state_->catching_up;
}

Feed::Turn::~Turn()
{
    if (reader_ == nullptr || state_->tail == nullptr) {
        --state_->catching_up;
        return;
    }
    boost::asio::co_spawn(state_->io, State::bury(state_, std::move(reader_)), boost::asio::detached);
}

Awaitable<void> Feed::Turn::begin_at(const Position& from, const Slots& wanted)
{
    auto work = [this, &from, &wanted](std::size_t) {
        return std::make_unique<CatchUp>(state_->settings.kafka, state_->layout, from, wanted);
    };
    reader_ = co_await state_->readers.run(work);
}

Awaitable<CatchUp::Batch> Feed::Turn::next()
{
    auto work = [this](std::size_t) { return reader_->next(); };
    auto batch = co_await state_->readers.run(work);
    co_return batch;
}

Feed::Feed(boost::asio::io_context& io, Settings settings)
    : state_(std::make_shared<State>(io, std::move(settings))),
      tail_(io, {.kafka = state_->settings.kafka}, state_->layout,
            {.opened = [state = state_](Position at) { state->opened(std::move(at)); },
             .saw =
                 [state = state_](std::vector<Tail::Seen> batch) {
                     state->saw(std::move(batch));
                     state->wake_soon(state);
                 },
             .ready = [state = state_] { state->ready = true; },
             .interrupted = [state = state_] { state->interrupted(); }})
{
    state_->tail = &tail_;
}

Feed::~Feed()
{
    stop();
}

void Feed::stop()
{
    state_->tail = nullptr;
    tail_.stop();
    state_->readers.stop();
}

std::unique_ptr<Feed::Listener> Feed::listen()
{
    if (state_->listeners.size() >= state_->settings.most_listeners) {
        throw Problem("COMMON_503").retry_after(jittered_retry_seconds());
    }
    return std::make_unique<Listener>(state_);
}

std::unique_ptr<Feed::Turn> Feed::take_turn()
{
    if (state_->catching_up >= state_->settings.most_catching_up) {
        throw Problem("COMMON_503").retry_after(jittered_retry_seconds());
    }
    return std::make_unique<Turn>(state_);
}

Awaitable<bool> Feed::ready(milliseconds longest)
{
    const auto state = state_;
    const auto deadline = steady_clock::now() + longest;
    Timer timer(state->io.get_executor());
    while (!state->ready && steady_clock::now() < deadline) {
        timer.expires_after(looks_for_ready);
        co_await timer.async_wait(as_result);
    }
    co_return state->ready;
}

bool Feed::is_ready() const
{
    return state_->ready;
}
std::uint64_t Feed::life() const
{
    return state_->life;
}
Ring& Feed::ring()
{
    return state_->ring;
}
const Layout& Feed::layout() const
{
    return state_->layout;
}
const PositionCodec& Feed::codec() const
{
    return state_->codec;
}

void Feed::sent(std::size_t events)
{
    state_->events_sent += events;
}

void Feed::ended(const std::string& why)
{
    ++state_->ends[why];
}

void Feed::append_metrics(std::string& to) const
{
    append_metric_head(to, "jangteo_edge_streams", "gauge", "Streams that are open.");
    to += "jangteo_edge_streams " + std::to_string(state_->listeners.size()) + '\n';
    append_metric_head(to, "jangteo_edge_streams_catching_up", "gauge", "Streams that read the past by themselves.");
    to += "jangteo_edge_streams_catching_up " + std::to_string(state_->catching_up) + '\n';
    append_metric_head(to, "jangteo_edge_stream_events_total", "counter", "Events sent to streams.");
    to += "jangteo_edge_stream_events_total " + std::to_string(state_->events_sent) + '\n';
    append_metric_head(to, "jangteo_edge_streams_ended_total", "counter", "Streams that the edge has ended.");
    for (const auto& [why, count] : state_->ends) {
        to += "jangteo_edge_streams_ended_total{why=\"" + why + "\"} " + std::to_string(count) + '\n';
    }
}

}  // namespace jangteo::edge::streams
