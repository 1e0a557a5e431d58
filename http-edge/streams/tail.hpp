// The one reader of all events that everybody who listens at this edge shares. A thread of its own that reads only while
// somebody listens, and some time after.
#pragma once

#include "http-edge/server/awaitable.hpp"
#include "http-edge/streams/ring.hpp"
#include "infra/kafka/settings.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace jangteo::edge::streams {

class Tail {
public:
    /// A record that stands: an event, or a marker without a record.
    struct Seen {
        std::size_t slot = 0;
        std::int64_t next_offset = 0;
        bool event = false;
        events::Record record{};
    };
    /// All are called on the io thread, in this order: opened, saw…, ready, saw…, interrupted, opened, …
    struct Told {
        std::function<void(Position at)> opened;
        std::function<void(std::vector<Seen> batch)> saw;
        /// What was in the log when it was opened has been seen.
        std::function<void()> ready;
        /// It does not read any more; it begins anew somewhere else.
        std::function<void()> interrupted;
    };
    struct Settings {
        kafka::Settings kafka;
        /// How far before the end of each partition it begins, so that whoever was cut off just now finds it here.
        std::int64_t look_back = 256;
        std::chrono::milliseconds stays{60'000};  ///< After the last listener has gone.
    };

    Tail(boost::asio::io_context& io, Settings settings, const Layout& layout, Told told);
    Tail(const Tail&) = delete;
    Tail& operator=(const Tail&) = delete;
    ~Tail();

    /// From any thread.
    void wanted_by(std::size_t listeners);
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::edge::streams
