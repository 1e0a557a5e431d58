#include "http-edge/server/route.hpp"

#include <algorithm>
#include <stdexcept>

namespace jangteo::edge {

namespace {

std::vector<std::string_view> split(std::string_view pattern)
{
    std::vector<std::string_view> segments;
    while (!pattern.empty()) {
        pattern.remove_prefix(1);
        const auto slash = pattern.find('/');
        segments.push_back(pattern.substr(0, slash));
        pattern = slash == std::string_view::npos ? std::string_view{} : pattern.substr(slash);
    }
    return segments;
}

bool is_parameter(std::string_view segment)
{
    return segment.starts_with(':');
}

bool fits(const std::vector<std::string_view>& pattern, const std::vector<std::string>& segments)
{
    return std::ranges::equal(pattern, segments, [](std::string_view expected, const std::string& given) {
        return is_parameter(expected) ? !given.empty() : expected == given;
    });
}

/// Literal before parameter, segment by segment.
bool more_literal(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b)
{
    return std::ranges::lexicographical_compare(a, b, {}, is_parameter, is_parameter);
}

bool same_shape(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b)
{
    return std::ranges::equal(
        a, b, [](std::string_view x, std::string_view y) { return (is_parameter(x) && is_parameter(y)) || x == y; });
}

}  // namespace

Router::Router(std::span<const Route> routes)
{
    for (const auto& route : routes) {
        Entry entry{&route, split(route.pattern)};
        for (const auto& other : entries_) {
            if (other.route->method == route.method && same_shape(other.segments, entry.segments)) {
                throw std::invalid_argument("two routes for " + std::string(to_text(route.method)) + ' ' +
                                            std::string(route.pattern));
            }
        }
        entries_.push_back(std::move(entry));
    }
    std::ranges::stable_sort(entries_, more_literal, &Entry::segments);
}

Router::Match Router::find(Method method, const std::vector<std::string>& segments) const
{
    Match match;
    for (const auto& entry : entries_) {
        if (!fits(entry.segments, segments)) continue;
        if (entry.route->method != method) {
            if (!match.allowed.empty()) match.allowed += ", ";
            match.allowed += to_text(entry.route->method);
            continue;
        }
        match.route = entry.route;
        for (std::size_t i = 0; i < segments.size(); ++i) {
            if (is_parameter(entry.segments[i]))
                match.parameters.emplace_back(entry.segments[i].substr(1), segments[i]);
        }
        return match;
    }
    return match;
}

}  // namespace jangteo::edge
