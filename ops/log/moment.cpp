#include "ops/log/moment.hpp"

#include <charconv>
#include <cstdint>
#include <string>

namespace jangteo::ops::log {

std::optional<std::chrono::seconds> parse_span(std::string_view text)
{
    constexpr std::int64_t longest = 100'000;
    if (text.size() < 2) return std::nullopt;
    std::int64_t number = 0;
    const auto* end = text.data() + text.size() - 1;
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end || number < 0 || number > longest) return std::nullopt;
    switch (text.back()) {
        case 's': return std::chrono::seconds{number};
        case 'm': return std::chrono::minutes{number};
        case 'h': return std::chrono::hours{number};
        case 'd': return std::chrono::days{number};
        default: return std::nullopt;
    }
}

std::optional<events::Timestamp> parse_moment(std::string_view text, events::Timestamp now)
{
    if (const auto span = parse_span(text)) return now - *span;
    return events::parse_iso8601(text);
}

std::string text_of_age(std::chrono::seconds age)
{
    using std::chrono::days;
    using std::chrono::hours;
    using std::chrono::minutes;
    const auto in = [age](auto unit) { return std::to_string(age / unit); };
    if (age < minutes{2}) return in(std::chrono::seconds{1}) + " s";
    if (age < hours{2}) return in(minutes{1}) + " min";
    if (age < days{2}) return in(hours{1}) + " h";
    return in(days{1}) + " d";
}

}  // namespace jangteo::ops::log
