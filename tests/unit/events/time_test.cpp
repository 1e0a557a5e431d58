#include "events/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace jangteo::events {
namespace {

using namespace std::chrono;

TEST(Time, is_written_to_the_microsecond_and_a_whole_second_without)
{
    const Timestamp second = sys_days{2026y / January / 18} + 14h + 30min + 5s;
    EXPECT_EQ(to_iso8601(second), "2026-01-18T14:30:05Z");
    EXPECT_EQ(to_iso8601(second + microseconds{1}), "2026-01-18T14:30:05.000001Z");
    EXPECT_EQ(to_iso8601(second + microseconds{120'000}), "2026-01-18T14:30:05.120000Z");
}

TEST(Time, is_read_with_up_to_six_digits_of_a_second)
{
    const Timestamp second = sys_days{2026y / January / 18} + 14h + 30min + 5s;
    EXPECT_EQ(parse_iso8601("2026-01-18T14:30:05Z"), second);
    EXPECT_EQ(parse_iso8601("2026-01-18T14:30:05.5Z"), second + milliseconds{500});
    EXPECT_EQ(parse_iso8601("2026-01-18T14:30:05.123456Z"), second + microseconds{123'456});
}

TEST(Time, is_read_in_this_form_only)
{
    for (const auto* wrong :
         {"", "Z", "2026-01-18", "2026-01-18T14:30:05", "2026-01-18T14:30:05+00:00", "2026-01-18 14:30:05Z",
          "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-18T24:00:00Z", "2026-01-18T14:60:05Z",
          "2026-01-18T14:30:60Z", "2026-01-18T14:30:05.Z", "2026-01-18T14:30:05.1234567Z", "2026-01-18T14:30:05,5Z",
          "+026-01-18T14:30:05Z", "2026-01-18T14:30: 5Z"}) {
        EXPECT_EQ(parse_iso8601(wrong), std::nullopt) << wrong;
    }
}

RC_GTEST_PROP(TimeProperty, every_moment_comes_back, ())
{
    // From the year 0000 to 9999, what four digits can say.
    const auto micros = *rc::gen::inRange<std::int64_t>(-62'167'219'200'000'000, 253'402'300'799'999'999);
    const Timestamp time{microseconds{micros}};
    RC_ASSERT(parse_iso8601(to_iso8601(time)) == time);
}

TEST(Time, a_day_in_seoul_begins_at_15_utc)
{
    EXPECT_EQ(seoul_day(parse_iso8601("2025-12-31T14:59:59.999999Z").value()), "20251231");
    EXPECT_EQ(seoul_day(parse_iso8601("2025-12-31T15:00:00Z").value()), "20260101");
}

}  // namespace
}  // namespace jangteo::events
