// Figures in Prometheus' text format. Counted on the io thread; other parts of the process add theirs by a callback.
#pragma once

#include "http-edge/server/http.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace jangteo::edge {

/// Appends lines in Prometheus' text format. Called from the edge's thread: it must be thread-safe and quick.
using MetricsSource = std::function<void(std::string& to)>;

class Metrics {
public:
    /// Upper bounds in seconds.
    static constexpr std::array bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                       0.1,    0.25,  0.5,    1.0,   2.5,  5.0,   10.0};

    void answered(std::string_view route, Method method, int status, std::chrono::nanoseconds took);
    void shed(std::string_view kind) { ++shed_[std::string(kind)]; }
    void refused_connection(std::string_view why) { ++refused_connections_[std::string(why)]; }
    void bad_request(std::string_view why) { ++bad_requests_[std::string(why)]; }

    void append(std::string& to) const;

    std::int64_t connections = 0;
    std::int64_t commands_in_flight = 0;
    std::int64_t queries_in_flight = 0;

private:
    struct Latency {
        std::array<std::uint64_t, bounds.size() + 1> counts{};
        double sum_seconds = 0;
    };
    std::map<std::tuple<std::string_view, Method, int>, std::uint64_t> requests_;  ///< Routes live as long as we do.
    std::map<std::pair<std::string_view, Method>, Latency> latencies_;
    std::map<std::string, std::uint64_t> shed_;
    std::map<std::string, std::uint64_t> refused_connections_;
    std::map<std::string, std::uint64_t> bad_requests_;
};

/// `# HELP` and `# TYPE` of a metric, for sources.
void append_metric_head(std::string& to, std::string_view name, std::string_view type, std::string_view help);

}  // namespace jangteo::edge
