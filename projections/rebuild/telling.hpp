// Counts events from several threads and tells whoever wants to know, now and then.
#pragma once

#include "projections/rebuild/rebuild.hpp"

#include <chrono>
#include <functional>
#include <mutex>

namespace jangteo::projections::rebuild {

class Telling {
public:
    explicit Telling(const std::function<void(const Told&)>& tell) : tell_(tell) {}

    void begin(Phase phase, std::int64_t total)
    {
        const std::lock_guard lock(mutex_);
        told_ = {phase, 0, total};
        say();
    }
    void read(std::int64_t events)
    {
        const std::lock_guard lock(mutex_);
        told_.events += events;
        if (std::chrono::steady_clock::now() >= next_) say();
    }
    void expect(std::int64_t total)
    {
        const std::lock_guard lock(mutex_);
        told_.total = total;
    }
    void end()
    {
        const std::lock_guard lock(mutex_);
        say();
    }

private:
    void say()
    {
        next_ = std::chrono::steady_clock::now() + interval;
        if (tell_) tell_(told_);
    }

    static constexpr std::chrono::milliseconds interval{100};

    const std::function<void(const Told&)>& tell_;
    std::mutex mutex_;
    Told told_;
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace jangteo::projections::rebuild
