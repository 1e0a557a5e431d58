// Turns timers that are due into inbox messages. Any number of schedulers may run: each claims rows that no other has
// (SKIP LOCKED). A row goes only after its message is acknowledged, in the same transaction; so a timer fires at least
// once, also after an outage, and a second firing carries the same id, which the inbox drops.
#pragma once

#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>

namespace jangteo::sagas {

struct TimerSettings {
    kafka::Settings kafka;
    postgres::Settings postgres;
    std::chrono::milliseconds interval{200};  ///< Between two looks at the clock.
    int batch = 500;                          ///< Timers claimed at a time: what piled up in an outage is paced.
    std::function<events::Timestamp()> now;   ///< The clock that `due_at` is compared with.
};

class TimerScheduler {
public:
    explicit TimerScheduler(TimerSettings settings) : settings_(std::move(settings)) {}

    /// Fires what is due until it is told to stop. Trouble outside is logged, and tried again with growing delay.
    void run(const std::stop_token& stop);

    /// From any thread.
    [[nodiscard]] std::uint64_t fired() const { return fired_; }

private:
    const TimerSettings settings_;
    std::atomic<std::uint64_t> fired_ = 0;
};

}  // namespace jangteo::sagas
