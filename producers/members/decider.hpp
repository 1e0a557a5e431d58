// What a member does beside buying: is there each day (DOA-CHK), keeps addresses (DOA-USER-03…06), remembers products and
// looks at them (DOA-USER-07…09, 11), and says how to be told of things (DOA-USER-12).
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
#include <optional>
#include <string>
#include <vector>

namespace jangteo::producers::members {

using namespace events::members;  // The messages of this context, and nothing else, are spoken of here.
using events::AddressId;
using events::CommandId;
using events::ProductId;
using events::Rejection;

/// As many as somebody can mean; more would be a list of the whole market in every member's row.
inline constexpr std::size_t longest_wishlist = 200;
inline constexpr std::size_t most_addresses = 20;

/// Days in a row, counted from 1970.
struct Streak {
    std::int64_t last_day = -1;  ///< In Seoul; -1 before the first.
    std::int64_t days = 0;
    std::int64_t longest = 0;
    CommandId last_command;  ///< By which its repeat is known.

    friend bool operator==(const Streak&, const Streak&) = default;
};
BOOST_DESCRIBE_STRUCT(Streak, (), (last_day, days, longest, last_command))

/// Which addresses there are; what they say is sealed, and no rule asks for it (docs/decisions/0014).
struct AddressBook {
    std::vector<AddressId> ids;  ///< In the order of adding.
    AddressId usual;             ///< The default: one of them, if there is any.

    friend bool operator==(const AddressBook&, const AddressBook&) = default;
};
BOOST_DESCRIBE_STRUCT(AddressBook, (), (ids, usual))

struct Decider {
    using Command = events::members::Command;
    using Event = events::members::Event;

    struct State {
        Streak streak;
        AddressBook addresses;
        std::vector<ProductId> wishlist;  ///< In the order of adding.
        ProductId last_viewed;
        std::vector<NotificationChoice> notifications;  ///< By topic; empty: as everybody begins.

        friend bool operator==(const State&, const State&) = default;
        BOOST_DESCRIBE_CLASS(State, (), (streak, addresses, wishlist, last_viewed, notifications), (), ())
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

    /// The first one is the default, asked for or not (DOA-USER-04).
    static Decision<Event> decide(const AddAddress& c, const State& s, const Meta&)
    {
        if (is_kept(c.address_id, s)) return Already{};
        if (s.addresses.ids.size() >= most_addresses) return address_book_is_full();
        return AddressAdded{c.user_id, c.address_id, c.address, c.is_default || s.addresses.ids.empty()};
    }

    /// There is always a default: it ends by another becoming it, not by being unset (DOA-USER-05).
    static Decision<Event> decide(const ChangeAddress& c, const State& s, const Meta&)
    {
        if (!is_kept(c.address_id, s)) return unknown(c.address_id);
        return AddressChanged{c.user_id, c.address_id, c.address, c.is_default || s.addresses.usual == c.address_id};
    }

    static Decision<Event> decide(const RemoveAddress& c, const State& s, const Meta&)
    {
        if (!is_kept(c.address_id, s)) return Already{};
        return AddressRemoved{c.user_id, c.address_id, default_after(c.address_id, s.addresses)};
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
    static void evolve(State& s, const AddressAdded& e, const Meta&)
    {
        s.addresses.ids.push_back(e.address_id);
        if (e.is_default) s.addresses.usual = e.address_id;
    }
    static void evolve(State& s, const AddressChanged& e, const Meta&)
    {
        if (e.is_default) s.addresses.usual = e.address_id;
    }
    static void evolve(State& s, const AddressRemoved& e, const Meta&)
    {
        std::erase(s.addresses.ids, e.address_id);
        if (s.addresses.usual == e.address_id) s.addresses.usual = e.new_default_id.value_or(AddressId{});
    }
    static void evolve(State& s, const AddedToWishlist& e, const Meta&) { s.wishlist.push_back(e.product_id); }
    static void evolve(State& s, const RemovedFromWishlist& e, const Meta&) { std::erase(s.wishlist, e.product_id); }
    static void evolve(State& s, const ProductViewed& e, const Meta&) { s.last_viewed = e.product_id; }
    static void evolve(State& s, const NotificationsChosen& e, const Meta&) { s.notifications = e.choices; }

private:
    // --- The rules ---

    static std::int64_t number_of(std::chrono::sys_days day) { return day.time_since_epoch().count(); }

    static bool is_kept(const AddressId& id, const State& s)
    {
        return std::ranges::find(s.addresses.ids, id) != s.addresses.ids.end();
    }

    /// The newest that is left, when the default goes (DOA-USER-06).
    static std::optional<AddressId> default_after(const AddressId& going, const AddressBook& book)
    {
        if (book.usual != going) return std::nullopt;
        const auto newest =
            std::ranges::find_if(book.ids.rbegin(), book.ids.rend(), [&](const AddressId& id) { return id != going; });
        return newest == book.ids.rend() ? std::nullopt : std::optional(*newest);
    }

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

    static Rejection unknown(const AddressId& id) { return {"COMMON_404", {{"addressId", id.text()}}}; }

    static Rejection address_book_is_full()
    {
        return {"COMMON_400", {{"addresses", static_cast<std::int64_t>(most_addresses)}}};
    }

    static Rejection wishlist_is_full()
    {
        return {"COMMON_400", {{"wishlist", static_cast<std::int64_t>(longest_wishlist)}}};
    }

    static Rejection topic_twice() { return {"COMMON_400", {{"choices", "names a topic twice"}}}; }
};
static_assert(IsDecider<Decider>);

}  // namespace jangteo::producers::members
