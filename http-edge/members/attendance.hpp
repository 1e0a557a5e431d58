// How long a member's streak is today: what the status, the statistics and the summary share.
#pragma once

#include "events/calendar.hpp"
#include "events/ids.hpp"
#include "infra/postgres/session.hpp"

#include <cstdint>
#include <string>

namespace jangteo::edge::members {

struct Attendance {
    std::string last_day;  ///< In Seoul; empty before the first.
    bool checked_in_today = false;
    std::int64_t consecutive_days = 0;  ///< 0 when yesterday was missed (DOA-CHK-05).
    std::int64_t longest_streak = 0;
    std::int64_t days = 0;    ///< All of them.
    std::int64_t points = 0;  ///< For all of them.
};

/// As of `today`, in Seoul.
Attendance read_attendance(postgres::Session& session, const events::UserId& user, std::chrono::sys_days today);

}  // namespace jangteo::edge::members
