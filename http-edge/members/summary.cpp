// My page (DOA-USER-10) and the grade on it (DOA-USER-13).
#include "http-edge/members/attendance.hpp"
#include "http-edge/members/members.hpp"
#include "http-edge/members/standing.hpp"
#include "http-edge/server/commanding.hpp"
#include "http-edge/server/json_members.hpp"

#include <algorithm>

namespace jangteo::edge::members {

namespace {

struct Found {
    std::int64_t waiting = 0;
    std::int64_t shipping = 0;
    std::int64_t done = 0;
    std::int64_t cancelled = 0;
    std::int64_t wishlist = 0;
    std::int64_t recently_viewed = 0;
    std::int64_t inquiries = 0;
    Standing standing;
    Attendance attendance;
};

Found read_page(postgres::Session& session, const events::UserId& user, events::Timestamp now)
{
    Found found;
    const auto orders = session.query(
        "SELECT count(*) FILTER (WHERE status IN ('pending', 'confirmed', 'processing')),"
        " count(*) FILTER (WHERE status = 'shipped'), count(*) FILTER (WHERE status = 'delivered'),"
        " count(*) FILTER (WHERE status = 'cancelled') FROM read_orders.orders WHERE user_id = $1",
        {user});
    found.waiting = orders.integer(0, 0);
    found.shipping = orders.integer(0, 1);
    found.done = orders.integer(0, 2);
    found.cancelled = orders.integer(0, 3);
    const auto counts = session.query(
        "SELECT (SELECT coalesce(sum(jsonb_array_length(products)), 0)::bigint FROM read_members.wishlists"
        " WHERE user_id = $1),"
        " (SELECT coalesce(sum(jsonb_array_length(products)), 0)::bigint FROM read_members.recently_viewed"
        " WHERE user_id = $1),"
        " (SELECT count(*) FROM read_inquiries.inquiries WHERE user_id = $1)",
        {user});
    found.wishlist = counts.integer(0, 0);
    found.recently_viewed = counts.integer(0, 1);
    found.inquiries = counts.integer(0, 2);
    found.standing = read_standing(session, user, now);
    found.attendance = read_attendance(session, user, events::day_in_seoul(now));
    return found;
}

}  // namespace

Awaitable<Response> summary(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    co_await catch_up(x, orders_model);
    co_await catch_up(x, points_model);
    co_await catch_up(x, members_model);
    co_await catch_up(x, inquiries_model);
    auto work = [&user, now = x.services.now()](postgres::Session& session) { return read_page(session, user, now); };
    const auto found = co_await x.services.queries.run(work);
    std::string data = R"({"userId":)";
    events::append_json(data, user);
    std::string orders = R"({"waiting":)" + std::to_string(found.waiting);
    append_member(orders, "shipping", found.shipping);
    append_member(orders, "done", found.done);
    append_member(orders, "cancelled", found.cancelled);
    append_raw(data, "orders", orders + '}');
    append_member(data, "wishlistCount", found.wishlist);
    append_member(data, "recentlyViewedCount", found.recently_viewed);
    append_member(data, "inquiryCount", found.inquiries);
    append_member(data, "points", found.standing.points);
    append_member(data, "checkinStreak", found.attendance.consecutive_days);
    append_member(data, "grade", x.services.grades.of(found.standing.bought));
    append_member(data, "purchasesOfTheYear", found.standing.bought);
    co_return success_response(200, data + '}');
}

}  // namespace jangteo::edge::members
