#include "events/attendance.hpp"
#include "events/members.hpp"
#include "http-edge/members/attendance.hpp"
#include "http-edge/members/members.hpp"
#include "http-edge/server/commanding.hpp"
#include "http-edge/server/json_members.hpp"

#include <charconv>

namespace jangteo::edge::members {

using namespace events::members;
using std::chrono::sys_days;
using std::chrono::year_month;

Attendance read_attendance(postgres::Session& session, const events::UserId& user, sys_days today)
{
    Attendance found;
    const auto rows = session.query(
        "SELECT last_day, consecutive_days, longest_streak, days, points FROM read_members.attendance"
        " WHERE user_id = $1",
        {user});
    if (rows.empty()) return found;
    found.last_day = rows.text(0, 0);
    const auto last_day = events::parse_day(found.last_day);
    found.checked_in_today = last_day == today;
    const bool goes_on = found.checked_in_today || last_day == today - std::chrono::days{1};
    found.consecutive_days = goes_on ? rows.integer(0, 1) : 0;
    found.longest_streak = rows.integer(0, 2);
    found.days = rows.integer(0, 3);
    found.points = rows.integer(0, 4);
    return found;
}

namespace {

Response checked_in(Exchange&, const Answer& answer)
{
    const auto event = read<CheckedIn>(answer);
    std::string data = R"({"date":)";
    events::append_json(data, event.day);
    append_member(data, "pointsEarned", event.points);
    append_member(data, "consecutiveDays", event.consecutive_days);
    append_raw(data, "isBonus", event.bonus ? "true" : "false");
    append_member(data, "longestStreak", event.longest_streak);
    return success_response(201, data + '}');
}

/// A number in the query, or `usual`; what is no number within the bounds is a wrong field.
int number_of(const Request& request, std::string_view name, int usual, int least, int most,
              std::vector<FieldError>& errors)
{
    const auto* text = request.parameter(name);
    if (text == nullptr) return usual;
    int number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc{} && end == text->data() + text->size() && number >= least && number <= most) return number;
    const auto bounds = std::to_string(least) + "–" + std::to_string(most);
    errors.push_back({std::string(name), {bounds + " 사이의 정수여야 합니다", "must be an integer in " + bounds}});
    return usual;
}

/// `?year=2026&month=1`; the current month of Seoul unless given.
year_month month_of(const Request& request, sys_days today)
{
    const std::chrono::year_month_day now{today};
    std::vector<FieldError> errors;
    const auto year = number_of(request, "year", static_cast<int>(now.year()), 2000, 2100, errors);
    const auto month = number_of(request, "month", static_cast<int>(static_cast<unsigned>(now.month())), 1, 12, errors);
    if (!errors.empty()) throw Problem(std::move(errors));
    return std::chrono::year{year} / month;
}

struct Bounds {
    std::string first;
    std::string last;
};
Bounds bounds_of(year_month month)
{
    return {events::day_text(sys_days{month / 1}), events::day_text(sys_days{month / std::chrono::last})};
}

}  // namespace

/// DOA-CHK-01: once a day, whoever asks how often at once. The points come a moment later.
Awaitable<Response> check_in(Exchange& x)
{
    const CheckIn command{x.id<events::UserId>("userId", "USER_001")};
    BodyReader body(x.request);
    body.fields();
    body.check();
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, command, command.user_id.text(), x.trace.correlation_id);
    Render render = checked_in;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

Awaitable<Response> checkin_status(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    co_await catch_up(x, members_model);
    auto work = [&user, today = events::day_in_seoul(x.services.now())](postgres::Session& session) {
        return read_attendance(session, user, today);
    };
    const auto found = co_await x.services.queries.run(work);
    const auto next = events::attendance::next_bonus(found.consecutive_days);
    std::string data = R"({"checkedInToday":)";
    data += found.checked_in_today ? "true" : "false";
    append_member(data, "consecutiveDays", found.consecutive_days);
    append_member(data, "daysUntilNextBonus", next.in_days);
    append_member(data, "nextBonusPoints", next.points);
    co_return success_response(200, data + '}');
}

Awaitable<Response> checkin_calendar(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    const auto month = month_of(x.request, events::day_in_seoul(x.services.now()));
    co_await catch_up(x, members_model);
    auto work = [&user, bounds = bounds_of(month)](postgres::Session& session) {
        const auto rows = session.query(
            "SELECT day, points, bonus::text, consecutive_days FROM read_members.checkins"
            " WHERE user_id = $1 AND day BETWEEN $2 AND $3 ORDER BY day",
            {user, bounds.first, bounds.last});
        std::string json = "[";
        for (std::size_t i = 0; i < rows.size(); ++i) {
            json += i > 0 ? R"(,{"date":)" : R"({"date":)";
            events::append_json(json, rows.text(i, 0));
            append_member(json, "points", rows.integer(i, 1));
            append_raw(json, "isBonus", rows.text(i, 2));
            append_member(json, "consecutiveDays", rows.integer(i, 3));
            json += '}';
        }
        return json + ']';
    };
    const auto days = co_await x.services.queries.run(work);
    std::string data = R"({"year":)" + std::to_string(static_cast<int>(month.year()));
    append_member(data, "month", std::int64_t{static_cast<unsigned>(month.month())});
    append_raw(data, "days", days);
    co_return success_response(200, data + '}');
}

Awaitable<Response> checkin_stats(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    const auto today = events::day_in_seoul(x.services.now());
    co_await catch_up(x, members_model);
    struct Stats {
        Attendance attendance;
        std::int64_t this_month = 0;
    };
    auto work = [&user, today](postgres::Session& session) {
        const std::chrono::year_month_day now{today};
        const auto bounds = bounds_of(now.year() / now.month());
        const auto earned = session.query(
            "SELECT coalesce(sum(points), 0)::bigint FROM read_members.checkins"
            " WHERE user_id = $1 AND day BETWEEN $2 AND $3",
            {user, bounds.first, bounds.last});
        return Stats{read_attendance(session, user, today), earned.integer(0, 0)};
    };
    const auto found = co_await x.services.queries.run(work);
    std::string data = R"({"thisMonthEarned":)" + std::to_string(found.this_month);
    append_member(data, "totalEarned", found.attendance.points);
    append_member(data, "totalDays", found.attendance.days);
    append_member(data, "currentStreak", found.attendance.consecutive_days);
    append_member(data, "longestStreak", found.attendance.longest_streak);
    co_return success_response(200, data + '}');
}

}  // namespace jangteo::edge::members
