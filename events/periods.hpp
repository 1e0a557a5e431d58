// Periods of settlement by the calendar in Seoul, and by what the market and its runs are known.
#pragma once

#include "events/ids.hpp"
#include "events/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace jangteo::events {

enum class PeriodKind { week, month };

struct Period {
    PeriodKind kind{};
    Timestamp begin;  ///< Midnight in Seoul.
    Timestamp end;    ///< The first moment that is not in it.
    friend bool operator==(const Period&, const Period&) = default;
};

/// `2026-11` is a month, `2026-W47` a week of ISO 8601, from Monday on; anything else is empty.
std::optional<Period> parse_period(std::string_view text);
/// The one of its kind that `time` falls into: `2026-W47`.
std::string period_at(PeriodKind kind, Timestamp time);
/// The last one of its kind that is over at `now`: `2026-W46`.
std::string last_period(PeriodKind kind, Timestamp now);

/// The one market of this log, which keeps the roll of its sellers.
MarketId the_market();
/// The run that settles a period.
RunId run_of(std::string_view period);

}  // namespace jangteo::events
