// Points in time: microseconds since 1970, UTC. Days of the trade begin at midnight in Seoul (SH-API-05).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace jangteo::events {

using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// `2026-01-18T14:30:00.123456Z`; a whole second is written without a fraction.
std::string to_iso8601(Timestamp time);
/// Accepts what `to_iso8601` writes, with 0 to 6 fraction digits and `Z`; anything else is empty.
std::optional<Timestamp> parse_iso8601(std::string_view text);
/// `20260118` for the day in Seoul that `time` falls on (DOA-ORD-11).
std::string seoul_day(Timestamp time);

}  // namespace jangteo::events
