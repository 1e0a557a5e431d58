// A target that has failed too often in a row is left alone for a while (EXT-RULE-01). Pure: time comes in.
#pragma once

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <optional>

namespace jangteo::consumers {

struct BreakerSettings {
    int failures_to_open = 5;  ///< In a row.
    std::chrono::milliseconds pause{30'000};
};

///     closed ──too many failures──▶ open ──pause is over──▶ half_open ──the probe succeeds──▶ closed
///                                     ◀──the probe fails───────┘
///
/// Not thread-safe: the owner has a lock.
class CircuitBreaker {
public:
    using Time = std::chrono::steady_clock::time_point;
    enum class State { closed, open, half_open };

    /// Leave to call once. It goes back by `succeeded`, `failed` or `withdrawn`. One that was given before the state
    /// changed says nothing about the target as it is now, and changes nothing: a call that was under way when the
    /// circuit opened neither closes it nor stands for the probe.
    class Pass {
        friend CircuitBreaker;
        explicit Pass(std::uint64_t round) : round_(round) {}
        std::uint64_t round_;
    };

    explicit CircuitBreaker(BreakerSettings settings) : settings_(settings)
    {
        assert(settings_.failures_to_open > 0);
        assert(settings_.pause > std::chrono::milliseconds::zero());
    }

    /// Nothing: leave the target alone. While half open, one call at a time has leave.
    [[nodiscard]] std::optional<Pass> admit(Time now)
    {
        if (state_ == State::open && now >= opened_at_ + settings_.pause) enter(State::half_open);
        if (state_ == State::open || probing_) return std::nullopt;
        probing_ = state_ == State::half_open;
        return Pass(round_);
    }

    void succeeded(Pass pass)
    {
        if (pass.round_ != round_) return;
        consecutive_failures_ = 0;
        if (state_ == State::half_open) enter(State::closed);
    }
    void failed(Pass pass, Time now)
    {
        if (pass.round_ != round_) return;
        ++consecutive_failures_;
        if (state_ == State::closed && consecutive_failures_ < settings_.failures_to_open) return;
        enter(State::open);
        opened_at_ = now;
        ++times_opened_;
    }
    /// The call said nothing about the target: it was wrong in itself, for instance.
    void withdrawn(Pass pass)
    {
        if (pass.round_ == round_) probing_ = false;
    }

    /// Open until somebody asks for leave, however long ago the pause was over.
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] int consecutive_failures() const { return consecutive_failures_; }
    [[nodiscard]] std::uint64_t times_opened() const { return times_opened_; }
    /// Of the last time.
    [[nodiscard]] Time opened_at() const { return opened_at_; }
    /// At the earliest; when the pause is over and a probe is under way, that is now.
    [[nodiscard]] Time next_try(Time now) const
    {
        return state_ == State::closed ? now : std::max(now, opened_at_ + settings_.pause);
    }

private:
    void enter(State state)
    {
        state_ = state;
        probing_ = false;
        ++round_;
    }

    BreakerSettings settings_;
    State state_ = State::closed;
    bool probing_ = false;
    int consecutive_failures_ = 0;
    std::uint64_t round_ = 0;  ///< Counts the changes of state.
    std::uint64_t times_opened_ = 0;
    Time opened_at_{};
};

}  // namespace jangteo::consumers
