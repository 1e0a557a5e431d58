#include "events/periods.hpp"

#include <cassert>
#include <charconv>
#include <cstdio>

namespace jangteo::events {

namespace {

using namespace std::chrono;

constexpr hours seoul_offset{9};
constexpr int first_year = 1970;

std::optional<int> number_in(std::string_view text)
{
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
    return number;
}

Timestamp midnight_in_seoul(sys_days day)
{
    return day - seoul_offset;
}

/// The Monday of a year's first week: the one that has the fourth of January.
sys_days first_monday(year y)
{
    const sys_days fourth = y / January / 4;
    return fourth - (weekday{fourth} - Monday);
}

/// The year of ISO 8601 that this week belongs to: that of its Thursday.
year year_of_week(sys_days monday)
{
    return year_month_day{monday + days{3}}.year();
}

template <class... Numbers>
std::string printed(const char* form, Numbers... numbers)
{
    char text[16];
    const int length = std::snprintf(text, sizeof text, form, numbers...);
    return {text, static_cast<std::size_t>(length)};
}

std::optional<Period> week(year y, std::string_view text)
{
    const auto number = number_in(text);
    if (!number || *number < 1) return std::nullopt;
    const auto monday = first_monday(y) + weeks{*number - 1};
    if (year_of_week(monday) != y) return std::nullopt;
    return Period{PeriodKind::week, midnight_in_seoul(monday), midnight_in_seoul(monday + weeks{1})};
}

std::optional<Period> month_of(year y, std::string_view text)
{
    const auto number = number_in(text);
    if (!number || *number < 1 || *number > 12) return std::nullopt;
    const year_month which = y / month{static_cast<unsigned>(*number)};
    return Period{PeriodKind::month, midnight_in_seoul(which / 1), midnight_in_seoul((which + months{1}) / 1)};
}

}  // namespace

std::optional<Period> parse_period(std::string_view text)
{
    constexpr std::size_t month_size = 7;
    constexpr std::size_t week_size = 8;
    const bool is_month = text.size() == month_size && text[4] == '-';
    const bool is_week = text.size() == week_size && text.substr(4, 2) == "-W";
    if (!is_month && !is_week) return std::nullopt;
    const auto y = number_in(text.substr(0, 4));
    if (!y || *y < first_year) return std::nullopt;
    return is_week ? week(year{*y}, text.substr(6)) : month_of(year{*y}, text.substr(5));
}

std::string period_at(PeriodKind kind, Timestamp time)
{
    const auto day = floor<days>(time + seoul_offset);
    if (kind == PeriodKind::week) {
        const auto monday = day - (weekday{day} - Monday);
        const auto y = year_of_week(monday);
        return printed("%04d-W%02d", static_cast<int>(y), static_cast<int>((monday - first_monday(y)) / weeks{1}) + 1);
    }
    const year_month_day date{day};
    return printed("%04d-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()));
}

std::string last_period(PeriodKind kind, Timestamp now)
{
    const auto under_way = parse_period(period_at(kind, now));
    assert(under_way && "what is printed here is read here");
    return period_at(kind, under_way->begin - microseconds{1});
}

MarketId the_market()
{
    return {uuid_v5(url_namespace, "jangteo/market")};
}

RunId run_of(std::string_view period)
{
    return {uuid_v5(the_market().value, "run/" + std::string(period))};
}

}  // namespace jangteo::events
