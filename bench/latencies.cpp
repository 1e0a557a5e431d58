#include "bench/latencies.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace jangteo::bench {

double Latencies::percentile_ms(double percent)
{
    if (samples_ns_.empty()) return 0;
    const auto count = static_cast<double>(samples_ns_.size());
    const auto rank = std::clamp(std::ceil(percent / 100 * count), 1.0, count);
    const auto nth = samples_ns_.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
    std::nth_element(samples_ns_.begin(), nth, samples_ns_.end());
    return static_cast<double>(*nth) / 1e6;
}

double median(std::vector<double> values)
{
    assert(!values.empty());
    std::sort(values.begin(), values.end());
    const auto middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace jangteo::bench
