#include "events/periods.hpp"

#include <gtest/gtest.h>

namespace jangteo::events {
namespace {

Timestamp moment(std::string_view text)
{
    return parse_iso8601(text).value();
}

TEST(Periods, a_month_is_from_midnight_to_midnight_in_seoul)
{
    EXPECT_EQ(parse_period("2026-11"),
              (Period{PeriodKind::month, moment("2026-10-31T15:00:00Z"), moment("2026-11-30T15:00:00Z")}));
    EXPECT_EQ(parse_period("2026-12").value().end, moment("2026-12-31T15:00:00Z"));
}

TEST(Periods, a_week_is_from_monday_to_monday_in_seoul)
{
    EXPECT_EQ(parse_period("2026-W47"),
              (Period{PeriodKind::week, moment("2026-11-15T15:00:00Z"), moment("2026-11-22T15:00:00Z")}));
}

TEST(Periods, the_first_week_of_a_year_is_that_of_the_fourth_of_january)
{
    EXPECT_EQ(parse_period("2026-W01").value().begin, moment("2025-12-28T15:00:00Z"));
    EXPECT_EQ(parse_period("2027-W01").value().begin, moment("2027-01-03T15:00:00Z"));
    EXPECT_EQ(parse_period("2026-W53").value().end, moment("2027-01-03T15:00:00Z")) << "2026 has 53 weeks";
    EXPECT_EQ(parse_period("2025-W53"), std::nullopt) << "and 2025 has 52";
}

TEST(Periods, are_read_in_these_forms_only)
{
    for (const auto* wrong : {"", "2026", "2026-1", "2026-00", "2026-13", "2026-W00", "2026-W54", "2026-W7", "2026W47",
                              "2026-w47", "2026-W4x", "-026-11", "1969-12", "2026-11-18", "2026--1", "2026-W-1"}) {
        EXPECT_EQ(parse_period(wrong), std::nullopt) << wrong;
    }
}

TEST(Periods, the_last_one_is_the_one_that_is_over)
{
    const auto last_moment = moment("2026-11-22T14:59:59.999999Z");  // A Sunday in Seoul.
    EXPECT_EQ(last_period(PeriodKind::week, last_moment), "2026-W46");
    EXPECT_EQ(last_period(PeriodKind::week, last_moment + std::chrono::microseconds{1}), "2026-W47");
    EXPECT_EQ(last_period(PeriodKind::week, moment("2027-01-04T00:00:00Z")), "2026-W53");
    EXPECT_EQ(last_period(PeriodKind::month, moment("2026-12-31T14:59:59Z")), "2026-11");
    EXPECT_EQ(last_period(PeriodKind::month, moment("2026-12-31T15:00:00Z")), "2026-12");
}

TEST(Periods, a_moment_falls_into_one_of_each_kind)
{
    EXPECT_EQ(period_at(PeriodKind::week, moment("2026-11-15T15:00:00Z")), "2026-W47");
    EXPECT_EQ(period_at(PeriodKind::week, moment("2027-01-03T14:59:59Z")), "2026-W53");
    EXPECT_EQ(period_at(PeriodKind::month, moment("2026-11-30T15:00:00Z")), "2026-12");
}

TEST(Periods, each_has_a_run_of_its_own)
{
    EXPECT_EQ(run_of("2026-W47"), run_of("2026-W47"));
    EXPECT_NE(run_of("2026-W47"), run_of("2026-W48"));
}

}  // namespace
}  // namespace jangteo::events
