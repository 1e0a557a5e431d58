// One stream from its first word to its last: the past by a reader of its own if it has to, then what everybody shares.
#pragma once

#include "http-edge/server/streaming.hpp"
#include "http-edge/streams/feed.hpp"
#include "http-edge/streams/view.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace jangteo::edge::streams {

class Stream : public StreamBody {
public:
    /// From the ring.
    Stream(Feed& feed, std::unique_ptr<Feed::Listener> listener, std::unique_ptr<View> view, Cursor cursor);
    /// From the log, up to the ring.
    Stream(Feed& feed, std::unique_ptr<Feed::Listener> listener, std::unique_ptr<View> view, Position from,
           std::unique_ptr<Feed::Turn> turn);

    Awaitable<void> run(StreamOut& out) override;

private:
    Awaitable<std::string> go_on(StreamOut& out);
    Awaitable<std::string> catch_up(StreamOut& out);
    Awaitable<std::string> follow(StreamOut& out);
    /// Sends `text_`. False: the caller has gone.
    Awaitable<bool> write(StreamOut& out);
    std::string why_it_ends(StreamOut& out);
    void append_from_ring();
    [[nodiscard]] std::string here() const;

    Feed& feed_;
    const std::unique_ptr<Feed::Listener> listener_;
    const std::unique_ptr<View> view_;
    const Slots wanted_;
    Position position_;             ///< While it catches up: what was given.
    std::optional<Cursor> cursor_;  ///< From then on.
    std::uint64_t life_;
    std::unique_ptr<Feed::Turn> turn_;
    std::string text_;  ///< To be written, at most a little more than `most_at_once`.
    std::chrono::steady_clock::time_point spoken_ = std::chrono::steady_clock::now();
    std::size_t events_ = 0;  ///< In it.
};

}  // namespace jangteo::edge::streams
