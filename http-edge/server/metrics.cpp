#include "http-edge/server/metrics.hpp"

#include <algorithm>
#include <cstdio>

namespace jangteo::edge {

namespace {

std::string number(double value)
{
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.10g", value);
    return {text.data(), static_cast<std::size_t>(size)};
}

void append_line(std::string& to, std::string_view name, std::string_view labels, const std::string& value)
{
    to += name;
    if (!labels.empty()) {
        to += '{';
        to += labels;
        to += '}';
    }
    to += ' ';
    to += value;
    to += '\n';
}

void append_counts(std::string& to, std::string_view name, std::string_view help, std::string_view label,
                   const std::map<std::string, std::uint64_t>& counts)
{
    append_metric_head(to, name, "counter", help);
    for (const auto& [value, count] : counts) {
        append_line(to, name, std::string(label) + "=\"" + value + '"', std::to_string(count));
    }
}

std::string route_labels(std::string_view route, Method method)
{
    std::string labels = "route=\"";
    labels += route;
    labels += "\",method=\"";
    labels += to_text(method);
    labels += '"';
    return labels;
}

}  // namespace

void append_metric_head(std::string& to, std::string_view name, std::string_view type, std::string_view help)
{
    to += "# HELP ";
    to += name;
    to += ' ';
    to += help;
    to += "\n# TYPE ";
    to += name;
    to += ' ';
    to += type;
    to += '\n';
}

void Metrics::answered(std::string_view route, Method method, int status, std::chrono::nanoseconds took)
{
    ++requests_[{route, method, status}];
    const double seconds = std::chrono::duration<double>(took).count();
    auto& latency = latencies_[{route, method}];
    const auto bucket = std::ranges::lower_bound(bounds, seconds) - bounds.begin();
    ++latency.counts[static_cast<std::size_t>(bucket)];
    latency.sum_seconds += seconds;
}

void Metrics::append(std::string& to) const
{
    append_metric_head(to, "jangteo_http_requests_total", "counter", "Requests answered.");
    for (const auto& [key, count] : requests_) {
        const auto& [route, method, status] = key;
        append_line(to, "jangteo_http_requests_total",
                    route_labels(route, method) + ",status=\"" + std::to_string(status) + '"', std::to_string(count));
    }
    append_metric_head(to, "jangteo_http_request_seconds", "histogram",
                       "From the end of the request's header to the answer.");
    for (const auto& [key, latency] : latencies_) {
        const auto labels = route_labels(key.first, key.second);
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < latency.counts.size(); ++i) {
            below += latency.counts[i];
            const auto bound = i < bounds.size() ? number(bounds[i]) : std::string("+Inf");
            append_line(to, "jangteo_http_request_seconds_bucket", labels + ",le=\"" + bound + '"',
                        std::to_string(below));
        }
        append_line(to, "jangteo_http_request_seconds_sum", labels, number(latency.sum_seconds));
        append_line(to, "jangteo_http_request_seconds_count", labels, std::to_string(below));
    }
    append_metric_head(to, "jangteo_http_in_flight", "gauge", "Requests being answered.");
    append_line(to, "jangteo_http_in_flight", "kind=\"command\"", std::to_string(commands_in_flight));
    append_line(to, "jangteo_http_in_flight", "kind=\"query\"", std::to_string(queries_in_flight));
    append_metric_head(to, "jangteo_http_connections", "gauge", "Open connections.");
    append_line(to, "jangteo_http_connections", "", std::to_string(connections));
    append_counts(to, "jangteo_http_shed_total", "Requests turned away because too much was in flight.", "kind", shed_);
    append_counts(to, "jangteo_http_refused_connections_total", "Connections closed at once.", "why",
                  refused_connections_);
    append_counts(to, "jangteo_http_bad_requests_total", "Requests that broke a rule of the protocol.", "why",
                  bad_requests_);
}

}  // namespace jangteo::edge
