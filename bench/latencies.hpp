// How long answers took, and what one may say about it.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace jangteo::bench {

class Latencies {
public:
    void add(std::chrono::nanoseconds latency) { samples_ns_.push_back(latency.count()); }
    [[nodiscard]] std::size_t count() const { return samples_ns_.size(); }
    /// Nearest rank: the smallest sample that at least `percent` of all samples do not exceed, in milliseconds; so
    /// it is a latency that somebody really had. 0 without samples.
    [[nodiscard]] double percentile_ms(double percent);

private:
    std::vector<std::chrono::nanoseconds::rep> samples_ns_;
};

/// The middle of the rounds; the mean of the two in the middle when their number is even. Not for empty input.
double median(std::vector<double> values);

}  // namespace jangteo::bench
