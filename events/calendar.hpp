// Days as the market counts them: by the calendar of Seoul, which keeps no daylight saving time (SH-API-05).
#pragma once

#include "events/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace jangteo::events {

inline constexpr std::chrono::hours seoul_offset{9};

/// The day in Seoul that `time` falls on.
inline std::chrono::sys_days day_in_seoul(Timestamp time)
{
    return std::chrono::floor<std::chrono::days>(time + seoul_offset);
}

/// Midnight in Seoul, with which the day begins.
inline Timestamp beginning_of(std::chrono::sys_days day)
{
    return day - seoul_offset;
}

/// `2026-01-18`
inline std::string day_text(std::chrono::sys_days day)
{
    return to_iso8601(day).substr(0, 10);
}

/// Accepts what `day_text` writes; anything else is empty.
inline std::optional<std::chrono::sys_days> parse_day(std::string_view text)
{
    const auto midnight = parse_iso8601(std::string(text) + "T00:00:00Z");
    if (!midnight) return std::nullopt;
    return std::chrono::floor<std::chrono::days>(*midnight);
}

}  // namespace jangteo::events
