// What a member does beside buying: is there each day (DOA-CHK), remembers products and looks at them (DOA-USER-07…09, 11),
// and says how to be told of things (DOA-USER-12).
#pragma once

#include "events/attendance.hpp"
#include "events/calendar.hpp"
#include "events/members.hpp"
#include "producers/runtime/decider.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jangteo::producers::members {

using namespace events::members;  // The messages of this context, and nothing else, are spoken of here.
using events::CommandId;
using events::ProductId;
using events::Rejection;

/// As many as somebody can mean; more would be a list of the whole market in every member's row.
inline constexpr std::size_t longest_wishlist = 200;

/// Days in a row, counted from 1970.
struct Streak {
    std::int64_t last_day = -1;  ///< In Seoul; -1 before the first.
    std::int64_t days = 0;
    std::int64_t longest = 0;
    CommandId last_command;  ///< By which its repeat is known.

    friend bool operator==(const Streak&, const Streak&) = default;
};
BOOST_DESCRIBE_STRUCT(Streak, (), (last_day, days, longest, last_command))

struct Decider {
    using Command = events::members::Command;
    using Event = events::members::Event;

    struct State {
        Streak streak;
        std::vector<ProductId> wishlist;  ///< In the order of adding.
        ProductId last_viewed;
        std::vector<NotificationChoice> notifications;  ///< By topic; empty: as everybody begins.

        friend bool operator==(const State&, const State&) = default;
        BOOST_DESCRIBE_CLASS(State, (), (streak, wishlist, last_viewed, notifications), (), ())
    };

    // --- Decisions ---

    /// Once a day, whatever the race: the day is that of the command, and days only go forward.
    static Decision<Event> decide(const CheckIn& c, const State& s, const Meta& m)
    {
        const auto today = events::day_in_seoul(m.time);
        if (s.streak.last_command == m.command_id) return Already{};
        if (number_of(today) <= s.streak.last_day) return here_today(today, s);
        const auto days = number_of(today) == s.streak.last_day + 1 ? s.streak.days + 1 : 1;
        return CheckedIn{.user_id = c.user_id,
                         .day = events::day_text(today),
                         .points = events::attendance::worth(days),
                         .bonus = events::attendance::is_bonus(days),
                         .consecutive_days = days,
                         .longest_streak = std::max(days, s.streak.longest)};
    }

    static Decision<Event> decide(const AddToWishlist& c, const State& s, const Meta&)
    {
        if (is_wished(c.product_id, s)) return Already{};
        if (s.wishlist.size() >= longest_wishlist) return wishlist_is_full();
        return AddedToWishlist{c.user_id, c.product_id};
    }

    static Decision<Event> decide(const RemoveFromWishlist& c, const State& s, const Meta&)
    {
        if (!is_wished(c.product_id, s)) return Already{};
        return RemovedFromWishlist{c.user_id, c.product_id};
    }

    static Decision<Event> decide(const ViewProduct& c, const State& s, const Meta&)
    {
        if (s.last_viewed == c.product_id) return Already{};
        return ProductViewed{c.user_id, c.product_id};
    }

    static Decision<Event> decide(const ChooseNotifications& c, const State& s, const Meta&)
    {
        const auto choices = by_topic(c.choices);
        if (has_a_topic_twice(choices)) return topic_twice();
        if (choices == s.notifications) return Already{};
        return NotificationsChosen{c.user_id, choices};
    }

    // --- What has happened ---

    static void evolve(State& s, const CheckedIn& e, const Meta& m)
    {
        s.streak = {number_of(events::parse_day(e.day).value()), e.consecutive_days, e.longest_streak, m.command_id};
    }
    static void evolve(State& s, const AddedToWishlist& e, const Meta&) { s.wishlist.push_back(e.product_id); }
    static void evolve(State& s, const RemovedFromWishlist& e, const Meta&) { std::erase(s.wishlist, e.product_id); }
    static void evolve(State& s, const ProductViewed& e, const Meta&) { s.last_viewed = e.product_id; }
    static void evolve(State& s, const NotificationsChosen& e, const Meta&) { s.notifications = e.choices; }

private:
    // --- The rules ---

    static std::int64_t number_of(std::chrono::sys_days day) { return day.time_since_epoch().count(); }

    static bool is_wished(const ProductId& id, const State& s)
    {
        return std::ranges::find(s.wishlist, id) != s.wishlist.end();
    }

    static std::vector<NotificationChoice> by_topic(std::vector<NotificationChoice> choices)
    {
        std::ranges::stable_sort(choices, {}, &NotificationChoice::topic);
        return choices;
    }
    static bool has_a_topic_twice(const std::vector<NotificationChoice>& by_topic)
    {
        return std::ranges::adjacent_find(by_topic, {}, &NotificationChoice::topic) != by_topic.end();
    }

    // --- Refusals ---

    static Rejection here_today(std::chrono::sys_days today, const State& s)
    {
        return {"CHECKIN_001", {{"day", events::day_text(today)}, {"consecutiveDays", s.streak.days}}};
    }

    static Rejection wishlist_is_full()
    {
        return {"COMMON_400", {{"wishlist", static_cast<std::int64_t>(longest_wishlist)}}};
    }

    static Rejection topic_twice() { return {"COMMON_400", {{"choices", "names a topic twice"}}}; }
};
static_assert(IsDecider<Decider>);

}  // namespace jangteo::producers::members
