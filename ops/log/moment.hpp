// Points in time as operators write them.
#pragma once

#include "events/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace jangteo::ops::log {

/// `90s`, `15m`, `2h`, `3d`; empty for another text.
std::optional<std::chrono::seconds> parse_span(std::string_view text);

/// `2026-01-18T14:30:00Z`, or a span: so long before `now`. Empty for another text.
std::optional<events::Timestamp> parse_moment(std::string_view text, events::Timestamp now);

/// `4 s`, `12 min`, `3 h`, `2 d`: an age in one word.
std::string text_of_age(std::chrono::seconds age);

}  // namespace jangteo::ops::log
