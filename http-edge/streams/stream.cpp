#include "http-edge/streams/stream.hpp"

#include "http-edge/server/errors.hpp"

#include <algorithm>
#include <utility>

namespace jangteo::edge::streams {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t most_at_once = 65'536;
constexpr milliseconds heartbeat{15'000};
/// A token that has died ends its stream after so long at most.
constexpr milliseconds looks_at_token{250};
/// There are few turns: who takes so long for one batch lets others go first, and comes again.
constexpr milliseconds longest_batch_in_turn{5'000};

}  // namespace

Stream::Stream(Feed& feed, std::unique_ptr<Feed::Listener> listener, std::unique_ptr<View> view, Cursor cursor)
    : feed_(feed),
      listener_(std::move(listener)),
      view_(std::move(view)),
      wanted_(view_->slots(feed.layout())),
      cursor_(std::move(cursor)),
      life_(feed.life())
{}

Stream::Stream(Feed& feed, std::unique_ptr<Feed::Listener> listener, std::unique_ptr<View> view, Position from,
               std::unique_ptr<Feed::Turn> turn)
    : feed_(feed),
      listener_(std::move(listener)),
      view_(std::move(view)),
      wanted_(view_->slots(feed.layout())),
      position_(std::move(from)),
      life_(feed.life()),
      turn_(std::move(turn))
{}

std::string Stream::here() const
{
    return feed_.codec().encode(cursor_ ? cursor_->position() : position_);
}

/// Empty: it goes on.
std::string Stream::why_it_ends(StreamOut& out)
{
    if (out.draining()) return "draining";
    try {
        out.check_caller();
    } catch (const Problem&) {
        return "token";
    }
    return {};
}

Awaitable<void> Stream::run(StreamOut& out)
{
    struct Woken {
        Feed::Listener& listener;
        ~Woken() { listener.wakes(nullptr); }
    } const woken{*listener_};
    listener_->wakes(&out);
    const auto why = co_await go_on(out);
    if (why.empty()) {
        if (out.stalled()) feed_.ended("stalled");
        co_return;
    }
    feed_.ended(why);
    // Not all at once: another edge has to take them.
    const auto last = view_->end(why, here(), 1'000 * jittered_retry_seconds());
    co_await out.write(last);
}

/// Empty: the caller has gone.
Awaitable<std::string> Stream::go_on(StreamOut& out)
{
    const auto first = view_->place(here());
    const bool there = co_await out.write(first);
    if (!there) co_return std::string();
    if (turn_) {
        auto why = co_await catch_up(out);
        if (!why.empty() || out.gone()) co_return why;
    }
    auto why = co_await follow(out);
    co_return why;
}

Awaitable<bool> Stream::write(StreamOut& out)
{
    const bool taken = co_await out.write(text_);
    text_.clear();
    feed_.sent(std::exchange(events_, 0));
    spoken_ = steady_clock::now();
    co_return taken;
}

Awaitable<std::string> Stream::catch_up(StreamOut& out)
{
    for (;;) {
        if (auto why = why_it_ends(out); !why.empty()) co_return why;
        auto batch = co_await turn_->next();
        const auto began = steady_clock::now();
        for (auto& entry : batch.entries) {
            position_[entry.slot] = entry.next_offset();
            if (!view_->shows(feed_.layout(), entry)) continue;
            text_ += view_->render(feed_.layout(), entry, here());
            ++events_;
            if (text_.size() < most_at_once) continue;
            const bool taken = co_await write(out);
            if (!taken) co_return std::string();
        }
        position_ = batch.position;
        if (text_.empty() && steady_clock::now() - spoken_ > heartbeat) text_ = view_->place(here());
        if (!text_.empty()) {
            const bool taken = co_await write(out);
            if (!taken) co_return std::string();
        }
        if (out.gone()) co_return std::string();
        if (feed_.is_ready() && reaches(feed_.ring(), position_, wanted_)) break;
        if (steady_clock::now() - began > longest_batch_in_turn) co_return std::string("slow");
    }
    cursor_.emplace(feed_.ring(), std::move(position_), wanted_);
    life_ = feed_.life();
    turn_.reset();
    co_return std::string();
}

void Stream::append_from_ring()
{
    auto& ring = feed_.ring();
    while (text_.size() < most_at_once && !cursor_->at_end(ring)) {
        auto* entry = cursor_->take(ring);
        if (entry == nullptr || !wanted_[entry->slot] || !view_->shows(feed_.layout(), *entry)) continue;
        ++events_;
        auto& shared = entry->rendered[view_->form()];
        if (!cursor_->in_line()) {
            text_ += view_->render(feed_.layout(), *entry, here());
        } else {
            if (shared.empty()) shared = view_->render(feed_.layout(), *entry, here());
            text_ += shared;
        }
    }
    if (cursor_->at_end(ring)) cursor_->settle(ring);
}

Awaitable<std::string> Stream::follow(StreamOut& out)
{
    for (;;) {
        if (auto why = why_it_ends(out); !why.empty()) co_return why;
        if (life_ != feed_.life()) co_return std::string("interrupted");
        if (cursor_->lost(feed_.ring())) co_return std::string("slow");
        append_from_ring();
        if (text_.empty() && steady_clock::now() - spoken_ >= heartbeat) text_ = view_->place(here());
        if (!text_.empty()) {
            const bool taken = co_await write(out);
            if (!taken) co_return std::string();
        }
        // While it was being written, more may have come, or too much.
        if (life_ != feed_.life() || !cursor_->at_end(feed_.ring())) continue;
        co_await out.wait_until(std::min(spoken_ + heartbeat, steady_clock::now() + looks_at_token));
        if (out.gone()) co_return std::string();
    }
}

}  // namespace jangteo::edge::streams
