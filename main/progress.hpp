// How far a long command is. On a terminal one line that is written over; else a line for every few seconds. Standard
// output is for the result.
#pragma once

#include "ops/rebuild/rebuild.hpp"

#include <unistd.h>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

namespace jangteo {

/// Used by one thread at a time.
class Progress {
public:
    void operator()(const std::string& phase, std::int64_t events, std::int64_t total)
    {
        const auto now = Clock::now();
        if (phase_ != phase) {
            if (terminal_ && !phase_.empty()) std::cerr << '\n';
            phase_ = phase;
            began_ = now;
            next_ = now;
        }
        if (!terminal_ && now < next_) return;
        next_ = now + interval;
        const auto line = ops::rebuild::progress_line(phase, events, total, now - began_);
        if (terminal_) {
            std::cerr << '\r' << line << "\033[K" << std::flush;
        } else {
            std::cerr << line << std::endl;
        }
    }
    void end() const
    {
        if (terminal_ && !phase_.empty()) std::cerr << '\n';
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds interval{3};
    const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    std::string phase_;
    Clock::time_point began_;
    Clock::time_point next_;
};

}  // namespace jangteo
