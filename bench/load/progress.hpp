// How far the load is: one line that moves on a terminal, one line now and then in a log.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace jangteo::bench {

class Progress {
public:
    /// Writes to standard error, so that standard output holds the summary alone.
    Progress(std::string what, std::size_t total);

    void advance();
    /// Writes the last line; to be called once.
    void finish();

    using Clock = std::chrono::steady_clock;
    /// `orders  [#####-----]  1,234/2,468  50 %  456/s  0:02 left`
    static std::string line(const std::string& what, std::size_t done, std::size_t total, Clock::duration elapsed);

private:
    void write(bool last);

    std::string what_;
    std::size_t total_;
    std::size_t done_ = 0;
    bool terminal_;
    Clock::time_point start_ = Clock::now();
    Clock::time_point write_at_;
};

/// 1234567 as `1,234,567`.
std::string with_thousands(std::size_t number);

}  // namespace jangteo::bench
