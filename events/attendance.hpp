// What a day of attendance is worth (DOA-CHK-05, 06). The decider judges by it, and members are told by it what comes next.
#pragma once

#include "events/amounts.hpp"

#include <cstdint>

namespace jangteo::events::attendance {

inline constexpr Points every_day{100};

/// Days in a row are counted on and on; bonuses come in cycles, on two days of each.
inline constexpr std::int64_t cycle = 30;
inline constexpr std::int64_t first_bonus_day = 7;
inline constexpr Points first_bonus{200};
inline constexpr std::int64_t second_bonus_day = cycle;
inline constexpr Points second_bonus{500};

/// The place in its cycle, 1 to 30, of a day that is this many days in a row.
inline constexpr std::int64_t day_of_cycle(std::int64_t consecutive_days)
{
    return (consecutive_days - 1) % cycle + 1;
}

inline constexpr bool is_bonus(std::int64_t consecutive_days)
{
    const auto day = day_of_cycle(consecutive_days);
    return day == first_bonus_day || day == second_bonus_day;
}

inline constexpr Points worth(std::int64_t consecutive_days)
{
    const auto day = day_of_cycle(consecutive_days);
    if (day == first_bonus_day) return first_bonus;
    return day == second_bonus_day ? second_bonus : every_day;
}

struct NextBonus {
    std::int64_t in_days = 0;
    Points points;
};
/// After this many days in a row; none is 0.
inline constexpr NextBonus next_bonus(std::int64_t consecutive_days)
{
    std::int64_t next = consecutive_days + 1;
    while (!is_bonus(next)) ++next;
    return {next - consecutive_days, worth(next)};
}
static_assert(next_bonus(7).in_days == 23 && next_bonus(30).in_days == 7, "DOA-CHK-06");

}  // namespace jangteo::events::attendance
