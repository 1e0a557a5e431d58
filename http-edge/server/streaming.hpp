// An answer that goes on: what a handler gives instead of a body, and what that writes to.
#pragma once

#include "http-edge/server/awaitable.hpp"

#include <chrono>
#include <string_view>

namespace jangteo::edge {

/// Where a stream writes to. Used on the io thread.
class StreamOut {
public:
    StreamOut() = default;
    StreamOut(const StreamOut&) = delete;
    StreamOut& operator=(const StreamOut&) = delete;
    virtual ~StreamOut() = default;

    /// Returns when the caller's side has taken it: nothing piles up here. False: the caller has gone, or took too long.
    virtual Awaitable<bool> write(std::string_view text) = 0;
    /// Until `wake`, until the caller goes, or until that time.
    virtual Awaitable<void> wait_until(std::chrono::steady_clock::time_point time) = 0;
    virtual void wake() = 0;
    /// Nobody reads any more.
    [[nodiscard]] virtual bool gone() const = 0;
    /// They are still there and have taken nothing for too long.
    [[nodiscard]] virtual bool stalled() const = 0;
    /// The edge ends: time for last words.
    [[nodiscard]] virtual bool draining() const = 0;
    /// Throws Problem when the token that opened the stream is worth nothing any more.
    virtual void check_caller() = 0;
};

/// What goes on after the head. Lives as long as the answer does.
class StreamBody {
public:
    StreamBody() = default;
    StreamBody(const StreamBody&) = delete;
    StreamBody& operator=(const StreamBody&) = delete;
    virtual ~StreamBody() = default;

    /// Returns when the stream is over, or `out` has gone.
    virtual Awaitable<void> run(StreamOut& out) = 0;
};

}  // namespace jangteo::edge
