// What all streams of this edge share: the tail's newest events, who listens, and who may read the past.
#pragma once

#include "http-edge/server/streaming.hpp"
#include "http-edge/server/workers.hpp"
#include "http-edge/streams/catch_up.hpp"
#include "http-edge/streams/ring.hpp"
#include "http-edge/streams/tail.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

namespace jangteo::edge::streams {

/// Used on the io thread.
class Feed {
public:
    struct Settings {
        kafka::Settings kafka;
        std::int32_t partitions = 8;
        std::string secret;  ///< Of every edge the same: what positions are signed with.
        std::size_t most_listeners = 2'048;
        std::size_t most_catching_up = 4;
        Ring::Bounds ring{};
    };

    Feed(boost::asio::io_context& io, Settings settings);
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;
    ~Feed();

    struct State;
    /// Somebody listens as long as this lives. It may outlive the feed.
    class Listener {
    public:
        explicit Listener(std::shared_ptr<State> state);
        Listener(const Listener&) = delete;
        Listener& operator=(const Listener&) = delete;
        ~Listener();

        /// Who is woken when there is something new. Null: nobody.
        void wakes(StreamOut* out) { out_ = out; }

    private:
        friend class Feed;
        std::shared_ptr<State> state_;
        std::list<Listener*>::iterator at_;
        StreamOut* out_ = nullptr;
    };
    /// The right to a reader of one's own, and that reader.
    class Turn {
    public:
        explicit Turn(std::shared_ptr<State> state);
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn();

        /// Throws kafka::Error and NotInTheLog.
        Awaitable<void> begin_at(const Position& from, const Slots& wanted);
        Awaitable<CatchUp::Batch> next();

    private:
        std::shared_ptr<State> state_;
        std::unique_ptr<CatchUp> reader_;
    };

    /// Throws Problem COMMON_503 when too many listen.
    std::unique_ptr<Listener> listen();
    /// Throws Problem COMMON_503 when too many catch up.
    std::unique_ptr<Turn> take_turn();
    /// What was in the log when somebody began to listen is in the ring, or before it. False: not in time.
    Awaitable<bool> ready(std::chrono::milliseconds longest);
    [[nodiscard]] bool is_ready() const;
    /// Rises when the ring begins anew: whoever stood in it has to go.
    [[nodiscard]] std::uint64_t life() const;
    [[nodiscard]] Ring& ring();

    [[nodiscard]] const Layout& layout() const;
    [[nodiscard]] const PositionCodec& codec() const;

    void sent(std::size_t events);
    /// A stream that the edge has ended, and why: `slow`, `stalled`, `draining`, `token`, `interrupted`.
    void ended(const std::string& why);
    void append_metrics(std::string& to) const;

    /// Its threads end.
    void stop();

private:
    std::shared_ptr<State> state_;
    Tail tail_;  ///< Last: its thread uses the state.
};

}  // namespace jangteo::edge::streams
